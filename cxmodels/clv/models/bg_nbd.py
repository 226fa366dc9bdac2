"""BG/NBD: customers buy at random with a rate of their own and may stop after each repeat purchase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, gammaln

from cxmodels.clv.models.beta_dropout import BetaDropout
from cxmodels.clv.models.model import Array, Likelihood
from cxmodels.clv.models.unique_tables import log_likelihood, unique_tables


@dataclass(frozen=True)
class BgNbd(BetaDropout):
    """Fader, Hardie & Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2).

    Purchases come at a rate that is Gamma(r, alpha) distributed; after each repeat purchase a customer stops with a
    chance that is Beta(a, b) distributed. Who never bought again cannot have stopped. Alpha is in the unit of time.
    """

    stops_at_first = False

    @property
    def name(self) -> str:
        """``"bg_nbd"``."""
        return "bg_nbd"

    @property
    def title(self) -> str:
        """What pages call it."""
        return "BG/NBD"

    def likelihood(self, frame: pd.DataFrame) -> Likelihood:
        """The log-likelihood of counts with columns ``frequency, recency, T, n`` (equation 6, over customers)."""
        tables = unique_tables(frame)

        def terms(theta: tuple[Array, ...]) -> tuple[Array, Array, Array]:
            r, alpha, a, b = theta
            x, last, now = tables.frequency, tables.last, tables.now
            common = gammaln(r + x) + gammaln(b + x) - gammaln(a + b + x)
            each = r * np.log(alpha) - gammaln(r) + gammaln(a + b) - gammaln(b)
            gone = _log_share(a, b, last.frequency) - (r + last.frequency) * np.log(alpha + last.time)
            still = -(r + now.frequency) * np.log(alpha + now.time)
            return common @ tables.customers + tables.total * each[:, 0], gone, still

        return lambda theta: log_likelihood(theta, tables, terms)

    def _phases(self, theta: tuple[Array, ...], frequency: Array, recency: Array, T: Array) -> Array:
        # Fader, Hardie & Lee (2008), Computing P(alive) using the BG/NBD model
        r, alpha, a, b = theta
        odds = _log_share(a, b, frequency) + (r + frequency) * np.log((alpha + T) / (alpha + recency))
        return expit(-odds)[None]


def _log_share(a: Array, b: Array, frequency: Array) -> Any:
    """log a/(b + x - 1), and minus infinity where nothing was bought again."""
    with np.errstate(divide="ignore"):
        return np.where(frequency > 0, np.log(a) - np.log(b + np.maximum(frequency, 1) - 1), -np.inf)
