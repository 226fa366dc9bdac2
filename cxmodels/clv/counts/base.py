"""The customer base: today's customers, those alike as one cell, so that value is worked out once for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.clv.counts.days import MONEY, by_customer, purchase_days
from cxmodels.clv.counts.groups import COHORT, attributes, cohorts, in_engine, named, people
from cxmodels.clv.counts.stays import OPEN, contract_stays, months_over

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

NUMBERS = ("frequency", "recency", "T", "payments", "total", "contract_months", "margin")
_MONEY = ["total", "margin"]
_MAY_LACK = ["frequency", "recency", "T", "contract_months", "margin"]
_NONE = -1


@dataclass(frozen=True, eq=False)
class Base:
    """Customers of a day: who ever ordered, or has a contract that runs.

    Attributes
    ----------
    cells
        One row a distinct combination: ``frequency``, ``recency``, ``T`` (days; NaN where never ordered);
        ``payments`` and ``total``, repeat payments and their money (0 where none); ``contract_months``, whole months
        since the first day of the unbroken stay under contract (NaN where none runs); ``margin``, money a month of the
        contracts that run (NaN where none has a fee); a column of text for each of `by`; ``n`` customers.
    codes
        The keys of each cell as the engine holds them, on the index of `cells`: whole numbers, money in
        ten-thousandths of the currency, -1 for NaN. Whole numbers are equal or not, on every engine; what is read as
        a float and joined back may fail to be.
    table
        An Ibis table, one row a customer: ``number``, that of `Snapshot.pseudonyms`, and `keys`.
    as_of
        The day.
    currency
        The study's.
    margin_rate
        Margin as a share of what is ordered: the study's setting, else of the orders that have a margin on record;
        None where neither is known, and orders can only be counted as revenue.
    returned_share
        Money of returns as a share of the money of purchases: spend is counted before returns.
    fees_alone
        Customers whose contract has a fee and no margin rate: their ``margin`` is the whole fee.
    without
        Customers known who never ordered and have no contract that runs; they are in no cell.
    by
        The attributes the cells are parted by.
    min_cell
        The fewest customers a group must have to be shown.
    """

    cells: pd.DataFrame
    codes: pd.DataFrame
    table: ir.Table
    as_of: date
    currency: str
    margin_rate: float | None
    returned_share: float
    fees_alone: int
    without: int
    by: tuple[str, ...] = ()
    min_cell: int = 1

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns of `codes` and, with ``number``, of `table`."""
        return tuple(self.codes.columns)

    @property
    def customers(self) -> int:
        """How many rows `table` has."""
        return int(self.cells["n"].sum())

    @property
    def value_rate(self) -> float:
        """What a unit of money ordered is worth: less what is sent back, times the margin rate where it is known."""
        kept = 1 - self.returned_share
        return kept if self.margin_rate is None else kept * self.margin_rate

    def by_customer(self, found: pd.DataFrame) -> ir.Table:
        """Give every customer what was worked out for the cell.

        Parameters
        ----------
        found
            Columns on the index of `cells`, or of some of them.

        Returns
        -------
        ibis Table
            ``number`` and the columns of `found`, one row a customer of these cells.
        """
        import ibis

        own = {name: f"key:{name}" for name in self.keys}
        cells = ibis.memtable(self.codes.loc[found.index].rename(columns=own).join(found))
        rows = self.table.inner_join(cells, [self.table[name] == cells[key] for name, key in own.items()])
        return rows.select("number", *found.columns)


