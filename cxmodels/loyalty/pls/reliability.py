"""How well items measure their construct, from correlations, weights and loadings of many samples at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from cxmodels.loyalty.pls.algorithm import block_sums

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.pls.design import Design

Ratio = Literal["absolute", "signed", "geometric"]


def rho_a(correlation: Array, weights: Array, design: Design) -> Array:
    """(batch, names) reliability of a construct's score as measure of a common factor.

    Dijkstra & Henseler (2015), Consistent partial least squares path modeling, MIS Quarterly 39: 297-316, equation 3.
    1 of a single item and of a construct of mode B, whose weights say nothing of a factor. Beyond 0 to 1 where the
    items are no measures of one factor.
    """
    found = np.ones((len(correlation), len(design.names)))
    for place, block in enumerate(design.blocks):
        if block.stop - block.start == 1 or design.modes[place] == "B":
            continue
        w = weights[:, block]
        squares = w**2
        within = np.einsum("bi,bij,bj->b", w, correlation[:, block, block], w) - squares.sum(axis=1)
        as_if = squares.sum(axis=1) ** 2 - (squares**2).sum(axis=1)
        found[:, place] = squares.sum(axis=1) ** 2 * within / as_if
    return found


def composite_reliability(loadings: Array, design: Design) -> Array:
    """(batch, names) rho_C, the reliability of the sum of the items: Jöreskog (1971)."""
    common = block_sums(loadings, design) ** 2
    return common / (common + block_sums(1 - loadings**2, design))


def average_variance_extracted(loadings: Array, design: Design) -> Array:
    """(batch, names) mean squared loading: Fornell & Larcker (1981)."""
    return block_sums(loadings**2, design) / design.sizes


def heterotrait_monotrait(correlation: Array, design: Design, *, kind: Ratio = "absolute") -> Array:
    """(batch, names, names) HTMT, 1 on the diagonal.

    Mean correlation of items of two constructs over the geometric mean of those within each: Henseler, Ringle &
    Sarstedt (2015), JAMS 43: 115-135. ``"signed"`` takes correlations as they are, as in that paper; ``"absolute"``
    their absolute values, as in Ringle et al. (2023), so that items asked the other way round do not cancel;
    ``"geometric"`` geometric means of absolute values, for items that measure unequally well: HTMT2 of Roemer,
    Schuberth & Henseler (2021), IMDS 121: 2637-2650. Of a single item the correlation within is 1. NaN where a mean
    within a construct is not above 0.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found = correlation if kind == "signed" else np.abs(correlation)
        found = np.log(found) if kind == "geometric" else found.copy()
        found[:, np.arange(len(design.items)), np.arange(len(design.items))] = 0.0
        sums = np.add.reduceat(block_sums(found, design), [b.start for b in design.blocks], axis=1)
        pairs = design.sizes * (design.sizes - 1)
        within = np.einsum("bii->bi", sums) / np.maximum(pairs, 1)
        between = sums / np.outer(design.sizes, design.sizes)
        if kind == "geometric":
            within, between = np.exp(within), np.exp(between)
        within = np.where(pairs == 0, 1.0, np.where(within > 0, within, np.nan))
        ratio = between / np.sqrt(within[:, :, None] * within[:, None, :])
    diagonal = np.arange(len(design.names))
    ratio[:, diagonal, diagonal] = 1.0
    return ratio
