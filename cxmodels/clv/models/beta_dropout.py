"""What the models share in which a customer may stop after each purchase, with a chance of their own.

Rates are gamma distributed, the chance to stop is beta distributed, and the two are independent.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import pandas as pd
from scipy.special import expit

from cxmodels.clv.models.model import Array, Futures, by_parameter
from cxmodels.clv.models.purchases_ahead import purchases_ahead
from cxmodels.clv.models.unique_tables import pairs


class BetaDropout(ABC):
    """Parameters, coordinates and forecasts of BG/NBD, MBG/NBD and MBG/CNBD-k.

    Given that a customer is still one, the rate is Gamma(r + k x + phase, alpha + T) and the chance to stop after the
    next purchase Beta(a, b + survived), with the purchases after which the customer did not stop.
    """

    k: int = 1
    """Events of the rate that a purchase takes."""
    stops_at_first = True
    """Whether a customer may stop after the very first purchase."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Shape and scale of the rates, and the two of the beta distributed dropout."""
        return ("r", "alpha", "a", "b")

    @property
    def coordinates(self) -> tuple[str, ...]:
        """Unbounded: of the dropout the mean and how alike customers are."""
        return ("log r", "log alpha", "logit a/(a+b)", "log(a+b)")

    def theta(self, coordinates: Array) -> Array:
        """(…, parameters) of unbounded coordinates."""
        log_r, log_alpha, mean, size = np.moveaxis(np.asarray(coordinates, float), -1, 0)
        with np.errstate(over="ignore", invalid="ignore"):
            total = np.exp(size)
            return np.stack([np.exp(log_r), np.exp(log_alpha), expit(mean) * total, expit(-mean) * total], axis=-1)

    def unbounded(self, theta: Array) -> Array:
        """Unbounded coordinates of (…, parameters)."""
        r, alpha, a, b = np.moveaxis(np.asarray(theta, float), -1, 0)
        return np.stack([np.log(r), np.log(alpha), np.log(a / b), np.log(a + b)], axis=-1)

    def start(self, frame: pd.DataFrame) -> Array:
        """(parameters,) rates as unequal as r = 1/2 makes them with the mean of the counts, a quarter stops."""
        n = frame["n"].to_numpy(float)
        events = self.k * (n @ frame["frequency"].to_numpy(float))
        # one event at least, that those who never came back have a rate
        alpha = 0.5 * max(n @ frame["T"].to_numpy(float), 1e-9) / max(events, 1.0)
        return np.array([0.5, alpha, 0.75, 2.25])

    def p_alive(self, theta: Array, frequency: Array, recency: Array, T: Array) -> Array:
        """(draws, rows) probability that the customer has not stopped."""
        return self._phases(by_parameter(theta), *_rows(frequency, recency, T)).sum(axis=0)

    def expected_purchases(self, theta: Array, frequency: Array, recency: Array, T: Array, ahead: float) -> Array:
        """(draws, rows) expected purchases within `ahead` after T."""
        r, alpha, a, b = columns = by_parameter(theta)
        frequency, recency, T = _rows(frequency, recency, T)
        distinct = pairs(frequency, T)
        survived = distinct.frequency + self.stops_at_first
        found = np.zeros(np.broadcast_shapes(r.shape, frequency.shape))
        for phase, chance in enumerate(self._phases(columns, frequency, recency, T)):
            shape = r + self.k * distinct.frequency + phase
            tau = ahead / (alpha + distinct.time)
            bought = purchases_ahead(shape, a, b + survived, tau, k=self.k, phase=phase)
            found += chance * bought[:, distinct.place]
        return found

    def expected_repeats(self, theta: Array, times: Array) -> Array:
        """(draws, times) expected repeat purchases of a new customer by each time after the first."""
        r, alpha, a, b = by_parameter(theta)
        bought = purchases_ahead(r, a, b + self.stops_at_first, np.asarray(times, float) / alpha, k=self.k)
        return bought * b / (a + b) if self.stops_at_first else bought

    def futures(
        self,
        theta: Array,
        frequency: Array,
        recency: Array,
        T: Array,
        ahead: Array | float,
        random: np.random.Generator,
    ) -> Futures:
        """One future of each row.

        Events of the rate are a Poisson process; the customer stops after a number of purchases that is geometric.
        Where so many come, the time of the last is that order statistic of uniforms.
        """
        frequency, recency, T = _rows(frequency, recency, T)
        rows = len(frequency)
        r, alpha, a, b = np.broadcast_to(np.asarray(theta, float), (rows, 4)).T
        ahead = np.broadcast_to(np.asarray(ahead, float), (rows,))
        purchases, active = np.zeros(rows), np.zeros(rows)
        phases = self._phases((r, alpha, a, b), frequency, recency, T).cumsum(axis=0)
        chance = random.random(rows)
        still = np.flatnonzero(chance < phases[-1])
        phase = (chance[still] >= phases[:, still]).sum(axis=0)
        rate = random.standard_gamma(r[still] + self.k * frequency[still] + phase) / (alpha[still] + T[still])
        events = random.poisson(rate * ahead[still])
        active[still] = ahead[still]
        purchases[still] = possible = (events + phase) // self.k
        # only who buys can stop
        buys = np.flatnonzero(possible > 0)
        still, phase, events, possible = still[buys], phase[buys], events[buys], possible[buys]
        stop = random.beta(a[still], b[still] + frequency[still] + self.stops_at_first)
        stops_after = _geometric(stop, random)
        stops = np.flatnonzero(stops_after <= possible)
        still, last = still[stops], stops_after[stops]
        purchases[still] = last
        event = self.k * last - phase[stops]
        active[still] *= random.beta(event, events[stops] + 1 - event)
        return Futures(purchases, active, stops_with_purchase=True)

    @abstractmethod
    def _phases(self, theta: tuple[Array, ...], frequency: Array, recency: Array, T: Array) -> Array:
        """(k, …) probability to be alive with 0 to k - 1 events since the last purchase, parts broadcast."""


def _geometric(stop: Array, random: np.random.Generator) -> Array:
    """The purchase after which each stops, 1 or later; infinite where the chance to stop is 0."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.maximum(np.ceil(-random.standard_exponential(len(stop)) / np.log1p(-stop)), 1)


def _rows(*parts: Array) -> tuple[Array, ...]:
    return tuple(np.asarray(part, float) for part in parts)
