"""Customers whose attitude acts on staying and buying by a known amount."""

from __future__ import annotations

import numpy as np
import pandas as pd

LOADINGS = np.array([0.85, 0.75, 0.65])
LEAVING, BUYING = -0.5, 0.3
"""Logarithms of the ratios for one standard deviation more of the attitude."""


def spells(n: int, seed: int, *, leaving: float = LEAVING, hazard: float = 0.1) -> pd.DataFrame:
    """Return what answers say of each, and what was done in up to twelve months after."""
    random = np.random.default_rng(seed)
    attitude = random.standard_normal(n)
    items = attitude[:, None] * LOADINGS + np.sqrt(1 - LOADINGS**2) * random.standard_normal((n, 3))
    weights = LOADINGS / (1 - LOADINGS**2)
    left_open = 1 / (1 + LOADINGS @ weights)
    leaves = random.exponential(1 / (hazard * np.exp(leaving * attitude)))
    watched = random.uniform(3, 12, n)
    own_rate = random.gamma(2, 0.5, n)
    return pd.DataFrame(
        {
            "attitude": left_open * (items @ weights),
            "attitude_sd": np.sqrt(left_open),
            "score": items.mean(axis=1),
            "duration": np.minimum(leaves, watched),
            "event": (leaves <= watched).astype(int),
            "purchases": random.poisson(watched * np.exp(BUYING * attitude) * own_rate),
            "watched": watched,
        }
    )
