"""From the tables of a study to counts: everyone's time at risk, collapsed by the engine to identical rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, get_args

import pandas as pd

from cxmodels.churn.counts.covariates import attributed, is_measured, number, typed, with_covariates
from cxmodels.churn.counts.episodes import MONTH, Episodes, Unit
from cxmodels.churn.counts.histories import landmark_days, split
from cxmodels.churn.counts.leakage import (
    refuse_derived,
    refuse_levels,
    refuse_name,
    refuse_parts,
    refuse_recorded_later,
)
from cxmodels.churn.counts.levels import OTHER, ordered_levels, pool, rare_levels
from cxmodels.churn.counts.placed import leaving
from cxmodels.study.months import months_before

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["OTHER", "episodes", "pool", "with_covariates"]

_BEFORE = "before the window"
_SIXTEENTHS = int(MONTH["days"] * 16)
"""A month of 30.4375 days in sixteenths of a day: a whole number, so that whole months are counted exactly."""


def episodes(
    snapshot: Any,
    window_months: int | None = None,
    covariates: Iterable[str] | None = None,
    *,
    unit: Unit = "days",
    time_varying: Iterable[str] | None = None,
    held_months: int | None = None,
) -> Episodes:
    """Count the time at risk of a study's customers, as known on the snapshot's day.

    An episode is a contract's part in a customer's stay. A contract that follows within a day continues the stay, so
    a renewal or a change of plan is no departure, and tenure counts from the first day of the stay; a return after a
    longer gap is a new stay. Who was a customer before the window enters with the tenure reached by then (left
    truncation); who left before it is out. Someone who joins and leaves on one day counts as leaving after one day.

    Without contracts, a customer has left after `inactivity_days` (the study's setting, else what is usual) without
    an order, dated then; see `inactivity`. The chance that a quiet customer still buys is for the models of customer
    value: P(alive).

    Parameters
    ----------
    snapshot
        The study as known on a day; ``contracts`` or ``orders`` is needed, ``customers`` where a covariate is an
        attribute.
    window_months
        Months before the as-of day to watch; 0 for all history. Default: the study's setting.
    covariates
        Columns of contracts (of the first order of a stay: its channel or category) or attributes of customers.
        Default: the study's setting. A column of a floating or decimal type enters as a number, and the median stands
        in where it is missing (5 % at most); every other as levels: a missing value is the level ``"unknown"``; levels
        with fewer customers than the study's smallest cell, or without any departure, are pooled as ``"other"``.
    unit
        ``"days"``, or ``"months"`` of 30.4375 days, which collapses further. Then only whole months count: who enters
        within a month is watched from the next, a month not yet over on the as-of day is not watched, and the
        covariates at the beginning of a month are those of the month.
    time_varying
        Of ``"satisfaction"`` and ``"incidents"``: covariates that change while a customer stays; see `histories` for
        their rules. Default: the study's setting.
    held_months
        For a forecast so many months ahead: what changes with time is taken as known so many months before the as-of
        day, twice as many before, and so on, and held from each of these days to the next. Today's customers have
        what is known today all the same. Default: every change counts from the day it is known, as an explanation
        needs it; see `histories`.

    Raises
    ------
    UnknownCovariate
        When a covariate is in neither table, or the tables of a time-varying one are missing.
    LeakingCovariate
        When it is known only through the outcome: by its name, by the day it was recorded (a column
        ``<name>_recorded_on`` or ``<name>_on`` of customers), because it is made from tenure, is missing for who
        stayed, or separates who left from who stayed.
    TooManyLevels
        When it has more than 50 levels, as an identifier has.
    InvalidValue
        When a number is infinite, or missing for more than 5 % of the stays.
    NoInactivityRule
        When there are only orders, and they do not tell how long a customer may be quiet.
    ValueError
        When the window is negative, the unit none of the two, or `held_months` below 1.
    """
    settings = snapshot.settings
    window = settings.churn.window_months if window_months is None else window_months
    if window < 0:
        raise ValueError(f"episodes: window_months must be 0 (all history) or more, found {window}")
    if unit not in get_args(Unit):
        raise ValueError(f"episodes: unit must be one of {', '.join(get_args(Unit))}, found {unit!r}")
    if held_months is not None and held_months < 1:
        raise ValueError(f"episodes: held_months must be 1 or more or None, found {held_months}")
    names = tuple(settings.churn.covariates if covariates is None else covariates)
    changing = tuple(settings.churn.time_varying if time_varying is None else time_varying)
    for name in names:
        refuse_name(name)
    rule = leaving(snapshot)
    found = attributed(snapshot, names, rule.inactivity_days)
    since = (months_before(snapshot.as_of, window) - snapshot.as_of).days if window else None
    refuse_recorded_later(found.table, found.recorded, snapshot.as_of, since)
    counts = [name for name in names if found.table[name].type().is_numeric()]
    factors = {name for name in found.table.columns if name not in names and is_measured(found.table, name)}
    refuse_derived(
        found.table,
        {name: number(found.table, name) for name in counts},
        {name: number(found.table, name) for name in sorted(factors | {*counts})},
        since,
    )
    landmarks = None
    if held_months is not None and changing:
        landmarks = landmark_days(snapshot.as_of, held_months, _first_start(found.table) if since is None else since)
    table = split(snapshot, typed(found), changing, landmarks)
    frame, before_window = _collapse(table, (*names, *changing), found.numeric, since, unit)
    for name in names:
        if name in found.numeric:
            refuse_parts(frame, name)
        else:
            cast = "cast it to double to count it as a number, or cut it" if name in counts else "group it"
            refuse_levels(frame, name, f"{cast} into bands in the study's SQL")
    minimum = settings.privacy.min_cell
    categories = [name for name in (*names, *changing) if name not in found.numeric]
    pooled = {name: rare_levels(frame, name, minimum) for name in categories}
    frame = pool(frame, pooled)
    levels = {name: ordered_levels(frame, name) for name in categories}
    return Episodes(
        frame,
        (*names, *changing),
        levels,
        pooled,
        snapshot.as_of,
        window,
        before_window,
        minimum,
        unit,
        rule.rule,
        rule.inactivity_days,
        changing,
        held_months,
    )


def _first_start(stays: ir.Table) -> int:
    first = stays.started.min().execute()
    return 0 if pd.isna(first) else int(first)


def _collapse(
    table: ir.Table, covariates: tuple[str, ...], numeric: tuple[str, ...], since: int | None, unit: Unit
) -> tuple[pd.DataFrame, int]:
    """Counts of identical episodes, and of contracts that ended before the window, in one pass of the engine."""
    import ibis

    watched, before = table.started, ibis.literal(False)
    if since is not None:
        watched = ibis.greatest(table.started, since)
        before = table.until <= since
        table = table.filter(table.final | ~before)
    in_unit = _in_months(table, watched) if unit == "months" else _in_days(table, watched)
    counted = {name: ibis.ifelse(before, _out_of_sight(table, name, numeric), table[name]) for name in covariates}
    rows = table.select(
        **counted,
        **{name: ibis.ifelse(before, 0, in_unit[name]) for name in ("entry", "exit", "event")},
        cause=ibis.ifelse(before, _BEFORE, in_unit["cause"]),
    )
    rows = rows.filter((rows.exit > rows.entry) | rows.cause.isin(["active", _BEFORE]))
    by = ["entry", "exit", "event", "cause", *covariates]
    frame = rows.group_by(by).aggregate(n=rows.count()).execute()
    # engines return groups in any order; the same data must give the same bytes
    frame = frame[[*by, "n"]].sort_values(by, ignore_index=True)
    frame = frame.astype({"entry": int, "exit": int, "event": int, "n": int} | dict.fromkeys(numeric, float))
    early = frame["cause"] == _BEFORE
    return frame[~early].reset_index(drop=True), int(frame.loc[early, "n"].sum())


def _in_days(table: ir.Table, watched: ir.Value) -> dict[str, ir.Value]:
    import ibis

    event = (table.outcome == "left").cast("int64")
    entry, stay = watched - table.joined, table.until - table.joined
    return {
        "entry": entry,
        # an interval that is open on the left and closed on the right needs a departure to come after the entry
        "exit": ibis.ifelse(event == 1, ibis.greatest(stay, entry + 1), stay),
        "event": event,
        "cause": ibis.ifelse(event == 1, table.cause, table.outcome),
    }


def _in_months(table: ir.Table, watched: ir.Value) -> dict[str, ir.Value]:
    """Whole months, each of them watched to its end or not at all.

    A month belongs to the episode it began in: who switches and leaves within it leaves from there. Otherwise every
    month in which contracts are renewed would keep those who left before and lose those who did not.
    """
    import ibis

    final_cause = ibis.ifelse(table.outcome == "left", table.cause, ibis.null("string"))
    final_cause = final_cause.max().over(ibis.window(group_by=[table.customer, table.joined]))
    left = table.stay_ended <= 0
    # the month in which the stay ended; a stay of no length lasted a day
    leave = _months_begun(ibis.greatest(table.stay_ended - table.joined, 1))
    # a month is over with the last whole day in it, and the as-of day is watched to its end
    over = _months_begun(1 - table.joined) - 1
    entry = _months_begun(watched - table.joined)
    last = ibis.ifelse(table.outcome == "left", leave, _months_begun(table.until - table.joined))
    end = ibis.ifelse(table.outcome == "active", over, ibis.least(last, over))
    event = left & (leave > entry) & (leave <= end)
    # who left within a month that is not over is neither: they are watched no longer than the month before
    cause = ibis.ifelse(table.outcome == "active", "active", "switched")
    return {
        "entry": ibis.ifelse(table.outcome == "active", ibis.least(entry, end), entry),
        "exit": end,
        "event": event.cast("int64"),
        "cause": ibis.ifelse(event, final_cause, cause),
    }


def _months_begun(days: ir.Value) -> ir.Value:
    return (days * 16 / _SIXTEENTHS).ceil().cast("int64")


def _out_of_sight(table: ir.Table, name: str, numeric: tuple[str, ...]) -> ir.Value:
    import ibis

    return ibis.null("float64") if name in numeric else ibis.literal("")
