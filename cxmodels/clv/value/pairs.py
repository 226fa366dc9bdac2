"""The customers of two days of a study, each with the state they were in on both, counted by the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.clv.counts.base import NUMBERS
from cxmodels.clv.counts.days import MONEY
from cxmodels.clv.counts.groups import COHORT, cohorts, in_engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.clv.counts.base import Base
    from cxmodels.study.snapshot import Snapshot

BEFORE, NOW = "_before", "_now"
_MONEY = ("total", "margin")


def customer_pairs(before: Base, now: Base, then: Snapshot, today: Snapshot) -> pd.DataFrame:
    """Count the customers of two days by their state on both.

    Parameters
    ----------
    before, now
        The bases of the earlier and of the later day.
    then, today
        The snapshots they were counted from, of one study: pseudonyms say who is who.

    Returns
    -------
    DataFrame
        One row a distinct pair of states: the numbers of `Base.cells` with ``_before`` and with ``_now`` (NaN where
        there is no order, no contract, or no such customer on that day), the attributes of `now` (of `before` for
        who is gone), and ``n``.
    """
    old, new = _people(before, then, BEFORE), _people(now, today, NOW)
    table = old.outer_join(new, old[f"who{BEFORE}"] == new[f"who{NOW}"])
    keys = [f"{name}{side}" for side in (BEFORE, NOW) for name in NUMBERS]
    columns = {column: name for name, column in in_engine(name for name in now.by if name != COHORT).items()}
    known = {
        column: table[f"{column}{NOW}"].fill_null(table[f"{column}{BEFORE}"])
        if column in before.keys
        else table[f"{column}{NOW}"]
        for column in columns
    }
    table = table.select(*keys, **known)
    counted = table.group_by([*keys, *columns]).agg(n=table.count()).to_pandas()
    # engines return groups in any order; the same data must give the same bytes
    counted = counted.sort_values([*keys, *columns], ignore_index=True).rename(columns=columns)
    for name in keys:
        codes = counted[name].astype("float64")
        money = name.removesuffix(BEFORE).removesuffix(NOW) in _MONEY
        counted[name] = codes.where(codes >= 0) / (MONEY if money else 1)
    if COHORT in now.by:
        ago = counted[f"T{NOW}"].fillna(counted[f"T{BEFORE}"] + (now.as_of - before.as_of).days)
        counted[COHORT] = cohorts(now.as_of, ago)
    return counted.astype({"n": np.int64})


def _people(base: Base, snapshot: Snapshot, side: str) -> ir.Table:
    """Pseudonym and codes of each customer, named by the day."""
    who = snapshot.pseudonyms.select("number", "pseudonym")
    rows = base.table.inner_join(who, "number")
    return rows.select(**{f"who{side}": rows.pseudonym, **{f"{name}{side}": rows[name] for name in base.keys}})
