"""The tables of a study as expressions of its engine: mapped to the contract by name, their rows not yet checked.

CSV columns arrive as text: a bad value then fails a check of its row and does not stop the month.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from cxmodels.study.casting import as_type, filled
from cxmodels.study.contract import TABLES, Column, TableContract
from cxmodels.study.datasets import register_datasets
from cxmodels.study.engine import told
from cxmodels.study.errors import SourceError, listed, nearest
from cxmodels.study.identifiers import is_direct_identifier
from cxmodels.study.places import fill, is_text_file, path_files
from cxmodels.study.text_files import read_text_files

if TYPE_CHECKING:
    import ibis.expr.datatypes as dt
    import ibis.expr.types as ir
    from ibis.backends.sql import SQLBackend

    from cxmodels.study.config import Settings

NOT_IN_CONTRACT = "not in the contract"
DIRECT_IDENTIFIER = "direct identifier"
NOT_A_VALUE = "not a single value"


@dataclass(frozen=True)
class MappedTable:
    """A table as the engine sees it.

    Attributes
    ----------
    rows
        Columns of the contract, and the attributes where the contract takes any. Types are the engine's own.
    left_out
        Columns that were found and do not pass, with the reason.
    """

    rows: ir.Table
    left_out: Mapping[str, str]


def map_tables(settings: Settings, connection: SQLBackend) -> dict[str, MappedTable]:
    """Every table of the study, in the order of the contract.

    Raises
    ------
    SourceError
        Naming file, table, column, what was found and what was expected, for all tables that are wrong.
    """
    register_datasets(settings, connection)
    tables: dict[str, MappedTable] = {}
    problems: list[str] = []
    for name in (name for name in TABLES if name in settings.tables):
        try:
            tables[name] = _mapped(TABLES[name], settings, connection)
        except SourceError as error:
            problems.append(str(error).removeprefix(f"{settings.file}: "))
    if not problems:
        problems = _covariate_problems(settings, tables) + _attribute_problems(settings, tables)
    model = settings.loyalty.model
    if model is not None and not (settings.folder / model).is_file():
        problems.append(f"loyalty.model: {model!r}: there is no such file in {settings.folder}")
    if problems:
        raise SourceError(listed(problems, settings.file))
    return tables


def _mapped(contract: TableContract, settings: Settings, connection: SQLBackend) -> MappedTable:
    section = settings.tables[contract.name]
    place = f"{settings.file}: tables.{contract.name}"
    if section.path is not None:
        files = path_files(settings, contract.name)
        where = f"{place}.path: {section.path!r}"
        with told(where):
            raw = _read_files(contract, files, connection)
    else:
        where = f"{place}.sql"
        query = fill(section.sql or "", settings, f"tables.{contract.name}.sql", quote="'")
        with told(where):
            raw = _read_sql(contract.name, query, connection)
    raw = _typed_where_empty(raw)
    if problems := _column_problems(contract, raw, section.path if connection.name == "duckdb" else None):
        raise SourceError(listed(problems, where))
    kept = [name for name in contract.names if name in raw.columns]
    left_out: dict[str, str] = {}
    for name in raw.columns:
        if name in kept:
            continue
        if is_direct_identifier(name):
            left_out[name] = DIRECT_IDENTIFIER
        elif not contract.attributes:
            left_out[name] = NOT_IN_CONTRACT
        elif raw[name].type().is_nested() or raw[name].type().is_binary():
            left_out[name] = NOT_A_VALUE
        else:
            kept.append(name)
    rows = raw.select(kept)
    if is_text_file(section.path):
        with told(where):
            rows = _numeric_attributes(contract, rows)
    return MappedTable(rows, left_out)


def _read_files(contract: TableContract, files: list[Path], connection: SQLBackend) -> ir.Table:
    name, paths = f"study_{contract.name}", [str(file) for file in files]
    if is_text_file(paths[0]):
        return read_text_files(name, files, connection)
    if connection.name == "pyspark":
        connection._session.read.parquet(*paths, mergeSchema=True).createOrReplaceTempView(name)
        return connection.table(name)
    if connection.name == "duckdb":
        # DuckDB reads a name as a pattern, and a folder's own name may hold a bracket.
        return connection.read_parquet([escape(path) for path in paths], table_name=name, union_by_name=True)
    # Such an engine holds tables of its own; Ibis copies what the file has there.
    return connection.read_parquet(paths[0] if len(paths) == 1 else paths, table_name=name)


def _read_sql(table: str, query: str, connection: SQLBackend) -> ir.Table:
    query = query.strip().rstrip(";")
    if connection.name != "duckdb":
        return connection.sql(query)
    # A view binds the query at once and needs no right to write: temporary views live in memory.
    connection.raw_sql(f"CREATE OR REPLACE TEMP VIEW study_{table} AS {query}")
    return connection.table(f"study_{table}")


def _column_problems(contract: TableContract, raw: ir.Table, path: str | None) -> list[str]:
    problems, missing = [], []
    for column in contract.columns:
        if column.name in raw.columns:
            found = raw[column.name].type()
            if not _can_become(column, found):
                problems.append(
                    f"column {column.name!r}: found type {found}, expected {column.type} ({column.meaning}) "
                    "or text that can be read as such"
                )
        elif column.required:
            missing.append(
                f"required column {column.name!r} ({column.type}, {column.meaning}) is missing"
                f"{nearest(column.name, raw.columns)}"
            )
    if missing:
        missing[-1] += f"; found columns: {', '.join(raw.columns) or 'none'}{_how_to_rename(contract, path)}"
    return problems + missing


def _how_to_rename(contract: TableContract, path: str | None) -> str:
    """The select that gives a file's columns the names of the contract, as far as it can be told."""
    if path is None:
        return ""
    read = f"read_csv('{path}', all_varchar = true)" if is_text_file(path) else f"'{path}'"
    return f'; sql in place of path renames them: "select ... {contract.required[0]}, ... from {read}"'


