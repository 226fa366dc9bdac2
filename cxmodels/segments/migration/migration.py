"""Migration: who was in which segment then, and is in which now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.estimate import Estimate, share_limits
from cxmodels.segments.errors import InvalidValue
from cxmodels.suppression import hidden_cells

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.segments.clusters.assign import Assignment
    from cxmodels.study.snapshot import Snapshot

NEW, GONE = "new", "gone"
PRIOR = 0.5
"""Jeffreys' prior of the shares of a row."""
_NUMBERS = ["customers", "share", "low", "high"]
_NOWHERE = 0


@dataclass(frozen=True, eq=False)
class Migration:
    """Moves between two days, without what would tell of a few.

    Attributes
    ----------
    moves
        One row a pair: ``before`` and ``now``, names of segments, ``"new"`` (before: not among the customers then) or
        ``"gone"`` (now: not among them any more); ``customers``; ``share`` of those in ``before``, with its interval
        ``low, high``; ``suppressed``, where these are missing.
    flows
        One row a segment: ``segment``; customers ``before`` and ``now``; ``net``, now less before; ``stayed``;
        ``came`` from and ``left`` to other segments; ``new`` and ``gone``. Missing where it is suppressed or would
        follow from what is not.
    stayed
        Share of the customers here at both times whose segment is the same, with Jeffreys' interval; NaN where it
        would tell something of what is hidden.
    then, now
        The days.
    hidden
        Segments by name whose size of today must stay hidden in what is published with this.
    """

    moves: pd.DataFrame
    flows: pd.DataFrame
    stayed: Estimate
    then: date
    now: date
    hidden: tuple[str, ...]

    @property
    def told(self) -> bool:
        """Whether any move, or stay, may be told."""
        return bool((self.moves["customers"] > 0).any())


def migration(
    before: tuple[Snapshot, Assignment],
    now: tuple[Snapshot, Assignment],
    *,
    hidden_before: tuple[str, ...] = (),
    level: float = 0.95,
) -> Migration:
    """Join two assignments in the engine and count the moves.

    Parameters
    ----------
    before, now
        Snapshots of one study, each with the segments of its customers. Both by one model, or by one that goes on from
        the other (`matched`), so that the same number is the same segment.
    hidden_before
        Segments whose size was hidden in an earlier month's report (`Migration.hidden`); they stay hidden, or who
        was there then would follow from who is there now.
    level
        Of the intervals.

    Raises
    ------
    InvalidValue
        When `before` is not earlier than `now`, or the level lies outside of (0, 1).

    Notes
    -----
    The shares of a row are Dirichlet with Jeffreys' prior, each of them Beta; its interval is widened to hold the
    share seen, which for 0 lies beside it. Sizes of both days are the margins of the table, so that a cell, a size and
    a later month are suppressed together (`hidden_cells`).
    """
    if not before[1].as_of < now[1].as_of:
        raise InvalidValue(f"migration: {before[1].as_of} is not before {now[1].as_of}")
    if not 0 < level < 1:
        raise InvalidValue(f"migration: level must lie between 0 and 1, found {level}")
    counts = _counted(before, now)
    names = {**before[1].model.names, **now[1].model.names}
    numbers = sorted(names)
    table = np.zeros((len(numbers) + 1, len(numbers) + 1))
    place = {number: at for at, number in enumerate([*numbers, _NOWHERE])}
    for row in counts.itertuples():
        table[place[row.before], place[row.now]] = row.customers
    labels = [names[number] for number in numbers]
    days = before[1].as_of, now[1].as_of
    return moved(table, labels, days, now[1].min_cell, hidden_before=hidden_before, level=level)


def moved(
    table: NDArray,
    labels: list[str],
    days: tuple[date, date],
    min_cell: int,
    *,
    hidden_before: tuple[str, ...] = (),
    ends: tuple[str, str] = (NEW, GONE),
    level: float = 0.95,
) -> Migration:
    """What may be told of counted moves.

    Parameters
    ----------
    table
        (labels + 1, labels + 1) customers by where they were and where they are; the last row is who was not there,
        the last column who is not there any more.
    labels
        Of what they were and are in.
    days
        Then and now.
    min_cell
        The fewest customers that may be told of.
    hidden_before
        As for `migration`.
    ends
        What is said of the last row and of the last column.
    level
        Of the intervals.
    """
    hidden = _hidden(table, min_cell, [label in hidden_before for label in labels])
    return Migration(
        moves=_moves(table, hidden, ([*labels, ends[0]], [*labels, ends[1]]), level),
        flows=_flows(table, hidden, labels),
        stayed=_stayed(table, hidden, level),
        then=days[0],
        now=days[1],
        hidden=tuple(label for label, away in zip(labels, hidden[-1], strict=False) if away),
    )


