"""What customers are parted by: their attributes, and the time of their first purchase."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxmodels.clv.errors import InvalidValue, UnknownColumn

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

COHORT = "cohort"
"""The group made from the first purchase, in place of an attribute."""
UNKNOWN = "unknown"
NO_PURCHASE = "no purchase"
_MONTHLY, _QUARTERLY = 366, 4 * 366
_TAKEN = {
    "frequency", "recency", "T", "n", "amount", "repeat_amount", "log_gaps", "payments", "total", "contract_months",
    "margin", "entry", "exit", "ended", "customer", "number", "p_alive", "purchases", "spend", "spent", "clv",
    "clv_orders", "clv_contracts",
}  # fmt: skip
_SPELT = {name.casefold(): name for name in _TAKEN}


def named(by: str | Iterable[str]) -> tuple[str, ...]:
    """The names that are asked for: one, as a text, or any number of them."""
    return (by,) if isinstance(by, str) else tuple(by)


def attributes(snapshot: Snapshot, by: Iterable[str]) -> tuple[str, ...]:
    """The names of `by` that are attributes of customers, checked.

    Raises
    ------
    UnknownColumn
        When one is neither an attribute of customers nor ``"cohort"``.
    InvalidValue
        When a name stands twice, or is that of a column of the counts or of a forecast.
    """
    names = tuple(by)
    if twice := [name for name in names if names.count(name) > 1]:
        raise InvalidValue(f"by: each name once, found {twice[0]!r} {names.count(twice[0])} times")
    there = snapshot.numbered("customers").columns if "customers" in snapshot.tables else ()
    not_usable = {*_SPELT, "joined_on", "left_on", COHORT}
    usable = sorted(name for name in there if name.casefold() not in not_usable)
    for name in names:
        # engines take T and t for one column
        if taken := _SPELT.get(name.casefold()):
            raise InvalidValue(
                f"by: {name!r} has the name of what is counted or forecast itself ({taken}); "
                "give the attribute another one"
            )
        if name != COHORT and name not in usable:
            near = get_close_matches(name, [*usable, COHORT], n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise UnknownColumn(
                f"by: {name!r} is no attribute of customers{hint}; there are: {', '.join([*usable, COHORT])}"
            )
    return tuple(name for name in names if name != COHORT)


def in_engine(names: Iterable[str]) -> dict[str, str]:
    """Attribute → what its column is called inside of the engine, where no count is called so (``"attribute:plan"``).

    A company may call an attribute ``paid`` or ``year``, as columns are called on the way to a count.
    """
    return {name: f"attribute:{name}" for name in names}


def people(snapshot: Snapshot, names: Iterable[str]) -> ir.Table:
    """Every customer known: ``customer``, ``joined_on`` and the attributes, called as `in_engine` says.

    They are text, ``"unknown"`` where missing.
    """
    customers = snapshot.numbered("customers")
    text = {column: customers[name].cast("string").fill_null(UNKNOWN) for name, column in in_engine(names).items()}
    return customers.select("customer", "joined_on", **text)


def cohorts(as_of: date, T: ArrayLike) -> NDArray[np.object_]:
    """(rows,) name of the cohort of customers whose first purchase was so many days before a day.

    The month (``"2026-03"``) where all first purchases lie within a year, the quarter (``"2026 Q1"``) within four,
    else the year; ``"no purchase"`` where T is NaN.
    """
    ago = np.asarray(T, float)
    bought = np.isfinite(ago)
    found = np.full(ago.shape, NO_PURCHASE, dtype=object)
    if bought.any():
        different, place = np.unique(ago[bought], return_inverse=True)
        first = pd.DatetimeIndex(pd.Timestamp(as_of) - pd.to_timedelta(different, unit="D"))
        span = (first.max() - first.min()).days
        frequency, form = ("M", "%Y-%m") if span < _MONTHLY else ("Q", "%Y Q%q") if span < _QUARTERLY else ("Y", "%Y")
        found[bought] = first.to_period(frequency).strftime(form).to_numpy(object)[place]
    return found
