"""The likelihood of leaving in whole months, at O(rows q²): nobody is expanded into months lived through.

Who left in month k survived the months before it, who did not leave survived all months watched; either is a
difference of two values of the cumulative baseline, so a row costs the same whether it was watched one month or ninety.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[np.float64]
Places = NDArray[np.intp]

_BLOCK = 1 << 16


@dataclass(frozen=True, eq=False)
class Moments:
    """Log-likelihood, score and observed information at (coef, gamma); gamma is the log hazard of each month."""

    log_likelihood: float
    score: Array
    score_gamma: Array
    information: Array
    across: Array
    information_gamma: Array

    def schur(self) -> Array:
        """(q, q) information of the coefficients once the months are profiled out."""
        return self.information - self.across.T @ (self.across / self.information_gamma[:, None])

    def step(self) -> tuple[Array, Array]:
        """Newton's step for coefficients and months; the block of the months is diagonal."""
        share = self.across / self.information_gamma[:, None]
        coef = np.linalg.solve(self.schur(), self.score - share.T @ self.score_gamma)
        return coef, self.score_gamma / self.information_gamma - share @ coef


@dataclass(frozen=True, eq=False)
class Months:
    """Rows placed among the K months in which someone left and someone stayed.

    Attributes
    ----------
    times
        (K,) those months, ascending.
    first, last
        (rows,) months survived: those with `first` ≤ place < `last`.
    gone, month
        The rows that left, and the place of the month in which they did.
    design
        (rows, q), centred.
    n
        (rows,) episodes a row stands for.
    """

    times: Array
    first: Places
    last: Places
    gone: Places
    month: Places
    design: Array
    n: Array

    def moments(self, coef: Array, gamma: Array) -> Moments:
        """Log-likelihood and its derivatives.

        Prentice & Gloeckler (1978), Biometrics 34, equation 3: with a = exp(gamma_k + x b), leaving in month k has the
        chance 1 - exp(-a) and surviving it exp(-a).
        """
        hazard, risk = np.exp(gamma), np.exp(self.design @ coef)
        cumulative = np.concatenate([[0.0], hazard.cumsum()])
        a = hazard[self.month] * risk[self.gone]
        chance = -np.expm1(-a)
        n = self.n[self.gone]
        first = n * a * np.exp(-a) / chance
        second = first * (1 - a / chance)
        risk *= self.n
        survived = (cumulative[self.last] - cumulative[self.first]) * risk
        log_likelihood = float((n * np.log(chance)).sum() - survived.sum())
        at_risk = hazard * self._survived(risk)
        by_row = -survived
        by_row[self.gone] += first
        survived[self.gone] -= second
        return Moments(
            log_likelihood,
            by_row @ self.design,
            self._left(first) - at_risk,
            self.gram(survived),
            hazard[:, None] * self._survived_columns(risk) - self._left_columns(second),
            at_risk - self._left(second),
        )

    def gram(self, weight: Array) -> Array:
        """(q, q) weighted sums of squares and products of the columns."""
        width = self.design.shape[1]
        total = np.zeros((width, width))
        for start in range(0, len(weight), _BLOCK):
            part = self.design[start : start + _BLOCK]
            total += part.T @ (part * weight[start : start + _BLOCK, None])
        return total

    def start(self) -> Array:
        """(K,) log hazards of everybody, without covariates."""
        left = self._left(self.n[self.gone])
        return np.log(np.log1p(left / self._survived(self.n)))

    def at_risk(self) -> Array:
        """(K,) episodes at risk at the beginning of each month."""
        return self._survived(self.n) + self._left(self.n[self.gone])

    def left(self) -> Array:
        """(K,) departures in each month."""
        return self._left(self.n[self.gone])

    def _left(self, values: Array) -> Array:
        return np.bincount(self.month, values, len(self.times))

    def _survived(self, values: Array) -> Array:
        size = len(self.times) + 1
        change = np.bincount(self.last, values, size) - np.bincount(self.first, values, size)
        return change[::-1].cumsum()[::-1][1:]

    def _survived_columns(self, values: Array) -> Array:
        change = self._sums(self._by_last, values)
        if self.first.any():
            change = change - self._sums(self._by_first, values)
        return change[::-1].cumsum(axis=0)[::-1][1:]

    def _left_columns(self, values: Array) -> Array:
        order, starts = self._by_month
        return _grouped(self.gone[order], starts, values[order], self.design)

    def _sums(self, groups: tuple[Places, Places], values: Array) -> Array:
        order, starts = groups
        return _grouped(order, starts, values[order], self.design)

    @cached_property
    def _by_last(self) -> tuple[Places, Places]:
        return _order(self.last, len(self.times) + 1)

    @cached_property
    def _by_first(self) -> tuple[Places, Places]:
        return _order(self.first, len(self.times) + 1)

    @cached_property
    def _by_month(self) -> tuple[Places, Places]:
        return _order(self.month, len(self.times))


def _order(place: Places, size: int) -> tuple[Places, Places]:
    starts = np.concatenate([[0], np.bincount(place, minlength=size).cumsum()])
    return np.argsort(place, kind="stable"), starts


def _grouped(rows: Places, starts: Places, values: Array, design: Array) -> Array:
    """(groups, q) sums of the rows of `design`, weighted, without copying it."""
    return sparse.csr_array((values, rows, starts), shape=(len(starts) - 1, len(design))) @ design
