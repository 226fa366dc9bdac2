"""The baseline hazard that belongs to a partial likelihood: its table with intervals, and draws of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cxmodels.churn.models.baseline import Baseline
from cxmodels.churn.models.partial_likelihood import PartialLikelihood
from cxmodels.churn.models.risk_sets import Array, RiskSets

KNOTS = 1000
"""Draws of a baseline keep at most so many tenures of a stratum; the hazard between them is summed."""


def baseline_table(at: PartialLikelihood, covariance: Array, labels: tuple[str, ...]) -> pd.DataFrame:
    """The hazard of the reference customer.

    Parameters
    ----------
    at
        The partial likelihood at the estimate.
    covariance
        (q, q) of the coefficients on the columns as they stand in the risk sets.
    labels
        What each stratum is called.

    Returns
    -------
    DataFrame
        ``stratum, time, hazard, cumulative, survival, low, high``. The last two are the 95 % interval of the
        cumulative hazard, on its logarithm; the doubt of the coefficients is in it.

    Notes
    -----
    Tsiatis (1981), Ann. Stat. 9, with Efron's ties: with x the reference's columns, the variance of the cumulative
    hazard exp(x b) H is exp(2 x b) (sum m/(S - f D)² + g' V g), g = x H + dH/db. R's survfit gives the same.
    """
    sets, reference = at.sets, reference_columns(at.sets)
    factor = np.exp(reference @ at.coef)
    hazard, cumulative, error = factor * at.hazard, np.empty(len(sets.times)), np.empty(len(sets.times))
    for begin, end in zip(sets.bounds[:-1], sets.bounds[1:], strict=True):
        cumulative[begin:end] = hazard[begin:end].cumsum()
        moved = cumulative[begin:end, None] * reference - factor * at.pull[begin:end].cumsum(axis=0)
        by_chance = factor**2 * at.squares[0][begin:end].cumsum()
        error[begin:end] = np.sqrt(by_chance + np.einsum("ki,ij,kj->k", moved, covariance, moved))
    reach = np.exp(ndtri(0.975) * error / cumulative)
    return pd.DataFrame(
        {
            "stratum": np.array(labels, dtype=object)[sets.stratum],
            "time": sets.times,
            "hazard": hazard,
            "cumulative": cumulative,
            "survival": np.exp(-cumulative),
            "low": cumulative / reach,
            "high": cumulative * reach,
        }
    )


def reference_columns(sets: RiskSets) -> Array:
    """(q,) the columns of a customer at every reference, as they stand in the risk sets."""
    return -sets.centre / sets.scale


def drawn_baseline(
    at: PartialLikelihood, stratum: int, fixed: Baseline, move: Array, drift: Array, generator: np.random.Generator
) -> Baseline:
    """Draws of a stratum's baseline, given draws of the coefficients.

    Parameters
    ----------
    fixed
        The estimate, for its reach and the time that its level beyond is taken from.
    move
        (q, draws) by how much each draw of the coefficients is off, on the columns as they stand in the risk sets.
    drift
        (draws,) see `Baseline`.

    Notes
    -----
    The hazard of each time is gamma with its estimate as mean and the variance it has for known coefficients (without
    ties: as many degrees as departures; Kalbfleisch 1978, JRSS B 40). It follows the coefficients by the derivative
    of its logarithm.
    """
    sets, reference = at.sets, reference_columns(at.sets)
    begin, end = int(sets.bounds[stratum]), int(sets.bounds[stratum + 1])
    recent = fixed.reach - fixed.since
    if begin == end:
        return Baseline(sets.times[:0], np.zeros((0, move.shape[1])), fixed.reach, recent, drift)
    step = -(-(end - begin) // KNOTS)
    first = np.arange(begin, end, step)
    # a block stands at its last time, so that no departure is told before it came
    last = np.minimum(first + step, end) - 1
    hazard, variance, pull = (
        np.add.reduceat(part[:end], first, axis=0) for part in (at.hazard, at.squares[0], at.pull)
    )
    degrees = np.broadcast_to((hazard**2 / variance)[:, None], (len(hazard), move.shape[1]))
    noise = generator.gamma(degrees) / degrees
    follow = np.exp(-(pull / hazard[:, None]) @ move + reference @ (at.coef[:, None] + move))
    return Baseline(sets.times[last], hazard[:, None] * follow * noise, fixed.reach, recent, drift)
