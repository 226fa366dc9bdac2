"""Paths between constructs from their correlations: coefficients, R², f², total effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.pls.algorithm import inverted, regressed

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.pls.design import Design


@dataclass(frozen=True, eq=False)
class Structure:
    """What correlations of constructs say of the paths between them.

    Attributes
    ----------
    paths
        (batch, names, names) standardised coefficients, row = what is explained, column = what explains it.
    total
        (batch, names, names) direct and indirect effects together.
    r2
        (batch, names) share of variance explained; NaN of what nothing explains.
    f2
        (batch, names, names) Cohen's f², by how much R² falls without a path over 1 - R², scores as they are; NaN
        where there is no path.
    """

    paths: Array
    total: Array
    r2: Array
    f2: Array


def structure(correlations: Array, design: Design) -> Structure:
    """Regress each construct on those that explain it, from (batch, names, names) correlations."""
    paths = np.zeros_like(correlations)
    r2, f2 = np.full(correlations.shape[:2], np.nan), np.full_like(correlations, np.nan)
    for place in design.endogenous:
        sources = design.explained_by[place]
        coefficients = regressed(correlations, sources, place)
        paths[:, place, sources] = coefficients
        explained = np.einsum("bs,bs->b", coefficients, correlations[:, sources, place])
        r2[:, place] = explained
        # what R² loses without a source is its squared coefficient over the diagonal of the inverse
        spread = np.einsum("bss->bs", inverted(correlations[:, sources[:, None], sources]))
        with np.errstate(divide="ignore", invalid="ignore"):
            f2[:, place, sources] = coefficients**2 / spread / (1 - explained)[:, None]
    return Structure(paths, total_effects(paths), r2, f2)


def total_effects(paths: Array) -> Array:
    """(…, names, names) effects along every chain of (…, names, names) paths, row = what is explained; no cycles."""
    total, longer = paths, paths
    # a chain without cycles has fewer paths than there are constructs
    for _ in range(paths.shape[-1] - 2):
        longer = longer @ paths
        total = total + longer
    return total
