"""How long today's customers can be expected to stay, counted within a horizon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxmodels.churn.errors import InvalidValue
from cxmodels.churn.forecasts.chances import Unseen, highest_hazard, known_cells
from cxmodels.churn.forecasts.panel import panel
from cxmodels.churn.models.model import Array, Hazard, Model
from cxmodels.estimate import Estimate

DRAWS, SEED, WHOLE = 500, 20260930, 1_000
COLUMN = "remaining_months"


@dataclass(frozen=True, eq=False)
class Remaining:
    """Months still to come within a horizon.

    Attributes
    ----------
    cells
        The cells asked for, with ``remaining_months``: months a customer can be expected to stay within the horizon,
        given the tenure so far.
    mean
        The mean over all customers with its 95 % interval, in months.
    within
        The horizon in months: who is sure to stay has all of it to come.
    """

    cells: pd.DataFrame
    mean: Estimate
    within: int


def remaining_months(model: Model, cells: pd.DataFrame, within: int = 24, *, unseen: Unseen = "refuse") -> Remaining:
    """Expected months still to come within a horizon, given the tenure so far, per cell and on average.

    The mean of what remains without a horizon rests on tenures nobody has reached; within one it does not.

    Parameters
    ----------
    model
        Any fitted `Model`.
    cells
        ``tenure``, the model's covariates, ``n``; from `Episodes.cells`.
    within
        The horizon in months; a study's ``churn.horizon_months``.
    unseen
        As for `churn_probability`.

    Raises
    ------
    ValueError
        When the horizon is less than a month.
    UnseenLevel, NobodyActive, InvalidValue
        As `churn_probability`.

    Notes
    -----
    Restricted mean residual life (Karrison 1987, JASA 82; Uno et al. 2014, JCO 32): the integral of S(t + u) / S(t)
    over u from 0 to the horizon, by the trapezoid rule on months. The interval of the mean comes from 500 draws of
    the parameters over a panel of at most some thousand cells.
    """
    if within < 1:
        raise ValueError(f"remaining_months: a horizon of at least 1 month is required, found {within}")
    scored, _ = known_cells(model, cells, unseen)
    month = model.episodes.month
    expected = months_to_come(model, scored, within, month)
    if not np.isfinite(expected).all():
        raise InvalidValue("remaining_months: every tenure and number of a cell must be finite")
    n = cells["n"].to_numpy(float)
    value = float(expected @ n / n.sum())
    if model.episodes.events:
        chosen, hazard = panel(scored, [], expected, WHOLE), model.sample(DRAWS, SEED)
        drawn = chosen.means(lambda part: [months_to_come(hazard, part, within, month)])[0][0]
        drawn = drawn * value / float(chosen.weights[:, 0] @ expected[chosen.places])
        low, high = (float(limit) for limit in np.quantile(drawn, [0.025, 0.975]))
    else:
        hazard_limit = highest_hazard(model.episodes) * month
        low, high = -np.expm1(-hazard_limit * within) / hazard_limit, value
    mean = Estimate(value, min(low, value), max(high, value), "months", int(n.sum()))
    return Remaining(cells.assign(**{COLUMN: expected}), mean, within)


def months_to_come(hazard: Hazard, cells: pd.DataFrame, within: int, month: float) -> Array:
    """(rows,) of a model or (rows, draws) of draws: expected months until `within`, given the tenure."""
    tenure = cells["tenure"].to_numpy(float)
    so_far = hazard.cumulative_hazard(cells, tenure)
    total = np.full_like(so_far, 0.5)
    for months in range(1, within + 1):
        still = np.exp(so_far - hazard.cumulative_hazard(cells, tenure + months * month))
        total += still if months < within else still / 2
    return total
