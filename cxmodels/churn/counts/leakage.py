"""Guards against leakage: covariates that are known, or take their value, only because a customer left.

Each is refused with its reason. A name alone can tell; so can the day a value was recorded, a number that grows with
tenure, a value that is missing for all who stayed, or levels that part who left from who stayed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.churn.counts.levels import MOST_LEVELS, UNKNOWN, too_many_levels
from cxmodels.churn.errors import LeakingCovariate, TooManyLevels

if TYPE_CHECKING:
    import ibis.expr.types as ir

OUTCOMES = {
    "left_on": "the day the customer left",
    "ended_on": "the day the contract ended",
    "end_reason": "why the contract ended",
}
KEYS = {"customer", "customer_id", "contract_id", "order_id", "started_on", "joined_on", "ordered_at"}
DERIVED = 0.98
"""A number whose correlation with tenure, or with tenure × another number, is as high is made from it."""
_ENOUGH_TO_JUDGE = 20
_PURE, _BY_CHANCE = 0.99, 1e-3
_BINS = 20
_OUTCOME_WORDS = re.compile(
    r"^(churn\w*|left|leaver|is_active|active|status|customer_status|tenure\w*|lifetime\w*|cltv|"
    r"(total|cumulative|sum)_?(charge|amount|revenue|spend|paid|order|refund)\w*)$"
)


def grows_with_tenure(name: str) -> bool:
    """Whether a name says that the column grows with tenure or is set by leaving."""
    return bool(_OUTCOME_WORDS.match(name.lower()))


def refuse_name(name: str) -> None:
    """Refuse a covariate whose name says that it is the outcome, made from it, or a key."""
    if name in OUTCOMES:
        raise LeakingCovariate(f"churn covariate {name!r} is {OUTCOMES[name]}: it is the outcome, not a reason for it")
    if grows_with_tenure(name):
        raise LeakingCovariate(
            f"churn covariate {name!r} grows with tenure or is set by leaving (as total charges, tenure × price, are): "
            "it would predict the past, not the future; use what was known before, such as the price"
        )
    if name in KEYS:
        raise LeakingCovariate(f"churn covariate {name!r} is a key or the time axis itself; name an attribute")


def refuse_recorded_later(table: ir.Table, recorded: Mapping[str, str], as_of: Any, since: int | None) -> None:
    """Refuse a covariate that was recorded after the watch of a stay began, where the study dates its values."""
    import ibis

    if not recorded:
        return
    watched = table.started if since is None else ibis.greatest(table.started, since)
    rows = table.mutate(watched=watched).filter(table.until > watched)
    asked = {
        f"late_{i}": (rows[column].delta(ibis.literal(as_of), unit="day") > rows.watched).fill_null(False).mean()
        for i, column in enumerate(recorded.values())
    }
    late = rows.aggregate(**asked).execute().iloc[0]
    for i, (name, column) in enumerate(recorded.items()):
        if late[f"late_{i}"] > 0:
            raise LeakingCovariate(
                f"churn covariate {name!r} was recorded after the time at risk began in {late[f'late_{i}']:.1%} of the "
                f"stays (by {column.removeprefix('recorded:')}): it may be a trace of what happened since; record it "
                "at the start, or leave it out"
            )


def refuse_derived(
    table: ir.Table, candidates: Mapping[str, ir.Value], factors: Mapping[str, ir.Value], since: int | None
) -> None:
    """Refuse a number that is nearly tenure, or tenure × another number, or is there only for who left or stayed.

    Parameters
    ----------
    table
        Stays, one row a contract.
    candidates, factors
        The covariates to judge and the numbers (fees) that may be behind them, as expressions over `table`.
    since
        First day of the watch; None for all history.
    """
    import ibis

    if not candidates:
        return
    seen = table if since is None else table.filter(table.until > since)
    tenure = (table.until - table.joined).cast("float64")
    last, left = table.outcome != "switched", table.outcome == "left"
    asked: dict[str, Any] = {}
    for i, (name, found_value) in enumerate(candidates.items()):
        # engines differ in the correlation of what is infinite
        value = ibis.ifelse(found_value.isinf(), ibis.null("float64"), found_value)
        there = value.notnull()
        asked |= {
            f"there_left_{i}": (there & left).sum(),
            f"there_stayed_{i}": (there & last & ~left).sum(),
            f"missing_left_{i}": (~there & left).sum(),
            f"missing_stayed_{i}": (~there & last & ~left).sum(),
            f"tenure_{i}": value.corr(tenure, how="pop"),
        }
        for j, (other, factor) in enumerate(factors.items()):
            if other != name:
                asked[f"product_{i}_{j}"] = value.corr(tenure * factor, how="pop")
                asked[f"factor_{i}_{j}"] = value.corr(factor, how="pop")
    found = seen.aggregate(**asked).execute().iloc[0].astype(float).fillna(0.0)
    for i, name in enumerate(candidates):
        there = np.array([found[f"there_left_{i}"], found[f"there_stayed_{i}"]])
        missing = np.array([found[f"missing_left_{i}"], found[f"missing_stayed_{i}"]])
        _refuse_missing(name, there, missing)
        if there.sum() < _ENOUGH_TO_JUDGE:
            continue
        if abs(found[f"tenure_{i}"]) >= DERIVED:
            raise LeakingCovariate(_made_from(name, "tenure", found[f"tenure_{i}"]))
        for j, other in enumerate(factors):
            # where all have the same tenure, the product is the factor itself, and a second price is no leak
            if other != name and abs(found[f"factor_{i}_{j}"]) < DERIVED <= abs(found[f"product_{i}_{j}"]):
                raise LeakingCovariate(_made_from(name, f"tenure × {other}", found[f"product_{i}_{j}"]))


def refuse_levels(frame: pd.DataFrame, name: str, remedy: str) -> None:
    """Refuse a category whose levels are as good as the outcome, or too many.

    Parameters
    ----------
    frame
        Counts of episodes, with ``cause``, ``event`` and ``n``.
    name
        The category.
    remedy
        What to do about too many levels.
    """
    counts = _left_and_stayed(frame, frame[name])
    if UNKNOWN in counts.index:
        missing = counts.loc[UNKNOWN].to_numpy()
        _refuse_missing(name, counts.to_numpy().sum(axis=0) - missing, missing)
    levels = frame[name].drop_duplicates()
    if len(levels) > MOST_LEVELS:
        raise TooManyLevels(too_many_levels(name, len(levels), sorted(levels)[:3], remedy))
    _refuse_parting(name, counts)


def refuse_parts(frame: pd.DataFrame, name: str) -> None:
    """Refuse a number whose values, in twenty bands of equal size, are as good as the outcome."""
    values = frame.groupby(name)["n"].sum()
    band = values.index.to_numpy()
    if len(values) > MOST_LEVELS:
        share = (values.cumsum() - values / 2) / values.sum()
        band = np.floor(share.to_numpy() * _BINS)
    place = frame[name].map(pd.Series(band, index=values.index))
    _refuse_parting(name, _left_and_stayed(frame, place))


def _left_and_stayed(frame: pd.DataFrame, level: pd.Series) -> pd.DataFrame:
    """Customers who left and who stayed, by level; who moved on to another episode is counted there."""
    last = frame["cause"] != "switched"
    rows = pd.DataFrame({"level": level[last], "event": frame["event"][last], "n": frame["n"][last]})
    counts = rows.pivot_table(index="level", columns="event", values="n", aggfunc="sum", fill_value=0)
    return counts.reindex(columns=[1, 0], fill_value=0)


def _refuse_missing(name: str, there: np.ndarray, missing: np.ndarray) -> None:
    """Refuse what is there, or missing, only for who left; both are (left, stayed)."""
    share = (there[0] + missing[0]) / max(there.sum() + missing.sum(), 1)
    for counts, others, what in ((there, missing, "recorded"), (missing, there, "missing")):
        pure = counts[0] >= _PURE * counts.sum() and others[1] >= _ENOUGH_TO_JUDGE
        if counts.sum() >= _ENOUGH_TO_JUDGE and pure and share ** counts.sum() < _BY_CHANCE:
            raise LeakingCovariate(
                f"churn covariate {name!r} is {what} only for who left: of {int(counts.sum()):,} customers whose value "
                f"is {what}, {int(counts[0]):,} did; it was recorded, or erased, after the fact"
            )


def _refuse_parting(name: str, counts: pd.DataFrame) -> None:
    left, stayed = counts[1].to_numpy(float), counts[0].to_numpy(float)
    size, everyone = left + stayed, (left + stayed).sum()
    if len(counts) < 2 or min(left.sum(), stayed.sum()) < _ENOUGH_TO_JUDGE:
        return
    if not ((left > 0) & (stayed > 0)).any():
        raise LeakingCovariate(
            f"churn covariate {name!r} separates who left from who stayed without a single exception: it was recorded "
            "after the fact"
        )
    rate = left.sum() / everyone
    gone = (left >= _PURE * size) & (size >= _ENOUGH_TO_JUDGE)
    there = (stayed >= _PURE * size) & (size >= _ENOUGH_TO_JUDGE)
    by_chance = max(rate ** size[gone].sum(), (1 - rate) ** size[there].sum())
    if by_chance < _BY_CHANCE and size[gone | there].sum() > everyone / 2:
        raise LeakingCovariate(
            f"churn covariate {name!r}: of {_told(counts, gone)} all left and of {_told(counts, there)} nobody, which "
            f"is {size[gone | there].sum() / everyone:.0%} of the customers; no honest reason parts them so well: it "
            "was recorded after the fact"
        )


def _told(counts: pd.DataFrame, these: np.ndarray) -> str:
    return ", ".join(repr(level) for level in counts.index[these][:3]) + (" …" if these.sum() > 3 else "")


def _made_from(name: str, what: str, correlation: float) -> str:
    return (
        f"churn covariate {name!r} is made from {what} (correlation {correlation:.3f}): it tells how long the customer "
        "has stayed, which is the outcome; use what was known before, such as the price"
    )
