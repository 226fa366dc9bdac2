"""What is known of the members of each segment, joined in the engine: attributes, and scores that are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.segments.errors import UnknownColumn
from cxmodels.segments.profiles.effects import Moments
from cxmodels.study.contract import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.segments.clusters.assign import Assignment
    from cxmodels.study.snapshot import Snapshot

PLAN = "plan"
MOST_LEVELS = 12
"""An attribute with more levels tells of persons rather than of kinds of them."""
UNKNOWN, NO_CONTRACT = "unknown", "no contract"
_DIGITS = 9


def with_scores(snapshot: Snapshot, rows: ir.Table, scores: Mapping[str, ir.Table | pd.DataFrame]) -> ir.Table:
    """`rows` of ``number`` with a column of each table that is given, null for who is not in it.

    Parameters
    ----------
    scores
        Column → table of one row a customer: ``customer``, a pseudonym, and that column.

    Raises
    ------
    UnknownColumn
        When a table lacks either.
    """
    import ibis

    names = snapshot.pseudonyms.select("pseudonym", person="number")
    for name, given in scores.items():
        if missing := [each for each in ("customer", name) if each not in given.columns]:
            raise UnknownColumn(
                f"{name}: the table lacks the column {missing[0]!r}; it has: {', '.join(map(str, given.columns))}"
            )
        table = ibis.memtable(given[["customer", name]]) if isinstance(given, pd.DataFrame) else given
        known = table.inner_join(names, table.customer == names.pseudonym).select("person", name)
        rows = rows.left_join(known, rows.number == known.person).drop("person")
    return rows


def attributes_of(snapshot: Snapshot) -> tuple[str, ...]:
    """Attributes of customers that are text or a truth value, and ``plan`` where contracts have one."""
    found: list[str] = []
    if "customers" in snapshot.tables:
        schema = snapshot.numbered("customers").schema()
        own = {*TABLES["customers"].names, "customer"}
        found = [name for name, kind in schema.items() if name not in own and (kind.is_string() or kind.is_boolean())]
    if "contracts" in snapshot.tables and PLAN in snapshot.numbered("contracts").columns and PLAN not in found:
        found.append(PLAN)
    return tuple(found)


def level_counts(snapshot: Snapshot, assignment: Assignment, attribute: str) -> pd.DataFrame | None:
    """Customers of each segment (rows, by number) at each level of an attribute (columns, by name).

    None where it has more than `MOST_LEVELS` levels, or one alone. A plan is that of the contract that runs, of
    several of the one that started last.
    """
    people = _plans(snapshot) if attribute == PLAN else snapshot.numbered("customers")
    own = people.select(person="customer", level=people[attribute].cast("string"))
    if int(own.level.nunique().execute()) > MOST_LEVELS:
        return None
    rows = assignment.table.left_join(own, assignment.table.number == own.person)
    rows = rows.mutate(level=rows.level.fill_null(NO_CONTRACT if attribute == PLAN else UNKNOWN))
    counted = rows.group_by("segment", "level").agg(n=rows.count()).to_pandas()
    table = counted.pivot(index="segment", columns="level", values="n").sort_index(axis=1)
    table = table.reindex(list(assignment.model.names)).fillna(0).astype("int64")
    return table if table.shape[1] > 1 else None


def moments_of(rows: ir.Table, columns: tuple[str, ...], segments: tuple[int, ...]) -> Moments:
    """(segments, columns) how many it is known of, mean and sample variance, of rows with ``segment``."""
    asked: dict[str, ir.Value] = {}
    for place, name in enumerate(columns):
        value = rows[name].cast("float64")
        asked |= {
            f"n:{place}": value.count(),
            f"mean:{place}": value.mean(),
            f"variance:{place}": value.var(how="sample"),
        }
    wide = rows.group_by("segment").agg(**asked).to_pandas().set_index("segment").reindex(list(segments))
    n, mean, variance = (
        wide[[f"{what}:{place}" for place in range(len(columns))]].to_numpy(float) for what in ("n", "mean", "variance")
    )
    # sums of floats depend on the order in which threads add them, beyond these digits
    return Moments(np.nan_to_num(n), np.round(mean, _DIGITS), np.round(variance, _DIGITS))


def of_the_rest(moments: Moments) -> Moments:
    """Of each segment, the moments of everybody else."""
    n, mean, variance = moments
    mean, squares = np.where(n > 0, mean, 0.0), np.where(n > 1, variance, 0.0) * np.maximum(n - 1, 0)
    rest, total, within = (n.sum(axis=0) - n, (n * mean).sum(axis=0) - n * mean, squares.sum(axis=0) - squares)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = total / rest
        # squared distances of the segments' means from that of the rest
        between = np.array(
            [
                sum(n[other] * (mean[other] - middle[own]) ** 2 for other in range(len(n)) if other != own)
                for own in range(len(n))
            ]
        )
        return Moments(rest, middle, (within + between) / (rest - 1))


def _plans(snapshot: Snapshot) -> ir.Table:
    import ibis

    contracts = snapshot.numbered("contracts")
    if "ended_on" in contracts.columns:
        contracts = contracts.filter(contracts.ended_on.isnull())
    latest = ibis.window(
        group_by=contracts.customer, order_by=[ibis.desc(contracts.started_on), ibis.desc(contracts.contract_id)]
    )
    turned = contracts.mutate(turn=ibis.row_number().over(latest))
    return turned.filter(turned.turn == 0).select("customer", PLAN)
