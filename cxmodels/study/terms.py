"""The words a contract is written in: column, reference, pair, table. Plain data; `contract` holds the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["string", "date", "timestamp", "float64", "boolean"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name, type
        Its name and the type it has after the checks, as an Ibis type name.
    meaning, unit
        What it says, and what one of it is (``None`` for what has no unit; ``"currency"``: the study's currency).
    required
        The column must be there and every row must have a value. Otherwise the column or the value may be absent.
    minimum, maximum
        Bounds of a number, both allowed. A number must also be finite.
    allowed
        The only values a text may have; empty when any text is allowed.
    personal
        The value may point to a person: it is never shown, not even when it is wrong.
    known_with
        The column that dates this one: until that day its value is not known. A column may date itself
        (``ended_on`` is known from ``ended_on``). ``None`` when the value is known as soon as the row is.
    """

    name: str
    type: ColumnType
    meaning: str
    unit: str | None = None
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()
    personal: bool = False
    known_with: str | None = None


@dataclass(frozen=True)
class Reference:
    """`column` holds a key of `table`; checked when that table is there and the value is not null."""

    column: str
    table: str
    target: str


@dataclass(frozen=True)
class Pair:
    """`end` may not lie before `start`; checked when both have a value."""

    start: str
    end: str


@dataclass(frozen=True)
class TableContract:
    """One table.

    Attributes
    ----------
    name, one_row
        Its name and what one row of it is.
    columns
        What it may hold, required columns first.
    key
        Columns that together name a row once.
    recorded
        Column that says when the row came to be known. ``None``: known from the start (``items``), or with the row
        it refers to (``answers`` with their response).
    references, pairs
        Checks across tables and across columns.
    attributes
        Whether any further column is taken as an attribute of the row. Elsewhere further columns are left out.
    """

    name: str
    one_row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    recorded: str | None = None
    references: tuple[Reference, ...] = ()
    pairs: tuple[Pair, ...] = ()
    attributes: bool = False

    def column(self, name: str) -> Column:
        """The column of that name; `KeyError` when the contract has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must be there."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def times(self) -> tuple[str, ...]:
        """Names of the columns that hold a date or a timestamp."""
        return tuple(column.name for column in self.columns if column.type in ("date", "timestamp"))