def _typed_where_empty(raw: ir.Table) -> ir.Table:
    """Columns that hold nothing as empty text: a file in which nobody has left yet gives its ends no type."""
    import ibis

    types = {name: raw[name].type() for name in raw.columns}
    empty = [name for name, found in types.items() if found.is_unknown() and '"NULL"' in str(found)]
    return raw.mutate(**{name: ibis.null("string") for name in empty}) if empty else raw


def _can_become(column: Column, found: dt.DataType) -> bool:
    if found.is_string() or found.is_null():
        return True
    if column.type in ("date", "timestamp"):
        return found.is_date() or found.is_timestamp()
    if column.type == "float64":
        return found.is_numeric() and not found.is_boolean()
    if column.type == "boolean":
        return found.is_boolean() or found.is_integer()
    if column.personal and found.is_floating():
        # 17.0 in one table and 17 in another would not be the same customer.
        return False
    return not (found.is_nested() or found.is_binary())


def _numeric_attributes(contract: TableContract, rows: ir.Table) -> ir.Table:
    """Attributes of a text file that hold numbers only, as numbers.

    The engine's own guess is not used: it looks at the first rows only, and engines guess differently. A leading
    zero, as in a postcode, or a plus sign, as in a telephone number, makes a code of a number.
    """
    attributes = [name for name in rows.columns if name not in contract.names]
    if not attributes:
        return rows
    asked = {}
    for name in attributes:
        text = rows[name]
        coded = text.re_search(r"^\s*(0[0-9]|\+)")
        asked[f"{name}:filled"] = filled(text).sum()
        asked[f"{name}:numeric"] = (as_type(text, "float64").notnull() & ~coded).sum()
    found = rows.aggregate(**asked).to_pyarrow().to_pylist()[0]
    numeric = [name for name in attributes if 0 < found[f"{name}:filled"] == found[f"{name}:numeric"]]
    return rows.mutate(**{name: as_type(rows[name], "float64") for name in numeric})


def _covariate_problems(settings: Settings, tables: Mapping[str, MappedTable]) -> list[str]:
    """Covariates that no table has, or that may not be shown."""
    usable: list[str] = []
    # without contracts, stays are made from orders: the first order of a stay says its channel and category
    of_orders = [] if "contracts" in tables or "orders" not in tables else ["channel", "category"]
    usable += [name for name in of_orders if name in tables["orders"].rows.columns]
    for name in ("contracts", "customers"):
        if name in tables:
            contract = TABLES[name]
            barred = {column.name for column in contract.columns if column.personal or column.known_with}
            usable += [
                column
                for column in tables[name].rows.columns
                if column not in barred and column not in contract.times and column not in usable
            ]
    return [
        f"churn.covariates: {name!r} is not a column of customers or contracts that can explain churn"
        f"{nearest(name, usable)}; known are: {', '.join(usable) or 'none'}"
        for name in settings.churn.covariates
        if name not in usable
    ]


def _attribute_problems(settings: Settings, tables: Mapping[str, MappedTable]) -> list[str]:
    """Settings of customer value and of loyalty that name what is no attribute of customers."""
    columns = tables["customers"].rows.columns if "customers" in tables else ()
    known = [column for column in columns if column not in TABLES["customers"].names]
    said = [("clv.acquired_by", settings.clv.acquired_by)] if settings.clv.acquired_by else []
    said += [("clv.groups", name) for name in settings.clv.groups or ()]
    said += [("feedback.groups", name) for name in settings.feedback.groups or ()]
    said += [("loyalty.weights", name) for name in settings.loyalty.weights]
    said += [("loyalty.groups", name) for name in settings.loyalty.groups]
    return [
        f"{key}: {name!r} is not an attribute of customers{nearest(name, known)}; known are: "
        f"{', '.join(known) or 'none'}"
        for key, name in said
        if name not in known
    ]
