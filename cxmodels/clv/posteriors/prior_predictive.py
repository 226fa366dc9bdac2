"""What a prior says customers do, beside what they did: wide, but not absurd."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxmodels.clv.counts.purchases import PurchaseCounts
from cxmodels.clv.models.model import Array, PurchaseModel
from cxmodels.clv.posteriors.priors import Prior

TIMES = 200
"""Customers of each simulated base: evenly spaced quantiles of T."""
SEED = 1966


def prior_predictive(
    model: PurchaseModel, counts: PurchaseCounts, prior: Prior, *, size: int = 500, seed: int = SEED
) -> pd.DataFrame:
    """Simulate bases of customers under the prior and set them beside the data.

    Parameters
    ----------
    model, prior
        Whose parameters are drawn.
    counts
        The data: customers of the simulated bases are watched as long as these.
    size
        Bases, one a draw of the prior.
    seed
        Of the draws.

    Returns
    -------
    pandas.DataFrame
        One row a statistic: ``statistic``; ``data``; ``low, middle, high``, the median and the 95 % limits of the
        simulated bases; ``below``, the share of them that lie below the data (half of those that are equal counted).
        The statistics: the share of customers without a repeat purchase, the mean of repeat purchases, and what 99 %
        of customers do not exceed.
    """
    frame = counts.frame
    n, frequency = frame["n"].to_numpy(float), frame["frequency"].to_numpy(float)
    levels = (np.arange(TIMES) + 0.5) / TIMES
    watched = _quantiles(frame["T"].to_numpy(float), n, levels)
    theta = np.repeat(model.theta(prior.drawn(size, seed)), TIMES, axis=0)
    nothing = np.zeros(size * TIMES)
    random = np.random.default_rng([seed, 1])
    bought = model.futures(theta, nothing, nothing, nothing, np.tile(watched, size), random).purchases
    simulated = _statistics(bought.reshape(size, TIMES))
    seen = {
        "share without a repeat purchase": n[frequency == 0].sum() / n.sum(),
        "repeat purchases a customer": n @ frequency / n.sum(),
        "99 % of customers bought again at most": _quantiles(frequency, n, np.array([0.99]))[0],
    }
    rows = []
    for (name, data), values in zip(seen.items(), simulated, strict=True):
        low, middle, high = np.quantile(values, (0.025, 0.5, 0.975))
        rows.append((name, data, low, middle, high, (values < data).mean() + (values == data).mean() / 2))
    return pd.DataFrame(rows, columns=["statistic", "data", "low", "middle", "high", "below"])


def _statistics(bought: Array) -> tuple[Array, Array, Array]:
    """Of each base, (bases, customers) → three of (bases,)."""
    return (bought == 0).mean(1), bought.mean(1), np.quantile(bought, 0.99, axis=1, method="inverted_cdf")


def _quantiles(values: Array, n: Array, levels: Array) -> Array:
    """Of values of which each counts n times."""
    order = np.argsort(values, kind="stable")
    shares = np.cumsum(n[order]) / n.sum()
    return values[order][np.searchsorted(shares, levels - 1e-12).clip(max=len(values) - 1)]
