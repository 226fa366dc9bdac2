"""Who would be called if everybody might be: the unhappy and those at risk, with what is at stake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.feedback.errors import InvalidScores
from cxmodels.study.engine import held

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

HIGH_RISK = "high risk"
_MONEY_DIGITS = 2
_LIMITS = ("low", "high")


def candidates(
    snapshot: Snapshot,
    said: ir.Table,
    at_risk: ir.Table | pd.DataFrame | None,
    value: ir.Table | pd.DataFrame | None,
    riskiest: float,
) -> ir.Table:
    """Everybody who would be called: the latest answer of the unhappy, and those of highest risk.

    Parameters
    ----------
    snapshot, at_risk, value, riskiest
        As for `call_list`.
    said
        From `unhappy`.

    Returns
    -------
    ibis Table
        One row a customer: ``customer, pseudonym, why``, the answer, null where there is none, and ``chance``,
        ``value`` and the money at risk with their limits, as far as they are known.
    """
    import ibis

    latest = ibis.window(group_by=said.customer, order_by=[said.answered_at.desc(), said.response_id.desc()])
    said = said.filter(said.customer.notnull()).mutate(turn=ibis.row_number().over(latest))
    said = said.filter(said.turn == 0)
    ids = said.select("customer")
    chances = values = None
    if at_risk is not None:
        chances = _of_people(snapshot, at_risk, "at_risk", "chance").filter(ibis._.chance.notnull())
        # as many as the share says, however many have the same chance
        most = int(np.ceil(riskiest * chances.count().execute()))
        turn = ibis.row_number().over(ibis.window(order_by=[chances.chance.desc(), chances.pseudonym]))
        chances = chances.mutate(high=turn < most).drop("pseudonym")
        ids = ibis.union(ids, chances.filter(chances.high).select("customer"), distinct=True)
    if value is not None:
        values = _of_people(snapshot, value, "value", "value").drop("pseudonym")
    people = ids.left_join(
        said.select(
            "customer", "response_id", "answered_at", "survey", "touchpoint", "service", "score", "on_scale", said="why"
        ),
        "customer",
    ).drop("customer_right")
    people = people if chances is None else people.left_join(chances, "customer").drop("customer_right")
    people = people if values is None else people.left_join(values, "customer").drop("customer_right")
    why = people["said"]
    if chances is not None:
        high = people.high.fill_null(False)
        why = ibis.cases((why.isnull(), HIGH_RISK), (high, why + ", " + HIGH_RISK), else_=why)
    people = people.mutate(why=why, **_money(people)).drop("said")
    names = snapshot.pseudonyms.select(customer="number", pseudonym="pseudonym")
    return people.inner_join(names, "customer")


def given_table(
    given: ir.Table | pd.DataFrame, argument: str, key: str, columns: tuple[str, ...], optional: tuple[str, ...] = ()
) -> ir.Table:
    """A table that was given as one of the engine: `key`, `columns`, and of the optional ones those it has.

    Raises
    ------
    InvalidScores
        When a column is missing.
    """
    import ibis

    if missing := [name for name in (key, *columns) if name not in given.columns]:
        raise InvalidScores(
            f"call_list: {argument} lacks the column {missing[0]!r}; it has: {', '.join(map(str, given.columns))}"
        )
    wanted = [key, *columns, *(name for name in optional if name in given.columns)]
    return ibis.memtable(given[wanted]) if isinstance(given, pd.DataFrame) else given.select(*wanted)


def each_once(table: ir.Table, argument: str, key: str) -> ir.Table:
    """The table itself.

    Raises
    ------
    InvalidScores
        When a key is missing or stands twice.
    """
    counted = table.aggregate(n=table.count(), named=table[key].nunique()).execute().iloc[0]
    if counted["n"] != counted["named"]:
        raise InvalidScores(f"call_list: {argument} must have each {key} once, found one missing or more than once")
    return table


def _of_people(snapshot: Snapshot, given: ir.Table | pd.DataFrame, argument: str, column: str) -> ir.Table:
    """A table of scores by the numbers of this snapshot: ``customer, pseudonym``, the score and its limits."""
    known = given_table(given, argument, "customer", (column,), tuple(f"{column}_{side}" for side in _LIMITS))
    names = snapshot.pseudonyms.select("pseudonym", number="number")
    # held, since scores are often worked out only when they are asked for
    rows = each_once(held(known.inner_join(names, known.customer == names.pseudonym)), argument, "customer")
    return rows.drop("customer").rename(customer="number")


def _money(people: ir.Table) -> dict[str, ir.Value]:
    """Chance × value and its limits, as far as they are known."""
    import ibis

    if not {"chance", "value"} <= set(people.columns):
        return {}
    money = {"money_at_risk": people.chance * people.value}
    chance, value = (
        [people[f"{name}_{side}"] if f"{name}_{side}" in people.columns else people[name] for side in _LIMITS]
        for name in ("chance", "value")
    )
    if any(f"{name}_low" in people.columns for name in ("chance", "value")):
        # where a value is below nought, the higher chance loses more
        money["money_at_risk_low"] = ibis.least(*(one * value[0] for one in chance))
        money["money_at_risk_high"] = ibis.greatest(*(one * value[1] for one in chance))
    return {name: amount.round(_MONEY_DIGITS) for name, amount in money.items()}
