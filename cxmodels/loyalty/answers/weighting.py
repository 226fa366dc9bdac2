"""What a respondent stands for: weights on record, or by cells so that who did not answer is allowed for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.checked import known
from cxmodels.loyalty.answers.from_frame import UNKNOWN
from cxmodels.loyalty.errors import InvalidAnswers
from cxmodels.study.contract import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

type Weights = str | tuple[str, ...] | None
TRIM = 5.0
"""A cell's weight is at most this, and at least one in so many, before the weights are scaled to a mean of 1."""
# Weights of cells are whole parts of 1, so that an engine that sums them in any order finds the same to the last digit.
_PARTS = 4096
_WHERE = "weights"


def attributes(snapshot: Snapshot, names: Iterable[str], where: str) -> tuple[str, ...]:
    """The names that are attributes of customers, checked.

    Raises
    ------
    InvalidAnswers
        When one is none, or is named twice.
    """
    asked = tuple(names)
    if not asked:
        return ()
    there = snapshot.numbered("customers").columns if "customers" in snapshot.tables else ()
    own = {"customer", *TABLES["customers"].names}
    return known(asked, sorted(name for name in there if name not in own), where, "attribute of customers")


def with_attributes(snapshot: Snapshot, table: ir.Table, names: tuple[str, ...]) -> ir.Table:
    """`table` with the attributes of each ``customer``, text called ``by0``, ``by1`` …; ``"unknown"`` where missing."""
    if not names:
        return table
    customers = snapshot.numbered("customers")
    text = {f"by{at}": customers[name].cast("string").fill_null(UNKNOWN) for at, name in enumerate(names)}
    people = customers.select(person=customers.customer, **text)
    joined = table.left_join(people, table.customer == people.person).select(*table.columns, *text)
    return joined.mutate(**{name: joined[name].fill_null(UNKNOWN) for name in text})


def weighted(snapshot: Snapshot, table: ir.Table, weights: Weights) -> ir.Table:
    """`table` of respondents with a column ``weight``, null where none is on record.

    Parameters
    ----------
    snapshot
        The snapshot they come from.
    table
        One row a respondent: ``customer``, ``answered_at``.
    weights
        An attribute of customers that holds weights; or attributes whose cells are weighted so that respondents are
        spread over them as the customers were; or None.

    Raises
    ------
    InvalidAnswers
        When there is no such attribute, or weights on record are no numbers or negative.

    Notes
    -----
    Post-stratification (Holt & Smith 1979, JRSS A 142): share of the customers in a cell over the share of the
    respondents who are known, within 1/5 and 5 (trimming: Potter 1990). The customers are those who had joined by the
    last answer and not left before the first. An anonymous respondent weighs 1.
    """
    import ibis

    if weights is None or weights == ():
        return table.mutate(weight=ibis.literal(1.0))
    if isinstance(weights, str):
        return _on_record(snapshot, table, *attributes(snapshot, (weights,), _WHERE))
    cells = attributes(snapshot, weights, _WHERE)
    names = [f"by{at}" for at in range(len(cells))]
    of_respondents = with_attributes(snapshot, table, cells)
    named = of_respondents.filter(of_respondents.customer.notnull())
    answered = named.group_by(names).agg(n=named.count()).to_pandas()
    if answered.empty:
        return table.mutate(weight=ibis.literal(1.0))
    customers = _customers_then(snapshot, table)
    everybody = with_attributes(snapshot, customers, cells)
    asked = everybody.group_by(names).agg(all=everybody.count()).to_pandas()
    weight = ibis.memtable(
        cell_weights(answered, asked, names).rename(columns={name: f"cell:{name}" for name in names})
    )
    same = [of_respondents[name] == weight[f"cell:{name}"] for name in names]
    joined = of_respondents.left_join(weight, same).select(*table.columns, "weight")
    return joined.mutate(weight=ibis.ifelse(joined.customer.isnull(), 1.0, joined.weight))


def cell_weights(answered: pd.DataFrame, asked: pd.DataFrame, cells: list[str]) -> pd.DataFrame:
    """Weights that spread respondents over cells as the customers are.

    Parameters
    ----------
    answered
        `cells` and ``n`` respondents, one row a cell with at least one.
    asked
        `cells` and ``all`` customers.

    Returns
    -------
    pandas.DataFrame
        `cells` and ``weight``, one row a row of `answered`; their mean over the respondents is 1 but for rounding to
        1/4096.
    """
    both = answered.merge(asked, on=cells, how="left").fillna({"all": 0})
    customers, n = both["all"].to_numpy(float), both["n"].to_numpy(float)
    ratio = np.clip(customers / max(customers.sum(), 1.0) * n.sum() / n, 1 / TRIM, TRIM)
    return both[cells].assign(weight=np.rint(ratio * n.sum() / (ratio @ n) * _PARTS) / _PARTS)


def _on_record(snapshot: Snapshot, table: ir.Table, name: str) -> ir.Table:
    customers = snapshot.numbered("customers")
    if not customers[name].type().is_numeric():
        raise InvalidAnswers(f"{_WHERE}: {name!r} must hold numbers, found {customers[name].type()}")
    people = customers.select(person=customers.customer, weight=customers[name].cast("float64"))
    joined = table.left_join(people, table.customer == people.person).select(*table.columns, "weight")
    lowest = joined.weight.min().to_pyarrow().as_py()
    if lowest is not None and lowest < 0:
        raise InvalidAnswers(f"{_WHERE}: {name!r} must be 0 or more, found {lowest:g}")
    return joined


def _customers_then(snapshot: Snapshot, table: ir.Table) -> ir.Table:
    """Who was a customer while the survey ran: one column ``customer``."""
    span = table.aggregate(first=table.answered_at.min(), last=table.answered_at.max()).to_pandas().iloc[0]
    customers = snapshot.numbered("customers")
    there = customers.joined_on <= span["last"].date()
    if "left_on" in customers.columns:
        there &= customers.left_on.isnull() | (customers.left_on >= span["first"].date())
    return customers.filter(there).select("customer")
