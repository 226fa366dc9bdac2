"""Customers whose attitude and behaviour are known, and what is measured of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit

from cxmodels.loyalty.path_fit import Array

ASSOCIATION = 0.5
# of Bartlett's score of three items with loadings .88, .84, .78
ERROR = 0.136
CENTRE, SPREAD = 1.5, 0.9


def customers(n: int, seed: int, *, kind: str = "predicted") -> tuple[pd.DataFrame, Array]:
    """Return cells for `classes_of` and the (n,) class of each customer, both parted at the median.

    Behaviour is a chance whose logit is normal, told with an error of its own size for everybody; a forecast of it is
    drawn towards the mean, a measurement is not.
    """
    random = np.random.default_rng(seed)
    attitude = random.standard_normal(n)
    behaviour = ASSOCIATION * attitude + np.sqrt(1 - ASSOCIATION**2) * random.standard_normal(n)
    error = random.uniform(0.15, 0.6, n)
    if kind == "measured":
        seen = behaviour + np.sqrt(error) * random.standard_normal(n)
    else:
        measured = error / (1 - error)
        seen = (behaviour + np.sqrt(measured) * random.standard_normal(n)) / (1 + measured)
    sides = {"behaviour": 0.0, "low": -1.959964, "high": 1.959964}
    cells = pd.DataFrame(
        {"attitude": attitude + np.sqrt(ERROR) * random.standard_normal(n), "attitude_sd": np.sqrt(ERROR)}
        | {name: expit(CENTRE + SPREAD * (seen + side * np.sqrt(error))) for name, side in sides.items()}
    )
    return cells, 2 * (attitude <= 0) + (behaviour <= 0)


def expected_shares() -> list[float]:
    """Return the shares of the classes: a normal pair falls into the same half with 1/2 + asin(r) / π (Sheppard)."""
    same = 0.25 + np.arcsin(ASSOCIATION) / (2 * np.pi)
    return [same, 0.5 - same, 0.5 - same, same]
