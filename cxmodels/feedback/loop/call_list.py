"""Whom to call back: detractors and customers at risk, by the money at stake, if they may be called."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.feedback.errors import InvalidValue
from cxmodels.feedback.loop.candidates import HIGH_RISK, candidates, each_once, given_table
from cxmodels.feedback.loop.reachable import REASONS, with_reason
from cxmodels.feedback.loop.teams import ELSEWHERE, place_of, teams_by_place
from cxmodels.feedback.loop.unhappy import unhappy
from cxmodels.study.engine import held
from cxmodels.study.privacy import suppress

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

UNHAPPY = "unhappy"
NOBODY, EVERY_REASON = "no customer behind the answer", "all"


@dataclass(frozen=True, eq=False)
class CallList:
    """Whom to call back, most money at risk first.

    Attributes
    ----------
    table
        An Ibis table, one row a customer: ``rank``; ``customer``, a pseudonym; ``why`` (``"detractor"``, ``"low
        satisfaction"``, ``"much effort"``, ``"high risk"``, or one of the first and the last); ``score, survey,
        touchpoint, answered_on`` of the latest such answer; ``themes`` that the customer wrote of, where they were
        given; ``chance`` and ``money_at_risk`` where they are known (``money_at_risk_low``, ``…_high`` where limits
        were given); ``team``; ``deadline``.
    customers
        How many rows it has.
    totals
        Tidy: ``why`` (``"unhappy"``, whatever their risk, or ``"high risk"`` alone), ``customers``,
        ``money_at_risk``; small cells missing.
    left_out
        Tidy: ``reason``, ``customers``; small cells missing. Every reason that is looked for, of several the first;
        then ``"all"`` customers that were left out; last the answers with nobody behind them.
    ranked_by
        What the order is, in a sentence.
    teams
        From `teams_by_place`: where the team comes from.
    deadline
        By when to call.
    first
        First day whose answers count.
    """

    table: ir.Table = field(repr=False)
    customers: int
    totals: pd.DataFrame
    left_out: pd.DataFrame
    ranked_by: str
    teams: pd.DataFrame
    deadline: date
    first: date


def call_list(
    snapshot: Snapshot,
    *,
    at_risk: ir.Table | pd.DataFrame | None = None,
    value: ir.Table | pd.DataFrame | None = None,
    themes: ir.Table | pd.DataFrame | None = None,
    days: int = 30,
    quarantine_days: int = 30,
    riskiest: float = 0.05,
    call_within_days: int | None = None,
) -> CallList:
    """List whom to call back.

    Parameters
    ----------
    snapshot
        The study as known on a day, with responses and answers.
    at_risk
        ``customer``, a pseudonym, and ``chance`` of leaving; ``chance_low`` and ``chance_high`` where known. One row a
        customer.
    value
        ``customer`` and ``value``, what is lost with the customer; ``value_low`` and ``value_high`` where known.
    themes
        ``number``, as `Snapshot.numbered` has it, and ``themes``, what the customer wrote of, as `themes_by_customer`
        finds it. One row a customer.
    days
        Answers of so many days up to the day of the snapshot.
    quarantine_days
        Who was contacted within so many days, and since the answer, is left alone: reached by a follow-up, asked by a
        survey, or in contact with the service.
    riskiest
        The share of customers, by chance of leaving, who are called although they said nothing.
    call_within_days
        Working days, Monday to Friday, from the day of the snapshot to the deadline. Default: the study's
        ``feedback.call_within_days``.

    Returns
    -------
    CallList
        Maybe without a row.

    Raises
    ------
    InvalidScores
        When `at_risk`, `value` or `themes` lacks a column or has a customer twice.
    InvalidValue
        When a number of days or `riskiest` is out of range.
    UnknownMetric
        When no question of the study tells who is unhappy.

    Notes
    -----
    Money at risk is chance × value. Its limits are the products of the limits given, the value itself where it has
    none: where both have some they are wider than either says.
    """
    import ibis

    _check(days=days, quarantine_days=quarantine_days)
    within = snapshot.settings.feedback.call_within_days if call_within_days is None else call_within_days
    _check(call_within_days=within)
    if not 0 <= riskiest <= 1:
        raise InvalidValue(f"call_list: riskiest must be a share from 0 to 1, found {riskiest}")
    first = snapshot.as_of - timedelta(days=days - 1)
    # held at each turn: the tables grow out of each other, and an engine would plan them anew every time
    said = held(unhappy(snapshot, first))
    nobody = int(said.customer.isnull().sum().execute() or 0)
    people = candidates(snapshot, said, at_risk, value, riskiest)
    if themes is not None:
        known = each_once(given_table(themes, "themes", "number", ("themes",)), "themes", "number")
        # where nobody wrote of any, their type is not known
        known = known.select("number", themes=known.themes.cast("string"))
        people = people.left_join(known, people.customer == known.number).drop("number")
    people = held(with_reason(snapshot, held(people), quarantine_days))
    teams = teams_by_place(snapshot)
    deadline = np.busday_offset(snapshot.as_of, within, roll="backward").astype(date)
    listed = people.filter(people.reason.isnull())
    order, ranked_by = _order(people)
    table = listed.mutate(
        rank=ibis.row_number().over(ibis.window(order_by=order)) + 1,
        answered_on=listed.answered_at.date(),
        team=_team(listed, teams),
        deadline=ibis.literal(deadline),
    )
    shown = [
        "rank", "customer", "why", "score", "survey", "touchpoint", "answered_on", "themes", "chance", "value",
        "money_at_risk", "money_at_risk_low", "money_at_risk_high", "team", "deadline",
    ]  # fmt: skip
    table = table.drop("customer").rename(customer="pseudonym")
    least = snapshot.settings.privacy.min_cell
    totals = _totals(listed, least)
    return CallList(
        table=table.select(*(name for name in shown if name in table.columns)),
        customers=int(listed.count().execute()),
        totals=totals,
        left_out=_left_out(people, nobody, least),
        ranked_by=ranked_by,
        teams=teams,
        deadline=deadline,
        first=first,
    )


def _check(**days: int) -> None:
    for name, found in days.items():
        if isinstance(found, bool) or not isinstance(found, int) or found < 1:
            raise InvalidValue(f"call_list: {name} must be a whole number of at least 1, found {found!r}")


def _order(people: ir.Table) -> tuple[list[ir.Value], str]:
    """What the list is sorted by, and in words."""
    import ibis

    told = {
        "money_at_risk": "By money at risk: chance of leaving × value of the customer; who has none comes last.",
        "chance": "By the chance of leaving, as nothing is known of the value of the customers.",
        "value": "By the value of the customer, as nothing is known of the chance of leaving.",
    }
    known = next((name for name in told if name in people.columns), None)
    order = [] if known is None else [ibis.desc(people[known], nulls_first=False)]
    order += [ibis.asc(people.on_scale, nulls_first=False), ibis.desc(people.answered_at, nulls_first=False)]
    told_by = "By the score, the lowest on its scale first, as neither chance of leaving nor value is known."
    return [*order, people.pseudonym], told_by if known is None else told[known]


def _team(people: ir.Table, teams: pd.DataFrame) -> ir.Value:
    import ibis

    known = dict(zip(teams["place"], teams["team"], strict=True))
    elsewhere = known.pop(ELSEWHERE, None)
    other = ibis.null("string") if elsewhere is None else ibis.literal(elsewhere)
    return place_of(people).cases(*known.items(), else_=other) if known else other


def _totals(listed: ir.Table, least: int) -> pd.DataFrame:
    money = {"money_at_risk": listed.money_at_risk.sum()} if "money_at_risk" in listed.columns else {}
    said = listed.response_id.notnull().ifelse(UNHAPPY, HIGH_RISK)
    counted = listed.group_by(why=said).agg(customers=listed.count(), **money).execute()
    counted = counted.sort_values("why", ascending=False, ignore_index=True)
    return suppress(counted, ["why"], "customers", least).drop(columns="suppressed")


def _left_out(people: ir.Table, nobody: int, least: int) -> pd.DataFrame:
    out = people.filter(people.reason.notnull())
    counted = out.group_by("reason").agg(customers=out.count()).execute()
    found = counted.set_index("reason")["customers"].reindex(REASONS, fill_value=0).astype(int)
    frame = pd.DataFrame({"reason": [*REASONS], "customers": found.to_numpy()})
    told = suppress(frame, ["reason"], "customers", least).drop(columns="suppressed")
    rest = pd.DataFrame({"reason": [EVERY_REASON, NOBODY], "customers": [found.sum(), nobody]})
    rest["customers"] = rest["customers"].astype("Int64").mask(rest["customers"].between(1, least - 1))
    return pd.concat([told.astype({"customers": "Int64"}), rest], ignore_index=True)
