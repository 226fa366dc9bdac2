"""A purchase model's parameters in the words of who decides: purchases a year, the share that still buys."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxmodels.clv.counts.purchases import DAYS, Unit
from cxmodels.clv.models.model import Array, PurchaseModel

YEAR = 365.25
"""Days."""
QUANTITIES = ("rate", "active", "first_year")
"""Repeat purchases a year while a customer buys; the share that still buys a year after the first purchase; repeat
purchases of a new customer within the first year."""


def activity(model: PurchaseModel, theta: Array, unit: Unit) -> pd.DataFrame:
    """The `QUANTITIES` of new customers, a column each and a row a draw.

    Parameters
    ----------
    model
        The model.
    theta
        (draws, parameters).
    unit
        That of the times in theta.
    """
    year = YEAR / DAYS[unit]
    return pd.DataFrame(
        {
            "rate": purchases_while_active(model, theta, year),
            "active": share_active(model, theta, year),
            "first_year": model.expected_repeats(theta, np.array([year]))[:, 0],
        }
    )


def purchases_while_active(model: PurchaseModel, theta: Array, time: float) -> Array:
    """(draws,) expected repeat purchases within a time in which nobody stops."""
    return theta[:, 0] / theta[:, 1] * time / getattr(model, "k", 1)


def share_active(model: PurchaseModel, theta: Array, time: float) -> Array:
    """(draws,) share of new customers who still buy so long after the first purchase.

    Notes
    -----
    Pareto/NBD: the mean of exp(-μ t) over the Gamma(s, β) distributed μ. The others: a customer stops with chance p
    after each purchase, so the share that has stopped is the mean of p times purchases so far. Over a Beta(a, b)
    distributed p that is a / (a + b) times their mean under Beta(a + 1, b).
    """
    if "a" not in model.parameters:
        s, beta = theta[:, 2], theta[:, 3]
        return (beta / (beta + time)) ** s
    a, b = theta[:, 2], theta[:, 3]
    purchases = model.expected_repeats(theta + np.array([0.0, 0.0, 1.0, 0.0]), np.array([time]))[:, 0]
    return 1 - a / (a + b) * (purchases + bool(getattr(model, "stops_at_first", False)))


def limits(values: Array, level: float = 0.95) -> tuple[float, float, float]:
    """Mean and equal-tailed limits."""
    tail = (1 - level) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(np.mean(values)), float(low), float(high)
