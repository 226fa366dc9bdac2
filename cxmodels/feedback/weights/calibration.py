"""Weights of respondents from the counts of who was invited and who answered, how they feel allowed for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

type Array = NDArray[np.float64]

TRIM = 5.0
"""A weight is at most this many times the median weight (Potter 1990)."""
_STEPS, _TOLERANCE = 100, 1e-9
_STEEPEST = 30.0


@dataclass(frozen=True, eq=False)
class Calibrated:
    """Weights of cells of respondents.

    Attributes
    ----------
    weights
        (cells,) one over the probability to answer, trimmed; NaN for cells of no respondents.
    slope
        Coefficient of the last column of `felt` in the log-odds of answering.
    slope_se
        Its standard error.
    trimmed
        Share of the respondents whose weight was cut.
    """

    weights: Array
    slope: float
    slope_se: float
    trimmed: float


def calibrate(
    known: Array, felt: Array, instrument: Array, n: Array, answered: NDArray[np.bool_], slope: float | None = None
) -> Calibrated | None:
    """Weights 1 + exp(-(x'a + b f)) that make respondents agree with the invited in x and the instrument.

    Parameters
    ----------
    known
        (cells, k) x, known of every invited customer; the first column is ones.
    felt
        (cells,) f, known of respondents alone.
    instrument
        (cells,) known of every invited customer; goes with f and, given x and f, not with answering.
    n
        (cells,) invitations.
    answered
        (cells,) whether they were answered.
    slope
        b, where it is not to be found: then x alone is made to agree.

    Returns
    -------
    Calibrated
        Or None, where no weights make them agree.

    Notes
    -----
    Kott & Chang (2010), Using calibration weighting to adjust for nonignorable unit nonresponse, Journal of the
    American Statistical Association 105(491), 1265-1275; the instrument: Wang, Shao & Kim (2014), Statistica Sinica 24,
    1097-1116. With the instrument as f, answering is taken to depend on what is known alone. The standard error is the
    sandwich of the estimating equations. Solved by Newton's steps, halved while they do not lead nearer.
    """
    free = slope is None
    given = 0.0 if slope is None else slope
    of = np.column_stack([known, instrument]) if free else known
    by = np.column_stack([known, felt]) if free else known
    fixed = given * felt
    wanted, respondents = n @ of, np.where(answered, n, 0.0)

    def odds(at: Array) -> Array:
        return np.where(answered, np.exp(-np.clip(by @ at + fixed, -_STEEPEST, _STEEPEST)), 0.0)

    def off(at: Array) -> Array:
        return ((respondents * (1 + odds(at))) @ of - wanted) / n.sum()

    at = np.zeros(by.shape[1])
    share = respondents.sum() / n.sum()
    at[0] = np.log(share / (1 - share))
    for _ in range(_STEPS):
        gap = off(at)
        if np.abs(gap).max() < _TOLERANCE:
            break
        slopes = -(of * (respondents * odds(at))[:, None]).T @ by / n.sum()
        try:
            step = np.linalg.solve(slopes, gap)
        except np.linalg.LinAlgError:
            return None
        size = 1.0
        while size > 1e-6 and np.abs(off(at - size * step)).sum() > np.abs(gap).sum():
            size /= 2
        at = at - size * step
    else:
        return None
    weights = 1 + odds(at)
    error = np.nan
    if free:
        slopes = -(of * (respondents * odds(at))[:, None]).T @ by
        residual = of * (np.where(answered, weights, 0.0) - 1)[:, None]
        inverse = np.linalg.inv(slopes)
        error = float(np.sqrt((inverse @ (residual.T * n) @ residual @ inverse.T)[-1, -1]))
    most = TRIM * _median(weights, respondents)
    return Calibrated(
        weights=np.where(answered, np.minimum(weights, most), np.nan),
        slope=float(at[-1]) if free else given,
        slope_se=error,
        trimmed=float(respondents @ (weights > most) / respondents.sum()),
    )


def levels(frame: pd.DataFrame, columns: list[str], answered: Array, least: float) -> Array:
    """(cells, k) a column of ones and, for each column but its commonest level, one a level.

    Levels with fewer than `least` respondents go with the commonest: nothing can be told from them.
    """
    made = [np.ones(len(frame))]
    for name in columns:
        found = pd.Series(answered).groupby(frame[name].to_numpy()).sum().sort_values(ascending=False, kind="stable")
        made += [(frame[name] == level).to_numpy(float) for level in found.index[1:] if found[level] >= least]
    return np.column_stack(made)


def _median(values: Array, n: Array) -> float:
    order = np.argsort(values, kind="stable")
    order = order[n[order] > 0]
    return float(values[order][np.searchsorted(np.cumsum(n[order]), n.sum() / 2)])
