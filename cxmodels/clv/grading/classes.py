"""Customers in classes by how often they bought again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

SINGLE = 7
"""Up to here each number of repeat purchases is a class of its own; it and more are one class, as in the papers."""
LARGE = 0.05
"""A last class is parted, at twice its beginning, while so large a share of the customers lies beyond."""


@dataclass(frozen=True, eq=False)
class FrequencyClasses:
    """Numbers of repeat purchases parted into classes.

    Attributes
    ----------
    starts
        (classes,) the fewest repeat purchases of each, rising from 0.
    """

    starts: NDArray[np.int64]

    @property
    def names(self) -> list[str]:
        """What each is called: ``"0"``, ``"7–14"``, ``"15+"``."""
        ends = [*(self.starts[1:] - 1), None]
        return [
            f"{start}+" if end is None else str(start) if start == end else f"{start}–{end}"
            for start, end in zip(self.starts, ends, strict=True)
        ]

    def of(self, frequency: ArrayLike) -> NDArray[np.int64]:
        """The class of each number of repeat purchases, as a place among `starts`."""
        return np.searchsorted(self.starts, np.asarray(frequency), side="right") - 1


def frequency_classes(frequency: ArrayLike, n: ArrayLike) -> FrequencyClasses:
    """The classes for some customers: 0 to 6 and 7 or more, and further ones where many buy more often.

    Parameters
    ----------
    frequency, n
        (rows,) repeat purchases, and customers each row stands for.
    """
    times, customers = np.asarray(frequency, float), np.asarray(n, float)
    starts = [*range(SINGLE + 1)]
    while customers @ (times >= 2 * starts[-1] + 1) >= LARGE * customers.sum() > 0:
        starts.append(2 * starts[-1] + 1)
    return FrequencyClasses(np.array(starts))
