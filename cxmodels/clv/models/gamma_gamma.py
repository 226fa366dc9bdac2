"""The Gamma-Gamma model: what customers pay a purchase."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import betaln

from cxmodels.clv.models.model import Array

BLOCK = 250_000
"""Numbers held at once: about two megabytes."""
ALIKE = math.log(1e5)
"""Beyond this shape payments, or customers, differ by less than a third of a percent, and log p and log(q - 1) end
within the next factor of e: where all payments are the same their density has no end."""
DIGITS = 36.0
"""Of the interpolation, in natural logarithms: e⁻³⁶ is the precision of a number."""


@dataclass(frozen=True)
class GammaGamma:
    """A customer's payments are Gamma(p, ν), their rates ν are Gamma(q, v).

    Given ν, the total of x payments is Gamma(p x, ν), whatever their number: how much is paid does not depend on how
    often. Fader, Hardie & Lee (2005), "RFM and CLV", Journal of Marketing Research 42(4), and Fader & Hardie (2013),
    "The Gamma-Gamma model of monetary value", equation 1a.

    Its coordinates are log p, log(q - 1) and the logarithm of the mean spend p v / (q - 1): q is above 1, so that a
    mean exists.
    """

    @property
    def name(self) -> str:
        """Its name in code."""
        return "gamma_gamma"

    @property
    def title(self) -> str:
        """Its name in words."""
        return "Gamma-Gamma"

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names as in the papers."""
        return ("p", "q", "v")

    @property
    def coordinates(self) -> tuple[str, ...]:
        """Names of the unbounded coordinates."""
        return ("log p", "log(q-1)", "log mean spend")

    def theta(self, coordinates: Array) -> Array:
        """(…, 3) coordinates → (…, 3) parameters."""
        log_p, log_beyond, log_mean = np.moveaxis(np.asarray(coordinates, float), -1, 0)
        p, beyond, mean = np.exp(_ended(log_p)), np.exp(_ended(log_beyond)), np.exp(log_mean)
        return np.stack([p, 1 + beyond, mean * beyond / p], axis=-1)

    def unbounded(self, theta: Array) -> Array:
        """(…, 3) parameters → (…, 3) coordinates."""
        p, q, v = np.moveaxis(np.asarray(theta, float), -1, 0)
        shapes = (_unended(np.log(p)), _unended(np.log(q - 1)))
        return np.stack([*shapes, np.log(p * v / (q - 1))], axis=-1)

    def likelihood(self, frame: pd.DataFrame) -> SpendLikelihood:
        """The log-likelihood of customers with ``payments``, their ``total`` and ``n``."""
        return SpendLikelihood(*(frame[name].to_numpy(float) for name in ("payments", "total", "n")))

    def start(self, frame: pd.DataFrame) -> Array:
        """(3,) from the mean payment, with moderate differences between and within customers."""
        mean = float(frame["n"] @ frame["total"] / (frame["n"] @ frame["payments"]))
        return np.array([3.0, 3.0, mean * 2.0 / 3.0])

    def expected_spend(self, theta: Array, payments: Array, total: Array) -> Array:
        """Mean of a customer's next payments: (draws, 3), (rows,), (rows,) → (draws, rows).

        Equation 5 of the note: a weighted mean of what the customer paid and of what all pay. Without payments it is
        the mean of all.
        """
        p, q, v = (theta[:, [column]] for column in range(3))
        return p * (v + total) / (p * payments + q - 1)

    def rate(self, theta: Array, payments: Array, total: Array) -> tuple[Array, Array]:
        """Shape and rate of the Gamma distribution of a customer's ν given the payments: each (draws, rows)."""
        p, q, v = (theta[:, [column]] for column in range(3))
        return p * payments + q, v + total


def _ended(shape: Array) -> Array:
    """The same up to `ALIKE`, then smoothly towards one more."""
    return np.where(shape < ALIKE, shape, ALIKE + np.tanh(shape - ALIKE))


def _unended(shape: Array) -> Array:
    """The inverse of `_ended`; what lies beyond its end is put close to it."""
    return np.where(shape < ALIKE, shape, ALIKE + np.arctanh(np.clip(shape - ALIKE, 0, 1 - 1e-9)))


class SpendLikelihood:
    """The log-likelihood of payments and totals, prepared once.

    Per customer, with x payments that sum to m (equation 1a of the note, for the mean payment m / x):
    -log B(p x, q) + q log v - (p x + q) log(v + m) + p x log m - log(m / x).

    Over all rows the only sums that change with the parameters *and* run over all totals are Σ n log(v + m) and
    Σ n x log(v + m). Both are smooth in log v, so for many draws they are read off a Chebyshev interpolation of full
    precision between the smallest and the largest v: the cost of a draw does not grow with the number of customers.
    """

    def __init__(self, payments: Array, total: Array, n: Array) -> None:
        self._payments, place = np.unique(payments, return_inverse=True)
        self._with = np.bincount(place, weights=n)
        self._customers = float(n.sum())
        self._all_payments = float(n @ payments)
        self._totals, where = np.unique(total, return_inverse=True)
        self._weights = np.stack([np.bincount(where, weights=n), np.bincount(where, weights=n * payments)], axis=1)
        logs = np.log(total)
        self._log_totals = float((n * payments) @ logs)
        self._log_means = float(n @ (logs - np.log(payments)))

    def __call__(self, theta: Array) -> Array:
        """(draws, 3) → (draws,); minus infinity where it is not finite."""
        p, q, v = np.moveaxis(np.asarray(theta, float), -1, 0)
        with np.errstate(all="ignore"):
            shapes = betaln(p[:, None] * self._payments, q[:, None]) @ self._with
            plain, by_payments = self._sums(np.log(v)).T
            value = self._customers * q * np.log(v) - shapes - q * plain - p * by_payments
            value += p * self._log_totals - self._log_means
        return np.where(np.isfinite(value), value, -np.inf)

    def _sums(self, log_v: Array) -> Array:
        """(draws, 2): Σ n log(v + m) and Σ n x log(v + m)."""
        finite = np.isfinite(log_v)
        if not finite.all():
            sums = np.full((len(log_v), 2), np.nan)
            sums[finite] = self._sums(log_v[finite])
            return sums
        unique, place = np.unique(log_v, return_inverse=True)
        low, high = (float(unique[0]), float(unique[-1])) if len(unique) else (0.0, 0.0)
        # log(e^u + m) is analytic but at log m ± iπ, which sets how fast the coefficients fall.
        reach = 2 * math.pi / max(high - low, 1e-12)
        nodes = math.ceil(DIGITS / math.asinh(reach)) + 2
        if len(unique) <= nodes:
            return self._exact_sums(unique)[place]
        angles = np.pi * (np.arange(nodes) + 0.5) / nodes
        at = (low + high) / 2 + (high - low) / 2 * np.cos(angles)
        fitted = np.polynomial.chebyshev.chebfit(np.cos(angles), self._exact_sums(at), nodes - 1)
        placed = (2 * log_v - low - high) / (high - low)
        return np.asarray(np.polynomial.chebyshev.chebval(placed, fitted).T, float)

    def _exact_sums(self, log_v: Array) -> Array:
        sums = np.empty((len(log_v), 2))
        for place, v in enumerate(np.exp(log_v)):
            sums[place] = sum(
                np.log(v + self._totals[begin : begin + BLOCK]) @ self._weights[begin : begin + BLOCK]
                for begin in range(0, len(self._totals), BLOCK)
            )
        return sums
