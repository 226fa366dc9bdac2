"""Pareto/NBD: customers buy at random with a rate of their own and may stop at any time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import exprel, gammaln

from cxmodels.clv.models.gauss_fraction import gauss_fraction
from cxmodels.clv.models.model import Array, Futures, Likelihood, by_parameter
from cxmodels.clv.models.unique_tables import log_likelihood, pairs, unique_tables

_TINY = 1e-300


@dataclass(frozen=True)
class ParetoNbd:
    """Schmittlein, Morrison & Colombo (1987), Counting your customers, Management Science 33(1).

    Purchases come at a rate that is Gamma(r, alpha) distributed, and a customer stops at a rate that is Gamma(s, beta)
    distributed. Alpha and beta are in the unit of time.

    Notes
    -----
    The likelihood (Fader & Hardie 2005, A note on deriving the Pareto/NBD model) holds the integral of
    (alpha + y)^-(r+x) (beta + y)^-(s+1) from the last purchase to T. It is taken as the difference of two integrals to
    infinity, each relative to its own integrand: what one of them loses to rounding is nothing beside the chance to
    be alive, and neither can overflow.
    """

    @property
    def name(self) -> str:
        """``"pareto_nbd"``."""
        return "pareto_nbd"

    @property
    def title(self) -> str:
        """What pages call it."""
        return "Pareto/NBD"

    @property
    def parameters(self) -> tuple[str, ...]:
        """Shape and scale of the rates of buying, then of stopping."""
        return ("r", "alpha", "s", "beta")

    @property
    def coordinates(self) -> tuple[str, ...]:
        """Unbounded."""
        return ("log r", "log alpha", "log s", "log beta")

    def theta(self, coordinates: Array) -> Array:
        """(…, parameters) of unbounded coordinates."""
        with np.errstate(over="ignore"):
            return np.exp(np.asarray(coordinates, float))

    def unbounded(self, theta: Array) -> Array:
        """Unbounded coordinates of (…, parameters)."""
        return np.log(np.asarray(theta, float))

    def start(self, frame: pd.DataFrame) -> Array:
        """(parameters,) rates as unequal as 1/2 makes them: purchases as in the counts, one stop in twice T."""
        n = frame["n"].to_numpy(float)
        time = max(n @ frame["T"].to_numpy(float), 1e-9)
        alpha = 0.5 * time / max(n @ frame["frequency"].to_numpy(float), 1.0)
        return np.array([0.5, alpha, 0.5, time / max(n.sum(), 1.0)])

    def likelihood(self, frame: pd.DataFrame) -> Likelihood:
        """The log-likelihood of counts with columns ``frequency, recency, T, n``."""
        tables = unique_tables(frame)

        def terms(theta: tuple[Array, ...]) -> tuple[Array, Array, Array]:
            r, alpha, s, beta = theta
            x, last, now = tables.frequency, tables.last, tables.now
            each = r * np.log(alpha) - gammaln(r) + s * np.log(beta)
            gone = _log_here(theta, last.frequency, last.time) + np.log(_later(theta, last.frequency, last.time))
            not_later = np.maximum(1 - _later(theta, now.frequency, now.time), _TINY)
            still = _log_here(theta, now.frequency, now.time) + np.log(not_later)
            return gammaln(r + x) @ tables.customers + tables.total * each[:, 0], gone, still

        return lambda theta: log_likelihood(theta, tables, terms)

    def p_alive(self, theta: Array, frequency: Array, recency: Array, T: Array) -> Array:
        """(draws, rows) probability that the customer has not stopped."""
        columns = by_parameter(theta)
        last, now = pairs(frequency, recency), pairs(frequency, T)
        parts = (
            table(columns, each.frequency, each.time)[:, each.place]
            for each in (last, now)
            for table in (_log_here, _later)
        )
        return _alive(*parts)

    def expected_purchases(self, theta: Array, frequency: Array, recency: Array, T: Array, ahead: float) -> Array:
        """(draws, rows) expected purchases within `ahead` after T."""
        r, alpha, s, beta = by_parameter(theta)
        frequency, T = np.asarray(frequency, float), np.asarray(T, float)
        alive = self.p_alive(theta, frequency, recency, T)
        return alive * (r + frequency) / (alpha + T) * _time_active(s, beta + T, ahead)

    def expected_repeats(self, theta: Array, times: Array) -> Array:
        """(draws, times) expected repeat purchases of a new customer by each time after the first."""
        r, alpha, s, beta = by_parameter(theta)
        return r / alpha * _time_active(s, beta, np.asarray(times, float))

    def futures(
        self,
        theta: Array,
        frequency: Array,
        recency: Array,
        T: Array,
        ahead: Array | float,
        random: np.random.Generator,
    ) -> Futures:
        """One future of each row: Pareto distributed time to the stop, and a Poisson number of purchases in it."""
        frequency, recency, T = (np.asarray(part, float) for part in (frequency, recency, T))
        rows = len(frequency)
        theta = np.atleast_2d(np.asarray(theta, float))
        if len(theta) == 1:
            alive = self.p_alive(theta, frequency, recency, T)[0]
        else:
            each = tuple(theta.T)
            times = (recency, T)
            alive = _alive(*(table(each, frequency, time) for time in times for table in (_log_here, _later)))
        r, alpha, s, beta = np.broadcast_to(theta, (rows, 4)).T
        still = np.flatnonzero(random.random(rows) < alive)
        purchases, active = np.zeros(rows), np.zeros(rows)
        with np.errstate(over="ignore"):
            stops_after = (beta[still] + T[still]) * np.expm1(random.standard_exponential(len(still)) / s[still])
        active[still] = np.minimum(stops_after, np.broadcast_to(ahead, (rows,))[still])
        rate = random.standard_gamma(r[still] + frequency[still]) / (alpha[still] + T[still])
        purchases[still] = random.poisson(rate * active[still])
        return Futures(purchases, active)


def _log_here(theta: tuple[Array, ...], frequency: Array, time: Array) -> Array:
    """log of (alpha + y)^-(r+x) (beta + y)^-s: that much of the likelihood is left at y."""
    r, alpha, s, beta = theta
    return -(r + frequency) * np.log(alpha + time) - s * np.log(beta + time)


def _later(theta: tuple[Array, ...], frequency: Array, time: Array) -> Array:
    """Share of it that belongs to a stop after y, with no purchase before: between 0 and 1.

    It is s times the integral of (alpha + u)^-(r+x) (beta + u)^-(s+1) over u from y on, relative to `_log_here`.
    """
    r, alpha, s, beta = theta
    shape = r + frequency
    return s / (shape + s) * gauss_fraction(shape, shape + s, (alpha - beta) / (alpha + time))


def _alive(here_last: Array, later_last: Array, here_now: Array, later_now: Array) -> Array:
    with np.errstate(over="ignore"):
        # 1 or more, but for rounding
        return 1 / np.maximum(1 - later_now + later_last * np.exp(here_last - here_now), 1)


def _time_active(s: Array, scale: Array, ahead: Array | float) -> Array:
    """Expected time until the stop or `ahead`, whichever is first, of a Pareto distributed stop; smooth at s = 1."""
    length = np.log1p(ahead / scale)
    return scale * length * exprel((1 - s) * length)
