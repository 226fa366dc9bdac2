"""Which attributes of customers value is told by, and which one names the channel they came through."""

from __future__ import annotations

from typing import Any

JOINED_CHANNEL = "joined_channel"
_OF_THE_CONTRACT = ("customer", "joined_on", "left_on")


def value_groups(snapshot: Any) -> tuple[str, ...]:
    """The attributes of customers that value is told by.

    The setting ``clv.groups``; without it those of ``churn.covariates`` that are attributes of customers and have
    levels (text, a truth value or a whole number). Nothing where the study has no customers.
    """
    said = snapshot.settings.clv.groups
    if said is not None:
        return tuple(said)
    found = _attributes(snapshot)
    levels = [name for name in snapshot.settings.churn.covariates if name in found]
    return tuple(name for name in levels if not (found[name].is_floating() or found[name].is_decimal()))


def acquisition_attribute(snapshot: Any) -> str | None:
    """The attribute of customers that names the channel they came through.

    The setting ``clv.acquired_by``, else ``joined_channel`` where customers have it, else None.
    """
    said = snapshot.settings.clv.acquired_by
    if said is not None:
        return str(said)
    return JOINED_CHANNEL if JOINED_CHANNEL in _attributes(snapshot) else None


def _attributes(snapshot: Any) -> dict[str, Any]:
    """Attributes of customers with the type of each."""
    if "customers" not in snapshot.tables:
        return {}
    schema = snapshot.numbered("customers").schema()
    return {name: kind for name, kind in schema.items() if name not in _OF_THE_CONTRACT}
