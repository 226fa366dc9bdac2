"""Text files as tables of the engine: the separator found, every column as text, none guessed."""

from __future__ import annotations

import csv
import gzip
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from cxmodels.study.errors import SourceError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.sql import SQLBackend


def read_text_files(name: str, files: list[Path], connection: SQLBackend) -> ir.Table:
    """Text files, every column as text; a column that one of them lacks is null there."""
    import ibis

    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for file in files:
        alike.setdefault(_header(file), []).append(str(file))
    parts = [
        _read_alike(f"{name}_{at}", paths, delimiter, columns, connection)
        for at, ((delimiter, columns), paths) in enumerate(alike.items())
    ]
    every = list(dict.fromkeys(column for part in parts for column in part.columns))
    parts = [
        part.select([part[column] if column in part.columns else ibis.null("string").name(column) for column in every])
        for part in parts
    ]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def register_file(name: str, file: Path, connection: SQLBackend) -> None:
    """Make one file readable in SQL as `name`."""
    delimiter, columns = _header(file)
    _read_alike(name, [str(file)], delimiter, columns, connection)


def _read_alike(
    view: str, paths: list[str], delimiter: str, columns: tuple[str, ...], connection: SQLBackend
) -> ir.Table:
    # The columns are given, never guessed: a guess skips rows that do not fit it.
    if connection.name == "pyspark":
        options = {"sep": delimiter, "quote": '"', "escape": '"', "header": True, "multiLine": True}
        schema = ", ".join("`" + column.replace("`", "``") + "` string" for column in columns)
        connection._session.read.csv(paths, schema=schema, mode="FAILFAST", **options).createOrReplaceTempView(view)
        return connection.table(view)
    if connection.name == "duckdb":
        types = dict.fromkeys(columns, "VARCHAR")
        options = {"delim": delimiter, "quote": '"', "escape": '"', "header": True}
        return connection.read_csv([escape(path) for path in paths], table_name=view, columns=types, **options)
    return connection.read_csv(paths[0] if len(paths) == 1 else paths, table_name=view)


def _header(file: Path) -> tuple[str, tuple[str, ...]]:
    """Separator and column names of a text file; the separator is the candidate its first line holds most often."""
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8-sig", errors="replace", newline="") as lines:
        first = lines.readline()
    if not first.strip():
        raise SourceError(f"{file}: the first line must hold the names of the columns, found an empty line")
    delimiter = max(",;\t|", key=first.count)
    names = next(csv.reader([first.strip("\r\n")], delimiter=delimiter))
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SourceError(f"{file}: a column is named once; named twice: {', '.join(map(repr, twice))}")
    return delimiter, tuple(names)
