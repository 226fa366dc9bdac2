"""What is held likely of a model's parameters before its data: weakly informative, on the scale of the data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cxmodels.clv.models.model import Array, ParameterModel

Scale = Literal["none", "time", "spend"]

PRIORS: dict[str, tuple[float, float, Scale]] = {
    "log r": (math.log(0.5), 1.0, "none"),
    "log alpha": (math.log(0.25), 1.5, "time"),
    "logit a/(a+b)": (-1.0, 1.5, "none"),
    "log(a+b)": (1.0, 1.5, "none"),
    "log s": (math.log(0.5), 1.5, "none"),
    "log beta": (math.log(0.5), 2.0, "time"),
    "log p": (math.log(4.0), 1.25, "none"),
    "log(q-1)": (math.log(2.0), 1.25, "none"),
    "log mean spend": (0.0, 1.0, "spend"),
    "logit alpha/(alpha+beta)": (-2.0, 1.5, "none"),
    "log(alpha+beta)": (1.0, 1.5, "none"),
}
"""Coordinate → mean, standard deviation, and what it is counted in: the mean T, the mean payment, or nothing."""
LIMITS = 1.96
"""Standard deviations either way that hold 95 % of a normal distribution."""


@dataclass(frozen=True, eq=False)
class Prior:
    """Independent normal distributions of a model's unbounded coordinates.

    Attributes
    ----------
    coordinates
        Their names, as the model has them.
    centre, sd
        (coordinates,) mean and standard deviation.
    """

    coordinates: tuple[str, ...]
    centre: Array
    sd: Array

    def log_density(self, coordinates: Array) -> Array:
        """(…, coordinates) → (…)."""
        away = (coordinates - self.centre) / self.sd
        return -0.5 * (away * away).sum(-1) - np.log(self.sd).sum() - 0.5 * len(self.sd) * math.log(2 * math.pi)

    def drawn(self, size: int, seed: int) -> Array:
        """(size, coordinates) draws."""
        return self.centre + self.sd * np.random.default_rng(seed).standard_normal((size, len(self.sd)))

    @property
    def ranges(self) -> pd.DataFrame:
        """One row a coordinate, back in its own terms: ``quantity, middle, low, high``; median and 95 % limits."""
        rows = []
        for name, centre, sd in zip(self.coordinates, self.centre, self.sd, strict=True):
            logit, quantity = name.startswith("logit"), name.removeprefix("logit").removeprefix("log").strip()
            own = [_share(at) if logit else math.exp(at) for at in (centre, centre - LIMITS * sd, centre + LIMITS * sd)]
            rows.append((quantity.removeprefix("(").removesuffix(")") if "/" not in quantity else quantity, *own))
        return pd.DataFrame(rows, columns=["quantity", "middle", "low", "high"])

    @property
    def told(self) -> str:
        """The same in words: each quantity with its median and 95 % limits."""
        parts = [
            f"{row.quantity} about {_short(row.middle)} ({_short(row.low)} to {_short(row.high)})"
            for row in self.ranges.itertuples()
        ]
        return ", ".join(parts)


def prior_of(model: ParameterModel, *, time: float = 1.0, spend: float = 1.0) -> Prior:
    """The prior of a model, on the scale of its data.

    Normal on the unbounded coordinates of `PRIORS`; those that have a dimension are moved by the logarithm of the
    data's own scale, so that neither the unit of time nor the currency matters.

    Parameters
    ----------
    model
        Its coordinates are looked up by name.
    time
        The mean T of the customers, in the unit of the counts.
    spend
        The mean payment.
    """
    rows = [PRIORS[name] for name in model.coordinates]
    shift = {"none": 0.0, "time": math.log(time) if time > 0 else 0.0, "spend": math.log(spend) if spend > 0 else 0.0}
    # Under an Erlang-k clock alpha belongs to the steps, of which a purchase takes k.
    steps = math.log(getattr(model, "k", 1))
    centre = [
        mean + shift[scale] - (steps if name == "log alpha" else 0.0)
        for name, (mean, _, scale) in zip(model.coordinates, rows, strict=True)
    ]
    return Prior(model.coordinates, np.array(centre), np.array([sd for _, sd, _ in rows]))


def _share(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def _short(number: float) -> str:
    """Two digits that count."""
    return f"{float(f'{number:.2g}'):,.10g}".replace(",", "\u202f")
