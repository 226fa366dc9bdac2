"""What may not be published in a file beside a page: a person behind a row, a secret, or more than a file should hold.

Rows may each be one customer, under the study's pseudonyms, for the company to act on; nothing else may point to one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cxmodels.personal import find, mask
from cxmodels.report.gate import Finding
from cxmodels.report.spreadsheets import read_csv, read_xlsx
from cxmodels.study.contract import TABLES
from cxmodels.study.identifiers import is_direct_identifier

if TYPE_CHECKING:
    import pyarrow as pa

SIZE_LIMIT = 500_000_000
"""Bytes a file beside a page may have: the scores of some ten million customers."""
MOST_TEXTS = 1_000
"""Distinct values a column of text may hold; more are names of rows, not of groups."""
PSEUDONYM = "customer"
"""The column that names a customer, under a pseudonym."""
RANK = "rank"
"""The column that may number the rows."""
HEXADECIMAL = "^[0-9a-f]{32}$"
"""What a pseudonym looks like (`study.privacy`, which would load an engine here)."""

_NO_PSEUDONYM = "32 hexadecimal digits are required"
_IDS = {column.name for table in TABLES.values() for column in table.columns if column.name.endswith("_id")}
_FEWEST, _NEARLY = 50, 0.95
"""A date or whole number that differs in nearly every row names the row; below so many rows it says nothing."""


def inspect_table(
    path: Path, name: str, limit: int = SIZE_LIMIT, environ: Mapping[str, str] | None = None
) -> list[Finding]:
    """Everything in a file that forbids publishing it beside a page.

    Parameters
    ----------
    path
        The file.
    name
        What it is called in the findings.
    limit
        Bytes it may have.
    environ
        Variables whose values are secret when their names say so; the process's own when not given.
    """
    if (size := path.stat().st_size) > limit:
        return [Finding(name, "too large", "whole file", f"{size} bytes, allowed are {limit}")]
    opened = _opened(path)
    if opened is None:
        return [Finding(name, "no table", "whole file", "a Parquet, CSV or XLSX file is required, as its ending says")]
    names, read = opened
    found = list(_notes(path, name, environ)) if path.suffix == ".parquet" else []
    people = PSEUDONYM in names
    for column in names:
        found += _of_column(read(column), column, name, people, environ)
    return found


def rows_of(path: Path) -> int | None:
    """Rows of a file beside a page; None where it is no table of the kind that its ending says."""
    import pyarrow.parquet as pq

    if (opened := _opened(path)) is None:
        return None
    if path.suffix == ".parquet":
        return int(pq.read_metadata(path).num_rows)
    names, read = opened
    return len(read(names[0])) if names else 0


def _opened(path: Path) -> tuple[list[str], Callable[[str], pa.ChunkedArray]] | None:
    """The columns of a file, and how one is read; a Parquet file is read column by column."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        if path.suffix == ".parquet":
            return pq.read_schema(path).names, lambda column: _of_parquet(path, column)
        table = {".csv": read_csv, ".xlsx": read_xlsx}[path.suffix](path)
    except (pa.ArrowException, OSError, ValueError, KeyError):
        return None
    return table.column_names, table.column


def _of_parquet(path: Path, column: str) -> pa.ChunkedArray:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return file.read(columns=[column]).column(0)


def _notes(path: Path, name: str, environ: Mapping[str, str] | None) -> Iterator[Finding]:
    """What the writer of a Parquet file noted in it beside the rows, of the whole and of single columns."""
    import pyarrow.parquet as pq

    schema = pq.read_schema(path)
    notes = [pq.read_metadata(path).metadata, schema.metadata, *(field.metadata for field in schema)]
    said = "\n".join(
        f"{key.decode(errors='replace')}: {value.decode(errors='replace')}"
        for each in notes
        for key, value in (each or {}).items()
    )
    yield from _private(said, name, "notes of the file", environ)


