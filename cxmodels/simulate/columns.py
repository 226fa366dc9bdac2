"""Arrow columns made from numbers without a Python loop."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa


def numbered(prefix: str, block: int, count: int) -> pa.Array:
    """Identifiers ``prefix``, block (4 digits), row (7 digits): unique in the table whatever the other blocks hold."""
    width = len(prefix) + 11
    letters = np.empty((count, width), np.uint8)
    head = f"{prefix}{block:04d}".encode()
    letters[:, : len(head)] = np.frombuffer(head, np.uint8)
    rest = np.arange(count, dtype=np.int64)
    for place in range(width - 1, len(head) - 1, -1):
        letters[:, place] = 48 + rest % 10
        rest //= 10
    offsets = np.arange(count + 1, dtype=np.int32) * width
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(letters))


def chosen(codes: np.ndarray, levels: Sequence[str] | pa.Array, missing: np.ndarray | None = None) -> pa.Array:
    """A text column: ``levels[code]``, null where `missing`; held as a dictionary, which Parquet stores as it is."""
    values = levels if isinstance(levels, pa.Array) else pa.array(list(levels), pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=missing), values)


def date(days: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """A date column from days since 1970-01-01."""
    return pa.array(days.astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())


def timestamp(seconds: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """A timestamp column, without time zone, from seconds since 1970-01-01."""
    return pa.array(seconds.astype(np.int64) * 1_000_000, pa.int64(), mask=missing).cast(pa.timestamp("us"))


def number(values: np.ndarray, digits: int = 2, missing: np.ndarray | None = None) -> pa.Array:
    """A float64 column rounded to `digits`."""
    return pa.array(np.round(values.astype(np.float64), digits), pa.float64(), mask=missing)


def draw(random: np.random.Generator, shares: dict[str, float], size: int) -> np.ndarray:
    """Codes drawn with the given shares, in the order of the dictionary."""
    edges = np.cumsum(list(shares.values()))
    return np.searchsorted(edges / edges[-1], random.random(size), side="right").astype(np.int8)


def levels(effects: dict[str, float]) -> np.ndarray:
    """The values of a dictionary of effects, indexed by code."""
    return np.array(list(effects.values()))
