"""Features of a snapshot: whatever its tables tell of each customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.segments.errors import InvalidValue, NoBehaviour, UnknownColumn
from cxmodels.segments.features.contacts import contact_features, feedback_features
from cxmodels.segments.features.features import COLUMNS, Features
from cxmodels.segments.features.orders import order_features
from cxmodels.segments.features.part import Described, Part
from cxmodels.segments.features.relation import MONTH, is_here, relation_features
from cxmodels.study.once import once_a_snapshot

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot


@once_a_snapshot
def customer_features(snapshot: Snapshot, *, window_months: int = 12, names: tuple[str, ...] | None = None) -> Features:
    """Count, in the engine, what each customer who is here does.

    Here is who has a running contract or ordered within the window; where a study has neither contracts nor orders,
    who is not known to have left.

    Parameters
    ----------
    snapshot
        A snapshot with whatever tables there are; what is missing is named in `Features.left_out`.
    window_months
        How far back orders, contacts and answers count.
    names
        The features wanted, such as those of a model that is kept. Default: all that tell customers apart.

    Returns
    -------
    Features
        From orders ``recency`` (days), ``frequency`` (orders), ``monetary`` (money less returns) and the shares of
        each category, channel and part of the day; from customers and contracts ``tenure`` (months) and ``fee`` (a
        month); ``contacts`` with the service; ``answered`` and ``last_score``. Features that are the same for all are
        left out. Computed once a snapshot and held by the engine.

    Raises
    ------
    NoBehaviour
        When nobody is here, or nothing tells them apart.
    InvalidValue
        When `window_months` is no whole number of at least 1.
    UnknownColumn
        When the tables do not tell one of `names`.

    Notes
    -----
    A share of few orders says little: it is (orders + overall share) / (all orders + 1), which draws it towards
    everybody's; who has no orders has everybody's share.
    """
    if window_months < 1 or window_months != int(window_months):
        raise InvalidValue(f"customer_features: window_months must be a whole number from 1 on, found {window_months}")
    days = round(window_months * MONTH)
    least = max(snapshot.settings.privacy.min_cell, 1)
    people, relation = relation_features(snapshot)
    others = [
        order_features(snapshot, days, names),
        contact_features(snapshot, days),
        feedback_features(snapshot, days),
    ]
    parts = [relation, *others]
    everybody = _joined(people, parts)
    here, customers, gone = _here(everybody)
    if customers < least:
        raise NoBehaviour(
            f"customer_features: fewer than {least} customers have a running contract or a recent order, "
            "too few to be told apart"
        )
    told = {name: described for part in parts for name, described in part.told.items()}
    left_out = {name: why for part in parts for name, why in part.left_out.items()}
    if names is None:
        kept = _varying(here, list(told))
        left_out |= {name: "the same for all" for name in told if name not in kept}
    else:
        kept = list(names)
        if unknown := [name for name in kept if name not in told]:
            raise UnknownColumn(
                f"customer_features: the tables do not tell {', '.join(unknown)}; they tell: {', '.join(told)}"
            )
    if not kept:
        raise NoBehaviour("customer_features: nothing tells one customer from another: every feature is the same")
    rows = [(name, *told[name][: len(COLUMNS) - 1]) for name in kept]
    return Features(
        table=here.select("number", *kept),
        columns=pd.DataFrame(rows, columns=COLUMNS),
        left_out=pd.DataFrame(sorted(left_out.items()), columns=["name", "why"]),
        as_of=snapshot.as_of,
        window_months=window_months,
        customers=customers,
        gone=gone,
        min_cell=least,
    )


def features_for(snapshot: Snapshot, names: tuple[str, ...], window_months: int) -> Features:
    """`customer_features` with the names of a model; those of the day, which others ask for too, where they are these.

    Raises
    ------
    NoBehaviour, InvalidValue, UnknownColumn
        As for `customer_features`.
    """
    own = customer_features(snapshot, window_months=window_months)
    return own if own.names == names else customer_features(snapshot, window_months=window_months, names=names)


def _joined(people: ir.Table, parts: list[Part]) -> ir.Table:
    """One row a customer: ``number``, ``running`` and every feature, filled where that is how it is described."""
    table = people.rename(number="customer")
    described: dict[str, Described] = {}
    for part in parts:
        described |= part.told
        if part.table is not None:
            found = part.table.rename({"joined:": "customer"})
            table = table.left_join(found, table.number == found["joined:"]).drop("joined:")
    filled = {name: table[name].cast("float64") for name in described}
    filled |= {name: filled[name].fill_null(of.fill) for name, of in described.items() if of.fill is not None}
    return table.select("number", "running", **filled)


def _here(everybody: ir.Table) -> tuple[ir.Table, int, int]:
    """The customers who are here, how many they are, and how many others are known; held by the engine."""
    from cxmodels.study.engine import held

    table = held(everybody.mutate(**{"here:": is_here(everybody)}))
    counted = table.aggregate(known=table.count(), here=table["here:"].sum()).to_pyarrow().to_pylist()[0]
    customers = int(counted["here"] or 0)
    return table.filter(table["here:"]).drop("running", "here:"), customers, int(counted["known"]) - customers


def _varying(table: ir.Table, names: list[str]) -> list[str]:
    """The features that are not the same for all; one that is known of some alone varies only by its values."""
    asked = {
        f"{place}:{end}": getattr(table[name], end)() for place, name in enumerate(names) for end in ("min", "max")
    }
    found = table.aggregate(**asked).to_pyarrow().to_pylist()[0]
    spans = {name: (found[f"{place}:min"], found[f"{place}:max"]) for place, name in enumerate(names)}
    return [name for name, (low, high) in spans.items() if low is not None and high - low > 1e-9]
