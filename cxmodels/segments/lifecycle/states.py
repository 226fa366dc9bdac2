"""States of the lifecycle: new, active, at risk, lost, won back; by rules that the engine applies to each customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.segments.errors import NoBehaviour

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

NEW, ACTIVE, AT_RISK, LOST, WON_BACK = "new", "active", "at risk", "lost", "won back"
STATES = (NEW, ACTIVE, AT_RISK, WON_BACK, LOST)
RECENT = 90
"""Days for which a customer is new, or won back."""
LOST_AFTER = 365
"""Days without an order after which a customer without contracts is lost, where the settings name no others."""
SILENCES, LEAST_SILENCE, OWN_RHYTHM = 3, 30, 3
"""At risk is who is silent for three times the usual days between purchases, which happens by chance to one in twenty
(exponential gaps), and for at least thirty days. The usual days are one's own from three days of purchase on."""
RISKIEST = 0.2
"""Share of customers, those likeliest to leave, who are at risk where chances of leaving are given."""
CONTINUES_WITHIN = 1
"""A contract that starts this many days after the one before it ended, or sooner, goes on from it."""
_RUNNING = 1


@dataclass(frozen=True)
class Rules:
    """By what customers are placed.

    Attributes
    ----------
    lost_after
        Days without an order after which a customer without contracts is lost.
    cut
        The chance of leaving from which a customer is at risk; None: by silence.
    column
        Of the chances.
    """

    lost_after: int = LOST_AFTER
    cut: float | None = None
    column: str = "churn_12m"

    def in_words(self, tables: tuple[str, ...]) -> pd.DataFrame:
        """One row a state: ``state``, ``rule``."""
        contracts, orders = "contracts" in tables, "orders" in tables
        alone = " (of those without contracts)" if contracts else ""
        begun = [f"the first contract began in the last {RECENT} days"] if contracts else []
        begun += [f"the first order{alone} was in the last {RECENT} days"] if orders else []
        gone = ["no contract runs any more"] if contracts else []
        gone += [f"nothing was ordered{alone} for {self.lost_after} days"] if orders else []
        back = [f"a contract began in the last {RECENT} days after an earlier one had ended"] if contracts else []
        back += [f"an order{alone} in the last {RECENT} days ended a silence that long"] if orders else []
        silence = (
            f"nothing was ordered for {SILENCES} times the usual days between purchases, and for {LEAST_SILENCE} days; "
            f"usual are one's own from {OWN_RHYTHM} days of purchase on"
            + ("; who has a contract and buys less often is not at risk" if contracts else ", else everybody's")
        )
        risk = silence if orders else "not told: neither orders nor chances of leaving are known"
        if self.cut is not None:
            risk = f"the chance of leaving is {self.cut:.3f} or more, that of the likeliest fifth in the first month"
        rows = [
            (NEW, "; or ".join(begun)),
            (ACTIVE, "none of the others"),
            (AT_RISK, risk),
            (WON_BACK, "; or ".join(back)),
            (LOST, "; or ".join(gone)),
        ]
        return pd.DataFrame(rows, columns=["state", "rule"])


def states(snapshot: Snapshot, rules: Rules, leaving: ir.Table | None = None) -> ir.Table:
    """The state of everybody who has or had a contract, or ordered; lost goes before new, won back and at risk.

    Parameters
    ----------
    snapshot
        With contracts or orders; where a customer has contracts these alone say who is new, lost and won back.
    rules
        By what; with a `cut`, `leaving` is needed.
    leaving
        One row a customer: ``customer`` (pseudonym) and the column of chances. Who is not in it is not at risk.

    Returns
    -------
    ibis Table
        ``number``, that of `Snapshot.pseudonyms`, and ``state``, one of `STATES`.

    Raises
    ------
    NoBehaviour
        When the study has neither contracts nor orders.
    """
    import ibis

    if not {"contracts", "orders"} & set(snapshot.tables):
        raise NoBehaviour("lifecycle: the study has neither contracts nor orders, so that nobody comes or goes")
    people = snapshot.pseudonyms
    rows = people.select("number", "pseudonym")
    lost, first, again, risk = (ibis.null("boolean") for _ in range(4))
    if "orders" in snapshot.tables:
        bought = _purchases(snapshot, rules)
        rows = rows.left_join(bought, rows.number == bought.buyer)
        lost, first, again = rows.quiet, rows.first, rows.again
        risk = rows.silent
    if "contracts" in snapshot.tables:
        stays = _stays(snapshot)
        rows = rows.left_join(stays, rows.number == stays.holder)
        under = rows.holder.notnull()
        if "orders" in snapshot.tables:
            # silence tells of a contract's end only where there was a rhythm
            risk = under.ifelse(rows.silent & rows.own_rhythm, rows.silent)
            lost, first, again = (
                under.ifelse(rows[f"contract:{name}"], rows[name]) for name in ("quiet", "first", "again")
            )
        else:
            lost, first, again = (rows[f"contract:{name}"] for name in ("quiet", "first", "again"))
    if rules.cut is not None and leaving is not None:
        rows = rows.mutate(**{"lost:": lost, "first:": first, "again:": again})
        known = leaving.select(scored="customer", **{"chance:": leaving[rules.column]})
        rows = rows.left_join(known, rows.pseudonym == known.scored)
        lost, first, again, risk = rows["lost:"], rows["first:"], rows["again:"], rows["chance:"] >= rules.cut
    state = ibis.cases((lost, LOST), (first, NEW), (again, WON_BACK), (risk.fill_null(False), AT_RISK), else_=ACTIVE)
    return rows.mutate(state=state, known=lost.notnull()).filter(ibis._.known).select("number", "state")


