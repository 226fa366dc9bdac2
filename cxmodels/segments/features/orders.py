"""What orders tell: how recently, how often, how much, and the mix of what, where and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.segments.features.part import Described, Part, absent, recent

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

TIME_OF_DAY = "time of day"
PARTS_OF_DAY = {"morning": (5, 12), "afternoon": (12, 18), "evening": (18, 22), "night": (22, 29)}
"""Hours from and to which each lasts; hours after midnight are those beyond 24."""
MIXED = ("category", "channel")
MONEY = 10_000
MOST_LEVELS = 6
LEAST_SHARE = 0.03
"""A category or channel of a smaller share of orders is too rare to tell customers apart by."""
PRIOR_ORDERS = 1.0
"""A share is drawn towards everybody's as by so many further orders: of few orders little can be told."""


def order_features(snapshot: Snapshot, days: int, wanted: tuple[str, ...] | None = None) -> Part:
    """Reduce the orders of the last so many days; returns are taken off the money and are no orders.

    The categories and channels are those that are `wanted`, however rare, else those bought often enough.
    """
    from cxmodels.study.engine import held

    if "orders" not in snapshot.tables:
        return absent("the study has no orders", "recency", "frequency", "monetary", *MIXED, TIME_OF_DAY)
    orders = recent(snapshot.numbered("orders"), "ordered_at", snapshot, days)
    mixed = [name for name in MIXED if name in orders.columns]
    # whole parts of the currency add up to the same sum in any order
    paid = (orders.amount * MONEY).round().cast("int64")
    hour = orders.ordered_at.hour()
    orders = held(orders.select("customer", "ago", *mixed, purchase=orders.amount >= 0, paid=paid, hour=hour))
    told = {
        "recency": Described("purchases", "days since the last order", "log", "the whole window", float(days)),
        "frequency": Described("purchases", "orders", "log", "0", 0.0),
        "monetary": Described("purchases", snapshot.settings.study.currency, "log", "0", 0.0),
    }
    levels, left_out = _levels(orders, snapshot.settings.privacy.min_cell, wanted)
    found = orders.group_by("customer").agg(
        recency=orders.ago.min(where=orders.purchase).cast("float64"),
        frequency=orders.purchase.sum().cast("float64"),
        monetary=orders.paid.sum().cast("float64") / MONEY,
        **{name: (orders.purchase & within).sum() for (_, name), within in levels.items()},
    )
    if not levels:
        return Part(found, told, left_out)
    found = held(found)
    asked = {name: found[name].sum() for _, name in levels}
    totals = {name: int(total or 0) for name, total in found.aggregate(**asked).to_pyarrow().to_pylist()[0].items()}
    shares: dict[str, ir.Value] = {}
    for aspect in dict.fromkeys(aspect for aspect, _ in levels):
        names = [name for of, name in levels if of == aspect]
        every = max(sum(totals[name] for name in names), 1)
        own = sum((found[name] for name in names[1:]), found[names[0]])
        for name in names:
            overall = totals[name] / every
            shares[name] = (found[name] + PRIOR_ORDERS * overall) / (own + PRIOR_ORDERS)
            told[name] = Described(aspect, "share of orders", "none", "everybody's share", overall)
    return Part(found.select("customer", "recency", "frequency", "monetary", **shares), told, left_out)


def _levels(
    orders: ir.Table, min_cell: int, wanted: tuple[str, ...] | None
) -> tuple[dict[tuple[str, str], ir.BooleanValue], dict[str, str]]:
    """Aspect and feature → whether an order is of it; aspect → why it is not there."""
    levels: dict[tuple[str, str], ir.BooleanValue] = {}
    left_out: dict[str, str] = {}
    bought = orders.filter(orders.purchase)
    for aspect in MIXED:
        if aspect not in orders.columns:
            left_out[aspect] = f"orders have no {aspect}"
            continue
        if wanted is None:
            kept = _frequent(bought, aspect, min_cell)
        else:
            kept = [name.removeprefix(f"{aspect}: ") for name in wanted if name.startswith(f"{aspect}: ")]
        if len(kept) < 2:
            left_out[aspect] = f"fewer than two levels of {aspect} are bought often enough"
            continue
        levels |= {(aspect, f"{aspect}: {level}"): (orders[aspect] == level).fill_null(False) for level in kept}
    if wanted is None and int(bought.hour.nunique().execute()) < 2:
        left_out[TIME_OF_DAY] = "orders are dated without a time of day"
        return levels, left_out
    hour = orders.hour + (orders.hour < PARTS_OF_DAY["morning"][0]).ifelse(24, 0)
    for name, (first, stop) in PARTS_OF_DAY.items():
        levels[TIME_OF_DAY, f"{TIME_OF_DAY}: {name}"] = (hour >= first) & (hour < stop)
    return levels, left_out


def _frequent(bought: ir.Table, aspect: str, min_cell: int) -> list[str]:
    known = bought.filter(bought[aspect].notnull())
    counted = known.group_by(level=known[aspect]).agg(n=known.count(), customers=known.customer.nunique())
    frame = counted.to_pandas().sort_values(["n", "level"], ascending=[False, True])
    enough = (frame["n"] >= LEAST_SHARE * frame["n"].sum()) & (frame["customers"] >= min_cell)
    return list(frame.loc[enough, "level"])[:MOST_LEVELS]
