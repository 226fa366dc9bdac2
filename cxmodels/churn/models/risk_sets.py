"""Who was at risk and who left, at each tenure at which somebody left: sorted rows, nothing expanded.

A row is at risk at a run of departure times. Rows are sorted by the last of them, so that a sum over everyone at risk
is a sum by group and a cumulative sum: O(rows) for any number of departure times. Strata follow one another on the
same axis of times, and a row is at risk in its own only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Array = NDArray[np.float64]
Places = NDArray[np.int64]

_CHUNK = 1 << 14


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Rows at risk.

    Attributes
    ----------
    times
        (K,) tenures at which somebody left, ascending within each stratum.
    bounds
        (S + 1,) where each stratum begins in `times`.
    columns
        (R, q) columns of the model, each with mean 0 and standard deviation 1 over the rows.
    centre, scale
        (q,) what was taken off the columns, and what they were then divided by.
    order
        (R,) the row of the table that each row comes from; rows never at risk beside a departure are out.
    count, weight
        (R,) how many customers a row stands for, and the case weight of each.
    start, stop
        (R,) a row is at risk at ``times[start:stop]``; `stop` ascends.
    left
        (E,) the rows that left, at ``times[stop - 1]``.
    """

    times: Array
    bounds: Places
    columns: Array
    centre: Array
    scale: Array
    order: Places
    count: Array
    weight: Array
    start: Places
    stop: Places
    left: Places

    @cached_property
    def events(self) -> Array:
        """(K,) customers who left at each time."""
        return np.bincount(self.stop[self.left] - 1, self.count[self.left], len(self.times))

    @cached_property
    def size(self) -> Array:
        """(R,) what a row counts for in a sum: its customers times their weight."""
        return self.count * self.weight

    @cached_property
    def left_size(self) -> Array:
        """(K,) sum of the weights of those who left."""
        return np.bincount(self.stop[self.left] - 1, self.size[self.left], len(self.times))

    @cached_property
    def sum_left(self) -> Array:
        """(K, q) weighted sum of the columns of those who left."""
        return self.columns_left(self.size[self.left])

    @cached_property
    def stratum(self) -> Places:
        """(K,) the stratum of each time."""
        return np.repeat(np.arange(len(self.bounds) - 1), np.diff(self.bounds))

    @cached_property
    def tied(self) -> Array:
        """(departures,) j / d of the j-th of the d who left at a time, j = 0 … d - 1, one time after another."""
        each = self.events.astype(np.int64)
        return (np.arange(each.sum()) - np.repeat(self.first_tied, each)) / np.repeat(self.events, each)

    @cached_property
    def first_tied(self) -> Places:
        """(K,) where each time begins in `tied`."""
        each = self.events.astype(np.int64)
        return np.cumsum(each) - each

    @cached_property
    def late(self) -> Places:
        """Rows that enter after the first departure of their stratum, in order of entry."""
        begin = self.bounds[np.searchsorted(self.bounds, self.stop - 1, "right") - 1] if len(self.stop) else self.stop
        rows = np.flatnonzero(self.start > begin)
        return rows[np.argsort(self.start[rows], kind="stable")]

    def at_risk(self, size: Array) -> Array:
        """(K,) sum of `size` (R,) over the rows at risk at each time."""
        width = len(self.times)
        total = self._from_end(np.bincount(self.stop, size, width + 1)[1:])
        if len(self.late):
            total -= self._from_end(np.bincount(self.start[self.late], size[self.late], width + 1)[1:])
        return total

    def columns_at_risk(self, size: Array) -> Array:
        """(K, q) sum of `size` times the columns over the rows at risk at each time."""
        total = self._from_end(self._grouped(np.arange(len(size)), self.stop, size)[1:])
        if len(self.late):
            total -= self._from_end(self._grouped(self.late, self.start[self.late], size[self.late])[1:])
        return total

    def columns_left(self, size: Array) -> Array:
        """(K, q) sum of `size` (E,) times the columns over the rows that left at each time."""
        return self._grouped(self.left, self.stop[self.left] - 1, size)[:-1]

    def _grouped(self, rows: Places, group: Places, size: Array) -> Array:
        """(K + 1, q) sums of rows that are sorted by group: a sparse product reads the columns once."""
        ends = np.searchsorted(group, np.arange(len(self.times) + 2))
        return csr_array((size, rows, ends), shape=(len(self.times) + 1, len(self.columns))) @ self.columns

    def _from_end(self, sums: Array) -> Array:
        """Sums from each time to the last of its stratum."""
        out = np.empty_like(sums)
        for begin, end in zip(self.bounds[:-1], self.bounds[1:], strict=True):
            out[begin:end] = sums[begin:end][::-1].cumsum(axis=0)[::-1]
        return out


