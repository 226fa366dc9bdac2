"""Whether following up goes with less leaving, free of immortal-time bias."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.feedback.counts.parts import PLAN, parted, parts_of
from cxmodels.feedback.errors import UnknownColumn, UnknownMetric
from cxmodels.feedback.loop.rate_ratio import rate_ratio
from cxmodels.feedback.loop.stays import stays
from cxmodels.feedback.loop.unhappy import detractors
from cxmodels.look import numbers
from cxmodels.study.engine import held
from cxmodels.study.moments import not_before
from cxmodels.study.months import months_before

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

FEWEST_DEPARTURES = 30
MONTHS, DAYS = 24, 365
BANDS = (0, 3, 7, 14, 30, 60, 90, 180, DAYS)
"""Days since the answer, within which both sides are compared."""
_TENURES = ((182, "under 6 months"), (365, "6 to 12 months"), (730, "1 to 2 years"))
_SCORES = ((2, "0 to 2"), (4, "3 to 4"))
_WAITING, _CONTACTED = "not contacted", "contacted"


@dataclass(frozen=True, eq=False)
class LeavingEffect:
    """Leaving after a detractor's answer, by whether the customer had been contacted by then.

    Attributes
    ----------
    reason
        Why it cannot be told, in a sentence; empty where it can.
    told
        The finding and what it does not say, in sentences.
    rate_ratio
        Rate of leaving once contacted over that of the not yet contacted, at like time since the answer and like
        strata, 95 % interval.
    states
        Tidy: ``state`` (``"not contacted"``, ``"contacted"``), ``customers`` ever in it, ``months`` spent in it,
        ``departures`` in it; missing where too few to be told.
    adjusted
        What is equal on both sides of the ratio.
    """

    reason: str = ""
    told: str = ""
    rate_ratio: Estimate | None = None
    states: pd.DataFrame = field(default_factory=pd.DataFrame)
    adjusted: tuple[str, ...] = ()


def effect_on_leaving(snapshot: Snapshot, *, months: int = MONTHS) -> LeavingEffect:
    """Compare leaving before and after detractors were contacted.

    The clock starts with each detractor's answer and ends when the customer leaves, is a detractor again (then another
    clock starts), or after a year. Up to and including the day of the first contact since, the customer counts as not
    contacted: to count from the answer whoever was contacted later would credit the contact with the days one had to
    stay to be reached (immortal time: Suissa 2008, American Journal of Epidemiology 167).

    Parameters
    ----------
    snapshot
        The study as known on a day, with ``actions``, scores, and ``contracts`` or ``customers.left_on``.
    months
        Answers of so many months before the day.

    Returns
    -------
    LeavingEffect
        With `reason` where a table or column is missing, or fewer than 30 customers left.
    """
    if "actions" not in snapshot.tables or "contacted_at" not in snapshot.numbered("actions").columns:
        return LeavingEffect(_cannot("the study has no table actions with contacted_at"))
    spans = stays(snapshot)
    if spans is None:
        return LeavingEffect(_cannot("the study does not say who left"))
    try:
        said = detractors(snapshot, months_before(snapshot.as_of, months))
    except UnknownMetric:
        return LeavingEffect(_cannot("no question asks for a recommendation"))
    rows, adjusted = _watched(snapshot, said, spans)
    return contact_ratio(rows, adjusted, min_cell=snapshot.settings.privacy.min_cell)


def contact_ratio(rows: ir.Table, strata: tuple[str, ...] = (), *, min_cell: int = 1) -> LeavingEffect:
    """The same from a table in an engine.

    Parameters
    ----------
    rows
        One row an answer: ``customer``; ``watched``, days from the answer to the end of watching, above 0; ``gone``, 1
        where the customer left on that day; ``contact``, days from the answer to the first contact, null where none
        was; the columns of `strata`.
    strata
        Columns held equal beside the time since the answer.
    min_cell
        The fewest customers a state must hold to be told of.
    """
    totals, cells = person_time(rows, strata)
    events = int(totals["gone"])
    if events < FEWEST_DEPARTURES:
        found = f"fewer than {min_cell}" if 0 < events < min_cell else events
        return LeavingEffect(_cannot(f"{FEWEST_DEPARTURES} departures after an answer are needed, found {found}"))
    if min(totals["customers"], totals["reached"]) < max(min_cell, 1):
        return LeavingEffect(_cannot("too few customers were contacted"))
    ratio = rate_ratio(cells, int(totals["customers"]))
    if ratio is None:
        return LeavingEffect(_cannot("nobody left of one of the sides that can be compared"))
    states = pd.DataFrame(
        {
            "state": [_WAITING, _CONTACTED],
            "customers": [int(totals["customers"]), int(totals["reached"])],
            "months": [cells["time_not"].sum() / 30.4375, cells["time"].sum() / 30.4375],
            "departures": [int(cells["events_not"].sum()), int(cells["events"].sum())],
        }
    ).astype({"customers": "Int64", "departures": "Int64"})
    if 0 < states["departures"].min() < min_cell:
        states["departures"] = pd.NA
    if 0 < totals["customers"] - totals["reached"] < min_cell:
        # who was never reached is the difference of two numbers
        states.loc[1, "customers"] = pd.NA
    adjusted = ("time since the answer", *(name.replace("_", " ") for name in strata))
    return LeavingEffect("", _told(ratio, states, adjusted), ratio, states, adjusted)


def person_time(rows: ir.Table, strata: tuple[str, ...] = ()) -> tuple[pd.Series, pd.DataFrame]:
    """Days and departures before and after the contact, counted by the engine in bands of time and strata.

    Parameters
    ----------
    rows, strata
        As for `contact_ratio`.

    Returns
    -------
    pandas.Series
        ``customers``, ``reached`` (customers watched on after a contact), ``gone`` (departures).
    pandas.DataFrame
        One row a stratum and band: ``band`` (its first day), the strata, ``events, time, events_not, time_not`` (days).
    """
    import ibis

    # the day of the contact is the last one without it
    end, turn = rows.watched, ibis.least(ibis.coalesce(rows.contact, rows.watched), rows.watched)
    after = (rows.gone == 1) & (turn < end)
    before = (rows.gone == 1) & (turn >= end)
    asked: dict[str, ir.Value] = {}
    for start, stop in pairwise(BANDS):
        here = (end > start) & (end <= stop)
        all_days, waited = (days.clip(start, stop) - start for days in (end, turn))
        asked |= {
            f"{start}:events": (after & here).sum(),
            f"{start}:time": (all_days - waited).sum(),
            f"{start}:events_not": (before & here).sum(),
            f"{start}:time_not": waited.sum(),
        }
    found = (rows.group_by(list(strata)).agg(**asked) if strata else rows.aggregate(**asked)).execute()
    parts = []
    for start in BANDS[:-1]:
        named = {f"{start}:{what}": what for what in ("events", "time", "events_not", "time_not")}
        parts.append(found[[*strata, *named]].rename(columns=named).assign(band=start))
    cells = pd.concat(parts, ignore_index=True).fillna(dict.fromkeys(["events", "time", "events_not", "time_not"], 0))
    reached = rows.customer.nunique(where=turn < end)
    totals = rows.aggregate(customers=rows.customer.nunique(), reached=reached, gone=(rows.gone == 1).sum()).execute()
    return totals.iloc[0].fillna(0).astype(int), cells.sort_values([*strata, "band"], ignore_index=True)


def _watched(snapshot: Snapshot, said: ir.Table, spans: ir.Table) -> tuple[ir.Table, tuple[str, ...]]:
    """What `contact_ratio` counts, and its strata: first score, tenure and plan."""
    import ibis

    adjusted: tuple[str, ...] = ("first_score", "tenure")
    try:
        said = parted(snapshot, said, parts_of(snapshot, (PLAN,))).rename({PLAN: "by0"})
        adjusted = (*adjusted, PLAN)
    except UnknownColumn:
        pass
    actions = snapshot.numbered("actions")
    reached = actions.filter(actions.contacted_at.notnull()).select(who="customer", at="contacted_at")
    since = [
        said.customer == reached.who,
        not_before(reached.at, said.answered_at),
        said.next_at.isnull() | ~not_before(reached.at, said.next_at),
    ]
    plans = [PLAN] if PLAN in adjusted else []
    both = said.left_join(reached, since)
    each = both.group_by("response_id", "customer", "answered_at", "next_at", "day", "score", *plans).agg(
        at=both.at.min()
    )
    spans = spans.rename(person="customer")
    there = [each.customer == spans.person, spans.begun <= each.day, spans.left.isnull() | (spans.left > each.day)]
    rows = each.inner_join(spans, there)

    def days_until(moment: ir.Value) -> ir.Value:
        return moment.date().delta(rows.answered_at.date(), unit="day").cast("int64")

    tenure = rows.day - rows.begun
    limits = [ibis.literal(DAYS, type="int64"), -rows.day]
    limits += [ibis.coalesce(end, DAYS) for end in (rows.left - rows.day, days_until(rows.next_at))]
    rows = rows.select(
        "customer",
        *plans,
        first_score=ibis.cases(*((rows.score <= top, name) for top, name in _SCORES), else_="5 to 6"),
        tenure=ibis.cases(*((tenure < top, name) for top, name in _TENURES), else_="2 years and more"),
        watched=ibis.least(*limits),
        leaves=rows.left - rows.day,
        contact=days_until(rows["at"]),
    )
    gone = (rows.leaves == rows.watched).fill_null(False).cast("int64")
    return held(rows.mutate(gone=gone).filter(rows.watched > 0)), adjusted


def _told(ratio: Estimate, states: pd.DataFrame, adjusted: tuple[str, ...]) -> str:
    value, low, high = (numbers.decimal(side, 2) for side in (ratio.value, ratio.low, ratio.high))
    known = states.set_index("state").loc[_CONTACTED, "customers"]
    reached = "nearly all" if pd.isna(known) else numbers.count(known)
    finding = "a lower rate" if ratio.high < 1 else "a higher rate" if ratio.low > 1 else "no difference can be told"
    return (
        f"Of {numbers.count(ratio.n)} detractors {reached} were contacted after their answer. Once "
        f"contacted they left at {value} times ({low} to {high}) the rate of those not yet contacted, at equal "
        f"{', '.join(adjusted)}: {finding}. Nobody counts as contacted before the contact. Who is contacted is not "
        "drawn by lot, so this is an association."
    )


def _cannot(why: str) -> str:
    return f"Whether following up goes with less leaving cannot be told: {why}."
