"""Customers whose future is known: drawn one event at a time, which no closed form and no forecast does."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

BG_NBD = {"r": 1.2, "alpha": 30.0, "a": 0.4, "b": 5.0}
PARETO_NBD = {"r": 1.2, "alpha": 30.0, "s": 0.8, "beta": 500.0}
GAMMA_GAMMA = {"p": 6.0, "q": 4.0, "v": 15.0}
"""Times in days, money in a currency."""


def customers_with_future(
    n: int, seed: int, *, ahead: float, model: Literal["bg_nbd", "pareto_nbd"] = "bg_nbd", longest: float = 700.0
) -> pd.DataFrame:
    """Return one row a customer: ``frequency, recency, T, payments, total`` today, and what came within `ahead`.

    That is ``came`` (purchases), ``paid``, and ``worth``: the same discounted at a tenth a year, purchase by purchase.
    """
    random = np.random.default_rng(seed)
    shop = BG_NBD if model == "bg_nbd" else PARETO_NBD
    rows = []
    for T in random.uniform(10, longest, n):
        rate = random.gamma(shop["r"]) / shop["alpha"]
        drop = random.beta(shop["a"], shop["b"]) if model == "bg_nbd" else 0.0
        lives = np.inf if model == "bg_nbd" else random.exponential() / (random.gamma(shop["s"]) / shop["beta"])
        nu = random.gamma(GAMMA_GAMMA["q"]) / GAMMA_GAMMA["v"]
        time, times = 0.0, []
        while (time := time + random.exponential() / rate) < min(T + ahead, lives):
            times.append(time)
            if random.random() < drop:
                break
        at = np.array(times)
        money = random.gamma(GAMMA_GAMMA["p"], size=len(at)) / nu
        past = at <= T
        worth = 1.1 ** -((at - T) / 365.25)
        rows.append(
            (
                past.sum(), at[past].max(initial=0.0), T, past.sum(), money[past].sum(),
                (~past).sum(), money[~past].sum(), (money * worth)[~past].sum(),
            )
        )  # fmt: skip
    names = ["frequency", "recency", "T", "payments", "total", "came", "paid", "worth"]
    return pd.DataFrame(rows, columns=names).assign(n=1)
