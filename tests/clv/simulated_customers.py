"""Customers who buy and stop as a purchase model says, one purchase after the other; and what they pay."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]


def customers(model: str, theta: Array, T: Array, random: np.random.Generator, k: int = 1) -> pd.DataFrame:
    """One row a customer watched for T: ``frequency, recency, T, n, log_gaps``, in the unit of the parameters.

    `model` is ``"bg_nbd"`` (may stop after each repeat purchase), ``"mbg_nbd"`` (after the first too; with Erlang-k
    times between purchases for k > 1) or ``"pareto_nbd"`` (may stop at any time).
    """
    r, alpha, third, fourth = theta
    n = len(T)
    rate = random.gamma(r, 1 / alpha, n)
    most, until = np.full(n, np.inf), T.copy()
    if model == "pareto_nbd":
        until = np.minimum(T, random.exponential(1, n) / np.maximum(random.gamma(third, 1 / fourth, n), 1e-300))
    else:
        chance = np.maximum(random.beta(third, fourth, n), 1e-15)
        most = random.geometric(chance) - (1.0 if model == "mbg_nbd" else 0.0)
    frequency, recency, log_gaps = np.zeros(n), np.zeros(n), np.zeros(n)
    buying = np.flatnonzero(most > 0)
    while len(buying):
        gap = random.gamma(k, 1, len(buying)) / np.maximum(rate[buying], 1e-300)
        within = recency[buying] + gap < until[buying]
        buying, gap = buying[within], gap[within]
        frequency[buying] += 1
        recency[buying] += gap
        log_gaps[buying] += np.log(gap)
        buying = buying[frequency[buying] < most[buying]]
    return pd.DataFrame({"frequency": frequency, "recency": recency, "T": T, "n": 1, "log_gaps": log_gaps})


def spenders(p: float, q: float, v: float, payments: Array, random: np.random.Generator) -> pd.DataFrame:
    """One row a customer: ``payments, total, n``."""
    total = random.gamma(p * payments) / random.gamma(q, 1 / v, len(payments))
    return pd.DataFrame({"payments": payments, "total": total, "n": 1})
