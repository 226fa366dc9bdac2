"""What scores are told by: attributes of customers, and where an answer was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.feedback.counts.parts import PLAN
from cxmodels.study.contract import TABLES
from cxmodels.study.once import once_a_snapshot

if TYPE_CHECKING:
    from cxmodels.study.snapshot import Snapshot

MOST_LEVELS = 12
ORDERS = ("delivery", "livraison", "order", "commande", "purchase", "achat")
"""What surveys in English and French call the moment that an order is met at, the likeliest first."""
ORDER = "order"
ASKED = ("touchpoint", "channel", "service")


@once_a_snapshot
def attributes_of(snapshot: Snapshot) -> tuple[str, ...]:
    """The attributes of customers that scores are told by and that answering may depend on.

    The setting ``feedback.groups``; without it, every attribute of 2 to 12 levels. None where the study has no
    customers.
    """
    said = snapshot.settings.feedback.groups
    if said is not None:
        return tuple(said)
    if "customers" not in snapshot.tables:
        return ()
    rows = snapshot.numbered("customers")
    own = {"customer", *TABLES["customers"].names}
    kinds = {name: kind for name, kind in rows.schema().items() if name not in own}
    names = [name for name, kind in kinds.items() if kind.is_string() or kind.is_boolean() or kind.is_integer()]
    if not names:
        return ()
    found = rows.aggregate(**{name: rows[name].nunique() for name in names}).to_pandas().iloc[0]
    return tuple(name for name in names if 2 <= found[name] <= MOST_LEVELS)


def groups_of(snapshot: Snapshot, kind: str) -> tuple[str, ...]:
    """What answers of a kind may be parted by: where they were asked, as far as that varies; plan; attributes."""
    rows = snapshot.numbered("responses")
    rows = rows.filter(rows.kind == kind)
    asked = [name for name in ASKED if name in rows.columns]
    found = rows.aggregate(**{name: rows[name].nunique() for name in asked}).to_pandas().iloc[0] if asked else {}
    names = [name for name in asked if found[name] > 1]
    if "customers" not in snapshot.tables:
        return tuple(names)
    plans = "contracts" in snapshot.tables and PLAN in snapshot.numbered("contracts").columns
    names += [PLAN] if plans else []
    return tuple(dict.fromkeys([*names, *attributes_of(snapshot)]))


def orders_at(snapshot: Snapshot) -> str:
    """The touchpoint that an order is a contact at.

    The setting ``feedback.order_touchpoint``; without it the first of `ORDERS` that a survey asks about, else
    ``"order"``.
    """
    said = snapshot.settings.feedback.order_touchpoint
    rows = snapshot.numbered("responses")
    if said or "touchpoint" not in rows.columns:
        return said or ORDER
    name = rows.touchpoint.strip().lower()
    asked = set(rows.filter(name.isin(ORDERS)).select(name=name).distinct().to_pandas()["name"])
    return next((known for known in ORDERS if known in asked), ORDER)