def _counted(before: tuple[Snapshot, Assignment], now: tuple[Snapshot, Assignment]) -> pd.DataFrame:
    """``before, now, customers``, 0 standing for who was not there."""
    then, today = _by_person(*before, "before"), _by_person(*now, "now")
    today = today.rename(**{"person:": "customer_id"})
    both = then.outer_join(today, then.customer_id == today["person:"])
    both = both.select(before=both.before.fill_null(_NOWHERE), now=both.now.fill_null(_NOWHERE))
    return both.group_by("before", "now").agg(customers=both.count()).to_pandas()


def _by_person(snapshot: Snapshot, assignment: Assignment, name: str) -> ir.Table:
    """Numbers are those of one snapshot; the person is the same in both, and stays in the engine."""
    table = assignment.table.inner_join(snapshot.pseudonyms, "number")
    return table.select("customer_id", **{name: table.segment})


def _hidden(table: NDArray, min_cell: int, before: list[bool]) -> NDArray[np.bool_]:
    """What to hide, with margins; nobody is both new and gone, and the sizes of before are known from that month."""
    shape = (table.shape[0] + 1, table.shape[1] + 1)
    known, must = np.zeros(shape, bool), np.zeros(shape, bool)
    sizes = table[:-1].sum(axis=1)
    known[-2, -2] = True
    known[:-2, -1] = ~np.array(before, bool) & ((sizes == 0) | (sizes >= min_cell))
    must[:-2, -1] = before
    must[-1, :-2] = before
    return hidden_cells(table, min_cell, hidden=must, known=known)


def _moves(table: NDArray, hidden: NDArray, labels: tuple[list[str], list[str]], level: float) -> pd.DataFrame:
    from scipy.special import betaincinv

    total = table.sum(axis=1, keepdims=True)
    # nobody is both new and gone: the row of the new has a cell less
    cells = np.full((len(table), 1), table.shape[1]) - (np.arange(len(table)) == len(table) - 1)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = table / total
    own, others = table + PRIOR, total - table + PRIOR * (cells - 1)
    low = np.minimum(betaincinv(own, others, (1 - level) / 2), share)
    high = np.maximum(betaincinv(own, others, (1 + level) / 2), share)
    # a share tells the size it is of: without the size, it is told of neither
    away = hidden[:-1, :-1]
    unknown = away | hidden[:-1, -1:] | (total == 0)
    rows = [
        (start, end, table[i, j], share[i, j], low[i, j], high[i, j], bool(away[i, j]), unknown[i, j])
        for i, start in enumerate(labels[0])
        for j, end in enumerate(labels[1])
        if min(i, j) < len(table) - 1
    ]
    frame = pd.DataFrame(rows, columns=["before", "now", *_NUMBERS, "suppressed", "unknown"])
    frame["customers"] = frame["customers"].mask(frame["suppressed"])
    frame[_NUMBERS[1:]] = frame[_NUMBERS[1:]].mask(frame["unknown"])
    return frame.drop(columns="unknown")


def _stayed(table: NDArray, hidden: NDArray, level: float) -> Estimate:
    same, here = float(np.trace(table[:-1, :-1])), float(table[:-1, :-1].sum())
    away = np.diagonal(hidden)[:-2].any() or hidden[-1, -1] or hidden[-2, -1] or hidden[-1, -2]
    if here == 0 or away:
        return Estimate(float("nan"), float("nan"), float("nan"), "share", 0, level)
    low, high = map(float, share_limits(same, here, level))
    return Estimate(same / here, low, high, "share", int(here), level)


def _flows(table: NDArray, hidden: NDArray, labels: list[str]) -> pd.DataFrame:
    """Sums of what is shown alone, so that they tell nothing further."""
    shown = np.where(hidden, np.nan, np.pad(table, ((0, 1), (0, 1))))
    size = len(labels)
    shown[:-1, -1] = np.where(hidden[:-1, -1], np.nan, table.sum(axis=1))
    shown[-1, :-1] = np.where(hidden[-1, :-1], np.nan, table.sum(axis=0))
    before, now, stayed = shown[:size, -1], shown[-1, :size], np.diagonal(shown)[:size]
    new, gone = shown[size, :size], shown[:size, size]
    return pd.DataFrame(
        {
            "segment": labels,
            "before": before,
            "now": now,
            "net": now - before,
            "stayed": stayed,
            "came": now - stayed - new,
            "left": before - stayed - gone,
            "new": new,
            "gone": gone,
        }
    )
