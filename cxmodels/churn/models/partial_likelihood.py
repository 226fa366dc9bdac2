"""Cox's partial likelihood on counts: customers with the same covariates are one pattern with a weight.

With K distinct departure days, P patterns and q columns every quantity is a K × P product: nothing is expanded into
customers, and a count of n equals n rows exactly. (Case weights handed to a row-wise fitter do not: Efron's
correction for ties needs the number of departures, not of rows.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import digamma

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Who was at risk and who left, on each day of tenure on which someone left.

    Attributes
    ----------
    times
        (K,) days of tenure, ascending.
    at_risk, left
        (K, P) counts for each covariate pattern.
    design
        (P, q) columns of the model, one row a pattern.
    """

    times: Array
    at_risk: Array
    left: Array
    design: Array

    @property
    def events(self) -> Array:
        """(K,) departures on each day."""
        return self.left.sum(axis=1)


@dataclass(frozen=True, eq=False)
class Moments:
    """The partial likelihood at a coefficient vector: value, and by day (K, …) the score and the information."""

    log_likelihood: float
    score: Array
    information: Array


def risk_sets(frame: pd.DataFrame, patterns: pd.MultiIndex | pd.Index, design: Array) -> RiskSets:
    """Count risk sets from episodes; ``patterns`` gives for each row of `frame` its row of `design`."""
    pattern = np.asarray(patterns, dtype=int)
    entry, leave, n = (frame[c].to_numpy(float) for c in ("entry", "exit", "n"))
    event = frame["event"].to_numpy() == 1
    times = np.unique(leave[event])
    shape = (len(times) + 1, len(design))
    change = np.zeros(shape)
    np.add.at(change, (np.searchsorted(times, entry, "right"), pattern), n)
    np.add.at(change, (np.searchsorted(times, leave, "right"), pattern), -n)
    left = np.zeros(shape)
    np.add.at(left, (np.searchsorted(times, leave[event]), pattern[event]), n[event])
    return RiskSets(times, change.cumsum(axis=0)[:-1], left[:-1], design)


def moments(sets: RiskSets, coef: Array) -> Moments:
    """Efron's partial log-likelihood, score and information, day by day.

    Efron (1977), JASA 72; with d departures on a day, the j-th of them (j = 0 … d-1) is drawn from the risk set less
    j/d of those who leave that day.
    """
    design, days = sets.design, np.arange(len(sets.times))
    weight = np.exp(design @ coef)
    square = (design[:, :, None] * design[:, None, :]).reshape(len(design), design.shape[1] ** 2)
    at_risk, left, d = sets.at_risk * weight, sets.left * weight, sets.events
    total, tied = at_risk.sum(axis=1), left.sum(axis=1)
    first, first_tied = at_risk @ design, left @ design
    width = design.shape[1]
    second = (at_risk @ square).reshape(len(days), width, width)
    second_tied = (left @ square).reshape(len(days), width, width)

    day = np.repeat(days, d.astype(int))
    starts = np.cumsum(d.astype(int)) - d.astype(int)
    rank = (np.arange(len(day)) - starts[day]) / d[day]
    rest = total[day] - rank * tied[day]
    each = [1 / rest, rank / rest, 1 / rest**2, rank / rest**2, rank**2 / rest**2]
    one, share, one2, cross, share2 = (np.add.reduceat(x, starts) if len(day) else x for x in each)

    expected = one[:, None] * first - share[:, None] * first_tied
    mixed = first[:, :, None] * first_tied[:, None, :]
    information = (
        one[:, None, None] * second
        - share[:, None, None] * second_tied
        - one2[:, None, None] * first[:, :, None] * first[:, None, :]
        + cross[:, None, None] * (mixed + mixed.transpose(0, 2, 1))
        - share2[:, None, None] * first_tied[:, :, None] * first_tied[:, None, :]
    )
    log_likelihood = float((sets.left @ (design @ coef)).sum() - np.log(rest).sum())
    return Moments(log_likelihood, sets.left @ design - expected, information)


def baseline_hazard(sets: RiskSets, coef: Array) -> Array:
    """Efron's hazard increments of the reference customer, (K,), or (K, M) for coefficients (q, M).

    The sum over the d tied departures, sum_j 1 / (R - D j/d), is d/D (ψ(dR/D + 1) - ψ(dR/D - d + 1)).
    """
    weight = np.exp(sets.design @ coef)
    total, tied = sets.at_risk @ weight, sets.left @ weight
    d = sets.events if weight.ndim == 1 else sets.events[:, None]
    hazard = d / total
    several = sets.events > 1
    d, total, tied = d[several], total[several], tied[several]
    scaled = np.maximum(d * total / tied, d)
    hazard[several] = d / tied * (digamma(scaled + 1) - digamma(scaled - d + 1))
    return hazard


def concordance(sets: RiskSets, coef: Array) -> float:
    """Harrell's C: how often, of two customers at risk, the one with the higher risk leaves first.

    Two who leave on the same day are no pair; equal risks count half. NaN without a pair.
    """
    risk = np.round(sets.design @ coef, 12)
    levels, place = np.unique(risk, return_inverse=True)
    by_risk = np.zeros((len(sets.design), len(levels)))
    by_risk[np.arange(len(place)), place] = 1
    left, stayed = sets.left @ by_risk, (sets.at_risk - sets.left) @ by_risk
    lower = np.cumsum(stayed, axis=1) - stayed
    pairs = (left.sum(axis=1) * stayed.sum(axis=1)).sum()
    return float((left * (lower + stayed / 2)).sum() / pairs) if pairs else float("nan")
