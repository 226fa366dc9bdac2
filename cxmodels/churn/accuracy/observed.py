"""What was observed of those a model is scored on: when, whether they left, since when they were watched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxmodels.churn.errors import InvalidTimes, InvalidValue

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Observed:
    """Time at risk as arrays.

    Attributes
    ----------
    time
        (rows,) tenure at the end.
    event
        (rows,) whether it ended by leaving.
    entry
        (rows,) tenure from which it was watched; ``None`` where all were from the start.
    n
        (rows,) how many each row stands for; ``None`` for one each.
    """

    time: Array
    event: NDArray[np.bool_]
    entry: Array | None
    n: Array | None

    @property
    def weight(self) -> Array:
        """(rows,) how many each row stands for."""
        return np.ones(len(self.time)) if self.n is None else self.n

    def watched_beyond(self, moment: float) -> NDArray[np.bool_]:
        """(rows,) who was watched at a tenure and did not leave by it; who was censored at it had not left either."""
        there = (self.time > moment) | ((self.time == moment) & ~self.event)
        return there if self.entry is None else there & (self.entry < moment)


def observed(time: ArrayLike, event: ArrayLike, entry: ArrayLike | None = None, n: ArrayLike | None = None) -> Observed:
    """Check the columns of what was observed; entries that are all at zero are none.

    Raises
    ------
    InvalidValue
        When a number is missing or infinite, a mark of departure is neither 0 nor 1, a count is negative, or the
        columns differ in length.
    InvalidTimes
        When an entry comes after the end, or with it for one who left: an interval open on the left would not hold
        the departure.
    """
    ends = finite(time, "time")
    marks = np.asarray(event)
    _same_length("event", marks, ends)
    if marks.dtype != bool:
        if bad := sorted({float(mark) for mark in marks[(marks != 0) & (marks != 1)][:3]}):
            raise InvalidValue(f"event must be 0 or 1 in every row, found {bad[0]:g}")
        marks = marks == 1
    begins = None if entry is None else finite(entry, "entry")
    counts = None if n is None else finite(n, "n")
    if begins is not None:
        _same_length("entry", begins, ends)
        if (late := (begins > ends) | ((begins == ends) & marks)).any():
            row = int(late.argmax())
            raise InvalidTimes(
                f"entry must come before time in every row; row {row} enters at {begins[row]:g}, ends at {ends[row]:g}"
            )
        begins = begins if (begins > 0).any() else None
    if counts is not None:
        _same_length("n", counts, ends)
        if len(counts) and counts.min() < 0:
            raise InvalidValue(f"n must be zero or more in every row, found {counts.min():g}")
    return Observed(ends, marks, begins, counts)


def finite(values: ArrayLike, what: str) -> Array:
    """A column as finite numbers."""
    found = np.asarray(values, dtype=np.float64)
    if not np.isfinite(found).all():
        bad = np.flatnonzero(~np.isfinite(found))
        raise InvalidValue(
            f"{what} must be a finite number in every row; {len(bad):,} of {len(found):,} are missing or infinite, the "
            f"first is row {bad[0]}"
        )
    return found


def _same_length(what: str, column: NDArray, time: Array) -> None:
    if column.shape != time.shape:
        raise InvalidValue(f"{what} must have one value a row: {time.shape} as time has, found {column.shape}")
