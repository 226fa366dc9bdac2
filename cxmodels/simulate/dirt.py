"""Dirt: rows and columns that a study's checks must find, added to a company that is clean.

A dirty row is a row more: it has one fault and nothing sound refers to it. What the checks let through is therefore the
clean company, row for row, and what they set aside can be counted to the last row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count as numbers
from itertools import cycle
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cxmodels.simulate.faults import Row, can_be_said_otherwise, faults, say_otherwise, without_ends
from cxmodels.simulate.traces import COLUMN, TRACES, comments
from cxmodels.study.contract import TABLES

REPEATS = ("duplicate_row", "duplicate_key")
PARENT = "parent_set_aside"
DEFAULT_ROWS = 3
MODELS = 20_000
"""Rows of a table, at most, that dirty rows are modelled on."""

FRESH = {
    "customers": "customer_id",
    "contracts": "contract_id",
    "orders": "order_id",
    "responses": "response_id",
    "items": "item",
    "interactions": "interaction_id",
    "actions": "action_id",
    "invitations": "survey",
    "costs": "channel",
    "identities": "device_id",
    "consents": "purpose",
}
"""Column that gives a dirty row a key of its own. Answers have none: theirs are to a question that was not asked."""

UNASKED = "ces"


@dataclass
class Dirt:
    """What is added to the clean company.

    Attributes
    ----------
    rows
        Table → dirty rows.
    counts
        Table → reason → number of dirty rows, as ``truth.json`` records it.
    as_text
        Tables written as CSV, because a value that cannot be read has no place in a typed column.
    traces
        Kind of personal trace → number of comments that have one.
    email
        Whether customers have a column of e-mail addresses.
    """

    rows: dict[str, list[Row]] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    as_text: set[str] = field(default_factory=set)
    traces: dict[str, int] = field(default_factory=dict)
    email: bool = False

    def add(self, table: str, reason: str, row: Row) -> None:
        """One dirty row more."""
        self.rows.setdefault(table, []).append(row)
        reasons = self.counts.setdefault(table, {})
        reasons[reason] = reasons.get(reason, 0) + 1

    def table(self, name: str, schema: pa.Schema) -> pa.Table:
        """The dirty rows of a table in the schema it is written with."""
        rows = self.rows[name]
        if name in self.as_text:
            rows = [{column: _text(value) for column, value in row.items()} for row in rows]
        return pa.Table.from_pylist(rows, schema=schema)


def kinds() -> list[str]:
    """Every kind there is: ``table.reason``, the personal traces and the identifier column."""
    of_rows = [
        f"{name}.{reason}"
        for name in TABLES
        for reason in (*faults(name), *REPEATS, *([PARENT] if _parent(name) else []))
    ]
    return [*of_rows, *TRACES, COLUMN]


def mix(asked: Mapping[str, int] | bool | None, tables: dict[str, pa.Table], seed: int) -> Dirt:
    """The dirt that was asked for.

    Parameters
    ----------
    asked
        Kind → number of rows; see `cxmodels.simulate.write`.
    tables
        Clean tables that dirty rows are modelled on.
    seed
        Chooses the models.

    Raises
    ------
    ValueError
        When a kind is unknown, or a number negative or larger than there are rows to model on.
    """
    dirt = Dirt()
    wanted = wanted_rows(asked)
    if not wanted:
        return dirt
    models = _Models(tables, np.random.default_rng([seed, 2]))
    for kind, count in wanted.items():
        if kind == COLUMN:
            dirt.email = True
        elif kind in TRACES:
            dirt.traces[kind] = count
        else:
            name, reason = kind.split(".")
            if reason == "wrong_type":
                dirt.as_text.add(name)
            for nth in range(count):
                _add(dirt, models, name, reason, nth)
    there = comments(tables["responses"])
    if sum(dirt.traces.values()) > there:
        raise ValueError(f"dirt: {sum(dirt.traces.values())} traces are more than the {there} comments there are")
    return dirt


def as_text(table: pa.Table) -> pa.Table:
    """Every column as text, as a CSV file holds it."""
    return table.cast(pa.schema([pa.field(name, pa.string()) for name in table.column_names]))


def wanted_rows(asked: Mapping[str, int] | bool | None) -> dict[str, int]:
    """Kind, with its table, → number of rows above 0."""
    known = kinds()
    if asked is True:
        spared = {kind for kind in known if kind.endswith(".wrong_type") and kind != "orders.wrong_type"}
        return {kind: DEFAULT_ROWS for kind in known if kind not in spared}
    wanted: dict[str, int] = {}
    for name, count in (asked or {}).items():
        of = [kind for kind in known if name in (kind, kind.partition(".")[2])]
        if not of:
            reasons = sorted({kind.rpartition(".")[2] for kind in known})
            raise ValueError(
                f"dirt: no kind {name!r}; there are {', '.join(reasons)}, those of rows also as table.kind"
            )
        if count < 0:
            raise ValueError(f"dirt: the number of {name} must be 0 or more, found {count}")
        wanted |= {kind: int(count) for kind in of if count}
    return wanted


class _Models:
    """Sound rows that dirty ones are made from: each is repeated once at most, but copied as often as it takes."""

    def __init__(self, tables: dict[str, pa.Table], random: np.random.Generator) -> None:
        self._tables = tables
        self._random = random
        self._rows: dict[str, list[Row]] = {}
        self._to_copy: dict[str, Iterator[Row]] = {}
        self._to_repeat: dict[str, Iterator[Row]] = {}
        self._numbers = numbers()

    def number(self) -> int:
        """A number no other dirty row has."""
        return next(self._numbers)

    def copy(self, name: str, reason: str) -> Row:
        """A sound row with a key of its own and no end yet."""
        if name not in self._to_copy:
            rows = self._shuffled(name)
            # A response can be given an answer it lacks once only; elsewhere the key is new each time.
            self._to_copy[name] = iter(_unasked(rows, self._tables[name])) if name == "answers" else cycle(rows)
        row = without_ends(name, self._next(self._to_copy, name, reason))
        if name == "answers":
            return {**row, "item": UNASKED, "score": 4.0}
        return {**row, FRESH[name]: f"X{self.number():06d}"}

    def repeat(self, name: str, reason: str) -> Row:
        """A sound row as it is."""
        if name not in self._to_repeat:
            rows = self._shuffled(name)
            self._to_repeat[name] = (row for row in rows if can_be_said_otherwise(name, row))
        return dict(self._next(self._to_repeat, name, reason))

    def _next(self, rows: dict[str, Iterator[Row]], name: str, reason: str) -> Row:
        for row in rows[name]:
            return row
        raise ValueError(f"dirt: {name}.{reason}: not enough rows of {name} in a company of this size")

    def _shuffled(self, name: str) -> list[Row]:
        if name not in self._rows:
            table = self._tables[name]
            order = self._random.permutation(len(table))[:MODELS]
            self._rows[name] = table.take(pa.array(order)).to_pylist()
        return self._rows[name]


def _unasked(rows: list[Row], answers: pa.Table) -> list[Row]:
    """One row a response, and of those without the question that dirty answers are to."""
    asked = set(answers.filter(pc.equal(answers["item"], UNASKED))["response_id"].to_pylist())
    first = {row["response_id"]: row for row in rows}
    return [row for response, row in first.items() if response not in asked]


def _add(dirt: Dirt, models: _Models, name: str, reason: str, nth: int) -> None:
    if reason == "duplicate_row":
        dirt.add(name, reason, models.repeat(name, reason))
        return
    if reason == "duplicate_key":
        row = models.repeat(name, reason)
        say_otherwise(name)(row, nth)
        dirt.add(name, reason, row)
        return
    row = models.copy(name, reason)
    if reason == PARENT:
        column, parent = _parent(name)[0]
        bad = models.copy(parent, "missing")
        bad[next(c.name for c in TABLES[parent].columns if c.required and c.name not in TABLES[parent].key)] = None
        dirt.add(parent, "missing", bad)
        row[column] = bad[FRESH[parent]]
    else:
        ways = faults(name)[reason]
        ways[nth % len(ways)](row, models.number())
    dirt.add(name, reason, row)


def _parent(name: str) -> list[tuple[str, str]]:
    """Column and table of what a row belongs to; a question is not such a thing."""
    return [(ref.column, ref.table) for ref in TABLES[name].references if ref.table != "items"]


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else repr(value)
