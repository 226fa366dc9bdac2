"""Names of segments in words, made by rule from what sets each apart, and kept as long as the model knows them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from cxmodels.segments.clusters.assign import assigned_on
from cxmodels.segments.clusters.kept import KeptModel, model_in_force
from cxmodels.segments.profiles.profile import CATEGORY, Profile, profile

if TYPE_CHECKING:
    from cxmodels.segments.clusters.model import SegmentModel
    from cxmodels.study.study import Study

AVERAGE = "Customers like all others"
MEDIUM = 0.5
"""A difference of fewer standard deviations gives no name (medium: Cohen 1988)."""
_UNNAMED = re.compile(r"Segment \d+")
_IS = {
    ("tenure", True): "long-standing", ("tenure", False): "recently joined",
    ("fee", True): "high-fee", ("fee", False): "low-fee",
    ("last_score", True): "satisfied", ("last_score", False): "dissatisfied",
}  # fmt: skip
_DOES = {
    ("recency", True): "have not shopped for long", ("recency", False): "shopped lately",
    ("frequency", True): "shop often", ("frequency", False): "hardly shop",
    # the money of orders is next to nothing because there are next to none
    ("monetary", True): "spend much in the shop", ("monetary", False): "hardly shop",
    ("contacts", True): "often need help", ("contacts", False): "hardly need help",
    ("answered", True): "answer surveys", ("answered", False): "leave surveys unanswered",
    ("time of day: morning", True): "shop in the morning", ("time of day: afternoon", True): "shop in the afternoon",
    ("time of day: evening", True): "shop in the evening", ("time of day: night", True): "shop at night",
}  # fmt: skip
_OF_LEVEL = {"category": "buy {}", "channel": "order by {}"}


def named_in_force(study: Study, as_of: date, earlier: Mapping[str, Mapping[str, Any]] | None = None) -> KeptModel:
    """`model_in_force`, its segments under names in words.

    A segment without one is named as it was on the day the model was fitted, whichever month is told first. A month
    that leaves this model (`KeptModel.to_dict`) leaves the names with it; they go over to the segments that are matched
    when the model is fitted anew.

    Parameters
    ----------
    study, as_of, earlier
        As for `model_in_force`.

    Raises
    ------
    InvalidModel, NoBehaviour, TooFewCustomers
        As for `model_in_force`.
    """
    kept = model_in_force(study, as_of, earlier)
    if not _unnamed(kept.model):
        return kept
    snapshot = study.snapshot(kept.model.fitted_on)
    model = kept.model.named(names_to_give(profile(snapshot, assigned_on(snapshot, kept.model))))
    matches = kept.matches
    if matches is not None:
        given = matches["segment"].where(matches["what"] != "vanished").map(model.names)
        matches = matches.assign(name=given.fillna(matches["name"]))
    return replace(kept, model=model, matches=matches)


def names_to_give(found: Profile) -> dict[int, str]:
    """Number → name of each segment that is still called ``"Segment 1"`` and so on.

    The three differences that set a segment apart most make its name; where two would have the same, or one has been
    used before, a further difference is added, and in the end its number.
    """
    wanted = [number for number in _unnamed(found.model) if found.model.names[number] not in found.hidden]
    taken = {name for number, name in found.model.names.items() if number not in wanted} | {*found.model.gone.values()}
    apart = found.distinguishing(most=len(found.differences))
    rows = dict(iter(apart[apart["strength"] >= MEDIUM].groupby("segment")))
    names = {number: _name(rows.get(number), 3) for number in wanted}
    again = Counter(names.values())
    names = {
        number: name if again[name] == 1 and name not in taken else _name(rows.get(number), 4)
        for number, name in names.items()
    }
    again = Counter(names.values())
    return {
        number: name if again[name] == 1 and name not in taken else f"{name} ({number})"
        for number, name in names.items()
    }


def _unnamed(model: SegmentModel) -> list[int]:
    return [number for number, name in model.names.items() if _UNNAMED.fullmatch(name)]


def _name(rows: Any, most: int) -> str:
    """``"Long-standing customers who hardly shop"``."""
    if rows is None:
        return AVERAGE
    is_, does, has, of = [], [], [], []
    for row in rows.head(most).itertuples():
        high = row.effect > 0
        level = row.feature.removeprefix(f"{row.aspect}: ")
        if row.kind == CATEGORY:
            of.append(f"{row.feature.replace('_', ' ')}: {row.level}")
        elif (row.feature, high) in _IS:
            is_.append(_IS[row.feature, high])
        elif (row.feature, high) in _DOES:
            does.append(_DOES[row.feature, high])
        elif row.aspect in _OF_LEVEL and level != row.feature:
            does.append(_OF_LEVEL[row.aspect].format(level))
        else:
            has.append(f"{'high' if high else 'low'} {row.feature.replace('_', ' ')}")
    name = ", ".join(is_) + (" customers" if is_ else "customers")
    name += f" with {_listed(has)}" if has else ""
    name += f" who {_listed(does)}" if does else ""
    name += f" ({', '.join(of)})" if of else ""
    return name[0].upper() + name[1:]


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
