"""Where a forecast and what came part: by segment, by month since it was made, beyond what chance does."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.special import bdtr, chdtrc, chdtri

from cxmodels.churn.accuracy.intervals import wilson
from cxmodels.churn.forecasts.forecast import Forecast
from cxmodels.churn.models.model import Array, Model
from cxmodels.churn.models.multiple_tests import holm
from cxmodels.estimate import Estimate
from cxmodels.study.privacy import suppress

ENOUGH_TO_GRADE = 30
"""Fewer customers than this leave in numbers too small to set beside a forecast."""
FALSE_ALARM = 0.05
"""Chance of naming any segment at all when none has drifted."""
_GROUPS = ["covariate", "level", "n", "expected", "observed", "low", "high", "ratio", "ratio_low", "ratio_high", "p"]


def by_segment(forecast: Forecast, cells: pd.DataFrame, months: int) -> pd.DataFrame:
    """Observed over expected of each level, and which levels have drifted.

    Parameters
    ----------
    forecast
        What had been forecast of `cells`.
    cells
        The customers followed: covariates, ``n``, ``left``.
    months
        The horizon.

    Returns
    -------
    DataFrame
        ``covariate, level, n, expected, observed, low, high`` (shares; the interval is that of the observed share),
        ``ratio, ratio_low, ratio_high`` (observed over expected, 95 %), ``p``, ``shown`` and ``drifted``. A level is
        shown with at least 30 customers and the smallest cell, unless it would give away one that is not. It has
        drifted where ``p`` is below .05 after Holm's correction for all levels shown (Holm 1979, Scand. J. Statist.
        6).
    """
    groups = forecast.groups[forecast.groups["months"] == months]
    rows = []
    for group, shares in zip(groups.itertuples(), forecast.draws[months][1:], strict=True):
        part = cells[cells[group.covariate] == group.level]
        left, n = int(part["left"].sum()), int(part["n"].sum())
        expected = Estimate(group.value, group.low, group.high, "share", n)
        observed = share_left(left, n)
        over = ratio(observed, expected)
        rows.append(
            {"covariate": group.covariate, "level": group.level, "n": n}
            | {"expected": group.value, "observed": observed.value, "low": observed.low, "high": observed.high}
            | {"ratio": over.value, "ratio_low": over.low, "ratio_high": over.high}
            | {"p": probability(left, n, shares)}
        )
    table = pd.DataFrame(rows, columns=_GROUPS)
    fewest = max(ENOUGH_TO_GRADE, forecast.min_cell)
    shown = np.zeros(len(table), bool)
    for _, levels in table.groupby("covariate", sort=False):
        shown[levels.index] = ~suppress(levels, ["level"], min_cell=fewest)["suppressed"].to_numpy(bool)
    return table.assign(shown=shown, drifted=shown & (holm(table["p"].where(shown)) < FALSE_ALARM))


def by_month(model: Model, cells: pd.DataFrame, days: list[int]) -> pd.DataFrame:
    """Departures of each month since the forecast was made, beside those expected.

    Parameters
    ----------
    model
        The earlier model.
    cells
        The customers followed: ``tenure``, covariates, ``n``, ``left_1, left_2, …``.
    days
        How many days after the forecast each month ended.

    Returns
    -------
    DataFrame
        ``months_since, expected, observed, ratio, low, high``: counts, and their ratio with the exact 95 % interval
        of a Poisson count (Garwood 1936, Biometrika 28); the doubt of the expected number is not in it.
    """
    tenure, n = cells["tenure"].to_numpy(float), cells["n"].to_numpy(float)
    a_day = model.episodes.month / 30.4375
    so_far = model.cumulative_hazard(cells, tenure)
    gone = [0.0]
    for end in days:
        ahead = model.cumulative_hazard(cells, tenure + end * a_day)
        gone.append(float(-np.expm1(so_far - ahead) @ n))
    expected = np.diff(gone)
    observed = np.array([int(cells[f"left_{i}"].sum()) for i in range(1, len(days) + 1)])
    low = np.where(observed > 0, chdtri(2 * np.maximum(observed, 1), 0.975) / 2, 0.0)
    high = chdtri(2 * (observed + 1), 0.025) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        table = pd.DataFrame({"ratio": observed / expected, "low": low / expected, "high": high / expected})
    table.insert(0, "months_since", np.arange(1, len(days) + 1))
    table.insert(1, "expected", expected)
    table.insert(2, "observed", observed)
    return table


def dispersion(months: pd.DataFrame) -> tuple[float, float]:
    """How far the months differ from each other, against what chance alone makes of them.

    Parameters
    ----------
    months
        From `by_month`.

    Returns
    -------
    (float, float)
        The variance of the months over that of independent departures, 1 on average where there is nothing but
        chance, and the probability of one as large then; NaN for both with fewer than two months or no departure.

    Notes
    -----
    Pearson's statistic of the departures by month, the forecast's total put right first (Fisher 1950, Biometrics 6).
    """
    observed, expected = months["observed"].to_numpy(float), months["expected"].to_numpy(float)
    if len(months) < 2 or not observed.sum() or not (expected > 0).all():
        return math.nan, math.nan
    fair = expected * observed.sum() / expected.sum()
    statistic = float(((observed - fair) ** 2 / fair).sum())
    return statistic / (len(months) - 1), float(chdtrc(len(months) - 1, statistic))


def share_left(left: int, n: int) -> Estimate:
    """The share that left, with Wilson's 95 % interval."""
    low, high = wilson(left, n)
    return Estimate(left / n, float(low), float(high), "share", n)


def ratio(observed: Estimate, expected: Estimate) -> Estimate:
    """Observed over expected, with an interval from those of both (MOVER-R: Newcombe 2016, SMMR 25, 1774–1778).

    Holds where nobody left. Open above where the interval of the expected share reaches nothing.
    """
    o, e = observed, expected
    if not e.value:
        return Estimate(math.nan, math.nan, math.nan, "ratio", o.n)
    value, product = o.value / e.value, o.value * e.value
    below, above = e.high * (2 * e.value - e.high), e.low * (2 * e.value - e.low)
    low, high = 0.0, math.inf
    # an expected share that may be more than twice its value leaves the ratio open below, one that may be nothing above
    if below > 0:
        low = (product - math.sqrt(max(product**2 - o.low * below * (2 * o.value - o.low), 0.0))) / below
    if above > 0:
        high = (product + math.sqrt(max(product**2 - o.high * above * (2 * o.value - o.high), 0.0))) / above
    return Estimate(value, min(max(low, 0.0), value), max(high, value), "ratio", o.n)


def probability(left: int, n: int, shares: Array) -> float:
    """Chance of a number as far from the expected one as `left`, if the forecast was right (two-sided, mid-p).

    Parameters
    ----------
    left, n
        How many of how many left.
    shares
        (draws,) of the expected share: what the forecast left open. Given the share, the number is binomial; half of
        its own probability counts (Lancaster 1961, JASA 56).
    """
    upto = bdtr(float(left), n, shares)
    under = bdtr(float(left - 1), n, shares) if left else np.zeros_like(shares)
    below = float(np.mean(upto + under) / 2)
    return min(2 * min(below, 1 - below), 1.0)
