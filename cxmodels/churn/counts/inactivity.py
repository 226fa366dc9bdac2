"""Orders as stays: where nobody cancels, a customer has left once they have ordered nothing for long enough.

Whether a quiet customer is gone for good can only be guessed. What is counted here is a rule, the same for everybody
and known on the day: after so many days without an order a customer has left, whatever comes later. The chance that
a customer still buys at all, P(alive), is a question for the models of customer value.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from cxmodels.churn.counts.levels import UNKNOWN
from cxmodels.churn.counts.stays import OPEN
from cxmodels.churn.errors import NoInactivityRule

if TYPE_CHECKING:
    import ibis.expr.types as ir

USUAL_SHARE = 0.95
"""Share of the gaps between orders that are shorter than the days without an order after which a customer has left."""
_OF_ORDERS = ("channel", "category")


def usual_gap(snapshot: Any) -> int:
    """The fewest whole days that at least 95 % of the gaps between orders are shorter than.

    A gap lies between two days with a purchase of one customer. Gaps that had not ended by the as-of day are not
    among them, so in a young study the days are too few: set ``inactivity_days`` there.

    Raises
    ------
    NoInactivityRule
        When no customer ordered on two days.
    """
    import ibis

    days = _purchase_days(snapshot.numbered("orders"), snapshot.as_of)
    in_turn = ibis.window(group_by=days.customer, order_by=days.day)
    gaps = days.select(gap=days.day - days.day.lag().over(in_turn))
    gaps = gaps.filter(gaps.gap.notnull())
    counts = gaps.group_by("gap").aggregate(n=gaps.count()).execute().sort_values("gap")
    if not len(counts):
        raise NoInactivityRule(
            "no customer ordered on two days, so nothing tells how long a customer may be quiet; set inactivity_days "
            "in [churn] of study.toml"
        )
    share = counts["n"].cumsum() / counts["n"].sum()
    return int(counts.loc[share >= USUAL_SHARE, "gap"].iloc[0]) + 1


def quiet_spells(orders: ir.Table, as_of: date, inactivity_days: int) -> ir.Table:
    """Give each customer's orders as stays that end when nothing was ordered for long enough.

    Parameters
    ----------
    orders
        Orders as known on `as_of`: ``order_id, customer, ordered_at, amount, [channel], [category]``; a snapshot's
        ``numbered("orders")``. An order of amount 0 counts, as in the purchase counts: it was placed. A return
        (negative amount) does not.
    as_of
        The day of the snapshot.
    inactivity_days
        Days without an order after which a customer has left.

    Returns
    -------
    ibis Table
        One row a stay, as `stays.spells` has them: ``customer``, and in days from `as_of` ``started`` and ``joined``
        (the first purchase), ``until``, ``stay_ended`` and ``outcome``: ``"left"`` on the day `inactivity_days` after
        the last purchase, when none came up to and on that day; ``"active"`` before it. A purchase after it begins a
        new stay. Nothing that happens later changes a departure once it is dated. ``channel`` and ``category`` are
        those of the first purchase.
    """
    import ibis

    days = _purchase_days(orders, as_of)
    in_turn = ibis.window(group_by=days.customer, order_by=days.day)
    days = days.mutate(before=days.day.lag().over(in_turn))
    begins = days.before.isnull() | (days.day > days.before + inactivity_days)
    # a null is never a stay's first day, and the running maximum passes over it
    days = days.mutate(first=ibis.ifelse(begins, days.day, ibis.null("int64")))
    so_far = ibis.window(group_by=days.customer, order_by=days.day, preceding=None, following=0)
    days = days.mutate(joined=days["first"].max().over(so_far))
    kept = {name: days[name].argmin(days.day) for name in _OF_ORDERS if name in days.columns}
    stays = days.group_by("customer", "joined").aggregate(last=days.day.max(), **kept)
    gone = stays["last"] + inactivity_days
    return stays.mutate(
        started=stays.joined,
        until=ibis.least(gone, 0),
        stay_ended=ibis.ifelse(gone <= 0, gone, OPEN),
        outcome=ibis.ifelse(gone <= 0, "left", "active"),
    ).drop("last")


def inactivity_rule(inactivity_days: int, usual: bool) -> str:
    """The rule in words, to complete "a customer has left when …"; `usual`: whether the orders themselves gave it."""
    why = f"; {USUAL_SHARE:.0%} of the gaps between a customer’s orders are shorter" if usual else ""
    return f"{inactivity_days} days have passed without an order{why}".replace("%", " %")


def _purchase_days(orders: ir.Table, as_of: date) -> ir.Table:
    """One row for each day on which a customer bought: ``customer, day`` (days from `as_of`), what was bought."""
    import ibis

    bought = orders.filter(orders.amount >= 0)
    day = bought.ordered_at.date().delta(ibis.literal(as_of), unit="day").cast("int64")
    bought = bought.mutate(day=day)
    # engines differ in whether the first of several passes over a null
    kept = {
        name: bought[name].fill_null(UNKNOWN).argmin(bought.order_id) for name in _OF_ORDERS if name in bought.columns
    }
    return bought.group_by("customer", "day").aggregate(**kept)
