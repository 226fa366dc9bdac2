"""Counting pairs in O(n log K): of all rows with a later code, how many have the lower risk.

Rows stand in order of risk, and their codes (places on the time axis, K of them) are compared bit by bit from the
highest: of two codes that share all higher bits, the one with the bit set is the later. Among rows that share the
higher bits, one running sum counts those with the bit set that stand before a row without it. Each pair is met at
exactly one bit, and no pair is ever written down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmodels.churn.accuracy.observed import Array

Places = NDArray[np.intp]

SAME = 1e-12
"""Risks closer than this share of the largest are equal: sums in another order differ by as much."""


@dataclass(frozen=True, eq=False)
class Ranked:
    """Rows in order of risk.

    Attributes
    ----------
    order
        (rows,) which row stands where.
    tie
        (rows,) number of the group of equal risks at each place; ``None`` where no two are equal.
    """

    order: Places
    tie: Places | None


def ranked(risk: Array) -> Ranked:
    """Put rows in order of risk; see `SAME` for which are equal."""
    order = np.argsort(risk)
    sorted_risk = risk[order]
    step = np.diff(sorted_risk) > SAME * max(abs(sorted_risk[0]), abs(sorted_risk[-1])) if len(risk) else np.zeros(0)
    return Ranked(order, None if step.all() else np.concatenate([[0], np.cumsum(step)]))


def pairs_won(code: NDArray[np.integer], risk: Ranked, case: Array, control: Array) -> float:
    """Weight of the pairs in which the earlier code has the higher risk; equal risks count half.

    Parameters
    ----------
    code
        (rows,) place on the time axis; a pair is two rows with different codes.
    risk
        The rows in order of risk.
    case, control
        (rows,) weight of each row as the earlier and as the later of a pair.
    """
    total = 0.0
    case, control = case[risk.order], control[risk.order]
    for level in _levels(code[risk.order], risk.tie):
        before = _running(control[level.order] * level.later)
        earlier = case[level.order] * ~level.later
        first = level.begin
        total += float(earlier @ level.halfway(before) - np.add.reduceat(earlier, first) @ before[first])
    return total


def pairs_won_by_row(code: NDArray[np.integer], risk: Ranked, case: Array, control: Array) -> tuple[Array, Array]:
    """The same for each row: what it wins as the earlier of a pair, and what is won against it as the later."""
    won, lost = np.zeros(len(code)), np.zeros(len(code))
    case, control = case[risk.order], control[risk.order]
    for level in _levels(code[risk.order], risk.tie):
        row, later, sizes = risk.order[level.order], level.later, np.diff(np.append(level.begin, len(code)))
        before = _running(control[level.order] * later)
        lower = level.halfway(before) - np.repeat(before[level.begin], sizes)
        won[row[~later]] += lower[~later]
        before = _running(case[level.order] * ~later)
        higher = np.repeat(before[level.begin + sizes], sizes) - level.halfway(before)
        lost[row[later]] += higher[later]
    return won, lost


@dataclass(frozen=True, eq=False)
class _Level:
    """One bit of the codes.

    Attributes
    ----------
    order
        (rows,) the rows in groups that share the higher bits, in each by risk.
    later
        (rows,) in that order, whether the bit is set.
    begin
        (groups,) where each group begins.
    equal
        Where the risks equal to each row's begin and end; ``None`` where no two are equal.
    """

    order: Places
    later: NDArray[np.bool_]
    begin: Places
    equal: tuple[Places, Places] | None

    def halfway(self, before: Array) -> Array:
        """(rows,) a running sum up to each row, with half of those of equal risk."""
        if self.equal is None:
            return before[:-1]
        low, high = self.equal
        return (before[low] + before[high]) / 2


def _levels(code: NDArray[np.integer], tie: Places | None) -> Iterator[_Level]:
    for bit in range(int(code.max(initial=0)).bit_length() - 1, -1, -1):
        group = code >> (bit + 1)
        order = _stable_order(group)
        sizes = np.bincount(group)
        begin = (np.cumsum(sizes) - sizes)[sizes > 0]
        equal = None
        if tie is not None:
            placed = tie[order]
            new = np.concatenate([[True], placed[1:] != placed[:-1]])
            new[begin] = True
            starts = np.flatnonzero(new)
            lengths = np.diff(np.append(starts, len(code)))
            equal = np.repeat(starts, lengths), np.repeat(starts + lengths, lengths)
        yield _Level(order, ((code >> bit) & 1).astype(bool)[order], begin, equal)


def _stable_order(key: NDArray[np.integer]) -> Places:
    """Order by a key of any width; numpy sorts keys of up to 16 bits in linear time."""
    most = int(key.max(initial=0))
    order = np.argsort((key & 0xFFFF).astype(np.uint8 if most < 2**8 else np.uint16), kind="stable")
    if most > 0xFFFF:
        order = order[np.argsort((key >> 16).astype(np.uint16)[order], kind="stable")]
    return order


def _running(weight: Array) -> Array:
    return np.concatenate([[0.0], np.cumsum(weight)])
