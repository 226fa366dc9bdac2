"""From contracts to counts: everyone's time at risk, collapsed by the engine to identical rows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.stays import months_before, spells
from cxmodels.churn.errors import LeakingCovariate, TooManyLevels, UnknownCovariate

if TYPE_CHECKING:
    import ibis.expr.types as ir

UNKNOWN, OTHER = "unknown", "other"
MOST_LEVELS = 50
_ENOUGH_TO_JUDGE = 20
_BEFORE = "before the window"
_OUTCOMES = {
    "left_on": "the day the customer left",
    "ended_on": "the day the contract ended",
    "end_reason": "why the contract ended",
}
_OUTCOME_WORDS = re.compile(
    r"^(churn\w*|left|leaver|is_active|active|status|customer_status|tenure\w*|lifetime\w*|cltv|"
    r"(total|cumulative|sum)_?(charge|amount|revenue|spend|paid|order|refund)\w*)$"
)
_KEYS = {"customer", "customer_id", "contract_id", "started_on", "joined_on"}
_PLACED = {"started", "joined", "until", "stay_ended", "outcome"}


def episodes(snapshot: Any, window_months: int | None = None, covariates: Iterable[str] | None = None) -> Episodes:
    """Count the time at risk of a study's customers, as known on the snapshot's day.

    An episode is a contract's part in a customer's stay. A contract that follows within a day continues the stay, so
    a renewal or a change of plan is no departure, and tenure counts from the first day of the stay; a return after a
    longer gap is a new stay. Who was a customer before the window enters with the tenure reached by then (left
    truncation); who left before it is out. Someone who joins and leaves on one day counts as leaving after one day.

    Parameters
    ----------
    snapshot
        The study as known on a day; ``contracts`` is needed, ``customers`` where a covariate is an attribute.
    window_months
        Months before the as-of day to watch; 0 for all history. Default: the study's setting.
    covariates
        Columns of contracts or attributes of customers. Default: the study's setting. A missing value is the level
        ``"unknown"``; levels with fewer customers than the study's smallest cell, or without any departure, are
        pooled as ``"other"``.

    Raises
    ------
    UnknownCovariate
        When a covariate is in neither table.
    LeakingCovariate
        When it is known only through the outcome: by its name, or because it separates who left from who stayed.
    TooManyLevels
        When it has more than 50 levels, as a measured number or an identifier has.
    """
    settings = snapshot.settings
    window = settings.churn.window_months if window_months is None else window_months
    if window < 0:
        raise ValueError(f"episodes: window_months must be 0 (all history) or more, found {window}")
    names = tuple(settings.churn.covariates if covariates is None else covariates)
    table = with_covariates(snapshot, names)
    since = (months_before(snapshot.as_of, window) - snapshot.as_of).days if window else None
    frame, before_window = _collapse(table, names, since)
    for name in names:
        _refuse_levels(frame, name)
    minimum = settings.privacy.min_cell
    pooled = {name: rare_levels(frame, name, minimum) for name in names}
    frame = pool(frame, pooled)
    levels = {name: tuple(_sizes(frame, name).index) for name in names}
    return Episodes(frame, names, levels, pooled, snapshot.as_of, window, before_window, minimum)


def with_covariates(snapshot: Any, covariates: tuple[str, ...]) -> ir.Table:
    """Contracts placed in their stays, with every covariate as text and ``end_reason`` where it is recorded."""
    import ibis

    for name in covariates:
        _refuse_name(name)
    table = spells(snapshot.numbered("contracts"), snapshot.as_of)
    columns = list(table.columns)
    attributes = [name for name in covariates if name not in columns or name in _PLACED]
    if attributes:
        if "customers" not in snapshot.tables:
            raise UnknownCovariate(_unknown(attributes[0], columns))
        customers = snapshot.numbered("customers")
        for name in attributes:
            if name not in customers.columns or name in _PLACED:
                raise UnknownCovariate(_unknown(name, [*columns, *customers.columns]))
        people = customers.select("customer", *attributes)
        table = table.left_join(people, "customer").select(*columns, *attributes)
    text = {name: table[name].cast("string").fill_null(UNKNOWN) for name in covariates}
    reason = table.end_reason if "end_reason" in table.columns else ibis.null("string")
    return table.mutate(**text, end_reason=reason.cast("string").fill_null(UNKNOWN))


def rare_levels(frame: pd.DataFrame, covariate: str, minimum: int) -> tuple[str, ...]:
    """Levels with fewer than `minimum` episodes or no departure, with the next smallest until both are reached."""
    sizes = _sizes(frame, covariate)
    left = frame[frame["event"] == 1].groupby(covariate)["n"].sum().reindex(sizes.index, fill_value=0)
    rare = list(sizes.index[(sizes < minimum) | (left == 0)])
    if not rare or len(rare) == len(sizes):
        return ()
    rest = [level for level in sizes.index if level not in rare]
    while len(rest) > 1 and (sizes[rare].sum() < minimum or left[rare].sum() == 0):
        rare.append(rest.pop())
    return tuple(sorted(rare))


def pool(frame: pd.DataFrame, pooled: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    """The frame with each covariate's pooled levels counted as ``"other"``, collapsed again."""
    out = frame.copy()
    for name, rare in pooled.items():
        out[name] = out[name].where(~out[name].isin(rare), OTHER)
    counted = [column for column in out.columns if column in ("n", "left")]
    by = [column for column in out.columns if column not in counted]
    return out.groupby(by, as_index=False, sort=True)[counted].sum()


