"""What a row must satisfy on its own: each check is a named reason, a column and a predicate of the engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from cxmodels.study.casting import as_type, filled
from cxmodels.study.contract import TABLES
from cxmodels.study.moments import not_before
from cxmodels.study.terms import Column, TableContract

REASONS: dict[str, str] = {
    "missing": "a required value is not there",
    "wrong_type": "the value cannot be read as the type of its column",
    "not_finite": "the number is not a number, or infinite",
    "out_of_range": "the number lies outside what its column allows",
    "unknown_value": "the value is none of those that are known",
    "in_future": "the date lies after the day the data were drawn",
    "ends_before_start": "the end lies before the start",
    "off_scale": "the score lies off the scale of its question",
    "unfit_scale": "nps is asked from 0 to 10, every other metric on at least four steps",
    "duplicate_row": "the row repeats another one in every column; one of them stays",
    "duplicate_key": "another row has the same key; the earliest one stays",
    "orphan": "the row it belongs to does not exist",
    "parent_set_aside": "the row it belongs to was itself set aside",
}
"""Every reason a row is set aside for, in words."""

_READ_AS = {
    "date": "a date such as 2026-09-30",
    "timestamp": "a time such as 2026-09-30 14:05:00",
    "float64": "a number such as 12.5",
    "boolean": "true or false",
}

_IN_SQL = {
    "date": "try_strptime({0}, '%d/%m/%Y')",
    "timestamp": "try_strptime({0}, '%d/%m/%Y %H:%M')",
    "float64": "replace({0}, ',', '.')",
}

_FEWEST_STEPS = 4
"""A metric that counts the two highest scores, or the upper half, needs as many."""

RAW = "raw:"
"""Before the name of a column: the column as it came, kept beside the typed one."""


def in_words(table: str, column: str, reason: str) -> str:
    """A reason in words, with what the column takes."""
    known = TABLES[table].column(column)
    if reason == "wrong_type" and known.type in _READ_AS:
        return f"the value cannot be read as {_READ_AS[known.type]}"
    if reason == "unknown_value" and known.allowed:
        return f"the value is none of: {', '.join(known.allowed)}"
    if reason == "out_of_range":
        sides = [("at least", known.minimum), ("at most", known.maximum)]
        return f"the number must be {' and '.join(f'{word} {bound:g}' for word, bound in sides if bound is not None)}"
    return REASONS[reason]


def in_sql(table: str, column: str) -> str:
    """An expression that turns the commonest other form of a column into what it takes; empty where there is none."""
    return _IN_SQL.get(TABLES[table].column(column).type, "").format(column)


@dataclass(frozen=True)
class RowCheck:
    """A check of one row.

    Attributes
    ----------
    column, reason
        What is looked at, and the word of `REASONS` when it fails.
    failed
        True where the row fails, never null.
    """

    column: str
    reason: str
    failed: ir.BooleanValue


def typed(table: ir.Table, contract: TableContract, attributes: tuple[str, ...]) -> ir.Table:
    """The columns of the contract in their types, then the attributes, then what was cast as it came (``raw:…``)."""
    cast: dict[str, ir.Value] = {}
    came: dict[str, ir.Value] = {}
    for column in contract.columns:
        if column.name in table.columns:
            value = table[column.name]
            cast[column.name] = as_type(value, column.type)
            if cast[column.name] is not value and column.type != "string":
                came[RAW + column.name] = value
    kept = {name: table[name] for name in attributes}
    return table.select(**cast, **kept, **came)


def row_checks(table: ir.Table, contract: TableContract, extracted_on: date) -> tuple[RowCheck, ...]:
    """Every check the contract asks of a row of `table`, which comes from `typed`.

    Parameters
    ----------
    table
        A table from `typed`; answers may also carry ``scale_min`` and ``scale_max`` of their item.
    contract
        Its contract.
    extracted_on
        The day the data were drawn; nothing can be dated later.
    """
    checks: list[RowCheck] = []
    for column in contract.columns:
        if column.name in table.columns:
            checks += _column_checks(table, column, extracted_on)
    for pair in contract.pairs:
        if pair.start in table.columns and pair.end in table.columns:
            backwards = _holds(~not_before(table[pair.end], table[pair.start]))
            checks.append(RowCheck(pair.end, "ends_before_start", backwards))
    if "score" in contract.names and "scale_min" in table.columns:
        off = (table.score < table.scale_min) | (table.score > table.scale_max)
        checks.append(RowCheck("score", "off_scale", _holds(off) & _finite(table.score)))
    if "metric" in contract.names and "metric" in table.columns:
        short = table.scale_max - table.scale_min < _FEWEST_STEPS - 1
        other = (table.scale_min != 0) | (table.scale_max != 10)
        # a scale that runs backwards is told as that
        counted = table.metric.notnull() & (table.scale_max >= table.scale_min)
        unfit = counted & (table.metric == "nps").ifelse(other, short)
        checks.append(RowCheck("metric", "unfit_scale", _holds(unfit)))
    return tuple(checks)


def _column_checks(table: ir.Table, column: Column, extracted_on: date) -> list[RowCheck]:
    value = table[column.name]
    raw_name = RAW + column.name
    # Ibis calls NaN a null on Spark and not on DuckDB; here it is a value, and not a finite one.
    readable = value.notnull() | ~_finite(value) if column.type == "float64" else value.notnull()
    there = filled(table[raw_name]) if raw_name in table.columns else readable
    checks = []

    def add(reason: str, failed: ir.BooleanValue) -> None:
        checks.append(RowCheck(column.name, reason, failed))

    if column.required:
        add("missing", ~there)
    if raw_name in table.columns:
        add("wrong_type", there & ~readable)
    if column.type == "float64":
        add("not_finite", ~_finite(value))
        if column.minimum is not None or column.maximum is not None:
            outside = [value < column.minimum] if column.minimum is not None else []
            outside += [value > column.maximum] if column.maximum is not None else []
            add("out_of_range", _holds(ibis.or_(*outside)) & _finite(value))
    if column.type in ("date", "timestamp"):
        after = extracted_on + timedelta(days=1)
        first = ibis.date(after) if column.type == "date" else ibis.timestamp(f"{after} 00:00:00")
        add("in_future", _holds(value >= first))
    if column.allowed:
        add("unknown_value", _holds(~value.isin(column.allowed)))
    return checks


def _holds(condition: ir.BooleanValue) -> ir.BooleanValue:
    """A comparison with null fails nothing."""
    return condition.fill_null(False)


def _finite(value: ir.FloatingValue) -> ir.BooleanValue:
    """Whether a number is neither NaN nor infinite; null is not a number to judge.

    No comparison with a bound and no `isnan`: DuckDB answers both from Parquet statistics, which leave NaN out.
    """
    return ((value - value) == 0).fill_null(True)
