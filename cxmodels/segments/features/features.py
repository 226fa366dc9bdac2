"""Features: what tells customers apart, one row a customer, and how each number enters a model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

import pandas as pd

from cxmodels.segments.errors import InvalidValue, UnknownColumn

if TYPE_CHECKING:
    import ibis.expr.types as ir

Transform = Literal["log", "none"]
TRANSFORMS: tuple[Transform, ...] = ("log", "none")
COLUMNS = ["name", "aspect", "unit", "transform", "missing"]


@dataclass(frozen=True, eq=False)
class Features:
    """Features of the customers of a day.

    Attributes
    ----------
    table
        An Ibis table, one row a customer: ``number``, that of `Snapshot.pseudonyms`, and a float column for each
        feature in its own unit, null where it is not known.
    columns
        One row a feature: ``name``; ``aspect``, what it is about (the features of an aspect share one weight);
        ``unit``; ``transform``, ``"log"`` (the logarithm of one more) or ``"none"``; ``missing``, in words, what stands
        where it is not known.
    left_out
        Features that are not there: ``name``, ``why``.
    as_of
        The day.
    window_months
        How far back orders, contacts and answers count.
    customers
        How many rows `table` has.
    gone
        Customers known who are not in it: without a running contract and without an order in the window.
    min_cell
        The fewest customers that may be told of.
    """

    table: ir.Table
    columns: pd.DataFrame
    left_out: pd.DataFrame
    as_of: date
    window_months: int
    customers: int
    gone: int
    min_cell: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        """The features, in the order of `columns`."""
        return tuple(self.columns["name"])

    def without(self, *names: str) -> Features:
        """The same without some features, or without all features of an aspect.

        Raises
        ------
        UnknownColumn
            When one is neither a feature nor an aspect.
        """
        known = {*self.columns["name"], *self.columns["aspect"]}
        if unknown := [name for name in names if name not in known]:
            raise UnknownColumn(
                f"without: {', '.join(unknown)}: no such feature; there are: {', '.join(sorted(known))}"
            )
        dropped = self.columns["name"].isin(names) | self.columns["aspect"].isin(names)
        asked = pd.DataFrame({"name": self.columns.loc[dropped, "name"], "why": "left out when asked"})
        kept = self.columns[~dropped].reset_index(drop=True)
        return Features(
            table=self.table.select("number", *kept["name"]),
            columns=kept,
            left_out=pd.concat([self.left_out, asked], ignore_index=True),
            as_of=self.as_of,
            window_months=self.window_months,
            customers=self.customers,
            gone=self.gone,
            min_cell=self.min_cell,
        )


def transformed(column: ir.Value, transform: str) -> ir.Value:
    """A feature as a model sees it before scaling; a negative number counts as 0 under the logarithm.

    Raises
    ------
    InvalidValue
        When the transform is none of `TRANSFORMS`.
    """
    if transform == "none":
        return column
    if transform == "log":
        return (_not_negative(column) + 1).ln()
    raise InvalidValue(f"transform: {transform!r} is none of {', '.join(TRANSFORMS)}")


def _not_negative(column: ir.Value) -> ir.Value:
    """The column, 0 where it is negative and null where it is null."""
    return (column < 0).ifelse(0.0, column)
