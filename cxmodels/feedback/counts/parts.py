"""What answers are parted by: where they were asked, when, and who answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cxmodels.feedback.errors import InvalidValue, UnknownColumn
from cxmodels.study.contract import TABLES
from cxmodels.study.errors import nearest

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from cxmodels.study.snapshot import Snapshot

UNKNOWN = "unknown"
MONTH, PLAN = "month", "plan"
_OF_RESPONSES = ("survey", "touchpoint", "channel", "service")
_KEYS = ("customer", "number", "customer_id")
_TAKEN = {
    "item", "score", "mark", "n", "responses", "customers", "weight", "weight_squares", "marks", "marks_squares",
    "marks_weights", "value", "low", "high", "se", "n_eff",
}  # fmt: skip


def parts_of(
    snapshot: Snapshot, names: tuple[str, ...], groups: ir.Table | pd.DataFrame | None = None
) -> dict[str, str]:
    """Where each name comes from: ``"responses"``, ``"month"``, ``"plan"``, ``"groups"`` or ``"customers"``.

    Raises
    ------
    UnknownColumn
        When one is in none of them.
    InvalidValue
        When one is named twice, or as a count is.
    """
    if twice := [name for name in names if names.count(name) > 1]:
        raise InvalidValue(f"by: each name once, found {twice[0]!r} {names.count(twice[0])} times")
    if taken := [name for name in names if name in _TAKEN]:
        raise InvalidValue(
            f"by: {taken[0]!r} is what the answers themselves are counted in; give the column another name"
        )
    responses, own = snapshot.numbered("responses").columns, set(TABLES["customers"].names)
    customers = snapshot.numbered("customers").columns if "customers" in snapshot.tables else ()
    plans = "contracts" in snapshot.tables and PLAN in snapshot.numbered("contracts").columns
    places: dict[str, str] = {name: "customers" for name in customers if name not in own and name != "customer"}
    places |= {name: "groups" for name in groups.columns if name not in _KEYS} if groups is not None else {}
    places |= ({PLAN: PLAN} if plans and places.get(PLAN) != "groups" else {}) | {MONTH: MONTH}
    places |= {name: "responses" for name in _OF_RESPONSES if name in responses}
    for name in names:
        if name not in places:
            raise UnknownColumn(
                f"by: {name!r} is no column of responses, customers or groups{nearest(name, places)}; there are: "
                f"{', '.join(sorted(places))}"
            )
    return {name: places[name] for name in names}


def parted(
    snapshot: Snapshot, rows: ir.Table, places: Mapping[str, str], groups: ir.Table | pd.DataFrame | None = None
) -> ir.Table:
    """`rows` of answers with what they are parted by, text in ``by0``, ``by1`` …; ``"unknown"`` where missing.

    Parameters
    ----------
    snapshot
        The snapshot they come from.
    rows
        ``response_id``, ``customer``, ``answered_at`` and the columns of responses.
    places
        As `parts_of` finds them.
    groups
        As `score_counts` takes them.
    """
    import ibis

    named = {name: f"by{at}" for at, name in enumerate(places)}
    of = {place: [name for name in places if places[name] == place] for place in places.values()}
    own = {named[name]: rows[name].cast("string") for name in of.get("responses", ())}
    year, month = (part.cast("string") for part in (rows.answered_at.year(), rows.answered_at.month()))
    own |= {named[name]: year + "-" + month.lpad(2, "0") for name in of.get(MONTH, ())}
    table = rows.mutate(**own)
    if "customers" in of:
        table = _joined(table, snapshot.numbered("customers"), {name: named[name] for name in of["customers"]})
    if "groups" in of and groups is not None:
        keyed = by_number(snapshot, groups if isinstance(groups, ibis.Table) else ibis.memtable(groups))
        table = _joined(table, keyed, {name: named[name] for name in of["groups"]})
    if PLAN in of:
        table = _with_plan(snapshot, table, named[PLAN])
    return table.mutate(**{column: table[column].cast("string").fill_null(UNKNOWN) for column in named.values()})


def _joined(table: ir.Table, people: ir.Table, wanted: Mapping[str, str]) -> ir.Table:
    own = people.select(person="customer", **{column: people[name] for name, column in wanted.items()})
    return table.left_join(own, table.customer == own.person).drop("person")


def by_number(snapshot: Snapshot, groups: ir.Table) -> ir.Table:
    """`groups` by ``customer``, whichever of ``customer``, ``number`` and ``customer_id`` they name people by."""
    key = next((name for name in _KEYS if name in groups.columns), None)
    if key is None:
        raise UnknownColumn(f"groups: one of {', '.join(_KEYS)} is required, found: {', '.join(groups.columns)}")
    if key != "customer_id":
        return groups.rename(customer=key) if key != "customer" else groups
    people = snapshot.pseudonyms.select(customer="number", pseudonym="pseudonym")
    return groups.inner_join(people, groups.customer_id == people.pseudonym).drop("pseudonym", "customer_id")


def _with_plan(snapshot: Snapshot, table: ir.Table, column: str) -> ir.Table:
    """The plan of the contract that ran on the day of the answer; of several, of the one that started last."""
    import ibis

    contracts = snapshot.numbered("contracts")
    ended = contracts.ended_on if "ended_on" in contracts.columns else ibis.null("date")
    under = contracts.select(person="customer", begun="started_on", over=ended, plan="plan", contract="contract_id")
    said = table.select("response_id", "customer", day=table.answered_at.date()).distinct()
    runs = [said.customer == under.person, under.begun <= said.day, under.over.isnull() | (under.over >= said.day)]
    both = said.inner_join(under, runs)
    latest = ibis.window(group_by=both.response_id, order_by=[both.begun.desc(), both.contract.desc()])
    both = both.mutate(rank=ibis.row_number().over(latest))
    both = both.filter(both["rank"] == 0).select(said="response_id", **{column: both.plan})
    return table.left_join(both, table.response_id == both.said).drop("said")