def customer_base(snapshot: Snapshot, by: str | Iterable[str] = ()) -> Base:
    """Count today's customers, those alike together.

    Parameters
    ----------
    snapshot
        A snapshot with orders, contracts or both.
    by
        Attributes of customers to part them by, one or several, as text, ``"unknown"`` where missing; or ``"cohort"``,
        the month, quarter or year of the first purchase (`groups.cohorts`).

    Raises
    ------
    MissingTable
        When the study has neither orders nor contracts.
    UnknownColumn, InvalidValue
        When `by` names what is no attribute of customers, or a column of the counts.
    HugeAmount
        When an order's amount is beyond 1e11.

    Notes
    -----
    Purchases are counted as `purchase_counts` does, payments as `spend_counts`, contracts as `contract_stays`. A month
    under contract is 30.4375 days. Money of returns cannot be told by customer; `Base.value_rate` takes it off all.
    """
    asked = named(by)
    names = attributes(snapshot, asked)
    parts: list[ir.Table] = []
    rate, returned = snapshot.settings.clv.margin_rate, 0.0
    if "orders" in snapshot.tables or "contracts" not in snapshot.tables:
        days = purchase_days(snapshot)
        parts.append(by_customer(days.table).drop("paid").rename(total="repeat_paid"))
        rate = days.margin_rate if rate is None else rate
        returned = min(days.returned / days.gross, 1.0) if days.gross else 0.0
    fees_alone = 0
    if "contracts" in snapshot.tables:
        running = contract_stays(snapshot)
        running = running.filter(running.ended == OPEN)
        parts.append(running.select("customer", "margin", contract_months=months_over(running.joined)))
        fees_alone = int(running.filter(running.fee_alone).count().execute())
    table = _keyed(_everybody(snapshot, names, parts), parts, names)
    keys = [*NUMBERS, *in_engine(names).values()]
    counted = table.group_by(keys).agg(n=table.count()).to_pandas()
    # engines return groups in any order; the same data must give the same bytes
    counted = counted.sort_values(keys, ignore_index=True).astype(dict.fromkeys([*NUMBERS, "n"], "int64"))
    here = (counted["frequency"] > _NONE) | (counted["contract_months"] > _NONE)
    without = int(counted.loc[~here, "n"].sum())
    counted = counted[here].reset_index(drop=True)
    return Base(
        cells=_read(counted, asked, snapshot.as_of),
        codes=counted[keys],
        table=table.filter((table.frequency > _NONE) | (table.contract_months > _NONE)),
        as_of=snapshot.as_of,
        currency=snapshot.settings.study.currency,
        margin_rate=rate,
        returned_share=returned,
        fees_alone=fees_alone,
        without=without,
        by=asked,
        min_cell=snapshot.settings.privacy.min_cell,
    )


def _everybody(snapshot: Snapshot, names: tuple[str, ...], parts: list[ir.Table]) -> ir.Table:
    """``customer`` and the attributes of all who are known."""
    import ibis

    if "customers" in snapshot.tables:
        return people(snapshot, names).drop("joined_on")
    found = [part.select("customer") for part in parts]
    return (ibis.union(*found) if len(found) > 1 else found[0]).distinct()


def _keyed(everybody: ir.Table, parts: list[ir.Table], names: tuple[str, ...]) -> ir.Table:
    """``number``, what is counted of each customer as whole numbers and the attributes, held by the engine."""
    import ibis

    from cxmodels.study.engine import held

    table = everybody.rename(number="customer")
    for part in parts:
        table = table.left_join(part, table.number == part.customer).drop("customer")
    missing = {"payments": 0, "total": 0}
    numbers = {
        name: table[name].cast("int64").fill_null(missing.get(name, _NONE))
        if name in table.columns
        else ibis.literal(missing.get(name, _NONE), type="int64")
        for name in NUMBERS
    }
    return held(table.select("number", **numbers, **{column: table[column] for column in in_engine(names).values()}))


def _read(counted: pd.DataFrame, by: tuple[str, ...], as_of: date) -> pd.DataFrame:
    """Codes as numbers with their units."""
    cells = counted.astype(dict.fromkeys(_MAY_LACK, "float64"))
    cells = cells.rename(columns={column: name for name, column in in_engine(by).items()})
    cells[_MAY_LACK] = cells[_MAY_LACK].where(cells[_MAY_LACK] != _NONE)
    cells[_MONEY] = cells[_MONEY] / MONEY
    if COHORT in by:
        cells[COHORT] = cohorts(as_of, cells["T"])
    return cells[[*NUMBERS, *by, "n"]]
