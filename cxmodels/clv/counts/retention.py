"""Retention counts: how many months contracts lasted, and whether they have ended."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import pandas as pd

from cxmodels.clv.counts.groups import COHORT, attributes, in_engine, named, people
from cxmodels.clv.counts.stays import OPEN, contract_stays, months_begun, months_over
from cxmodels.clv.errors import InvalidValue

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

SILENCE = 5.0
"""Ends that are as likely at any time spare the time before the first of them with some chance: where it is below e⁻⁵,
their absence is taken for a gap in the record."""
_MONTH = 31
_TIMES = ("entry", "exit", "ended")


@dataclass(frozen=True, eq=False)
class RetentionCounts:
    """Stays under contract in whole months, equal ones counted together.

    Attributes
    ----------
    frame
        One row a distinct combination, in that order: ``cohort``, the year of the start; a column of text for each of
        `by`; ``entry``, months after which the stay was watched, 0 from the start; ``exit``, the month in which it
        ended, or the months it has lasted so far; ``ended`` (1 or 0); ``n`` stays.
    unit
        What entry and exit are counted in: months of 30.4375 days.
    as_of
        The day; None where the counts come from a frame.
    by
        The attributes the stays are parted by.
    watched_since
        The day the watch began, where it began after the first start; None where every stay is watched from its start.
    before_watch
        Stays that ended before it, or within the month in which it began, and are out.
    min_cell
        The fewest customers a group must have to be shown.
    """

    frame: pd.DataFrame
    unit: Literal["months"] = "months"
    as_of: date | None = None
    by: tuple[str, ...] = ()
    watched_since: date | None = None
    before_watch: int = 0
    min_cell: int = 1

    @property
    def stays(self) -> int:
        """Stays watched."""
        return int(self.frame["n"].sum())

    @property
    def ends(self) -> int:
        """Those that ended."""
        return int(self.frame.loc[self.frame["ended"] == 1, "n"].sum())


def retention_counts(snapshot: Snapshot, by: str | Iterable[str] = (), since: date | None = None) -> RetentionCounts:
    """Months that contracts were renewed for, and whether they ended, equal ones counted together.

    Contracts that follow each other within a day are one stay. A stay that ended is not renewed in the month of its
    last day; one that runs has lasted its whole months. The month that an as-of day falls in is not over: who left in
    it counts as watched up to the month before, as who stayed does.

    Parameters
    ----------
    snapshot
        A snapshot with contracts.
    by
        Attributes of customers to part the stays by, one or several, as text, ``"unknown"`` where missing. The
        cohort is always there.
    since
        The day from which ends are on record: stays that began earlier are watched from the month after it on (left
        truncation), since those of their kind that had ended are not there. Default: the first end on record, where
        it lies more than a month back and so many ends would hardly all come so late by chance (`SILENCE`); else every
        stay is taken as watched from its start.

    Raises
    ------
    MissingTable
        When the study has no contracts.
    UnknownColumn, InvalidValue
        When `by` names what is no attribute of customers or a column of the counts, or `since` lies after the day.

    Notes
    -----
    The data of Fader & Hardie (2007), How to project customer retention, Journal of Interactive Marketing 21(1), 76-90,
    with left truncation; for monthly renewals.
    """
    names = attributes(snapshot, tuple(name for name in named(by) if name != COHORT))
    if since is not None and since > snapshot.as_of:
        raise InvalidValue(
            f"retention_counts: since must be at most {snapshot.as_of}, the snapshot's day, found {since}"
        )
    stays = contract_stays(snapshot)
    watch = _first_end(stays) if since is None else (since - snapshot.as_of).days
    if names:
        persons = people(snapshot, names).drop("joined_on").rename({"person:": "customer"})
        stays = stays.left_join(persons, stays.customer == persons["person:"])
    rows = _in_months(stays.mutate(cohort=stays.year.cast("string")), watch)
    parts = in_engine(names)
    keys = [COHORT, *parts.values(), *_TIMES]
    frame = rows.group_by(*keys, "watched").agg(n=rows.count()).to_pandas()
    frame = frame.astype(dict.fromkeys((*_TIMES, "n"), "int64")).sort_values(keys, ignore_index=True)
    seen = frame["watched"].astype(bool)
    told = frame.loc[seen, [*keys, "n"]].reset_index(drop=True)
    return RetentionCounts(
        frame=told.rename(columns={column: name for name, column in parts.items()}),
        as_of=snapshot.as_of,
        by=names,
        watched_since=None if watch is None else snapshot.as_of + timedelta(days=watch),
        before_watch=int(frame.loc[~seen, "n"].sum()),
        min_cell=snapshot.settings.privacy.min_cell,
    )


def _in_months(stays: ir.Table, watch: int | None) -> ir.Table:
    """Stays with ``entry, exit, ended`` in whole months and ``watched``, whether any of the stay was."""
    import ibis

    ended = stays.ended != OPEN
    # a stay that ended on its first day lasted that day
    left = months_begun(ibis.greatest(stays.ended - stays.joined, 1))
    over = months_over(stays.joined)
    entry = ibis.literal(0) if watch is None else months_begun(ibis.greatest(watch - stays.joined, 0))
    watched = ~ended | (left > entry)
    counts = ended & watched & (left <= over)
    until = ibis.ifelse(counts, left, over)
    return stays.mutate(
        watched=watched,
        entry=ibis.ifelse(watched, ibis.least(entry, until), 0),
        exit=ibis.ifelse(watched, until, 0),
        ended=counts.cast("int64"),
    )


def _first_end(stays: ir.Table) -> int | None:
    """Day of the first end on record, if ends before it must be missing: None where they need not be."""
    import ibis

    first = stays.ended.min(where=stays.ended != OPEN).to_pyarrow().as_py()
    if first is None or first > -_MONTH:
        return None
    until = ibis.least(stays.ended, 0)
    silent = ibis.greatest(ibis.least(until, first) - stays.joined, 0)
    sums = stays.aggregate(silent=silent.sum(), all=(until - stays.joined).sum(), ends=(stays.ended != OPEN).sum())
    found = sums.to_pyarrow().to_pylist()[0]
    after = found["all"] - found["silent"]
    # of time under contract a share came after the first end; that all of the ends fell into it has this chance
    return first if after and found["ends"] * math.log(found["all"] / after) >= SILENCE else None
