"""Pseudonyms of people, and cells too small to show."""

from __future__ import annotations

import hmac
from hashlib import sha256

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from cxmodels.suppression import hidden_cells

LENGTH = 32
"""Letters of a pseudonym: 128 bits, so that two customers never share one by accident."""

_BLOCK = 64


def pseudonym(value: str, secret: bytes) -> str:
    """The pseudonym of one id: the first 32 hexadecimal digits of HMAC-SHA256 of its UTF-8 text (RFC 2104)."""
    return hmac.new(secret, value.encode(), sha256).hexdigest()[:LENGTH]


def pseudonyms(table: ir.Table, column: str, name: str, secret: bytes) -> ir.Table:
    """`table` with a further column `name`: the pseudonym of each value of the text in `column`, null for null.

    DuckDB and Spark compute it; for another engine the distinct values are taken out, computed here and joined.
    """
    engine = ibis.get_backend(table).name
    value = table[column]
    if engine in _SHA256:
        # H(K xor opad, H(K xor ipad, text)) in hexadecimal text, the one form in which engines join bytes alike.
        key = (sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(_BLOCK, b"\0")
        inner_pad, outer_pad = (bytes(byte ^ pad for byte in key).hex() for pad in (0x36, 0x5C))
        inner = _SHA256[engine](_bytes(ibis.literal(inner_pad) + _hexadecimal(value)))
        outer = _SHA256[engine](_bytes(ibis.literal(outer_pad) + inner))
        return table.mutate(**{name: outer.substr(0, LENGTH)})
    ids = table.filter(value.notnull()).select(value).distinct().to_pandas()[column]
    known = ibis.memtable(
        pd.DataFrame({"id:": ids, name: [pseudonym(text, secret) for text in ids]}),
        schema={"id:": "string", name: "string"},
    )
    return table.left_join(known, value == known["id:"]).drop("id:")


def suppress(frame: pd.DataFrame, by: list[str], n: str = "n", min_cell: int = 10) -> pd.DataFrame:
    """Counts without the cells that are too small to show, nor those that would give them away.

    A cell with 1 to ``min_cell - 1`` people is blanked in every column but `by`, and others with it until no total
    minus the cells shown tells it; all totals are taken to be published. An empty cell is shown where it betrays none:
    it counts nobody.

    Parameters
    ----------
    frame
        One row a cell.
    by
        The columns that name a cell.
    n
        The column that counts people.
    min_cell
        The fewest people a shown cell may hold.

    Returns
    -------
    pandas.DataFrame
        A copy with the same rows; numbers of blanked cells are missing, and ``suppressed`` says which they are.

    Notes
    -----
    Primary and secondary suppression as `cxmodels.suppression.hidden_cells` finds it.

    Raises
    ------
    ValueError
        When a column is missing or a cell is named twice.
    """
    wanted = [*by, n]
    if missing := [name for name in wanted if name not in frame.columns]:
        raise ValueError(f"suppress: columns {missing} are not there; the frame has {list(frame.columns)}")
    if frame.duplicated(by).any():
        raise ValueError(f"suppress: one row a cell is required, but {by} names some cells twice")
    codes = [pd.factorize(frame[name], use_na_sentinel=False) for name in by]
    cells = tuple(code for code, _ in codes)
    people = np.zeros([len(levels) for _, levels in codes])
    people[cells] = frame[n].fillna(0)
    # totals are known to the reader, and so is that a cell without a row counts nobody
    known = np.ones([size + 1 for size in people.shape], bool)
    known[cells] = False
    hidden = hidden_cells(people, min_cell, known=known)[cells] if len(frame) else np.zeros(0, bool)
    result = frame.copy()
    for name in frame.columns.difference(by, sort=False):
        if pd.api.types.is_integer_dtype(result[name]):
            result[name] = result[name].astype("Int64")
        result[name] = result[name].mask(hidden)
    return result.assign(suppressed=hidden)


@ibis.udf.scalar.builtin(name="hex")
def _hexadecimal(text: str) -> str:  # type: ignore[empty-body]
    """UTF-8 bytes of a text as hexadecimal digits."""


@ibis.udf.scalar.builtin(name="unhex")
def _bytes(digits: str) -> bytes:  # type: ignore[empty-body]
    """The bytes that hexadecimal digits stand for."""


@ibis.udf.scalar.builtin(name="sha256")
def _duckdb_sha256(message: bytes) -> str:  # type: ignore[empty-body]
    """SHA-256 as hexadecimal digits in DuckDB."""


@ibis.udf.scalar.builtin(name="sha2")
def _spark_sha2(message: bytes, bits: int) -> str:  # type: ignore[empty-body]
    """SHA-2 as hexadecimal digits in Spark."""


_SHA256 = {"duckdb": _duckdb_sha256, "pyspark": lambda message: _spark_sha2(message, 256)}
