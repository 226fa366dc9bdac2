"""A parameter table as matrices, and the moments they imply."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.loyalty.path_fit import Array

type Places = NDArray[np.int64]

PATH, COVARIANCE, MEAN = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Implied:
    """What parameters imply; B sets of parameters, G groups, m variables of which the first p are items.

    Attributes
    ----------
    reach
        (B, G, m, m) inverse of I - A: how far a variable reaches another by all paths.
    total
        (B, G, m, m) covariances of all variables.
    mean
        (B, G, m) their means; nought where means are not modelled.
    items
        p.
    """

    reach: Array
    total: Array
    mean: Array
    items: int

    @property
    def sigma(self) -> Array:
        """(B, G, p, p) covariances of the items."""
        return self.total[..., : self.items, : self.items]

    @property
    def mu(self) -> Array:
        """(B, G, p) means of the items."""
        return self.mean[..., : self.items]


@dataclass(frozen=True, eq=False)
class Derivatives:
    """Derivatives of the implied moments by each of C free cells, as outer products.

    A cell changes the covariances of the items by ``left right' + right left'`` and their means by ``mean``: each is
    (B, G, p, C).
    """

    left: Array
    right: Array
    mean: Array | None


@dataclass(frozen=True, eq=False)
class Matrices:
    """Where parameters stand: paths A, residual covariances S and intercepts of the reticular action model.

    Variables are the items, then the constructs. The items have the covariances F (I - A)^-1 S (I - A)^-T F', F
    choosing them (McArdle & McDonald 1984, British Journal of Mathematical and Statistical Psychology 37).

    Attributes
    ----------
    variables
        Names, the items first.
    items
        Those observed.
    groups
        Their levels.
    means
        Whether means are modelled.
    kind, row, column
        (C,) of each cell: which matrix, and its place.
    fixed
        (G, C) values of fixed cells, nought where free.
    select
        (G, C, q) 1 where a cell is a parameter.
    of_row
        (rows, 2) group and cell of each row of the parameter table.
    """

    variables: tuple[str, ...]
    items: tuple[str, ...]
    groups: tuple[str, ...]
    means: bool
    kind: Places
    row: Places
    column: Places
    fixed: Array
    select: Array
    of_row: Places

    @property
    def parameters(self) -> int:
        """How many are free."""
        return self.select.shape[2]

    @cached_property
    def free(self) -> Places:
        """Cells that are free in some group."""
        return np.flatnonzero(self.select.any((0, 2)))

    def values(self, theta: Array) -> Array:
        """(B, G, C) values of the cells for (B, q) parameters."""
        return self.fixed + (theta @ self._of_theta).reshape(len(theta), *self.fixed.shape)

    @cached_property
    def _of_theta(self) -> Array:
        """(q, G C) `select` with one row a parameter."""
        return np.ascontiguousarray(self.select.reshape(-1, self.parameters).T)

    def filled(self, theta: Array) -> tuple[Array, Array, Array]:
        """A, S (B, G, m, m) and the intercepts (B, G, m)."""
        values, m = self.values(theta), len(self.variables)
        paths, covariances = np.zeros((2, *values.shape[:2], m, m), values.dtype)
        intercepts = np.zeros((*values.shape[:2], m), values.dtype)
        chosen = self.kind == PATH
        paths[..., self.row[chosen], self.column[chosen]] = values[..., chosen]
        chosen = self.kind == COVARIANCE
        covariances[..., self.row[chosen], self.column[chosen]] = values[..., chosen]
        covariances[..., self.column[chosen], self.row[chosen]] = values[..., chosen]
        chosen = self.kind == MEAN
        intercepts[..., self.row[chosen]] = values[..., chosen]
        return paths, covariances, intercepts

    def implied(self, theta: Array) -> Implied:
        """The moments that (B, q) parameters imply."""
        paths, covariances, intercepts = self.filled(theta)
        reach = np.linalg.inv(np.eye(len(self.variables)) - paths)
        total = reach @ covariances @ reach.swapaxes(-1, -2)
        mean = (reach @ intercepts[..., None])[..., 0]
        return Implied(reach, total, mean, len(self.items))

    def derivatives(self, implied: Implied) -> Derivatives:
        """Of the implied moments by the free cells, in their order.

        A path from j to i moves what i reaches with what varies with j; a covariance of i and j what both reach.
        """
        free, p = self.free, implied.items
        kind, row, column = self.kind[free], self.row[free], self.column[free]
        left = implied.reach[..., :p, :][..., row].copy()
        right = np.zeros_like(left)
        path, covariance = kind == PATH, kind == COVARIANCE
        right[..., path] = implied.total[..., :p, :][..., column[path]]
        half = np.where(row == column, 0.5, 1.0)[covariance]
        right[..., covariance] = implied.reach[..., :p, :][..., column[covariance]] * half
        if not self.means:
            return Derivatives(left, right, None)
        mean = np.zeros_like(left)
        mean[..., kind == MEAN] = left[..., kind == MEAN]
        mean[..., path] = left[..., path] * implied.mean[..., None, column[path]]
        return Derivatives(left, right, mean)

    @cached_property
    def by_parameter(self) -> Array:
        """(G, free cells, q) 1 where a free cell is a parameter."""
        return self.select[:, self.free]

    def jacobian(self, theta: Array) -> tuple[Array, ...]:
        """Of each group, (moments, q): means where modelled, then covariances as in ``np.tril_indices``."""
        found = self.derivatives(self.implied(theta[None]))
        row, column = np.tril_indices(len(self.items))
        out = []
        for group, cells in enumerate(self.by_parameter):
            left, right = found.left[0, group], found.right[0, group]
            moved = left[row] * right[column] + right[row] * left[column]
            if found.mean is not None:
                moved = np.vstack([found.mean[0, group], moved])
            out.append(moved @ cells)
        return tuple(out)


def matrices_of(
    table: pd.DataFrame, items: Iterable[str], constructs: Iterable[str], groups: Iterable[str] = ("",)
) -> Matrices:
    """Matrices of a parameter table.

    Parameters
    ----------
    table
        Rows ``lhs, op, rhs, group, value, free`` as in `ParameterTable.frame`; the groups in the order of `groups`.
    items, constructs
        Observed and latent variables.
    """
    items, groups = tuple(items), tuple(groups)
    variables = (*items, *constructs)
    at = {name: place for place, name in enumerate(variables)}
    group_of = {level: place for place, level in enumerate(dict.fromkeys(table["group"]))}
    cells: dict[tuple[int, int, int], int] = {}
    of_row = np.empty((len(table), 2), np.int64)
    names = (table[name].to_numpy() for name in ("lhs", "op", "rhs", "group"))
    for position, (lhs, op, rhs, group) in enumerate(zip(*names, strict=True)):
        if op == "=~":
            cell = (PATH, at[rhs], at[lhs])
        elif op == "~":
            cell = (PATH, at[lhs], at[rhs])
        elif op == "~~":
            cell = (COVARIANCE, max(at[lhs], at[rhs]), min(at[lhs], at[rhs]))
        else:
            cell = (MEAN, at[lhs], 0)
        of_row[position] = group_of[group], cells.setdefault(cell, len(cells))
    number = table["free"].to_numpy(np.int64)
    fixed = np.zeros((len(groups), len(cells)))
    select = np.zeros((len(groups), len(cells), number.max(initial=0)))
    value = table["value"].to_numpy(np.float64)
    for (group, cell), free, given in zip(of_row, number, value, strict=True):
        if free:
            select[group, cell, free - 1] = 1.0
        else:
            fixed[group, cell] = given
    kind, row, column = np.array(list(cells), np.int64).reshape(-1, 3).T
    means = bool((kind == MEAN).any())
    return Matrices(variables, items, groups, means, kind, row, column, fixed, select, of_row)
