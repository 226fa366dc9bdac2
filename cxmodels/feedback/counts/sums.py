"""Answers to sums by several sets of attributes at a time, in the engine: one query for cells, one for totals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import ibis.expr.types as ir

PARTS = 1024
"""Weights are whole parts of 1, so that an engine that sums them in any order finds the same to the last digit."""
_SIXTHS = 6
_SUMS = ["weight", "weight_squares", "marks", "marks_squares", "marks_weights"]
_OWN = ("response_id", "customer", "item", "score", "mark", "weight")
_SET = "set"


def weighted(rows: ir.Table, weights: ir.Table | None) -> ir.Table:
    """`rows` with ``weight`` in parts of 1."""
    import ibis

    if weights is None:
        return rows.mutate(weight=ibis.literal(PARTS, type="int64"))
    known = weights.select(weighs="response_id", weight=(weights.weight * PARTS).round().cast("int64"))
    return rows.inner_join(known.filter(known.weight > 0), rows.response_id == known.weighs).drop("weighs")


def several(rows: ir.Table, sets: Sequence[Sequence[str]]) -> ir.Table:
    """Every row once a set of columns: ``set``, its place in `sets`, and the columns as ``key0``, ``key1`` …

    An engine runs a query faster than one is written, so that all sets are counted in one.

    Parameters
    ----------
    rows
        Answers: ``response_id``, ``customer``, ``item``, ``score``, ``mark``, ``weight`` in parts of 1; text columns.
    sets
        At least one; a shorter one has the empty text in the keys it lacks.
    """
    import ibis

    most = max(map(len, sets))
    parts = []
    for place, names in enumerate(sets):
        keys = [rows[name] for name in names] + [ibis.literal("")] * (most - len(names))
        own = {f"key{at}": key for at, key in enumerate(keys)}
        parts.append(rows.select(*_OWN, **{_SET: ibis.literal(place, type="int64")}, **own))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def cells_of(rows: ir.Table, sets: Sequence[tuple[str, ...]]) -> list[pd.DataFrame]:
    """`ScoreCounts.frame` of each set, from `several` rows; `sets` are the names that the frames have."""
    counted = rows.group_by([*_keys(rows), "item", "score", "mark"]).agg(
        n=rows.count(),
        customers=rows.customer.nunique() + rows.customer.isnull().cast("int64").sum(),
        weight=rows.weight.sum(),
    )
    cells = counted.to_pandas()
    cells["weight"] = cells["weight"] / PARTS
    cells = cells.astype({"score": float, "mark": "int64", "n": "int64", "customers": "int64", "weight": float})
    return _apart(cells, sets, ["item", "score"])


def totals_of(rows: ir.Table, sets: Sequence[tuple[str, ...]]) -> list[pd.DataFrame]:
    """`ScoreCounts.totals` of each set, from `several` rows.

    Sums over customers are of whole numbers: marks in sixths, of which a mean of one, two or three marks is whole.
    """
    keys = _keys(rows)
    each = rows.group_by([*keys, "response_id"]).agg(
        customer=rows.customer.max(),
        weight=rows.weight.max(),
        n=rows.count(),
        mark=(rows.mark.sum() * _SIXTHS / rows.count()).round().cast("int64"),
    )
    who = each.customer.cast("string")
    # a response of nobody is a customer of its own
    each = each.mutate(who=who.isnull().ifelse("response " + each.response_id, who), marks=each.weight * each.mark)
    people = each.group_by([*keys, "who"]).agg(
        responses=each.count(), n=each.n.sum(), weight=each.weight.sum(), marks=each.marks.sum()
    )
    found = (
        people.group_by(keys)
        .agg(
            n=people.n.sum(),
            responses=people.responses.sum(),
            customers=people.count(),
            weight=people.weight.sum(),
            weight_squares=(people.weight * people.weight).sum(),
            marks=people.marks.sum(),
            marks_squares=(people.marks * people.marks).sum(),
            marks_weights=(people.marks * people.weight).sum(),
        )
        .to_pandas()
    )
    units = [PARTS, PARTS**2, PARTS * _SIXTHS, (PARTS * _SIXTHS) ** 2, PARTS**2 * _SIXTHS]
    sums = {name: found[name].astype(float) / unit for name, unit in zip(_SUMS, units, strict=True)}
    whole = dict.fromkeys(["n", "responses", "customers"], "int64")
    return _apart(found.assign(**sums).astype(whole), sets, [])


def _keys(rows: ir.Table) -> list[str]:
    return [_SET, *(name for name in rows.columns if name.startswith("key"))]


def _apart(found: pd.DataFrame, sets: Sequence[tuple[str, ...]], then: list[str]) -> list[pd.DataFrame]:
    """The rows of each set in the order of its keys, and of the columns `then`, under the names the keys have."""
    keys = [name for name in found.columns if name.startswith("key")]
    parts = []
    for place, names in enumerate(sets):
        own, beyond = keys[: len(names)], keys[len(names) :]
        part = found[found[_SET] == place].drop(columns=[_SET, *beyond])
        part = part.sort_values([*own, *then], ignore_index=True) if own or then else part.reset_index(drop=True)
        parts.append(part.rename(columns=dict(zip(own, names, strict=True))))
    return parts
