"""The months of the simulation: history before the window, the window, and a hidden year after it."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

HIDDEN = 12
"""Months simulated after the end to know who leaves; nothing of them is written."""


@dataclass(frozen=True)
class Calendar:
    """Time is a position in months since the first month of the history: 45.5 is the middle of month 45.

    Parameters
    ----------
    months
        Months of the window, at least 13 (a year and the month before it).
    end
        Last day of the window, the last day of a month, ``YYYY-MM-DD``.
    history
        Months before the window in which customers may have joined.

    Raises
    ------
    ValueError
        When `months` is too small or `end` is not a month's last day.
    """

    months: int
    end: str
    history: int

    def __post_init__(self) -> None:
        if self.months < 13:
            raise ValueError(f"months must be at least 13, found {self.months}")
        try:
            last = date.fromisoformat(self.end)
        except ValueError:
            raise ValueError(f"end must be a date YYYY-MM-DD, found {self.end!r}") from None
        if last.day != monthrange(last.year, last.month)[1]:
            raise ValueError(f"end must be the last day of a month, found {self.end}")

    @property
    def first(self) -> int:
        """Index of the window's first month, also the position of its start."""
        return self.history

    @property
    def stop(self) -> int:
        """Position of the window's end: the start of the first hidden month."""
        return self.history + self.months

    @property
    def length(self) -> int:
        """All months, hidden ones included."""
        return self.stop + HIDDEN

    @cached_property
    def months64(self) -> np.ndarray:
        """First of every month as ``datetime64[M]``, one more than `length`."""
        last = np.datetime64(self.end[:7], "M")
        return last + np.arange(1 - self.stop, self.length + 2 - self.stop).astype("timedelta64[M]")

    @cached_property
    def starts(self) -> np.ndarray:
        """First day of every month as days since 1970-01-01, int64."""
        return self.months64.astype("datetime64[D]").astype(np.int64)

    @cached_property
    def lengths(self) -> np.ndarray:
        """Days of every month."""
        return np.diff(self.starts, append=self.starts[-1] + 31)

    @cached_property
    def month_of_year(self) -> np.ndarray:
        """1 for January … 12 for December, for every month."""
        return (self.months64.astype(np.int64) % 12) + 1

    @property
    def labels(self) -> list[str]:
        """``YYYY-MM`` of the window's months."""
        return [str(month) for month in self.months64[self.first : self.stop]]

    @property
    def stop_seconds(self) -> int:
        """Seconds since 1970-01-01 at which the window is over."""
        return int(self.starts[self.stop]) * 86_400

    def days(self, position: np.ndarray) -> np.ndarray:
        """Day, as days since 1970-01-01, in which each position lies."""
        return self.seconds(position) // 86_400

    def seconds(self, position: np.ndarray) -> np.ndarray:
        """Seconds since 1970-01-01 of each position."""
        month = np.floor(position).astype(np.int64)
        return ((self.starts[month] + (position - month) * self.lengths[month]) * 86_400).astype(np.int64)