def _collapse(table: ir.Table, covariates: tuple[str, ...], since: int | None) -> tuple[pd.DataFrame, int]:
    """Counts of identical episodes, and of contracts that ended before the window, in one pass of the engine."""
    import ibis

    watched = table.started
    before = ibis.literal(False)
    if since is not None:
        watched = ibis.greatest(table.started, since)
        before = table.until <= since
    event = (table.outcome == "left").cast("int64")
    entry = watched - table.joined
    stay = table.until - table.joined
    # an interval that is open on the left and closed on the right needs a departure to come after the entry
    leave = ibis.ifelse(event == 1, ibis.greatest(stay, entry + 1), stay)
    cause = ibis.ifelse(event == 1, table.end_reason, table.outcome)
    rows = table.select(
        *(ibis.ifelse(before, "", table[name]).name(name) for name in covariates),
        entry=ibis.ifelse(before, 0, entry),
        exit=ibis.ifelse(before, 0, leave),
        event=ibis.ifelse(before, 0, event),
        cause=ibis.ifelse(before, _BEFORE, cause),
    )
    rows = rows.filter((rows.exit > rows.entry) | rows.cause.isin(["active", _BEFORE]))
    by = ["entry", "exit", "event", "cause", *covariates]
    frame = rows.group_by(by).aggregate(n=rows.count()).execute()
    # engines return groups in any order; the same data must give the same bytes
    frame = frame[[*by, "n"]].sort_values(by, ignore_index=True)
    frame = frame.astype({"entry": int, "exit": int, "event": int, "n": int})
    early = frame["cause"] == _BEFORE
    return frame[~early].reset_index(drop=True), int(frame.loc[early, "n"].sum())


def _sizes(frame: pd.DataFrame, covariate: str) -> pd.Series:
    sizes = frame.groupby(covariate)["n"].sum().reset_index()
    return sizes.sort_values(["n", covariate], ascending=[False, True]).set_index(covariate)["n"]


def _refuse_name(name: str) -> None:
    if name in _OUTCOMES:
        raise LeakingCovariate(f"churn covariate {name!r} is {_OUTCOMES[name]}: it is the outcome, not a reason for it")
    if _OUTCOME_WORDS.match(name.lower()):
        raise LeakingCovariate(
            f"churn covariate {name!r} grows with tenure or is set by leaving (as total charges, tenure × price, are): "
            "it would predict the past, not the future; use what was known before, such as the price"
        )
    if name in _KEYS:
        raise LeakingCovariate(f"churn covariate {name!r} is a key or the time axis itself; name an attribute")


def _refuse_levels(frame: pd.DataFrame, name: str) -> None:
    table = frame.pivot_table(index=name, columns="event", values="n", aggfunc="sum", fill_value=0)
    if len(table) > MOST_LEVELS:
        found = ", ".join(map(repr, table.index[:3]))
        raise TooManyLevels(
            f"churn covariate {name!r} has {len(table)} levels ({found} …), at most {MOST_LEVELS} are allowed; cut a "
            "number into bands in the study's SQL"
        )
    enough = {0, 1} <= set(table.columns) and table.sum().min() >= _ENOUGH_TO_JUDGE
    if enough and len(table) > 1 and not (table.min(axis=1) > 0).any():
        raise LeakingCovariate(
            f"churn covariate {name!r} separates who left from who stayed without a single exception: it was recorded "
            "after the fact"
        )


def _unknown(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    refused = _KEYS | _PLACED | _OUTCOMES.keys()
    usable = sorted({column for column in known if column not in refused and not _OUTCOME_WORDS.match(column)})
    there = f"; there are: {', '.join(usable)}"
    return f"churn covariate {name!r} is no column of contracts and no attribute of customers{hint}{there}"
