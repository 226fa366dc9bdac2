"""What other rooms expect of each customer, under the words that figures and tables of segments call it by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

VALUE, LEAVING = "value expected", "chance of leaving"


def expected_of(value: ir.Table | None, leaving: ir.Table | None) -> dict[str, ir.Table]:
    """Scores for `profile`, without those that are not there.

    Parameters
    ----------
    value
        ``customer`` (pseudonym) and ``clv``.
    leaving
        ``customer`` and ``churn_12m``.
    """
    given = ((VALUE, value, "clv"), (LEAVING, leaving, "churn_12m"))
    return {name: table.select("customer", **{name: column}) for name, table, column in given if table is not None}
