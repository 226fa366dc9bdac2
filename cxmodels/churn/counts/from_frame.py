"""Episodes from a table in memory: survival data of any origin, checked and collapsed without a loop over rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.churn.counts.episodes import ENDED, MONTH, Episodes, Unit
from cxmodels.churn.counts.levels import MOST_LEVELS, UNKNOWN, collapsed, ordered_levels, too_many_levels
from cxmodels.churn.errors import (
    InvalidTimes,
    InvalidValue,
    LeakingCovariate,
    NoEpisodes,
    TooManyLevels,
    UnknownColumn,
    UnknownCovariate,
)

NO_DAY = date.min
"""The as-of day of a table that knows of no calendar."""
_RESERVED = ("entry", "exit", "event", "cause", "n")


def counted(
    frame: pd.DataFrame,
    covariates: Iterable[str] = (),
    *,
    duration: str = "exit",
    event: str = "event",
    entry: str | None = None,
    cause: str | None = None,
    n: str | None = None,
    unit: Unit = "days",
    as_of: date | None = None,
    min_cell: int = 1,
    keep: Iterable[str] = (),
    collapse: bool = True,
    rule: str = ENDED,
) -> Episodes:
    """Count the time at risk in a table with one row an episode.

    Parameters
    ----------
    frame
        One row an episode: a customer, or a part of a customer's stay after a covariate changed.
    covariates
        Columns. Numbers enter as numbers; text, booleans and categories as levels, a missing one as ``"unknown"``.
    duration
        Column of the tenure at the end, in `unit`: zero or more. A departure at zero must be counted as at least the
        first day or month; without one, zero is a customer who was not yet watched.
    event
        Column that is 1 or true where the customer left at the end.
    entry
        Column of the tenure from which the customer was watched (left truncation). Default: from zero.
    cause
        Column of how a departure came about. Default: ``"unknown"``; always ``"active"`` without a departure unless
        this column says ``"switched"``.
    n
        Column of how many such episodes a row stands for. Default: one.
    unit
        What tenure is counted in: ``"days"`` or ``"months"``.
    as_of
        The day the table is known for. Default: none (`NO_DAY`).
    min_cell
        The fewest customers a level must hold to be shown.
    keep
        Further columns to carry along, such as strata, case weights or clusters.
    collapse
        Count identical rows as one with ``n``, where that makes the table shorter.
    rule
        What counts as leaving, to complete "a customer has left when …".

    Returns
    -------
    Episodes

    Raises
    ------
    NoEpisodes
        When there is no row.
    UnknownCovariate, UnknownColumn
        When a column is not there.
    InvalidValue
        When a time or a numeric covariate is missing or infinite, a mark of departure is neither 0 nor 1, or a count
        is not a whole number of at least 1.
    InvalidTimes
        When a duration or an entry is negative, or an entry is not before its exit.
    TooManyLevels
        When a category has more than 50 levels.
    LeakingCovariate
        When a covariate is the duration, the mark of departure, or another column of the outcome.
    ValueError
        When the unit is none of the two.
    """
    names, kept = tuple(covariates), tuple(keep)
    if unit not in MONTH:
        raise ValueError(f"counted: unit must be one of {', '.join(MONTH)}, found {unit!r}")
    if outcome := [name for name in names if name in (duration, event, entry, cause, n)]:
        raise LeakingCovariate(f"counted: {outcome[0]!r} is part of the outcome and cannot be a covariate as well")
    if not len(frame):
        raise NoEpisodes("counted: at least one row is required, found none")
    for name in names:
        if name not in frame.columns:
            raise UnknownCovariate(f"counted: covariate {name!r} is no column of the table{_near(name, frame)}")
    for name in (duration, event, *(column for column in (entry, cause, n) if column is not None), *kept):
        if name not in frame.columns:
            raise UnknownColumn(f"counted: {name!r} is no column of the table{_near(name, frame)}")
    if taken := [name for name in (*names, *kept) if name in _RESERVED]:
        raise UnknownColumn(f"counted: {taken[0]!r} is a column of the episodes themselves; give it another name")
    begin = np.zeros(len(frame), dtype=np.int64) if entry is None else _number(frame, entry, "entry")
    end, left = _number(frame, duration, "duration"), _marks(frame, event)
    _check_times(begin, end, left, duration, entry)
    columns: dict[str, object] = {"entry": begin, "exit": end, "event": left, "cause": _causes(frame, cause, left)}
    for name in names:
        columns[name] = _numeric(frame[name], name) if is_number(frame[name]) else _category(frame[name], name)
    columns |= {name: frame[name].to_numpy() for name in kept}
    columns["n"] = np.ones(len(frame), dtype=np.int64) if n is None else _counts(frame, n)
    table = pd.DataFrame(columns, copy=False)
    if collapse:
        table = collapsed(table)
    levels = {name: ordered_levels(table, name) for name in names if not is_number(table[name])}
    pooled: dict[str, tuple[str, ...]] = dict.fromkeys(levels, ())
    return Episodes(table, names, levels, pooled, as_of or NO_DAY, 0, 0, min_cell, unit, rule)


def is_number(column: pd.Series) -> bool:
    """Whether a column enters a model as a number; a boolean is a category."""
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _number(frame: pd.DataFrame, column: str, what: str) -> NDArray[np.float64] | NDArray[np.int64]:
    """A time as numbers; whole numbers stay whole."""
    values = frame[column]
    if not is_number(values):
        raise InvalidValue(f"counted: {what} {column!r} must be a number, found {values.dtype} ({values.iloc[0]!r})")
    if values.dtype.kind in "iu" and isinstance(values.dtype, np.dtype):
        return values.to_numpy(np.int64)
    return _finite(values, what, column)


def _numeric(values: pd.Series, name: str) -> NDArray[np.float64]:
    return _finite(values, "covariate", name)


def _finite(values: pd.Series, what: str, column: str) -> NDArray[np.float64]:
    found = values.to_numpy(np.float64, na_value=np.nan)
    bad = ~np.isfinite(found)
    if bad.any():
        first = int(bad.argmax())
        raise InvalidValue(
            f"counted: {what} {column!r} must be a finite number in every row; {int(bad.sum()):,} of {len(bad):,} rows "
            f"are missing or infinite, the first (row {first}) is {found[first]}; fill them or leave those rows out"
        )
    return found


def _category(values: pd.Series, name: str) -> NDArray[np.object_]:
    code, found = pd.factorize(values)
    if len(found) > MOST_LEVELS:
        raise TooManyLevels(too_many_levels(name, len(found), found[:3], "group them first, or give a number as one"))
    said = [str(level).lower() if isinstance(level, bool | np.bool_) else str(level) for level in found]
    return np.array([*said, UNKNOWN], dtype=object)[code]


def _marks(frame: pd.DataFrame, event: str) -> NDArray[np.int64]:
    values = frame[event]
    if not pd.api.types.is_numeric_dtype(values):
        raise InvalidValue(f"counted: event {event!r} must be 0 or 1, found {values.dtype} ({values.iloc[0]!r})")
    found = values.to_numpy(np.float64, na_value=np.nan)
    bad = (found != 0) & (found != 1)
    if bad.any():
        first = int(bad.argmax())
        raise InvalidValue(
            f"counted: event {event!r} must be 0 or 1; {int(bad.sum()):,} of {len(bad):,} rows are not, the first "
            f"(row {first}) is {found[first]:g}"
        )
    return found.astype(np.int64)


def _counts(frame: pd.DataFrame, column: str) -> NDArray[np.int64]:
    found = np.asarray(_number(frame, column, "count"))
    bad = (found < 1) | (found != np.floor(found))
    if bad.any():
        first = int(bad.argmax())
        raise InvalidValue(
            f"counted: count {column!r} must be a whole number of at least 1; {int(bad.sum()):,} of {len(bad):,} rows "
            f"are not, the first (row {first}) is {found[first]:g}; weights that are no counts go into keep"
        )
    return found.astype(np.int64)


def _causes(frame: pd.DataFrame, cause: str | None, left: NDArray[np.int64]) -> NDArray[np.object_]:
    if cause is None:
        return np.array(["active", UNKNOWN], dtype=object)[left]
    said = _category(frame[cause], cause)
    return np.where(left == 1, said, np.where(said == "switched", "switched", "active"))


def _check_times(
    begin: NDArray[np.number], end: NDArray[np.number], left: NDArray[np.int64], duration: str, entry: str | None
) -> None:
    for values, column, what in ((end, duration, "duration"), (begin, entry, "entry")):
        if (bad := values < 0).any():
            first = int(bad.argmax())
            raise InvalidTimes(
                f"counted: {what} {column!r} must be zero or more; {int(bad.sum()):,} of {len(bad):,} rows are "
                f"negative, the first (row {first}) is {values[first]:g}"
            )
    if entry is not None and (bad := begin >= end).any():
        first = int(bad.argmax())
        raise InvalidTimes(
            f"counted: entry {entry!r} must be before {duration!r}; in {int(bad.sum()):,} of {len(bad):,} rows it is "
            f"not, the first (row {first}) enters at {begin[first]:g} and exits at {end[first]:g}"
        )
    if (bad := (end == 0) & (left == 1)).any():
        raise InvalidTimes(
            f"counted: {int(bad.sum()):,} of {len(bad):,} rows leave at {duration!r} 0, the first is row "
            f"{int(bad.argmax())}; time at risk ends after it begins: count the first day or month as 1"
        )


def _near(name: str, frame: pd.DataFrame) -> str:
    columns = [str(column) for column in frame.columns]
    near = get_close_matches(name, columns, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{hint}; there are: {', '.join(columns[:30])}{' …' if len(columns) > 30 else ''}"
