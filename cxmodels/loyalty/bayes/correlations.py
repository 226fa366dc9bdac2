"""Correlation matrices in which some pairs are free and the others uncorrelated, from unbounded coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cxmodels.loyalty.path_fit import Array


@dataclass(frozen=True)
class Correlations:
    """The map from one number a free pair to a positive definite correlation matrix.

    A lower triangle A with ones on its diagonal holds the numbers; the matrix is A A' scaled to ones. Entries of A
    outside of the free pairs make their correlation zero, whatever the free ones are.

    Attributes
    ----------
    size
        Rows of the matrix.
    pairs
        Free pairs (row, column), row > column, each once, sorted.
    """

    size: int
    pairs: tuple[tuple[int, int], ...]

    @cached_property
    def free(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows and columns of the free pairs."""
        rows, columns = zip(*self.pairs, strict=True) if self.pairs else ((), ())
        return np.array(rows, int), np.array(columns, int)

    @cached_property
    def filled(self) -> tuple[tuple[int, int], ...]:
        """Entries of A, row by row, that follow from the others."""
        there = set(self.pairs)
        found = []
        for row in range(self.size):
            for column in range(row):
                if (row, column) not in there and any({(row, k), (column, k)} <= there for k in range(column)):
                    there.add((row, column))
                    found.append((row, column))
        return tuple(found)

    @cached_property
    def _uncorrelated(self) -> tuple[Array, Array, Array]:
        return np.eye(self.size), np.eye(self.size), np.ones(self.size)

    def powers(self, eta: float) -> Array:
        """(size,) the powers of the rows' lengths in `log_prior`."""
        rows, columns = self.free
        pairs = np.bincount(rows, minlength=self.size) + np.bincount(columns, minlength=self.size)
        # a row without free pairs before it has the length one
        return np.asarray(2.0 * (eta - 1) + pairs + 2.0, float)

    def matrix(self, coordinates: Array) -> tuple[Array, Array, Array]:
        """(pairs,) → the correlations, A and the lengths of its rows."""
        if not self.pairs:
            return self._uncorrelated
        triangle = np.eye(self.size)
        triangle[self.free] = coordinates
        for row, column in self.filled:
            triangle[row, column] = -triangle[row, :column] @ triangle[column, :column]
        lengths = np.sqrt((triangle * triangle).sum(1))
        unit = triangle / lengths[:, None]
        return unit @ unit.T, triangle, lengths

    def log_prior(self, lengths: Array, powers: Array) -> float:
        """Log density of the coordinates, up to a constant, under a prior in proportion to |R|^(eta - 1).

        With all pairs free it is that of Lewandowski, Kurowicka & Joe (2009). The Jacobian from the coordinates to the
        free correlations is, row by row, that of s → s / sqrt(1 + s's) times the lengths of the rows before.
        """
        return -float(powers @ np.log(lengths))

    def gradient(self, slope: Array, triangle: Array, lengths: Array, powers: Array) -> Array:
        """(pairs,) derivative of something with the derivative `slope` by the matrix, and of `log_prior`.

        Parameters
        ----------
        slope
            (size, size), symmetric; each of both triangles holds its half.
        triangle, lengths
            From `matrix`.
        powers
            From `powers`.
        """
        unit = triangle / lengths[:, None]
        by_unit = 2 * slope @ unit
        by_triangle = (by_unit - ((by_unit * unit).sum(1) + powers)[:, None] * unit) / lengths[:, None]
        for row, column in reversed(self.filled):
            through = by_triangle[row, column]
            by_triangle[row, :column] -= through * triangle[column, :column]
            by_triangle[column, :column] -= through * triangle[row, :column]
        return by_triangle[self.free]
