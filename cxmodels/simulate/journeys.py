"""Contacts: paths of touches that end in an order or not, calls for service, the devices behind them, the costs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pyarrow as pa

from cxmodels.simulate.calendar import Calendar
from cxmodels.simulate.columns import chosen, date, levels, number, numbered, timestamp
from cxmodels.simulate.customers import Customers
from cxmodels.simulate.exchanges import Journeys
from cxmodels.simulate.orders import STORE, Orders

SERVICE_CHANNELS = ("Phone", "Chat", "Mail")
TOUCHPOINTS = ("search result", "social post", "newsletter", "banner", "partner site", "website", "customer care")
STAGES = ("discovery", "choice", "purchase", "service")
OUTCOMES = ("conversion", "resolved", "unresolved")


@dataclass(frozen=True)
class Devices:
    """The devices of a block: `owner` is the customer's row, `first` the row of each customer's first device."""

    owner: np.ndarray
    first: np.ndarray
    number_of: np.ndarray
    ids: pa.Array


@dataclass(frozen=True)
class Paths:
    """Every path of one to three touches: `channels` (paths × 3, -1 after the end), its share, its conversion."""

    channels: np.ndarray
    length: np.ndarray
    share: np.ndarray
    conversion: np.ndarray

    @property
    def conversion_rate(self) -> float:
        """Probability that a path ends in an order."""
        return float(self.share @ self.conversion)


def every_path(parameters: Journeys) -> Paths:
    """All paths with their probability of being followed and of converting."""
    share, effect = levels(parameters.share), levels(parameters.effect)
    channels, length, weight = [], [], []
    for touches, of_length in enumerate(parameters.length_share, start=1):
        for path in product(range(len(share)), repeat=touches):
            channels.append([*path, *[-1] * (len(parameters.length_share) - touches)])
            length.append(touches)
            weight.append(of_length * share[list(path)].prod() / share.sum() ** touches)
    codes = np.array(channels, np.int8)
    score = parameters.intercept + np.where(codes >= 0, effect[codes], 0).sum(axis=1)
    return Paths(codes, np.array(length), np.array(weight) / sum(weight), 1 / (1 + np.exp(-score)))


def own_devices(customers: Customers, block: int, random: np.random.Generator) -> Devices:
    """One to three devices a customer."""
    number_of = 1 + (random.random(len(customers)) < 0.5) + (random.random(len(customers)) < 0.25)
    first = np.concatenate([[0], np.cumsum(number_of)[:-1]])
    owner = np.repeat(np.arange(len(customers)), number_of)
    # Device numbers in random order: neighbours in number are not devices of one customer.
    ids = numbered("D", block, len(owner)).take(pa.array(random.permutation(len(owner))))
    return Devices(owner, first, number_of, ids)


def identities_table(
    customers: Customers, devices: Devices, parameters: Journeys, calendar: Calendar, random: np.random.Generator
) -> pa.Table:
    """The table ``identities``: logins and guesses, some devices unlinked, some shared by two customers."""
    size = len(devices.owner)
    linked = np.flatnonzero(random.random(size) >= parameters.unlinked_share)
    shared = linked[random.random(len(linked)) < parameters.shared_share]
    other = (devices.owner[shared] + random.integers(1, max(len(customers), 2), len(shared))) % len(customers)
    device = np.concatenate([linked, shared])
    customer = np.concatenate([devices.owner[linked], other])
    different = np.concatenate([np.full(len(linked), True), other != devices.owner[shared]])
    device, customer = device[different], customer[different]
    guessed = (random.random(len(device)) < 0.2) | (np.arange(len(device)) >= len(linked))

    first = calendar.seconds(np.maximum(customers.joined[customer], calendar.first))
    still_seen = random.random(len(device)) < 0.5
    last = first + (random.random(len(device)) * (calendar.stop_seconds - first)).astype(np.int64)
    order = np.argsort(first, kind="stable")
    return pa.table(
        {
            "device_id": chosen(device[order], devices.ids),
            "customer_id": chosen(customer[order], customers.ids),
            "first_seen": timestamp(first[order]),
            "last_seen": timestamp(last[order], missing=still_seen[order]),
            "link": chosen(guessed[order], ("login", "probabilistic")),
        }
    )


def interactions_table(
    customers: Customers,
    devices: Devices,
    orders: Orders,
    rate: np.ndarray,
    contacts: tuple[np.ndarray, np.ndarray],
    parameters: Journeys,
    store_share: float,
    calendar: Calendar,
    block: int,
    random: np.random.Generator,
) -> pa.Table:
    """The table ``interactions``: touches of the tracked months and every contact with the service."""
    paths = every_path(parameters)
    tracked = max(calendar.months - parameters.tracker_months, 0)
    digital = np.flatnonzero((orders.month >= tracked) & (orders.channel != STORE))
    won = random.choice(len(paths.share), len(digital), p=paths.share * paths.conversion / paths.conversion_rate)

    odds_against = (1 - paths.conversion_rate) / paths.conversion_rate
    in_vain = random.poisson(rate[:, tracked:] * np.float32((1 - store_share) * odds_against))
    customer, month = np.nonzero(in_vain)
    times = in_vain[customer, month]
    customer, month = np.repeat(customer, times), np.repeat(month, times)
    unlikely = paths.share * (1 - paths.conversion) / (1 - paths.conversion_rate)
    lost = random.choice(len(paths.share), len(customer), p=unlikely)

    path = np.concatenate([won, lost])
    who = np.concatenate([orders.customer[digital], customer])
    last = np.concatenate(
        [
            orders.seconds[digital],
            calendar.seconds(calendar.first + tracked + month + random.random(len(customer))),
        ]
    )
    value = np.concatenate([orders.amount[digital], np.full(len(customer), np.nan)])

    length = paths.length[path]
    touch_of = np.repeat(np.arange(len(path)), length)
    place = np.arange(len(touch_of)) - np.repeat(np.cumsum(length) - length, length)
    remaining = length[touch_of] - 1 - place
    between = random.integers(3_600, 4 * 86_400, len(path))
    at = last[touch_of] - remaining * between[touch_of]
    at = np.maximum(at, int(calendar.starts[calendar.first]) * 86_400)
    channel = paths.channels[path[touch_of], place]
    ends = (remaining == 0) & ~np.isnan(value[touch_of])
    owner = who[touch_of]
    device = devices.first[owner] + (random.random(len(owner)) ** 2 * devices.number_of[owner]).astype(np.int64)
    anonymous = random.random(len(owner)) >= parameters.signed_in_share

    service_customer, service_at = contacts
    calls = len(service_customer)
    service_channel = random.choice(len(SERVICE_CHANNELS), calls, p=[0.5, 0.3, 0.2])
    solved = random.random(calls) < 0.78

    def both(touches: np.ndarray, service: np.ndarray) -> np.ndarray:
        return np.concatenate([touches, service])[order]

    when = np.concatenate([at, service_at])
    order = np.argsort(when, kind="stable")
    service = both(np.zeros(len(at), bool), np.ones(calls, bool))
    advertised = len(parameters.share)
    stage = np.where(ends, 2, np.minimum(place, 1))
    return pa.table(
        {
            "interaction_id": numbered("I", block, len(when)),
            "customer_id": chosen(both(owner, service_customer), customers.ids, both(anonymous, np.zeros(calls, bool))),
            "device_id": chosen(both(device, np.zeros(calls, np.int64)), devices.ids, missing=service),
            "occurred_at": timestamp(when[order]),
            "channel": chosen(both(channel, advertised + service_channel), [*parameters.share, *SERVICE_CHANNELS]),
            "touchpoint": chosen(both(channel, np.full(calls, advertised)), TOUCHPOINTS),
            "stage": chosen(both(stage, np.full(calls, 3)), STAGES),
            "outcome": chosen(both(np.zeros(len(at), int), 2 - solved), OUTCOMES, both(~ends, np.zeros(calls, bool))),
            "value": number(both(value[touch_of], np.zeros(calls)), missing=both(~ends, np.ones(calls, bool))),
        }
    )


def costs_table(customers: int, parameters: Journeys, calendar: Calendar, random: np.random.Generator) -> pa.Table:
    """The table ``costs``: what each paid channel cost in each month of the window."""
    channels = list(parameters.monthly_cost)
    season = 1 + 0.3 * np.isin(calendar.month_of_year[calendar.first : calendar.stop], (11, 12))
    noise = random.normal(1, 0.08, (len(channels), calendar.months))
    cost = customers * levels(parameters.monthly_cost)[:, None] * season * noise
    month, channel = np.meshgrid(np.arange(calendar.months), np.arange(len(channels)))
    return pa.table(
        {
            "channel": chosen(channel.ravel(), channels),
            "month": date(calendar.starts[calendar.first + month.ravel()]),
            "cost": number(cost.ravel()),
        }
    )
