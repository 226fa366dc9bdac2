"""Earlier days of a study: what was known then and what came since, counted once for all who grade."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

import pandas as pd

from cxmodels.churn.counts.covariates import as_counted
from cxmodels.churn.counts.episodes import MONTH, Episodes, Unit
from cxmodels.churn.counts.from_study import episodes
from cxmodels.churn.counts.levels import OTHER
from cxmodels.churn.counts.placed import stays_of
from cxmodels.churn.errors import ChurnError, NoEpisodes
from cxmodels.churn.models.cox import fit_cox
from cxmodels.churn.models.model import Model
from cxmodels.churn.models.stratification import stratify_where_needed
from cxmodels.study.months import months_before

Fitter = Callable[[Episodes], Model]
YEAR = 12
"""Months of departures a model must have seen before its forecast is worth grading."""


class Past:
    """A study seen from earlier days. What one asks for is kept, so that grades, history and challenge share it.

    Parameters
    ----------
    study
        The study.
    snapshot
        Its snapshot from which to look back.
    window_months
        As for `episodes`.
    held_months
        As for `episodes`: what is graded are forecasts, which hold what changes with time for the months ahead. None
        for models of what is known at each moment.
    """

    def __init__(
        self, study: Any, snapshot: Any, window_months: int | None = None, held_months: int | None = YEAR
    ) -> None:
        self.snapshot = snapshot
        self._held = held_months
        self._study = study
        self._window = window_months
        self._episodes: dict[tuple[date, Unit], Episodes | None] = {}
        self._models: dict[tuple[date, Unit, Fitter], Model | None] = {}
        self._followed: dict[tuple[date, Unit], pd.DataFrame] = {}

    @cached_property
    def first(self) -> date | None:
        """The day of the first departure on record; None where nobody left."""
        return first_departure(self.snapshot)

    def reaches(self, day: date) -> bool:
        """Whether a year of departures was on record by that day."""
        return self.first is not None and self.first <= months_before(day, YEAR)

    def episodes(self, day: date, unit: Unit = "days") -> Episodes | None:
        """Counts as known on an earlier day; None where that day allows none."""
        if (day, unit) not in self._episodes:
            try:
                then = self._study.snapshot(day)
                found = episodes(then, window_months=self._window, unit=unit, held_months=self._held)
            except ChurnError:
                found = None
            self._episodes[day, unit] = found
        return self._episodes[day, unit]

    def model(self, day: date, fit: Fitter | None = None, unit: Unit = "days") -> Model | None:
        """The model as it would have been fitted on an earlier day; None where it could not. Default: `cox`."""
        asked = (day, unit, fit or cox)
        if asked not in self._models:
            known = self.episodes(day, unit)
            try:
                self._models[asked] = None if known is None else asked[-1](known)
            except ChurnError:
                self._models[asked] = None
        return self._models[asked]

    def followed(self, day: date, unit: Unit = "days") -> pd.DataFrame:
        """The customers of an earlier day and who of them left since; see the function `followed`.

        Raises
        ------
        NoEpisodes
            When nothing was known on that day.
        """
        if (day, unit) not in self._followed:
            known = self.episodes(day, unit)
            if known is None:
                raise NoEpisodes(f"followed: nothing was known on {day} of customers who could be followed")
            self._followed[day, unit] = followed(self.snapshot, known, day)
        return self._followed[day, unit].copy()


def cox(known: Episodes) -> Model:
    """Cox's model with every covariate that can enter, stratified by those that do not act alike at every tenure."""
    return stratify_where_needed(fit_cox(known))


def followed(snapshot: Any, known: Episodes, made_on: date) -> pd.DataFrame:
    """Count the customers of an earlier day, and who of them left by the snapshot's day.

    Parameters
    ----------
    snapshot
        What is known today.
    known
        The counts of the earlier day: its covariates, levels, unit and rule of leaving are used.
    made_on
        The earlier day.

    Returns
    -------
    DataFrame
        ``tenure`` (in the unit of `known`) and covariates as of the earlier day, ``n`` customers, ``left`` of them
        since, and ``left_1, left_2, …``: how many in each month since, the months ending on the snapshot's day of
        the month.

    Notes
    -----
    The customers are those of that day as today's snapshot has them: who has since withdrawn consent is out of the
    count, though the earlier model learnt from the consent of its day. A covariate that changes with time has the
    value it had at the end of that day.
    """
    table = as_counted(snapshot, known)
    day = (made_on - snapshot.as_of).days
    table = table.filter((table.started <= day) & ((table.until > day) | (table.outcome == "active")))
    ends = [(end - snapshot.as_of).days for end in month_edges(made_on, snapshot.as_of)]
    gone = {
        f"left_{i}": ((table.stay_ended > before) & (table.stay_ended <= end)).cast("int64")
        for i, (before, end) in enumerate(pairwise(ends), start=1)
    }
    rows = table.select(*known.covariates, **gone, tenure=day - table.joined)
    by = ["tenure", *known.covariates]
    frame = rows.group_by(by).aggregate(n=rows.count(), **{name: rows[name].sum() for name in gone}).execute()
    frame = frame.astype(dict.fromkeys(["tenure", "n", *gone], int))
    for name in known.levels:
        frame[name] = frame[name].where(~frame[name].isin(known.pooled[name]), OTHER)
        if OTHER in known.levels[name]:
            frame[name] = frame[name].where(frame[name].isin(known.levels[name]), OTHER)
    frame = frame.groupby(by, as_index=False, sort=True)[["n", *gone]].sum()
    if known.unit == "months":
        frame["tenure"] = frame["tenure"] / MONTH["days"]
    frame.insert(len(by) + 1, "left", frame[list(gone)].sum(axis=1))
    return frame


def month_edges(made_on: date, as_of: date) -> list[date]:
    """The days between which months are counted: `made_on`, then as far apart as months before `as_of`."""
    edges = [as_of]
    while edges[-1] > made_on:
        edges.append(max(months_before(as_of, len(edges)), made_on))
    return edges[::-1]


def first_departure(snapshot: Any) -> date | None:
    """The first day on which a customer left, as far as recorded; None where nobody has."""
    table = stays_of(snapshot)
    first = table.filter(table.outcome == "left").until.min().execute()
    return None if pd.isna(first) else snapshot.as_of + timedelta(days=int(first))