def _of_column(
    values: pa.ChunkedArray, column: str, name: str, people: bool, environ: Mapping[str, str] | None
) -> Iterator[Finding]:
    import pyarrow.types as types

    where = f"column {mask(column, environ)}"
    if _plain(column) in _IDS or is_direct_identifier(column):
        what = f"a column of this name points to a person or a record; a pseudonym is called {PSEUDONYM!r}"
        yield Finding(name, "personal datum: identifier", where, what)
        return
    yield from _private(column, name, where, environ)
    kind = values.type
    if types.is_null(kind):
        return
    if types.is_dictionary(kind):
        # a category keeps its names in the file, those too that no row has
        for chunk in values.chunks:
            yield from _private(_lines(chunk.dictionary), name, where, environ)
        values, kind = values.cast(kind.value_type), kind.value_type
    if types.is_string(kind) or types.is_large_string(kind):
        yield from _texts(values, column, name, where, people, environ)
    elif column == PSEUDONYM:
        yield Finding(name, "personal datum: no pseudonym", where, _NO_PSEUDONYM)
    elif types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_temporal(kind):
        if types.is_integer(kind):
            # the number of a payment card is a whole number too, and may stand in a few rows only
            yield from _private(_lines(values.unique()), name, where, environ)
        if _names_rows(values) and not (column == RANK and _is_order(values)):
            what = "a date or whole number that differs in nearly every row names the row"
            yield Finding(name, "personal datum: identifier", where, what)
    elif not types.is_boolean(kind):
        yield Finding(name, "no table", where, f"text, numbers, dates and yes or no are allowed, found {kind}")


def _texts(
    values: pa.ChunkedArray, column: str, name: str, where: str, people: bool, environ: Mapping[str, str] | None
) -> Iterator[Finding]:
    """A second column of 32 digits is held to the same rules as any text: it may be a hash without a secret."""
    import pyarrow.compute as pc

    there = values.drop_null()
    if column == PSEUDONYM:
        if pc.all(pc.match_substring_regex(there, HEXADECIMAL)).as_py() is False:
            yield Finding(name, "personal datum: no pseudonym", where, _NO_PSEUDONYM)
        return
    texts = pc.unique(there)
    if len(texts) > MOST_TEXTS:
        what = f"{len(texts)} different texts, allowed are {MOST_TEXTS}"
        yield Finding(name, "personal datum: identifier", where, what)
    elif people and len(there) >= _FEWEST and len(texts) >= _NEARLY * len(there):
        what = "beside a pseudonym, a text that differs in nearly every row names the customer"
        yield Finding(name, "personal datum: identifier", where, what)
    yield from _private(_lines(texts), name, where, environ)


def _lines(values: pa.Array) -> str:
    return "\n".join(str(value) for value in values.slice(0, MOST_TEXTS).to_pylist() if value is not None)


def _names_rows(values: pa.ChunkedArray) -> bool:
    import pyarrow.compute as pc
    import pyarrow.types as types

    there = values.drop_null()
    if len(there) < _FEWEST:
        return False
    whole = types.is_integer(values.type) or types.is_temporal(values.type)
    if not whole and pc.any(pc.not_equal(there, pc.floor(there))).as_py():
        return False
    return bool(pc.count_distinct(there).as_py() >= _NEARLY * len(there))


def _is_order(values: pa.ChunkedArray) -> bool:
    """Whether a column says 1, 2, 3 … down the file: the place of the row, which names nobody."""
    return bool(values.to_pylist() == list(range(1, len(values) + 1)))


def _plain(column: str) -> str:
    """``Customer ID`` and ``customerId`` are ``customer_id``."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")


def _private(text: str, name: str, where: str, environ: Mapping[str, str] | None) -> Iterator[Finding]:
    """Each kind of personal datum or secret once."""
    for rule, secret in dict.fromkeys((hit.rule, hit.secret) for hit in find(text, environ)):
        yield Finding(name, f"{'secret' if secret else 'personal datum'}: {rule}", where, f"[{rule}]")
