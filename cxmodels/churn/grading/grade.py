"""Grading: what the models of earlier months forecast, beside what came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from cxmodels.churn.accuracy.calibration import Calibration, calibration_by_decile
from cxmodels.churn.counts.episodes import Unit
from cxmodels.churn.forecasts.chances import column
from cxmodels.churn.forecasts.forecast import churn_probability
from cxmodels.churn.grading.drift import by_month, by_segment, dispersion, probability, ratio, share_left
from cxmodels.churn.grading.past import Fitter, Past, month_edges
from cxmodels.churn.models.model import Model
from cxmodels.estimate import Estimate
from cxmodels.study.months import months_before

MONTHS = (12, 6, 3)
"""How many months ago the forecasts that are graded were made."""


@dataclass(frozen=True, eq=False)
class Grade:
    """An earlier forecast beside what came.

    Attributes
    ----------
    made_on, months
        The day whose knowledge it was made from, and how many months it looked ahead: to the snapshot's day.
    model
        The name of the model that made it.
    expected
        The share expected to leave, with its 95 % interval.
    predicted
        The same with the 90 % interval of the share that would be counted: the doubt of the parameters, and the
        chance by which independent customers leave or stay. What moves all customers at once is in neither;
        `dispersion` says whether there was any.
    observed
        The share that left, with the 95 % interval of a share of so many customers.
    p
        Chance of a number as far from the expected one, if the forecast was right (two-sided).
    calibration
        Told and observed in ten groups of rising risk; see `calibration_by_decile`.
    groups
        By level, with what has drifted; see `drift.by_segment`.
    by_month
        By month since the forecast was made; see `drift.by_month`.
    unseen
        Customers left out because the earlier model did not know their level.
    min_cell
        The fewest customers a group must have to be shown.
    """

    made_on: date
    months: int
    model: str
    expected: Estimate
    predicted: Estimate
    observed: Estimate
    p: float
    calibration: Calibration
    groups: pd.DataFrame
    by_month: pd.DataFrame
    unseen: int
    min_cell: int

    @property
    def ratio(self) -> Estimate:
        """Observed over expected, with a 95 % interval from the doubt of both."""
        return ratio(self.observed, self.expected)

    @property
    def held(self) -> bool:
        """Whether the 90 % interval held what came."""
        return self.predicted.low <= self.observed.value <= self.predicted.high

    @property
    def dispersion(self) -> tuple[float, float]:
        """How far months differ against chance alone, and the probability of as much; see `drift.dispersion`."""
        return dispersion(self.by_month)


def grade(
    study: Any,
    snapshot: Any,
    window_months: int | None = None,
    months: int = 12,
    model: Fitter | None = None,
    unit: Unit = "days",
    past: Past | None = None,
) -> Grade | None:
    """Forecast to the snapshot's day from what was known some months before, and count what came.

    Parameters
    ----------
    study, snapshot
        The study, and its snapshot from which to look back.
    window_months
        As for `episodes`.
    months
        How many months before the snapshot the forecast is made.
    model
        What fits the earlier model: a function from episodes to a `Model`. Default: `past.cox`.
    unit
        The unit of the episodes it is fitted to.
    past
        What other functions have counted of the same study, snapshot and window; it is used and added to.

    Returns
    -------
    Grade or None
        ``None`` where the data do not reach back far enough: fewer than twelve months of departures, or no customers,
        had been recorded by then, or no model could be fitted to them.
    """
    past = past or Past(study, snapshot, window_months)
    made_on = months_before(snapshot.as_of, months)
    fitted = past.model(made_on, model, unit) if past.reaches(made_on) else None
    return None if fitted is None else compare(fitted, past.followed(made_on, unit), made_on, snapshot.as_of)


def grades(
    study: Any,
    snapshot: Any,
    window_months: int | None = None,
    months: Iterable[int] = MONTHS,
    model: Fitter | None = None,
    unit: Unit = "days",
    past: Past | None = None,
) -> dict[int, Grade]:
    """The grade of each of some horizons that the data reach back to; see `grade`."""
    past = past or Past(study, snapshot, window_months)
    found = {ahead: grade(study, snapshot, window_months, ahead, model, unit, past) for ahead in months}
    return {ahead: each for ahead, each in found.items() if each is not None}


def compare(model: Model, cells: pd.DataFrame, made_on: date, as_of: date) -> Grade | None:
    """Set what a model says of some customers beside what came.

    Parameters
    ----------
    model
        As fitted on `made_on`.
    cells
        The customers of that day: ``tenure``, covariates, ``n``, ``left`` and ``left_1, left_2, …`` by month since;
        from `followed`.
    made_on, as_of
        The days from which and to which they were followed, whole months apart.

    Returns
    -------
    Grade or None
        ``None`` where the model knows the levels of no customer.
    """
    seen = np.ones(len(cells), bool)
    for name, known in model.levels.items():
        seen &= cells[name].isin(known).to_numpy()
    unseen, cells = int(cells.loc[~seen, "n"].sum()), cells[seen].reset_index(drop=True)
    if not len(cells):
        return None
    edges = month_edges(made_on, as_of)
    months = len(edges) - 1
    forecast = churn_probability(model, cells, horizons=(months,))
    left, n = int(cells["left"].sum()), int(cells["n"].sum())
    return Grade(
        made_on=made_on,
        months=months,
        model=model.name,
        expected=forecast.rates[months],
        predicted=forecast.predicted(months, level=0.90),
        observed=share_left(left, n),
        p=probability(left, n, forecast.draws[months][0]),
        calibration=calibration_by_decile(forecast.cells[column(months)], cells["left"], cells["n"]),
        groups=by_segment(forecast, cells, months),
        by_month=by_month(model, cells, [(end - made_on).days for end in edges[1:]]),
        unseen=unseen,
        min_cell=model.episodes.min_cell,
    )