@dataclass(frozen=True, eq=False)
class AtRisk:
    """Where rows stand among the departure times, before their columns are known; attributes as in `RiskSets`."""

    times: Array
    bounds: Places
    order: Places
    start: Places
    stop: Places
    left: Places


def place_at_risk(entry: Array, leave: Array, event: NDArray[np.bool_], stratum: Places, strata: int) -> AtRisk:
    """Sort rows by the last departure time they are at risk at; at risk is after `entry`, up to and with `leave`."""
    every = np.unique(leave[event])
    width = max(len(every), 1)
    start, stop = _passed(every, entry), _passed(every, leave)
    if strata == 1:
        times, bounds = every, np.array([0, len(every)])
    else:
        pairs = np.unique(stratum[event] * width + stop[event] - 1)
        times = every[pairs % width] if len(every) else every
        bounds = np.searchsorted(pairs, np.arange(strata + 1) * width)
        start = np.searchsorted(pairs, stratum * width + start)
        stop = np.searchsorted(pairs, stratum * width + stop)
    order = np.argsort(_narrow(stop), kind="stable")
    order = order[(start < stop)[order]]
    start, stop = start[order], stop[order]
    return AtRisk(times.astype(float), bounds, order, start, stop, np.flatnonzero(event[order]))


def risk_sets(place: AtRisk, columns: Array, count: Array, weight: Array) -> RiskSets:
    """Risk sets from rows in the order of `place`; `columns` are standardised where they stand."""
    total = max(count.sum(), 1.0)
    centre = count @ columns / total
    columns -= centre
    scale = np.sqrt(np.einsum("i,ij,ij->j", count, columns, columns) / total)
    # a column that is the same in every row that counts stays at nought, but for rounding
    scale[scale <= 1e-12 * np.abs(centre)] = 0.0
    columns *= np.divide(1.0, scale, where=scale > 0, out=np.zeros_like(scale))
    scale[scale == 0] = 1.0
    return RiskSets(
        place.times, place.bounds, columns, centre, scale, place.order, count, weight, place.start, place.stop,
        place.left,
    )  # fmt: skip


def within_strata(sets: RiskSets) -> Array:
    """(q, q) sums of squares and products of the columns around their means in each stratum, by customers.

    A column that does not vary within any stratum has exactly nought.
    """
    gram = np.zeros((sets.columns.shape[1],) * 2)
    for begin in range(0, len(sets.columns), _CHUNK):
        part = sets.columns[begin : begin + _CHUNK]
        gram += part.T @ (part * sets.count[begin : begin + _CHUNK, None])
    if len(sets.bounds) > 2:
        strata = len(sets.bounds) - 1
        each = np.searchsorted(sets.bounds, sets.stop - 1, "right") - 1
        size = np.bincount(each, sets.count, strata)
        by = csr_array((sets.count, (each, np.arange(len(each)))), shape=(strata, len(each))) @ sets.columns
        total = np.diag(gram).copy()
        gram -= by.T @ (by / np.maximum(size, 1.0)[:, None])
        flat = np.diag(gram) < 1e-10 * total
        gram[flat], gram[:, flat] = 0.0, 0.0
    return gram


def _passed(times: Array, values: Array) -> Places:
    """How many of `times` lie at or before each value; whole numbers look it up."""
    if len(times) and values.dtype.kind in "iu" and values.max() < 4 * len(values) and values.min() >= 0:
        return np.searchsorted(times, np.arange(values.max() + 1), "right")[values]
    return np.searchsorted(times, values, "right")


def _narrow(places: Places) -> NDArray[np.integer]:
    """The same in 16 bits where they fit: NumPy then sorts in linear time."""
    return places.astype(np.uint16) if not len(places) or places.max() < 2**16 else places
