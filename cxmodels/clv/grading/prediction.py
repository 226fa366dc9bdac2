"""What a fitted model says of customers of an earlier day: expectations and whole futures, equal ones once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.forecasts.orders import orders_ahead

Array = NDArray[np.float64]
KEYS = ["frequency", "recency", "T"]
_BLOCK = 400_000
"""Draws times rows simulated at once: some tens of megabytes."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """Purchases within some time, of each distinct past.

    Attributes
    ----------
    expected
        (draws, pasts) expected purchases under each draw of the parameters.
    drawn
        (draws, pasts) one future under each: what the parameters leave open, and chance.
    past
        (rows,) which past each row of the frame asked about has.
    """

    expected: Array
    drawn: Array
    past: NDArray[np.intp]

    @cached_property
    def mean(self) -> Array:
        """(rows,) expected purchases, the mean over the draws."""
        return np.asarray(self.expected.mean(axis=0)[self.past], float)

    def limits(self, level: float) -> tuple[Array, Array]:
        """(rows,) the equal-tailed limits that hold a count with at least this probability; whole numbers."""
        tail = (1 - level) / 2
        # the smallest counts whose probability reaches a tail: limits that are counts themselves hold no less
        low, high = np.quantile(self.drawn, [tail, 1 - tail], axis=0, method="inverted_cdf")
        return low[self.past], high[self.past]

    def content(self, low: Array, high: Array) -> Array:
        """(rows,) the share of futures between two limits of each row, both counted in."""
        whole = np.empty((2, self.drawn.shape[1]))
        whole[:, self.past] = low, high
        return np.asarray(((whole[0] <= self.drawn) & (self.drawn <= whole[1])).mean(axis=0)[self.past], float)

    def totals(self, n: Array, rows: NDArray[np.bool_] | None = None) -> Array:
        """(draws,) what the customers of all or some rows buy together.

        Parameters
        ----------
        n
            (rows,) customers each row stands for.
        rows
            (rows,) which rows; all where not said.

        Notes
        -----
        The n customers of one past differ by chance independently: their sum lies around n times the expectation of
        a draw as far as √n times one of them does.
        """
        kept = np.ones(len(self.past), bool) if rows is None else rows
        size = np.bincount(self.past[kept], weights=n[kept], minlength=self.expected.shape[1])
        return np.asarray(self.expected @ size + (self.drawn - self.expected) @ np.sqrt(size), float)


def predict(fit: PurchaseFit, frame: pd.DataFrame, days: float, *, draws: int, seed: int) -> Prediction:
    """What a fit says of the purchases of some customers within a time, drawn as a forecast draws them.

    Parameters
    ----------
    fit
        The model.
    frame
        ``frequency, recency, T`` in days; rows may repeat.
    days
        How long ahead.
    draws
        Draws of the parameters, and as many futures of each past.
    seed
        Of the futures.
    """
    pasts = frame.groupby(KEYS, sort=True)
    unique = pasts.size().reset_index()[KEYS]
    ahead = orders_ahead(fit, None, unique, days=days, draws=draws)
    random = np.random.default_rng(seed)
    size = len(ahead.theta)
    expected, drawn = np.empty((size, len(unique))), np.empty((size, len(unique)))
    step = max(_BLOCK // size, 1)
    for start in range(0, len(unique), step):
        part = unique.iloc[start : start + step]
        expected[:, start : start + step] = ahead.expected(part)["purchases"].T
        drawn[:, start : start + step] = ahead.drawn(part, random)["purchases"].T
    return Prediction(expected, drawn, pasts.ngroup().to_numpy())
