"""How detractors are followed up: how many, how soon, and how long it takes until it is done."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.feedback.errors import UnknownMetric
from cxmodels.feedback.loop.shares import effect_of_customers, share_of
from cxmodels.feedback.loop.unhappy import detractors
from cxmodels.kaplan_meier import median, survival_curve
from cxmodels.study.moments import not_before
from cxmodels.study.months import months_before
from cxmodels.study.privacy import suppress

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

EVERYONE = "all"
SOON_DAYS, SETTLED_DAYS = 2, 30
"""Followed up soon; and answers must be so old for whether they were followed up at all to be told."""
STEPS = {"contact": "contacted_at", "close": "closed_at"}
_HOUR, _DAY = 3600, 24


@dataclass(frozen=True, eq=False)
class FollowUp:
    """What became of detractors' answers, and of the follow-ups that were opened.

    Attributes
    ----------
    reason
        Why it cannot be told, in a sentence; empty where it can.
    shares
        Tidy: ``what`` (``"opened"``, ``"contacted"``), ``within_days`` (2; missing for "at all"), ``share`` of the
        answers (an `Estimate`; its n are answers old enough to know, its interval is that of customers drawn anew).
    times
        Tidy: ``step`` (``"contact"``, ``"close"``), ``team`` (``"all"`` first), ``median`` (`Estimate` in days with 95
        % interval, None where it is not reached; a side that is not reached is missing), ``n`` follow-ups.
    curves
        Tidy: ``step, team, days, waiting, low, high, at_risk``: share of follow-ups still waiting for the step
        (Kaplan–Meier, 95 %), as far as enough are watched.
    still_open
        Follow-ups not closed by the day; None where they are too few to be told, or nobody writes down what is closed.
    months
        Answers and follow-ups of so many months before the day.
    """

    reason: str = ""
    shares: pd.DataFrame = field(default_factory=pd.DataFrame)
    times: pd.DataFrame = field(default_factory=pd.DataFrame)
    curves: pd.DataFrame = field(default_factory=pd.DataFrame)
    still_open: int | None = None
    months: int = 12


def follow_up(snapshot: Snapshot, *, months: int = 12) -> FollowUp:
    """Share of detractors' answers that were followed up, and the time from opening to contact and to closing.

    Parameters
    ----------
    snapshot
        The study as known on a day, with ``actions``.
    months
        Answers and follow-ups of so many months before the day.

    Returns
    -------
    FollowUp
        With `reason` where the table is missing or too few were followed up.

    Notes
    -----
    A follow-up belongs to the last detractor's answer before it. Each answer counts as one; since those of one customer
    may share their fate, the interval of a share allows for what customers have in common (`effect_of_customers`). A
    share of the answers of fewer customers than may be told of is left out. Who has not been reached, though the
    follow-up is closed, waits on: 1 minus the curve is the share of all that were reached by then. Teams of fewer
    customers than may be told of, and those that would tell them, have no line. Of a step that the table has no column
    for nothing is told.
    """
    if "actions" not in snapshot.tables:
        return FollowUp("How detractors are followed up cannot be told: the study has no table actions.")
    since = months_before(snapshot.as_of, months)
    actions = snapshot.numbered("actions")
    steps = {step: column for step, column in STEPS.items() if column in actions.columns}
    try:
        shares = _shares(snapshot, detractors(snapshot, since), actions)
    except UnknownMetric:
        shares = pd.DataFrame(columns=["what", "within_days", "share"])
    if not steps:
        reason = "How long follow-ups take cannot be told: the table actions has neither contacted_at nor closed_at."
        return FollowUp(reason, shares)
    opened = actions.filter(actions.opened_at.date() > since)
    parts, sizes = _waits(opened, snapshot, steps)
    if not parts:
        return FollowUp("How long follow-ups take cannot be told: too few were opened.", shares)
    least = max(snapshot.settings.privacy.min_cell, 1)
    rows, curves = [], []
    for (step, team), part in parts.items():
        curve = survival_curve(part)
        told = curve[(curve["at_risk"] >= least).cummin()]
        rows.append((step, team, _median(told, sizes[team]), sizes[team]))
        curves.append(told.rename(columns={"time": "days", "survival": "waiting"}).assign(step=step, team=team))
    times = pd.DataFrame(rows, columns=["step", "team", "median", "n"])
    columns = ["step", "team", "days", "waiting", "low", "high", "at_risk"]
    every = parts.get(("close", EVERYONE))
    still = None if every is None else int(every.loc[every["event"] == 0, "n"].sum())
    told_open = still if not still or still >= least else None
    return FollowUp("", shares, times, pd.concat(curves, ignore_index=True)[columns], told_open, months)


def _shares(snapshot: Snapshot, said: ir.Table, actions: ir.Table) -> pd.DataFrame:
    dates = {what: f"{what}_at" for what in ("opened", "contacted") if f"{what}_at" in actions.columns}
    done = actions.select(*dates.values(), who="customer")
    both = said.left_join(
        done,
        [
            said.customer == done.who,
            not_before(done.opened_at, said.answered_at),
            said.next_at.isnull() | ~not_before(done.opened_at, said.next_at),
        ],
    )
    each = both.group_by("customer", "response_id", "answered_at", "day").agg(
        **{what: both[column].min() for what, column in dates.items()}
    )
    soon = SOON_DAYS * _DAY * _HOUR
    asked, cases = {}, {}
    for least, name in ((SOON_DAYS, "soon"), (SETTLED_DAYS, "ever")):
        old = each.day <= -least
        cases[name] = old.sum()
        for what in dates:
            after = each[what].epoch_seconds() - each.answered_at.epoch_seconds()
            yes = (after <= soon) if name == "soon" else each[what].notnull()
            asked[what, name] = (old & yes.fill_null(False)).sum()
    people = each.group_by("customer").agg(**cases, **{":".join(key): count for key, count in asked.items()})
    counted: dict[str, ir.Value] = {}
    for what, name in asked:
        y, n = people[f"{what}:{name}"], people[name]
        of = {"customers": n > 0, "part": y, "n": n, "part_squares": y * y, "squares": n * n, "products": y * n}
        counted |= {f"{what}:{name}:{term}": value.sum() for term, value in of.items()}
    found = people.aggregate(**counted).execute().iloc[0].fillna(0).astype(int)
    fewest = max(snapshot.settings.privacy.min_cell, 1)
    rows = []
    for name, days in (("soon", SOON_DAYS), ("ever", None)):
        for what in dates:
            own = found.filter(like=f"{what}:{name}:").rename(lambda key: key.rpartition(":")[2])
            if own["customers"] >= fewest:
                rows.append((what, days, share_of(int(own["part"]), int(own["n"]), effect_of_customers(own))))
    return pd.DataFrame(rows, columns=["what", "within_days", "share"]).astype({"within_days": "Int64"})


def _waits(
    actions: ir.Table, snapshot: Snapshot, steps: dict[str, str]
) -> tuple[dict[tuple[str, str], pd.DataFrame], dict[str, int]]:
    """Counts of waiting times in days by step and team, and follow-ups by team."""
    import ibis

    team = actions.team.fill_null("no team") if "team" in actions.columns else ibis.literal("no team")
    named = actions.mutate(team=team)
    people = named.group_by("team").agg(n=named.customer.nunique(), rows=named.count()).execute()
    least = snapshot.settings.privacy.min_cell
    shown = suppress(people.sort_values("team"), ["team"], min_cell=least)
    teams = sorted(shown.loc[~shown["suppressed"], "team"]) if len(people) > 1 else []
    # each customer is told of in all; a customer of two teams only makes that more
    if named.customer.nunique().execute() < max(least, 1):
        return {}, {}
    end = ibis.timestamp(f"{snapshot.as_of} 00:00:00").epoch_seconds() + _DAY * _HOUR
    parts = {}
    for step, column in steps.items():
        at = named[column].epoch_seconds()
        hours = (ibis.coalesce(at, end) - named.opened_at.epoch_seconds()) / _HOUR
        rows = named.select("team", hours=hours.floor().clip(lower=0).cast("int64"), event=at.notnull().cast("int64"))
        counted = rows.group_by("team", "hours", "event").agg(n=rows.count()).execute()
        counted = counted.assign(entry=0.0, exit=counted["hours"] / _DAY)
        for team in (EVERYONE, *teams):
            part = counted if team == EVERYONE else counted[counted["team"] == team]
            parts[step, team] = part.groupby(["entry", "exit", "event"], as_index=False)["n"].sum()
    counts = people.set_index("team")["rows"].astype(int)
    sizes = {EVERYONE: int(counts.sum())} | {team: int(counts[team]) for team in teams}
    return parts, sizes


def _median(curve: pd.DataFrame, n: int) -> Estimate | None:
    value, low, high = median(curve)
    return Estimate(value, low, high if math.isfinite(high) else math.nan, "days", n) if math.isfinite(value) else None
