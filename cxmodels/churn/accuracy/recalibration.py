"""What would have to be added to and multiplied with the risks told, so that they agree with what came."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.special import expit, ndtri

from cxmodels.churn.accuracy.observed import Array
from cxmodels.estimate import Estimate

_STEPS, _NEAR, _FAR = 50, 1e-10, 50.0


def recalibrated(risk: Array, left: Array, n: Array) -> tuple[Estimate, Estimate]:
    """Intercept and slope of leaving on the logit of the chance told: 0 and 1 of chances that are right.

    Parameters
    ----------
    risk
        (rows,) chance told, between 0 and 1.
    left, n
        (rows,) how many left, of how many.

    Returns
    -------
    intercept, slope
        The intercept is that of a slope of 1: above 0 more left than told. A slope below 1 says that the chances told
        lie too far apart. NaN where they have no finite estimate.

    Notes
    -----
    Cox (1958), Biometrika 45; Van Calster et al. (2016), J. Clin. Epidemiol. 74.
    """
    inside = (risk > 0) & (risk < 1)
    told = np.log(risk[inside] / (1 - risk[inside]))
    left, n, nought = left[inside], n[inside], np.zeros(int(inside.sum()))
    ask = partial(_canonical, left=left, n=n, mean=expit, variance=lambda mean, size: mean * (1 - mean / size))
    return _estimates(ask(_constant(told), told), ask(_with(told), nought), 0.0, n)


def recalibrated_hazard(log_risk: Array, hazard: Array, left: Array, n: Array) -> tuple[Estimate, Estimate]:
    """The same of hazards that were told for the time each row was watched.

    Parameters
    ----------
    log_risk
        (rows,) log of the cumulative hazard told over a time that is the same for all: what ranks them.
    hazard
        (rows,) cumulative hazard told over the time each row was watched.
    left, n
        (rows,) how many left, of how many.

    Returns
    -------
    intercept, slope
        The intercept is the log of departures over those told; the slope that of the log hazard on `log_risk`.

    Notes
    -----
    Crowson, Atkinson & Therneau (2016), Stat. Methods Med. Res. 25: departures as a Poisson count around the hazard
    told, which holds under censoring and late entry.
    """
    inside = (hazard > 0) & np.isfinite(log_risk)
    told, left, n = np.log(hazard[inside]), left[inside], n[inside]
    ask = partial(_canonical, offset=told, left=left, n=n, mean=np.exp, variance=lambda mean, _: mean)
    # the hazard told already rises with the risk told: what is found comes on top of a slope of 1
    return _estimates(ask(_constant(told)), ask(_with(log_risk[inside])), 1.0, n)


def _constant(told: Array) -> Array:
    return np.ones((len(told), 1))


def _with(told: Array) -> Array:
    return np.column_stack([np.ones(len(told)), told - (told.mean() if len(told) else 0.0)])


def _estimates(
    alone: tuple[Array, Array] | None, both: tuple[Array, Array] | None, told: float, n: Array
) -> tuple[Estimate, Estimate]:
    size = round(float(n.sum()))
    return _estimate(alone, 0, 0.0, size), _estimate(both, 1, told, size)


def _canonical(
    design: Array, offset: Array, left: Array, n: Array, mean: Callable[[Array], Array],
    variance: Callable[[Array, Array], Array],
) -> tuple[Array, Array] | None:  # fmt: skip
    """Newton's method for a generalised linear model with its canonical link; None without a finite estimate."""
    coef = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        expected = n * mean(np.clip(design @ coef + offset, -_FAR, _FAR))
        information = design.T @ (design * variance(expected, n)[:, None])
        if not np.isfinite(information).all() or np.linalg.matrix_rank(information, hermitian=True) < len(coef):
            return None
        step = np.linalg.solve(information, design.T @ (left - expected))
        # a bad start overshoots where the counts are few
        coef = coef + np.clip(step, -2, 2)
        if np.abs(step).max() < _NEAR:
            return coef, np.linalg.inv(information)
    return None


def _estimate(found: tuple[Array, Array] | None, place: int, plus: float, size: int) -> Estimate:
    if found is None:
        return Estimate(float("nan"), float("nan"), float("nan"), "ratio", size)
    value, reach = plus + float(found[0][place]), float(ndtri(0.975) * np.sqrt(found[1][place, place]))
    return Estimate(value, value - reach, value + reach, "ratio", size)
