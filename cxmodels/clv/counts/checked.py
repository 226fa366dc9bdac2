"""Columns of a table in memory, checked before they are counted."""

from __future__ import annotations

from difflib import get_close_matches

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.clv.counts.days import LARGEST
from cxmodels.clv.errors import ClvError, HugeAmount, InvalidCounts, UnknownColumn


def column(frame: pd.DataFrame, name: str, where: str) -> pd.Series:
    """A column by its name.

    Raises
    ------
    UnknownColumn
        When it is not there.
    """
    if name not in frame.columns:
        there = [str(found) for found in frame.columns]
        near = get_close_matches(name, there, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        more = " …" if len(there) > 30 else ""
        raise UnknownColumn(
            f"{where}: {name!r} is no column of the table{hint}; there are: {', '.join(there[:30])}{more}"
        )
    return frame[name]


def values(frame: pd.DataFrame, name: str, where: str, least: float | None = 0.0) -> NDArray[np.float64]:
    """(rows,) finite numbers of at least `least`.

    Raises
    ------
    UnknownColumn, InvalidCounts
        When the column is not there, or a value is no number, missing, infinite or below.
    """
    found = column(frame, name, where)
    if not pd.api.types.is_numeric_dtype(found) or pd.api.types.is_bool_dtype(found):
        raise InvalidCounts(f"{where}: {name!r} must hold numbers, found {found.dtype}")
    numbers = found.to_numpy(np.float64, na_value=np.nan)
    refuse(~np.isfinite(numbers), f"{where}: {name!r} must be finite", numbers, InvalidCounts)
    if least is not None:
        refuse(numbers < least, f"{where}: {name!r} must be at least {least:g}", numbers, InvalidCounts)
    return numbers


def whole(frame: pd.DataFrame, name: str, where: str, least: float = 0.0) -> NDArray[np.int64]:
    """(rows,) whole numbers of at least `least`.

    Raises
    ------
    UnknownColumn, InvalidCounts
        As for `values`, and when a number is not whole.
    """
    numbers = values(frame, name, where, least)
    refuse(numbers != np.floor(numbers), f"{where}: {name!r} must be whole numbers", numbers, InvalidCounts)
    return numbers.astype(np.int64)


def money(frame: pd.DataFrame, name: str, among: NDArray[np.int64], where: str) -> NDArray[np.float64]:
    """(rows,) sums of money of 0 or more over `among` (rows,) customers or payments.

    Raises
    ------
    UnknownColumn, InvalidCounts
        As for `values`.
    HugeAmount
        When one is beyond 1e11 on average.
    """
    sums = values(frame, name, where)
    refuse(sums / among > LARGEST, f"{where}: {name!r} must be at most {LARGEST:,.0f} each", sums, HugeAmount)
    return sums


def refuse(bad: NDArray[np.bool_], what: str, found: NDArray, error: type[ClvError]) -> None:
    """Raise where a row is `bad`, saying how many are and what the first holds."""
    if bad.any():
        first = int(bad.argmax())
        raise error(
            f"{what}; {int(bad.sum()):,} of {len(bad):,} rows are not, the first (row {first}) holds {found[first]:g}"
        )
