"""A table as people open it: CSV and XLSX, the same bytes for the same rows, and no cell that a program would run."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 1 << 20
"""Rows that a sheet may have, its heading included."""

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MOMENT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: one that starts like one gets an apostrophe before it.

    Notes
    -----
    OWASP, "CSV Injection": cells that begin with ``=``, ``+``, ``-``, ``@``, as wide signs too, a tab or a line break.
    """
    return f"'{text}" if text.startswith(_STARTS_FORMULA) else text


def write_csv(table: pa.Table, path: Path) -> None:
    """Write a table as CSV: RFC 4180, UTF-8 with the mark by which Excel knows it, days and times as ISO 8601."""
    import csv

    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(harmless(name) for name in table.column_names)
        for row in _rows(table):
            writer.writerow(_said(cell) for cell in row)


def read_csv(path: Path) -> pa.Table:
    """A CSV file as a table, its columns typed by what they hold."""
    from pyarrow import csv

    return csv.read_csv(path)


def write_xlsx(table: pa.Table, path: Path) -> None:
    """Write a table as a workbook of one sheet, its heading held in place.

    Raises
    ------
    ValueError
        When it has more rows than a sheet may have.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    if table.num_rows >= MOST_ROWS:
        raise ValueError(f"attach: a sheet has at most {MOST_ROWS - 1} rows, found {table.num_rows}; write .csv")
    book = Workbook(write_only=True)
    sheet = book.create_sheet("list")
    sheet.freeze_panes = "A2"
    heading = [WriteOnlyCell(sheet, harmless(name)) for name in table.column_names]
    for cell in heading:
        cell.font = Font(bold=True)
    sheet.append(heading)
    for row in _rows(table):
        sheet.append([_kept(cell) for cell in row])
    made = BytesIO()
    book.save(made)
    _without_moments(made, path)


def read_xlsx(path: Path) -> pa.Table:
    """The one sheet of a workbook of values alone, its first row the names.

    Raises
    ------
    ValueError
        When it is no workbook, has several sheets, or holds anything beside the values of cells: a formula, a comment,
        a link, a macro, a picture.
    """
    import pyarrow as pa
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(path) as parts:
            names = parts.namelist()
        strange = [name for name in names if not _PARTS.fullmatch(name) or names.count(name) > 1]
        if strange:
            raise ValueError(f"a workbook with more than one sheet of values: {strange[0]}")
        book = load_workbook(path)
    except (zipfile.BadZipFile, KeyError, InvalidFileException, SyntaxError) as error:
        raise ValueError(f"no workbook: {error}") from None
    said = {name: text for name, text in vars(book.properties).items() if isinstance(text, str)}
    if said != {"creator": "openpyxl"}:
        raise ValueError(f"a workbook that says who made it or why: {', '.join(said)}")
    cells = [list(row) for row in book.active.iter_rows()]
    for cell in (cell for row in cells for cell in row):
        if cell.data_type in ("f", "e") or cell.comment or cell.hyperlink:
            raise ValueError(f"a cell that holds more than a value: {cell.coordinate}")
    heading, lines = [str(cell.value) for cell in cells[0]], cells[1:]
    return pa.table({name: pa.array([_plain(line[at].value) for line in lines]) for at, name in enumerate(heading)})


_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(app|core)\.xml|xl/(workbook|styles|sharedStrings)\.xml"
    r"|xl/theme/theme1\.xml|xl/_rels/workbook\.xml\.rels|xl/worksheets/sheet1\.xml"
)


def _rows(table: pa.Table) -> Iterator[tuple[object, ...]]:
    for batch in table.to_batches():
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _said(cell: object) -> object:
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, date | datetime):
        return cell.isoformat()
    return "" if _missing(cell) else cell


def _kept(cell: object) -> object:
    """A cell as openpyxl takes it: no formula, no zone, nothing XML cannot hold."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(cell, str):
        return ILLEGAL_CHARACTERS_RE.sub("\ufffd", harmless(cell))
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)
    return None if _missing(cell) else cell


def _plain(value: object) -> object:
    # a day comes back as its midnight
    return value.date() if isinstance(value, datetime) and value.time() == datetime.min.time() else value


def _missing(cell: object) -> bool:
    return cell is None or (isinstance(cell, float) and not math.isfinite(cell))


def _without_moments(made: BytesIO, path: Path) -> None:
    """Write a workbook without when it was made, so that the same rows give the same bytes."""
    with zipfile.ZipFile(made) as book, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in book.namelist():
            content = _MOMENT.sub(rb"\g<1>1980-01-01T00:00:00Z", book.read(name))
            kept.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
