"""Which numbers of a path model are free, and where they stand in its matrices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from cxmodels.loyalty.bayes.correlations import Correlations

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array

Place = Literal["loading", "path", "residual", "disturbance"]
"""The matrix a parameter stands in."""


class Cells(NamedTuple):
    """Free entries of a matrix: (cells,) rows, columns, and which coordinate each is."""

    rows: np.ndarray
    columns: np.ndarray
    slots: np.ndarray


class Anchor(NamedTuple):
    """What sets the scale of a construct: a loading or path in a cell that has a given value.

    Without a cell the construct's own standard deviation has the value.
    """

    value: float
    place: Place | None = None
    row: int = 0
    column: int = 0


class Told(NamedTuple):
    """A parameter of the model text and the cell it stands in."""

    lhs: str
    op: str
    rhs: str
    label: str
    place: Place
    row: int
    column: int
    free: bool


@dataclass(frozen=True, eq=False)
class Structure:
    """A path model as free entries of matrices.

    Whatever scale its text asks for, what a construct has of its own has the variance one here: `anchors` lead back.

    Attributes
    ----------
    items
        Observed variables.
    latents
        Constructs, and the observed variables that stand in regressions, causes first.
    loadings, paths, residuals
        The free loadings (items, latents), paths (latents, latents; row = what is explained) and residual standard
        deviations (items, items). Their coordinates come first, in this order. A residual standard deviation may have
        either sign, so that there is no wall at zero: the density is the same.
    fixed_variances
        (items,) residual variances that are given, in the item's own unit; 0 where they are free.
    item_pairs, construct_pairs
        Correlations between what items, and what constructs, have of their own. Their coordinates come last.
    logs
        Coordinates that are logarithms: the loading of each construct that is positive, which says where it points.
    anchors
        What sets the scale of each of `latents`.
    told
        The parameters in the order of the text.
    """

    items: tuple[str, ...]
    latents: tuple[str, ...]
    loadings: Cells
    paths: Cells
    residuals: Cells
    fixed_variances: Array
    item_pairs: Correlations
    construct_pairs: Correlations
    logs: np.ndarray
    anchors: tuple[Anchor, ...]
    told: tuple[Told, ...]

    @cached_property
    def counts(self) -> tuple[int, int, int]:
        """Coordinates that are loadings, paths and residual standard deviations."""
        loadings, paths, residuals = (
            len(np.unique(each.slots)) for each in (self.loadings, self.paths, self.residuals)
        )
        return loadings, paths, residuals

    @cached_property
    def slots(self) -> np.ndarray:
        """(cells,) the coordinates of all loadings, then of all paths and residual standard deviations."""
        return np.concatenate([self.loadings.slots, self.paths.slots, self.residuals.slots])

    @cached_property
    def item_slots(self) -> slice:
        """The coordinates of `item_pairs`."""
        start = sum(self.counts)
        return slice(start, start + len(self.item_pairs.pairs))

    @cached_property
    def construct_slots(self) -> slice:
        """The coordinates of `construct_pairs`."""
        return slice(self.item_slots.stop, self.size)

    @property
    def size(self) -> int:
        """How many coordinates."""
        return sum(self.counts) + len(self.item_pairs.pairs) + len(self.construct_pairs.pairs)