def _stays(snapshot: Snapshot) -> ir.Table:
    """Of who has or had a contract, whether none runs, and whether the first or a later stay began lately."""
    import ibis

    contracts = snapshot.numbered("contracts")
    started = _day(contracts.started_on, snapshot.as_of)
    ended = ibis.literal(_RUNNING, type="int64")
    if "ended_on" in contracts.columns:
        ended = _day(contracts.ended_on, snapshot.as_of).fill_null(_RUNNING)
    rows = contracts.select("contract_id", holder="customer", started=started, ended=ended)
    order = [rows.started, rows.ended, rows.contract_id]
    so_far = ibis.window(group_by=rows.holder, order_by=order, preceding=None, following=0)
    rows = rows.mutate(covered=rows.ended.max().over(so_far))
    in_turn = ibis.window(group_by=rows.holder, order_by=[rows.started, rows.ended, rows.contract_id])
    rows = rows.mutate(before=rows.covered.lag().over(in_turn))
    rows = rows.mutate(begins=rows.before.isnull() | (rows.started > rows.before + CONTINUES_WITHIN))
    per = rows.group_by("holder").agg(
        running=(rows.ended == _RUNNING).any(), begun=rows.started.max(where=rows.begins), stays=rows.begins.sum()
    )
    lately = per.begun > -RECENT
    return per.select(
        "holder",
        **{
            "contract:quiet": ~per.running,
            "contract:first": lately & (per.stays == 1),
            "contract:again": lately & (per.stays > 1),
        },
    )


def _purchases(snapshot: Snapshot, rules: Rules) -> ir.Table:
    """Of who ever ordered: whether quiet for too long to be a customer, new, back, silent, and with an own rhythm."""
    import ibis

    orders = snapshot.numbered("orders")
    bought = orders.filter(orders.amount >= 0)
    days = bought.select(buyer="customer", day=_day(bought.ordered_at, snapshot.as_of)).distinct()
    in_turn = ibis.window(group_by=days.buyer, order_by=days.day)
    days = days.mutate(gap=days.day - days.day.lag().over(in_turn))
    per = days.group_by("buyer").agg(
        last=days.day.max(),
        begun=days.day.min(),
        times=days.count(),
        returned=days.day.max(where=days.gap > rules.lost_after),
    )
    sums = per.aggregate(span=(per["last"] - per.begun).sum(), gaps=(per.times - 1).sum()).to_pyarrow().to_pylist()[0]
    usual = int(sums["span"] or 0) / max(int(sums["gaps"] or 0), 1) or float(rules.lost_after)
    own = per.times >= OWN_RHYTHM
    rhythm = own.ifelse((per["last"] - per.begun) / ibis.greatest(per.times - 1, 1), usual)
    silence = -per["last"]
    return per.select(
        "buyer",
        quiet=silence >= rules.lost_after,
        first=per.begun > -RECENT,
        again=(per.returned > -RECENT).fill_null(False),
        silent=(silence >= SILENCES * rhythm) & (silence >= LEAST_SILENCE),
        own_rhythm=own,
    )


def _day(column: ir.Value, as_of: date) -> ir.IntegerValue:
    """Days from the as-of day: 0 on it, -1 the day before."""
    import ibis

    return column.cast("date").delta(ibis.date(as_of), unit="day").cast("int64")
