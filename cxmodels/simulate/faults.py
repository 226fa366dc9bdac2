"""The ways in which a row can break the contract, each taken from it, so that no check goes without its dirt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from cxmodels.study.contract import TABLES
from cxmodels.study.terms import TableContract

Row = dict[str, Any]
Spoil = Callable[[Row, int], None]
"""Changes a row in place; the number is the row's own."""

UNREADABLE = {"float64": "12,5 €", "date": "31/02/2025", "timestamp": "31/02/2025 25:00", "boolean": "maybe"}
"""Values that cannot be read as the type."""


def faults(name: str) -> dict[str, list[Spoil]]:
    """Reason → ways to give a sound row of the table that one fault. The row comes without ends (`without_ends`)."""
    contract = TABLES[name]
    found: dict[str, list[Spoil]] = {}

    def add(reason: str, spoil: Spoil) -> None:
        found.setdefault(reason, []).append(spoil)

    # A scale that is not a number also ends before it starts; a row is to have one fault only.
    paired = {column for pair in contract.pairs for column in (pair.start, pair.end)}
    for column in contract.columns:
        if column.required:
            add("missing", _put(column.name, None))
        if column.type in UNREADABLE:
            add("wrong_type", _put(column.name, UNREADABLE[column.type]))
        if column.type == "float64" and column.name not in paired:
            add("not_finite", _put(column.name, float("nan")))
            add("not_finite", _put(column.name, float("inf")))
        if column.minimum is not None:
            add("out_of_range", _put(column.name, column.minimum - 1.5))
        if column.maximum is not None:
            add("out_of_range", _put(column.name, column.maximum + 1.5))
        if column.allowed:
            add("unknown_value", _put(column.name, "otherwise"))
        if column.type in ("date", "timestamp"):
            add("in_future", _ten_years_later(column.name, contract))
    for reference in contract.references:
        add("unknown_value" if reference.table == "items" else "orphan", _nowhere(reference.column))
    for pair in contract.pairs:
        add("ends_before_start", _backwards(pair.start, pair.end))
    if name == "answers":
        add("off_scale", _put("score", 99.0))
        add("off_scale", _put("score", -7.0))
    if name == "items":
        add("unfit_scale", lambda row, _: row.update(metric="csat", scale_min=1.0, scale_max=3.0))
    return found


def without_ends(name: str, row: Row) -> Row:
    """The row as it was before any later value of it was known."""
    later = {column.name for column in TABLES[name].columns if column.known_with}
    return {column: None if column in later else value for column, value in row.items()}


def say_otherwise(name: str) -> Spoil:
    """Changes a row into another one with the same key, which the checks take for the later of the two."""
    contract = TABLES[name]
    if contract.recorded is None or contract.recorded in contract.key:
        return _OTHERWISE[name]
    recorded = contract.recorded
    step = timedelta(days=1) if contract.column(recorded).type == "date" else timedelta(seconds=1)

    def spoil(row: Row, _: int) -> None:
        row.update(without_ends(name, row))
        row[recorded] += step

    return spoil


def can_be_said_otherwise(name: str, row: Row) -> bool:
    """Whether a row is one that `say_otherwise` turns into a later one (and, for answers, one on its scale)."""
    if name == "answers":
        return row["score"] < 5
    if name == "invitations":
        return row["status"] == "answered"
    return name != "consents" or not row["granted"]


def _change(column: str, how: Callable[[Any], Any]) -> Spoil:
    def spoil(row: Row, _: int) -> None:
        row[column] = how(row[column])

    return spoil


# Where nothing dates a row within its key, the rows of a key are in the order of their values: these come later.
_OTHERWISE: dict[str, Spoil] = {
    "answers": _change("score", lambda score: score + 1),
    "items": _change("wording", lambda wording: f"~ {wording}"),
    "costs": _change("cost", lambda cost: cost + 1),
    "invitations": _change("status", lambda status: "delivered"),
    "consents": _change("granted", lambda granted: True),
}


def _put(column: str, value: object) -> Spoil:
    return _change(column, lambda _: value)


def _nowhere(column: str) -> Spoil:
    def spoil(row: Row, number: int) -> None:
        row[column] = f"nowhere {number}"

    return spoil


def _ten_years_later(column: str, contract: TableContract) -> Spoil:
    # An end is null in the row it is given to, so it lies ten years after the row's start.
    start = next((pair.start for pair in contract.pairs if pair.end == column), column)

    def spoil(row: Row, _: int) -> None:
        row[column] = row[start] + timedelta(days=3653)

    return spoil


def _backwards(start: str, end: str) -> Spoil:
    def spoil(row: Row, _: int) -> None:
        timed = isinstance(row[start], date | datetime)
        row[end] = row[start] - (timedelta(days=40) if timed else 1)

    return spoil
