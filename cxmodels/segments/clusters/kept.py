"""The model in force on a day: used month after month, fitted anew every quarter, kept by the months that used it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxmodels.segments.clusters.choose import Choice, choose_k
from cxmodels.segments.clusters.fit import fit_segments
from cxmodels.segments.clusters.match import matched
from cxmodels.segments.clusters.model import SegmentModel
from cxmodels.segments.errors import InvalidModel, UnknownColumn
from cxmodels.segments.features.from_study import customer_features, features_for
from cxmodels.study.months import month_end, months_before

if TYPE_CHECKING:
    from cxmodels.segments.features.features import Features
    from cxmodels.study.snapshot import Snapshot
    from cxmodels.study.study import Study

SEED = 20_260_930
_DIGITS = 9


@dataclass(frozen=True, eq=False)
class KeptModel:
    """The model in force.

    Attributes
    ----------
    model
        Its segments.
    matches
        What became of the segments of the model before, as `Matched.matches`; None where there was none.
    choice
        How the number of segments was weighed when it was fitted; None where the settings say how many.
    """

    model: SegmentModel
    matches: pd.DataFrame | None
    choice: Choice | None

    def to_dict(self) -> dict[str, Any]:
        """Plain data, no row of a customer: what a month leaves for those after it."""
        said: dict[str, Any] = {"model": self.model.to_dict(), "matches": None, "choice": None}
        if self.matches is not None:
            said["matches"] = _rows(self.matches)
        if (choice := self.choice) is not None:
            tables = {"panel": _rows(choice.panel), "segments": _rows(choice.segments)}
            said["choice"] = {**tables, "k": choice.k, "reason": choice.reason}
        return said

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> KeptModel:
        """The inverse of `to_dict`.

        Raises
        ------
        InvalidModel
            When it is not what that returns.
        """
        try:
            model, matches, choice = SegmentModel.from_dict(said["model"]), said["matches"], said["choice"]
            weighed = choice and Choice(
                pd.DataFrame(choice["panel"]), pd.DataFrame(choice["segments"]), choice["k"], choice["reason"]
            )
        except (KeyError, TypeError) as error:
            raise InvalidModel(f"from_dict: this is no model that was kept: {error!r}") from None
        return cls(model, None if matches is None else pd.DataFrame(matches), weighed)


def model_in_force(study: Study, as_of: date, earlier: Mapping[str, Mapping[str, Any]] | None = None) -> KeptModel:
    """The model of the quarter that a day lies in: that of a month that used it, else fitted to that quarter's start.

    Quarters are those of the calendar (``segments.refit_months = 3``: models of the ends of March, June, September and
    December), so that a month is told by the same model whenever it is run. Where the data start later than that, the
    model is of `as_of` itself. Segments found anew have the numbers and names of the model before; the number of
    segments stays as long as it holds. A model is given up within its quarter where the settings ask for another or
    the tables no longer tell its features.

    Parameters
    ----------
    study
        An open study.
    as_of
        The day.
    earlier
        What months have left, ``"2026-08"`` → `KeptModel.to_dict`. What the month of `as_of` left itself goes first.

    Raises
    ------
    InvalidModel
        When a month left something else.
    NoBehaviour, TooFewCustomers
        When there is nobody to find segments among.
    """
    settings = study.settings.segments
    known = _known(earlier or {}, f"{as_of:%Y-%m}")
    day = _fitting_day(study, as_of, settings.refit_months)
    if day in known and _asked_for(known[day].model, study) and _told(study.snapshot(as_of), known[day].model):
        return known[day]
    snapshot = study.snapshot(day)
    features = customer_features(snapshot, window_months=settings.window_months)
    before = _nearest(known, day)
    then = None if before is None else _told(snapshot, before)
    choice = None
    k = settings.k
    if k is None:
        choice = choose_k(features, seed=SEED)
        k = before.k if before is not None and then is not None and choice.holds(before.k) else choice.k
    model, matches = fit_segments(features, k, seed=SEED), None
    if before is not None and then is not None:
        again = matched(model, before, features, then)
        model, matches = again.model, again.matches
    # as it will be read, so that a month run again is told alike to the last digit
    return KeptModel.from_dict(KeptModel(model, matches, choice).to_dict())


def _known(earlier: Mapping[str, Mapping[str, Any]], own: str) -> dict[date, KeptModel]:
    """Day → the model fitted to it; of several the month's own, else that of the latest month."""
    found: dict[date, KeptModel] = {}
    for month in sorted(earlier, key=lambda month: (month == own, month)):
        try:
            kept = KeptModel.from_dict(earlier[month])
        except InvalidModel as error:
            raise InvalidModel(f"model_in_force: the segments that {month} left cannot be read: {error}") from None
        found[kept.model.fitted_on] = kept
    return found


def _asked_for(model: SegmentModel, study: Study) -> bool:
    settings = study.settings.segments
    return model.window_months == settings.window_months and settings.k in (None, model.k)


def _told(snapshot: Snapshot, model: SegmentModel) -> Features | None:
    """The features of a model; None where the tables no longer tell them."""
    try:
        return features_for(snapshot, model.inputs, model.window_months)
    except UnknownColumn:
        return None


def _fitting_day(study: Study, as_of: date, every: int) -> date:
    """The last end of a quarter up to the day; the day itself where the data do not reach back so far."""
    whole = as_of if as_of == month_end(as_of) else months_before(month_end(as_of), 1)
    day = months_before(whole, (12 * whole.year + whole.month) % every)
    return day if f"{day:%Y-%m}" >= study.months()[0] else as_of


def _nearest(known: dict[date, KeptModel], day: date) -> SegmentModel | None:
    """The model of that very day, else the latest before it, else the earliest after it."""
    before, after = [one for one in known if one <= day], [one for one in known if one > day]
    return known[max(before)].model if before else known[min(after)].model if after else None


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows in plain words and numbers, as they are read back from JSON."""
    return list(json.loads(frame.round(_DIGITS).to_json(orient="records", double_precision=_DIGITS)))
