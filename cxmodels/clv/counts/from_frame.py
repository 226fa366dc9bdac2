"""Purchase counts from a table in memory: customers of any origin, checked and collapsed without a loop over rows."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.clv.counts.checked import column, money, refuse, values, whole
from cxmodels.clv.counts.groups import UNKNOWN, named
from cxmodels.clv.counts.purchases import DAYS, KEYS, SUMS, PurchaseCounts, Unit
from cxmodels.clv.errors import InvalidCounts, InvalidValue

_WHERE = "counted"
_ABSENT = float("nan")


def counted(
    frame: pd.DataFrame,
    *,
    frequency: str = "frequency",
    recency: str = "recency",
    T: str = "T",
    n: str | None = None,
    amount: str | None = None,
    repeat_amount: str | None = None,
    log_gaps: str | None = None,
    by: str | Iterable[str] = (),
    unit: Unit = "days",
) -> PurchaseCounts:
    """Count the customers in a table with one row a customer, or a row for several alike.

    Parameters
    ----------
    frame
        One row a customer, such as the summaries that come with published data.
    frequency, recency, T
        Columns: repeat purchases (whole numbers), time from the first purchase to the last, time from the first to
        the day the table is known for, both in `unit`.
    n
        Column of how many customers a row stands for. Default: one.
    amount, repeat_amount, log_gaps
        Columns of sums over these n: money paid in all, and without the first purchase; logarithms of the times
        between one purchase and the next, in `unit`. Default: not known (NaN; no column ``log_gaps``).
    by
        Columns to part the customers by, one or several; they become text, ``"unknown"`` where missing.
    unit
        What recency and T are counted in: ``"days"``, ``"weeks"`` or ``"months"``.

    Returns
    -------
    PurchaseCounts
        Equal rows counted as one; nothing is rounded.

    Raises
    ------
    UnknownColumn
        When a column is not there.
    InvalidCounts
        When a value is missing, infinite or negative, a frequency no whole number, a recency beyond T, or when
        frequency and recency disagree on whether there was a second purchase.
    HugeAmount
        When a customer's money is beyond 1e11 on average.
    InvalidValue
        When the unit is none of the three, or `by` names what is counted, or a column twice.
    """
    if unit not in DAYS:
        raise InvalidValue(f"{_WHERE}: unit must be one of {', '.join(DAYS)}, found {unit!r}")
    names = named(by)
    own = {frequency, recency, T, n, amount, repeat_amount, log_gaps, *KEYS, *SUMS, "n"}
    if taken := [name for name in names if name in own]:
        raise InvalidValue(f"{_WHERE}: {taken[0]!r} is counted itself and cannot part the customers as well")
    if len(names) > len({*names}):
        raise InvalidValue(f"{_WHERE}: by must name each column once, found {', '.join(names)}")
    x = whole(frame, frequency, _WHERE)
    last, until = values(frame, recency, _WHERE), values(frame, T, _WHERE)
    _refuse_impossible(x, last, until, (frequency, recency, T))
    customers = np.ones(len(frame), np.int64) if n is None else whole(frame, n, _WHERE, least=1)
    columns: dict[str, object] = {"frequency": x, "recency": last, "T": until}
    columns |= {name: _text(frame, name) for name in names}
    columns["n"] = customers
    for name, found in (("amount", amount), ("repeat_amount", repeat_amount)):
        columns[name] = _ABSENT if found is None else money(frame, found, customers, _WHERE)
    sums = ["n", "amount", "repeat_amount"]
    if log_gaps is not None:
        columns["log_gaps"] = values(frame, log_gaps, _WHERE, least=None)
        sums.append("log_gaps")
    table = pd.DataFrame(columns, index=pd.RangeIndex(len(frame)))
    alike = table.groupby([*KEYS, *names], as_index=False, sort=True, observed=True)[sums]
    # an unknown sum stays unknown
    return PurchaseCounts(alike.sum(min_count=1), unit=unit, by=names)


def _refuse_impossible(
    x: NDArray[np.int64], last: NDArray[np.float64], until: NDArray[np.float64], names: tuple[str, str, str]
) -> None:
    frequency, recency, T = names
    refuse(last > until, f"{_WHERE}: {recency!r} must be at most {T!r}", last, InvalidCounts)
    refuse((x == 0) & (last > 0), f"{_WHERE}: {recency!r} must be 0 where {frequency!r} is", last, InvalidCounts)
    refuse((x > 0) & (last == 0), f"{_WHERE}: {recency!r} must be above 0 where {frequency!r} is", x, InvalidCounts)


def _text(frame: pd.DataFrame, name: str) -> NDArray[np.object_]:
    found = column(frame, name, _WHERE)
    return found.astype("object").where(found.notna(), UNKNOWN).astype(str).to_numpy(object)
