"""Cox's partial likelihood with Efron's ties: value, score and information in one pass over the rows each.

With d who leave at a time, the j-th of them (j = 0 … d - 1) leaves a risk set from which j/d of all d are gone (Efron
1977, JASA 72). A count of n is n rows exactly, d included. Case weights are what R's survival makes of them: each of
the d leaves with the mean of their weights.

The information is a sum over times, but the part that costs is a sum over rows: sum_k a_k sum_(i at risk) w_i x_i x_i'
= sum_i w_i (sum_(k while i is at risk) a_k) x_i x_i', one weighted Gram matrix for any number of times, O(n q²).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cxmodels.churn.models.risk_sets import Array, RiskSets

_CHUNK = 1 << 14
_STEPS = 60
_FLAT = 1e-9
"""Of the information a column would have if it varied at every departure: below it there is none."""


@dataclass(frozen=True, eq=False)
class PartialLikelihood:
    """The partial likelihood at a coefficient vector, on the columns as they stand in the risk sets.

    With S the sum of exp(x b) over those at risk, D over those who left, f = j/d and m the mean weight of those who
    left, the arrays by time are sums over j: ``hazard`` m/(S - f D), ``thinned`` m f/(S - f D), and ``squares``
    (3, K) m/(S - f D)², m f/(S - f D)² and m f²/(S - f D)².

    Attributes
    ----------
    coef
        (q,).
    log_likelihood
        Its value.
    risk
        (R,) exp(x b) of each row.
    first, first_left
        (K, q) sums of exp(x b) x over those at risk, and over those who left.
    hazard, thinned, squares
        (K,), (K,), (3, K); ``hazard`` is Efron's estimate of the hazard of a row with x = 0.
    score
        (K, q) what each time adds to the score.
    """

    sets: RiskSets
    coef: Array
    log_likelihood: float
    risk: Array
    first: Array
    first_left: Array
    hazard: Array
    thinned: Array
    squares: Array
    score: Array

    @property
    def pull(self) -> Array:
        """(K, q) minus the derivative of ``hazard`` with respect to the coefficients."""
        return self.squares[0][:, None] * self.first - self.squares[1][:, None] * self.first_left

    def information(self, by_time: Array | None = None) -> Array:
        """(q, q) sum over times of the information, each multiplied by ``by_time`` (K,)."""
        sets = self.sets
        by_time = np.ones(len(sets.times)) if by_time is None else by_time
        weight = passed(sets, by_time * self.hazard)
        weight[sets.left] -= (by_time * self.thinned)[sets.stop[sets.left] - 1]
        weight *= self.risk * sets.size
        gram = np.zeros((sets.columns.shape[1],) * 2)
        for start in range(0, len(weight), _CHUNK):
            part = sets.columns[start : start + _CHUNK]
            gram += part.T @ (part * weight[start : start + _CHUNK, None])
        one, cross, two = by_time * self.squares
        mixed = (cross[:, None] * self.first).T @ self.first_left
        gram -= (one[:, None] * self.first).T @ self.first
        gram += mixed + mixed.T
        gram -= (two[:, None] * self.first_left).T @ self.first_left
        return (gram + gram.T) / 2


def partial_likelihood(sets: RiskSets, coef: Array) -> PartialLikelihood:
    """Value, score by time and what the information needs, at ``coef`` (q,)."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        linear = sets.columns @ coef
        risk = np.exp(linear)
        size = risk * sets.size
        left = size[sets.left]
        total, tied = sets.at_risk(size), np.bincount(sets.stop[sets.left] - 1, left, len(sets.times))
        first, first_left = sets.columns_at_risk(size), sets.columns_left(left)
        rest = _rest(sets, total, tied)
        mean = sets.left_size / sets.events
        log_likelihood = float(linear[sets.left] @ sets.size[sets.left] - mean @ _sum(sets, np.log(rest)))
        inverse = 1 / rest
        share = sets.tied * inverse
        hazard, thinned = mean * _sum(sets, inverse), mean * _sum(sets, share)
        squares = mean * np.stack([_sum(sets, part) for part in (inverse**2, share * inverse, share**2)])
        score = sets.sum_left - hazard[:, None] * first + thinned[:, None] * first_left
    return PartialLikelihood(sets, coef, log_likelihood, risk, first, first_left, hazard, thinned, squares, score)


def null_log_likelihood(sets: RiskSets) -> float:
    """The log-likelihood with all coefficients at nought."""
    rest = _rest(sets, sets.at_risk(sets.size), sets.left_size)
    return -float(sets.left_size / sets.events @ _sum(sets, np.log(rest)))


class Diverging(Exception):
    """The likelihood has no maximum: the coefficient of `column` runs away."""

    def __init__(self, column: int) -> None:
        super().__init__(f"column {column}")
        self.column = column


def maximise(sets: RiskSets, penalty: Array, limit: Array) -> tuple[PartialLikelihood, Array]:
    """The maximum of the log-likelihood less ``penalty @ coef**2 / 2``, and the penalised information there.

    Newton's method with step halving.

    Raises
    ------
    Diverging
        Where there is no maximum: a coefficient runs away past its ``limit`` (q,), or no information is left on it.
    """
    now = partial_likelihood(sets, np.zeros(sets.columns.shape[1]))
    for _ in range(_STEPS):
        information = now.information() + np.diag(penalty)
        if len(flat := np.flatnonzero(np.diag(information) < _FLAT * sets.left_size.sum())):
            raise Diverging(int(flat[0]))
        score = now.score.sum(axis=0) - penalty * now.coef
        try:
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            raise Diverging(int(np.abs(now.coef / limit).argmax())) from None
        # the columns have standard deviation 1: after this step the error is its square, beyond the last digit
        if np.abs(step).max() < 1e-9:
            return replace(now, coef=now.coef + step), information
        before = now.log_likelihood - penalty @ now.coef**2 / 2
        for _ in range(_STEPS):
            after = partial_likelihood(sets, now.coef + step)
            # written so that an overflow, which is not a number, counts as worse
            if after.log_likelihood - penalty @ after.coef**2 / 2 >= before - 1e-9 * abs(before):
                break
            step = step / 2
        now = after
        if (np.abs(now.coef) > limit).any():
            raise Diverging(int((np.abs(now.coef) / limit).argmax()))
    raise Diverging(int((np.abs(now.coef) / limit).argmax()))


def passed(sets: RiskSets, by_time: Array) -> Array:
    """(R, …) sum of ``by_time`` (K, …) over the times each row is at risk at."""
    total = np.concatenate([np.zeros((1, *by_time.shape[1:])), by_time.cumsum(axis=0)])
    out = total[sets.stop]
    if len(sets.late) or len(sets.bounds) > 2:
        out = out - total[sets.start]
    return out


def _rest(sets: RiskSets, total: Array, tied: Array) -> Array:
    """(departures,) sum over those at risk when the j-th of the tied leaves."""
    each = sets.events.astype(np.int64)
    return np.repeat(total, each) - sets.tied * np.repeat(tied, each)


def _sum(sets: RiskSets, each: Array) -> Array:
    """(K,) sums over the departures at each time."""
    return np.add.reduceat(each, sets.first_tied) if len(each) else each
