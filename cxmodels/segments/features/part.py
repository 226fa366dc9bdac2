"""What one table tells of customers: the form in which features come together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.segments.features.features import Transform
    from cxmodels.study.snapshot import Snapshot

MEAN = "the mean of those who have one"


class Described(NamedTuple):
    """A feature: its aspect, its unit, how it enters a model, and what stands where it is not known."""

    aspect: str
    unit: str
    transform: Transform
    missing: str
    fill: float | None = None


@dataclass(frozen=True, eq=False)
class Part:
    """Some features.

    Attributes
    ----------
    table
        One row a customer it tells of: ``customer`` and the features; None where there are none.
    told
        Feature → what it is.
    left_out
        Feature → why it is not there.
    """

    table: ir.Table | None = None
    told: dict[str, Described] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def absent(why: str, *names: str) -> Part:
    """The part of a table that tells nothing."""
    return Part(left_out=dict.fromkeys(names, why))


def recent(rows: ir.Table, when: str, snapshot: Snapshot, days: int) -> ir.Table:
    """Rows of the last so many days that are somebody's, with ``ago``, days before the as-of day."""
    import ibis

    rows = rows.mutate(ago=ibis.date(snapshot.as_of).delta(rows[when].date(), unit="day").cast("int64"))
    return rows.filter(rows.customer.notnull(), rows.ago < days)
