"""A model text in its plainest form."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd


def printed(table: pd.DataFrame) -> str:
    """The text of a table of a model, one parameter a line."""
    terms: dict[tuple[str, str, str], list[Any]] = {}
    for row in table.itertuples(index=False):
        terms.setdefault((row.lhs, row.op, row.rhs), []).append(row)
    return "".join(f"{_line(*key, rows)}\n" for key, rows in terms.items())


def _line(lhs: str, op: str, rhs: str, rows: list[Any]) -> str:
    if op in (":=", "=="):
        return f"{lhs} {op} {rhs}"
    values = [_value(row) for row in rows]
    labels = [_quoted(row.label) for row in rows]
    first = [value or label for value, label in zip(values, labels, strict=True)]
    # Where one group has a value and another a label, both factors say what there is.
    both = any(map(all, zip(values, labels, strict=True)))
    second = [label or value for value, label in zip(values, labels, strict=True)] if both else []
    starts = [_number(row.start) for row in rows]
    equal = [_quoted(row.equal) for row in rows]
    factors = [_of_groups(first), _of_groups(second), _of_groups(starts, "start"), _of_groups(equal, "equal")]
    variable = "1" if op == "~1" else named(rhs)
    return f"{named(lhs)} {op.removesuffix('1')} {'*'.join([*filter(None, factors), variable])}"


def _of_groups(values: list[str], function: str = "") -> str:
    """What is said of every group, or c() of what is said of each; nothing where nothing is."""
    if not any(values):
        return ""
    said = values[0] if len(values) == 1 else f"c({','.join(values)})"
    return f"{function}({said})" if function else said


def _value(row: Any) -> str:
    return "NA" if row.freed else _number(row.value)


def _number(value: float) -> str:
    return "" if math.isnan(value) else repr(float(value))


def _quoted(word: str) -> str:
    mark = next(mark for mark in "\"'`" if mark not in word)
    return f"{mark}{word}{mark}" if word else ""


def named(name: str) -> str:
    """A name as a text has it: in quotes unless it is a plain word."""
    return name if re.fullmatch(r"\.?[^\W\d][\w.]*", name) else _quoted(name)
