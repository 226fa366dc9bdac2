"""The lifecycle: how many customers are in each state, month by month, and how they moved in the last one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.segments.errors import InvalidValue, TooFewCustomers, UnknownColumn
from cxmodels.segments.lifecycle.states import LOST_AFTER, RISKIEST, STATES, Rules, states
from cxmodels.segments.migration.migration import Migration, moved
from cxmodels.study.months import months_before
from cxmodels.suppression import hidden_cells, hidden_in_series

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot
    from cxmodels.study.study import Study

NOT_YET, UNKNOWN_NOW = "not yet a customer", "no longer known"
_NOWHERE = ""


@dataclass(frozen=True, eq=False)
class Lifecycle:
    """Customers by state.

    Attributes
    ----------
    history
        One row a month and state, the earliest month first: ``month`` (``"2026-09"``), ``state``, ``customers``,
        ``share`` of all that month; missing where it is too small to be told, or would tell what is.
    flow
        From `over` months before the last day to it: `Migration` of states, where ``"not yet a customer"`` and ``"no
        longer known"`` stand for who was not there.
    rules
        One row a state: ``state``, ``rule`` in words.
    states
        An Ibis table of the last day: ``number``, that of `Snapshot.pseudonyms`, and ``state``.
    customers
        How many rows `states` has.
    hidden
        States that are told in no month; pass them on to the next month's `hidden_before`.
    """

    history: pd.DataFrame
    flow: Migration
    rules: pd.DataFrame
    states: ir.Table
    customers: int
    hidden: tuple[str, ...]


def lifecycle(
    study: Study,
    snapshot: Snapshot,
    *,
    months: int = 6,
    over: int = 1,
    leaving: Sequence[ir.Table] | None = None,
    column: str = "churn_12m",
    lost_after: int | None = None,
    hidden_before: tuple[str, ...] = (),
    level: float = 0.95,
) -> Lifecycle:
    """Place every customer at the ends of the last months, each as known on that day.

    Parameters
    ----------
    study, snapshot
        An open study, and the day of the last of the months.
    months
        How many months back the history goes, at least 1; fewer where the data do not reach back so far.
    over
        Months that the flow spans, at most `months`. Of a small company one month moves too few to be told; a quarter
        tells more.
    leaving
        Chances of leaving at each of these days, the earliest first, one table more than `months`: ``customer``
        (pseudonym) and `column`. At risk is then who is as likely to leave as the likeliest fifth of the first day;
        without it, who is silent for long.
    column
        Of `leaving`.
    lost_after
        Days without an order after which a customer without contracts is lost. Default: ``churn.inactivity_days``,
        else 365.
    hidden_before
        `Lifecycle.hidden` of the month before.
    level
        Of the intervals of the flow.

    Raises
    ------
    NoBehaviour
        When the study has neither contracts nor orders.
    TooFewCustomers
        When fewer customers are known than may be told of, or the data cover one month alone.
    InvalidValue
        When `months`, `over`, `lost_after` or the level is out of range, or `leaving` has another number of tables.
    UnknownColumn
        When a table of `leaving` lacks a column.
    """
    if months < 1 or months != int(months):
        raise InvalidValue(f"lifecycle: months must be a whole number from 1 on, found {months}")
    if over != int(over) or not 1 <= over <= months:
        raise InvalidValue(f"lifecycle: over must be a whole number of months from 1 to {months}, found {over}")
    if not 0 < level < 1:
        raise InvalidValue(f"lifecycle: level must lie between 0 and 1, found {level}")
    days = [months_before(snapshot.as_of, back) for back in range(months, 0, -1)]
    days = [day for day in days if f"{day:%Y-%m}" >= study.months()[0]]
    if not days:
        raise TooFewCustomers("lifecycle: the data cover one month alone, so that nobody has moved yet")
    snapshots = [*(study.snapshot(day) for day in days), snapshot]
    rules = _rules(snapshot, leaving, column, lost_after, len(snapshots))
    tables = _placed(snapshots, rules, leaving)
    counts = np.array([_counted(table) for table in tables])
    least = max(snapshot.settings.privacy.min_cell, 1)
    if counts[-1].sum() < least:
        raise TooFewCustomers(f"lifecycle: fewer than {least} customers are known, too few to be told of")
    start = max(len(tables) - 1 - over, 0)
    then = snapshots[start].as_of
    table = _moves((snapshots[start], tables[start]), (snapshot, tables[-1]))
    away = hidden_in_series(counts, least)
    away[:-1] |= [state in hidden_before for state in STATES]
    while True:
        for each in counts:
            away |= hidden_cells(each, least, hidden=away)
        hidden = tuple(state for state, gone in zip(STATES, away[:-1], strict=True) if gone)
        flow = moved(table, list(STATES), (then, snapshot.as_of), least, hidden_before=hidden,
                     ends=(NOT_YET, UNKNOWN_NOW), level=level)  # fmt: skip
        if set(flow.hidden) <= set(hidden):
            break
        away[:-1] |= [state in flow.hidden for state in STATES]
    return Lifecycle(
        history=_history(counts, away, snapshots),
        flow=flow,
        rules=rules.in_words(snapshot.tables),
        states=tables[-1],
        customers=int(counts[-1].sum()),
        hidden=hidden,
    )


def _rules(
    snapshot: Snapshot, leaving: Sequence[ir.Table] | None, column: str, lost_after: int | None, size: int
) -> Rules:
    after = lost_after if lost_after is not None else snapshot.settings.churn.inactivity_days or LOST_AFTER
    if after < 1:
        raise InvalidValue(f"lifecycle: lost_after must be a number of days from 1 on, found {lost_after}")
    if leaving is None:
        return Rules(lost_after=after)
    if len(leaving) != size:
        raise InvalidValue(f"lifecycle: leaving must have a table for each of {size} days, found {len(leaving)}")
    for table in leaving:
        if missing := [name for name in ("customer", column) if name not in table.columns]:
            raise UnknownColumn(f"leaving: a table lacks the column {missing[0]!r}; it has: {', '.join(table.columns)}")
    cut = leaving[0][column].quantile(1 - RISKIEST).execute()
    return Rules(lost_after=after, cut=None if pd.isna(cut) else float(cut), column=column)


def _placed(snapshots: Sequence[Snapshot], rules: Rules, leaving: Sequence[ir.Table] | None) -> list[ir.Table]:
    from cxmodels.study.engine import held

    chances = leaving or [None] * len(snapshots)
    return [held(states(each, rules, own)) for each, own in zip(snapshots, chances, strict=True)]


def _counted(table: ir.Table) -> list[int]:
    found = table.group_by("state").agg(n=table.count()).to_pandas().set_index("state")["n"]
    return [int(found.get(state, 0)) for state in STATES]


def _moves(before: tuple[Snapshot, ir.Table], now: tuple[Snapshot, ir.Table]) -> NDArray[np.float64]:
    """Customers by state before and now, the last of each for who was not there."""
    then, today = _by_person(*before, "before"), _by_person(*now, "now").rename(**{"person:": "customer_id"})
    both = then.outer_join(today, then.customer_id == today["person:"])
    both = both.select(before=both.before.fill_null(_NOWHERE), now=both.now.fill_null(_NOWHERE))
    counted = both.group_by("before", "now").agg(n=both.count()).to_pandas()
    table = np.zeros((len(STATES) + 1, len(STATES) + 1))
    place = {state: at for at, state in enumerate([*STATES, _NOWHERE])}
    for row in counted.itertuples():
        table[place[row.before], place[row.now]] = row.n
    return table


def _by_person(snapshot: Snapshot, table: ir.Table, name: str) -> ir.Table:
    rows = table.inner_join(snapshot.pseudonyms, "number")
    return rows.select("customer_id", **{name: rows.state})


def _history(counts: NDArray, away: NDArray[np.bool_], snapshots: Sequence[Snapshot]) -> pd.DataFrame:
    rows = []
    for own, each in zip(counts, snapshots, strict=True):
        total = np.nan if away[-1] else float(own.sum())
        for state, customers, gone in zip(STATES, own, away[:-1], strict=True):
            told = np.nan if gone else float(customers)
            rows.append((f"{each.as_of:%Y-%m}", state, told, told / total if total else np.nan))
    return pd.DataFrame(rows, columns=["month", "state", "customers", "share"])
