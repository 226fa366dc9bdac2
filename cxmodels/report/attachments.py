"""A table that lies beside a page as a file: a score for every customer, say, which no page could show."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxmodels.look import numbers
from cxmodels.report.gate_tables import rows_of
from cxmodels.report.page import Shown, sentence
from cxmodels.report.spreadsheets import write_csv, write_xlsx
from cxmodels.study.study import project_root

if TYPE_CHECKING:
    import pyarrow as pa

BESIDE = "CXMODELS_BESIDE"
"""The environment variable that tells the kernel of a published run where its files go."""
ROWS = 1 << 17
"""Rows of a row group: fixed, as all that the bytes of a file depend on."""

_NAME = re.compile(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*\.(parquet|csv|xlsx)")


def attach(name: str, table: Any, *, min_cell: int = 1) -> Shown:
    """Write a table to a file that is published with the month and listed in its manifest.

    In a published run the file appears with the month, ``reports/YYYY-MM/scores/churn.parquet``, after the gate has
    looked at it, and is kept as long as the notebook need not run again. In JupyterLab it is written to ``build/`` of
    the project, or to a new temporary folder where there is no project; the line that is shown says where.

    Parameters
    ----------
    name
        A folder and a file, such as ``"scores/churn.parquet"``; the ending says the format. ``.csv`` and ``.xlsx`` are
        for people: no cell of theirs starts a formula.
    table
        A pandas DataFrame, a pyarrow Table, or an Ibis table, which its engine sorts. Its rows are sorted by its
        columns from the first to the last, so that the same rows give the same bytes. Or a function that is given a
        `Path` and writes such a file there.
    min_cell
        With fewer rows than this, the line only says that they are fewer.

    Returns
    -------
    Shown
        One line: the file and its number of rows. No page shows or links to what is in it.

    Raises
    ------
    ValueError
        When the name is not of that form, this run has attached such a file already, or the function wrote none.
    """
    if not _NAME.fullmatch(name) or name.startswith("notebooks/"):
        raise ValueError(
            "attach: a folder and a Parquet file in small letters (or .csv, .xlsx) are allowed, such as "
            f"'scores/churn.parquet', and not in notebooks/; found {name!r}"
        )
    given = os.environ.get(BESIDE)
    path, shown = (Path(given) / name, name) if given else _own_place(name)
    if given and path.exists():
        raise ValueError(f"attach: {name!r} was attached before in this run; give the second file a name of its own")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".new-{path.name}")
    kind = path.suffix.removeprefix(".")
    try:
        if callable(table):
            table(draft)
        else:
            _WRITERS[kind](table, draft)
        if (written := rows_of(draft)) is None:
            called = "Parquet" if kind == "parquet" else kind.upper()
            raise ValueError(f"attach: {name!r}: the function that is given must write a {called} file, found none")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    rows = f"fewer than {min_cell}" if 0 < written < min_cell else numbers.count(written)
    if given:
        return sentence(f"Beside this page lies the file <b>{shown}</b> with {rows} rows.")
    return sentence(f"Written to <b>{shown}</b>: {rows} rows. In a published month it lies beside the page.")


def write_parquet(table: Any, path: Path) -> None:
    """Write a table sorted by its columns, with settings that never vary and without notes of its origin.

    Fractions keep seven digits (32-bit floats): more than any score knows, in half the bytes.

    Parameters
    ----------
    table
        A pandas DataFrame, a pyarrow Table or an Ibis table.
    path
        The file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    # in one piece, or the pages of the file would tell how the engine cut its answer
    whole = _sorted(table).combine_chunks()
    fractions = [field.name for field in whole.schema if pa.types.is_floating(field.type)]
    for name in fractions:
        whole = whole.set_column(whole.column_names.index(name), name, whole[name].cast(pa.float32()))
    # what of a number its neighbours share is only found byte by byte
    settled = {
        "compression": "zstd",
        "version": "2.6",
        "store_schema": False,
        "row_group_size": ROWS,
        "use_byte_stream_split": fractions,
        "use_dictionary": [name for name in whole.column_names if name not in fractions],
    }
    pq.write_table(whole, path, **settled)


_WRITERS = {
    "parquet": write_parquet,
    "csv": lambda table, path: write_csv(_sorted(table), path),
    "xlsx": lambda table, path: write_xlsx(_sorted(table), path),
}


def _own_place(name: str) -> tuple[Path, str]:
    """Where a file goes that is not published, and what that is called."""
    root = project_root(Path.cwd())
    if (root / "notebooks" / "plan.toml").is_file():
        return root / "build" / name, f"build/{name}"
    path = Path(tempfile.mkdtemp(prefix="cxmodels-")) / name
    return path, str(path)


def _sorted(table: Any) -> pa.Table:
    import pandas as pd
    import pyarrow as pa

    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    if not isinstance(table, pa.Table):
        return _plain(table.order_by(list(table.columns)).to_pyarrow())
    plain = _plain(table)
    return plain.sort_by([(column, "ascending") for column in plain.column_names])


def _plain(table: pa.Table) -> pa.Table:
    """Without notes; a category as the text it stands for, which Parquet compresses all the same."""
    import pyarrow as pa

    kinds = [(field.name, field.type) for field in table.schema]
    return table.cast(pa.schema([(name, k.value_type if pa.types.is_dictionary(k) else k) for name, k in kinds]))
