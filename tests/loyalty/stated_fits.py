"""Fits whose numbers are stated, not estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxmodels.loyalty.bayes.measurement import Measurement
from cxmodels.loyalty.errors import InvalidValue
from cxmodels.loyalty.path_fit import Array, Engine
from cxmodels.loyalty.syntax.path_model import PathModel

COLUMNS = ["lhs", "op", "rhs", "label", "coef", "se", "low", "high", "std", "std_low", "std_high"]


@dataclass(frozen=True, eq=False)
class StatedFit:
    """A path fit with the paths it is given; draws are none unless given."""

    model: PathModel
    raw: Array
    standardised: Array
    draws: Array
    estimates: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))
    correlations: Array = field(default_factory=lambda: np.eye(1))
    n: float = 250.0
    engine: Engine = "bayes"

    @property
    def names(self) -> tuple[str, ...]:
        return self.model.names

    def path_matrix(self, *, standardised: bool = True) -> Array:
        return self.standardised if standardised else self.raw

    def path_draws(self, *, standardised: bool = True) -> Array:
        if not len(self.draws):
            raise InvalidValue("no draws were stated")
        return self.draws

    def construct_covariance(self) -> Array:
        return self.correlations

    def measurement(self) -> Measurement:
        """Return standardised items of uncorrelated constructs."""
        items = self.model.items
        loadings = np.zeros((len(items), len(self.names)))
        for row in self.estimates[self.estimates["op"] == "=~"].itertuples():
            loadings[items.index(row.rhs), self.names.index(row.lhs)] = row.std
        residual = np.diag(1 - (loadings**2).sum(axis=1))
        return Measurement(items, self.names, loadings, np.eye(len(self.names)), residual, np.zeros(len(items)))


def stated(
    model: PathModel,
    standardised: Mapping[tuple[str, str], float],
    *,
    raw: Mapping[tuple[str, str], float] | None = None,
    spread: float = 0.0,
    draws: int = 0,
    loadings: Mapping[str, float] | None = None,
) -> StatedFit:
    """Return a fit of paths by (source, target), with draws normal about the standardised ones."""
    matrices = [matrix(model, standardised), matrix(model, raw or standardised)]
    noise = np.random.default_rng(1).normal(0, spread, (draws, *matrices[0].shape)) * (matrices[0] != 0)
    rows = []
    for construct in model.constructs:
        for item in construct.items:
            loading = (loadings or {}).get(item, 0.8)
            rows += [(construct.name, "=~", item, loading), (item, "~~", item, 1 - loading**2)]
    nothing = float("nan")
    table = [(lhs, op, rhs, "", std, nothing, nothing, nothing, std, nothing, nothing) for lhs, op, rhs, std in rows]
    return StatedFit(model, matrices[1], matrices[0], matrices[0] + noise, pd.DataFrame(table, columns=COLUMNS))


def matrix(model: PathModel, paths: Mapping[tuple[str, str], float]) -> Array:
    """Return (names, names) paths, row = what is explained."""
    found = np.zeros((len(model.names), len(model.names)))
    for (source, target), value in paths.items():
        found[model.names.index(target), model.names.index(source)] = value
    return found
