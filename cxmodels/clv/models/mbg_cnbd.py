"""MBG/CNBD-k: BG/NBD for customers who buy in a rhythm and may stop after any purchase, the first one included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gammaln, softmax

from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.models.beta_dropout import BetaDropout
from cxmodels.clv.models.model import Array, Likelihood
from cxmodels.clv.models.unique_tables import log_likelihood, unique_tables


@dataclass(frozen=True)
class MbgCnbd(BetaDropout):
    """Reutterer, Platzer & Schröder (2021), International Journal of Research in Marketing 38(1).

    Events come at a rate that is Gamma(r, alpha) distributed, and each k-th of them is a purchase: the times between
    purchases are Erlang-k, the more regular the larger k. After every purchase, from the first on, a customer stops
    with a chance that is Beta(a, b) distributed. Alpha is in the unit of time.

    Attributes
    ----------
    k
        Events of the rate that a purchase takes, at least 1; 1 is MBG/NBD.

    Raises
    ------
    InvalidValue
        When k is no whole number from 1 on.
    """

    k: int = 2

    def __post_init__(self) -> None:
        if int(self.k) != self.k or self.k < 1:
            raise InvalidValue(f"MbgCnbd: k must be a whole number from 1 on, found {self.k!r}")

    @property
    def name(self) -> str:
        """``"mbg_cnbd_2"`` for k = 2."""
        return f"mbg_cnbd_{self.k}"

    @property
    def title(self) -> str:
        """What pages call it."""
        return f"MBG/CNBD-{self.k}"

    def likelihood(self, frame: pd.DataFrame) -> Likelihood:
        """The log-likelihood of counts with columns ``frequency, recency, T, n`` and, if known, ``log_gaps``.

        ``log_gaps`` sums, over the customers of a row, the logarithms of the times between one purchase and the next,
        in the unit of recency. No parameter depends on it, but different k are compared by it: without it the
        log-likelihood of k > 1 lacks that constant.
        """
        tables, k = unique_tables(frame), self.k
        rhythm = (k - 1) * float(frame["log_gaps"].sum()) if "log_gaps" in frame else 0.0
        rhythm -= float(tables.frequency @ tables.customers) * gammaln(k)
        frequency = tables.now.frequency[tables.now.place]
        T = tables.now.time[tables.now.place]
        waited = np.maximum(T - tables.last.time[tables.last.place], 0)

        def terms(theta: tuple[Array, ...]) -> tuple[Array, Array, Array]:
            r, alpha, a, b = theta
            x, last, now = tables.frequency, tables.last, tables.now
            common = gammaln(r + k * x) + gammaln(b + x + 1) - gammaln(a + b + x + 1)
            each = r * np.log(alpha) - gammaln(r) + gammaln(a + b) - gammaln(b)
            gone = np.log(a / (b + last.frequency)) - (r + k * last.frequency) * np.log(alpha + last.time)
            still = -(r + k * now.frequency) * np.log(alpha + now.time)
            return common @ tables.customers + tables.total * each[:, 0] + rhythm, gone, still

        def phases(theta: tuple[Array, ...], part: slice) -> Array:
            r, alpha, _, _ = theta
            share = waited[part] / (alpha + T[part])
            found = np.ones_like(share)
            for phase in range(k - 1, 0, -1):
                found *= share * (r + k * frequency[part] + phase - 1) / phase
                found += 1
            return found

        return lambda theta: log_likelihood(theta, tables, terms, phases if k > 1 else None)

    def _phases(self, theta: tuple[Array, ...], frequency: Array, recency: Array, T: Array) -> Array:
        # what the likelihood sums over, each in proportion; of k = 1 only the odds are left
        r, alpha, a, b = theta
        shape = r + self.k * frequency
        odds = np.log(a / (b + frequency)) + shape * np.log((alpha + T) / (alpha + recency))
        phase = np.zeros_like(odds)
        chances = [odds, phase]
        with np.errstate(divide="ignore"):
            share = np.log(np.maximum(T - recency, 0) / (alpha + T))
        for number in range(1, self.k):
            phase = phase + share + np.log((shape + number - 1) / number)
            chances.append(phase)
        return softmax(np.stack(chances), axis=0)[1:]
