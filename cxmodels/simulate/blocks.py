"""The whole company, block after block of customers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from cxmodels.simulate import (
    consents,
    contracts,
    customers,
    habits,
    journeys,
    orders,
    responses,
    scores,
    surveys,
    truth,
)
from cxmodels.simulate.calendar import Calendar
from cxmodels.simulate.columns import chosen
from cxmodels.simulate.parameters import PARAMETERS, Parameters

BLOCK = 20_000
"""Customers drawn together, each block with random numbers of its own: what is drawn does not depend on how many
blocks are held in memory at once."""

TABLES = (
    "customers",
    "contracts",
    "orders",
    "responses",
    "answers",
    "items",
    "invitations",
    "interactions",
    "costs",
    "identities",
    "consents",
    "actions",
)


@dataclass(frozen=True)
class Company:
    """A company held in memory.

    Attributes
    ----------
    tables
        The twelve tables of the contract, as Arrow tables.
    truth
        Coefficients and realised quantities, the content of ``truth.json``.
    satisfaction
        Latent satisfaction, customers × months of the window, indexed by customer_id and ``YYYY-MM``.
    types
        The content of ``customer_types.parquet``: ``customer_id`` and the ``type`` of its habits.
    """

    tables: dict[str, pa.Table]
    truth: dict[str, Any] = field(repr=False)
    satisfaction: pd.DataFrame = field(repr=False)
    types: pa.Table = field(repr=False)


@dataclass(frozen=True)
class Block:
    """The tables of some customers (those without a customer are left out) and their part of the truth."""

    tables: dict[str, pa.Table]
    sums: truth.Sums
    satisfaction: np.ndarray
    types: pa.Table


def blocks(customer_count: int, calendar: Calendar, seed: int, parameters: Parameters = PARAMETERS) -> Iterator[Block]:
    """Yield the company in blocks of `BLOCK` customers."""
    for number, first in enumerate(range(0, customer_count, BLOCK)):
        yield _block(number, min(BLOCK, customer_count - first), calendar, seed, parameters)


def shared_tables(
    customer_count: int, calendar: Calendar, seed: int, parameters: Parameters = PARAMETERS
) -> dict[str, pa.Table]:
    """The tables that are not about single customers: ``items`` and ``costs``."""
    random = np.random.default_rng([seed, 1])
    return {
        "items": scores.items_table(),
        "costs": _without_dictionaries(journeys.costs_table(customer_count, parameters.journeys, calendar, random)),
    }


def calendar_of(customer_count: int, months: int, end: str, parameters: Parameters = PARAMETERS) -> Calendar:
    """The months, after checking what was asked for.

    Raises
    ------
    ValueError
        When there are no customers, too few months, or `end` is not a month's last day.
    """
    if customer_count < 1:
        raise ValueError(f"customers must be at least 1, found {customer_count}")
    return Calendar(months, end, parameters.joining.history_months)


def whole(customer_count: int, months: int, end: str, seed: int) -> Company:
    """The company in memory."""
    calendar = calendar_of(customer_count, months, end)
    parts = list(blocks(customer_count, calendar, seed))
    shared = shared_tables(customer_count, calendar, seed)
    tables = {
        name: shared[name] if name in shared else pa.concat_tables([part.tables[name] for part in parts])
        for name in TABLES
    }
    realised = truth.add(part.sums for part in parts)
    satisfaction = np.concatenate([part.satisfaction for part in parts])
    return Company(
        tables,
        truth.record(realised, PARAMETERS, calendar, customer_count, seed),
        pd.DataFrame(satisfaction, index=tables["customers"]["customer_id"].to_pandas(), columns=calendar.labels),
        pa.concat_tables([part.types for part in parts]),
    )


def _block(number: int, count: int, calendar: Calendar, seed: int, parameters: Parameters) -> Block:
    random = np.random.Generator(np.random.SFC64([seed, 0, number]))
    people = customers.gather(parameters, calendar, number * BLOCK + 1, count, random)
    subscribed, begin = contracts.exposure(people.spells, calendar, count)
    decisions, askable = consents.decide(people, parameters.consent, calendar, random)

    rate = orders.rates(people, subscribed, parameters.buying, calendar, random)
    bought = orders.buy(people, rate, subscribed, begin, parameters.buying, calendar, random)
    of_habit = np.random.Generator(np.random.SFC64([seed, 3, number]))
    own = habits.types(parameters.habits, count, of_habit)
    bought = habits.with_habits(bought, own, parameters.habits, parameters.buying, calendar, of_habit)

    events = surveys.happenings(
        people,
        subscribed,
        begin,
        calendar,
        parameters.journeys.contact_probability,
        parameters.journeys.late_contact_probability,
        random,
    )
    asked = surveys.ask(people, subscribed, askable, events, parameters.surveys, parameters.scores, calendar, random)
    answered = responses.respond(people, asked, parameters, number, random)

    who, month = np.nonzero(events.contacted)
    day = calendar.starts[calendar.first + month] + events.contact_day[who, month]
    called = day * 86_400 + random.integers(9 * 3_600, 19 * 3_600, len(who))
    devices = journeys.own_devices(people, number, random)
    tables = {
        "customers": customers.table(people, parameters, calendar),
        "contracts": contracts.table(people.spells, people.ids, parameters.fees, calendar, number, random),
        "orders": orders.table(bought, people.ids, parameters.buying, calendar, number, random),
        "responses": answered.table,
        "answers": answered.answers,
        "invitations": surveys.invitations_table(asked, people.ids),
        "interactions": journeys.interactions_table(
            people,
            devices,
            bought,
            rate,
            (who, called),
            parameters.journeys,
            parameters.buying.channel_share["Store"],
            calendar,
            number,
            random,
        ),
        "identities": journeys.identities_table(people, devices, parameters.journeys, calendar, random),
        "consents": decisions,
        "actions": responses.actions_table(
            answered, asked, people.ids, parameters.follow_ups, calendar, number, random
        ),
    }
    plain = {name: _without_dictionaries(table) for name, table in tables.items()}
    sums = truth.sums(
        people, subscribed, np.stack([events.delivered, events.late]), bought, asked, answered, parameters, calendar
    )
    types = pa.table({"customer_id": people.ids, "type": chosen(own, list(parameters.habits.share))})
    felt = people.feelings.satisfaction[:, calendar.first : calendar.stop]
    return Block(plain, sums, felt, _without_dictionaries(types))


def _without_dictionaries(table: pa.Table) -> pa.Table:
    fields = [
        pa.field(column.name, pa.string() if pa.types.is_dictionary(column.type) else column.type)
        for column in table.schema
    ]
    return table.cast(pa.schema(fields))
