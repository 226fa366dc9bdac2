"""What customers spent since an earlier day, beside what the models of that day said they would."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.spend import SpendFit
from cxmodels.clv.forecasts.orders import orders_ahead
from cxmodels.clv.grading.grade import DRAWS, LEVELS, SEED
from cxmodels.estimate import Estimate

_BLOCK = 2_000


@dataclass(frozen=True, eq=False)
class SpendGrade:
    """An earlier forecast of money beside what came.

    Attributes
    ----------
    total
        What all customers together were expected to spend, with the 90 % interval of what would be counted.
    came
        What they did.
    coverage
        ``level, held``: the share of customers whose spend lay within their own predictive interval.
    spend
        The spend model as fitted then.
    """

    total: Estimate
    came: float
    coverage: pd.DataFrame
    spend: SpendFit

    @property
    def total_error(self) -> float:
        """Expected over spent, less 1; NaN where nothing was."""
        return self.total.value / self.came - 1 if self.came else float("nan")


def grade_spend(
    fit: PurchaseFit,
    spend: SpendFit,
    frame: pd.DataFrame,
    days: float,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> SpendGrade:
    """Set what the models of an earlier day say that customers would spend beside what they did.

    Parameters
    ----------
    fit, spend
        As fitted to what was known then.
    frame
        ``frequency, recency, T`` (days), ``payments`` and ``total`` as of that day, ``spent`` since, ``n``.
    days
        How long they were followed.
    draws, seed
        Draws of the parameters, each with one future of each row, and the seed of these.
    """
    ahead = orders_ahead(fit, spend, frame, days=days, draws=draws)
    random = np.random.default_rng([seed, 2])
    n, came = frame["n"].to_numpy(float), frame["spent"].to_numpy(float)
    expected, would, within = np.zeros(len(ahead.theta)), np.zeros(len(ahead.theta)), np.zeros(len(LEVELS))
    for start in range(0, len(frame), _BLOCK):
        part = slice(start, start + _BLOCK)
        told = ahead.expected(frame.iloc[part])["spent"]
        drawn = ahead.drawn(frame.iloc[part], random)["spent"]
        expected += n[part] @ told
        # n customers alike differ by chance independently
        would += n[part] @ told + np.sqrt(n[part]) @ (drawn - told)
        for i, level in enumerate(LEVELS):
            low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=1)
            within[i] += n[part] @ ((low <= came[part]) & (came[part] <= high))
    value, (low, high) = float(expected.mean()), np.quantile(would, [0.05, 0.95])
    customers = int(n.sum())
    return SpendGrade(
        total=Estimate(value, min(low, value), max(high, value), spend.counts.currency, customers, level=0.9),
        came=float(n @ came),
        coverage=pd.DataFrame({"level": LEVELS, "held": within / customers}),
        spend=spend,
    )
