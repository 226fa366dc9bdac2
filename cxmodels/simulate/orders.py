"""Shop orders: a rate and a spend of one's own, moved by satisfaction, until the interest ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cxmodels.simulate.calendar import Calendar
from cxmodels.simulate.columns import chosen, draw, levels, number, numbered, timestamp
from cxmodels.simulate.customers import Customers
from cxmodels.simulate.parameters import Buying

STORE = 2
"""Code of the channel that leaves no digital path."""


@dataclass(frozen=True)
class Orders:
    """Orders of a block in time order, returns left out.

    Attributes
    ----------
    customer, month
        Row of the customer, month of the window.
    position
        When; it settles what follows from the order.
    seconds
        When it was placed, on the same day, in seconds since 1970-01-01.
    amount
        In the currency.
    channel, category
        Codes into `Buying.channel_share` and `Buying.category_share`.
    """

    customer: np.ndarray
    month: np.ndarray
    position: np.ndarray
    seconds: np.ndarray
    amount: np.ndarray
    channel: np.ndarray
    category: np.ndarray


def rates(
    customers: Customers, subscribed: np.ndarray, parameters: Buying, calendar: Calendar, random: np.random.Generator
) -> np.ndarray:
    """Expected orders of every customer in every month of the window while subscribed, float32."""
    count = len(customers)
    own = random.gamma(parameters.rate_shape, parameters.rate_mean / parameters.rate_shape, count)
    dropout = random.gamma(parameters.dropout_shape, parameters.dropout_mean / parameters.dropout_shape, count)
    lost = np.maximum(customers.joined, calendar.first) + random.exponential(size=count) / np.maximum(dropout, 1e-9)
    month = np.arange(calendar.first, calendar.stop)
    interested = np.clip(lost[:, None] - month, 0, 1).astype(np.float32)
    felt = customers.feelings.satisfaction[:, calendar.first : calendar.stop]
    rate = np.exp(np.float32(parameters.satisfaction) * felt) * subscribed * interested
    return rate * own[:, None].astype(np.float32)


def buy(
    customers: Customers,
    rate: np.ndarray,
    subscribed: np.ndarray,
    begin: np.ndarray,
    parameters: Buying,
    calendar: Calendar,
    random: np.random.Generator,
) -> Orders:
    """Draw the orders of the window."""
    number_of = random.poisson(rate).astype(np.int8)
    customer, month = np.nonzero(number_of)
    times = number_of[customer, month]
    customer, month = np.repeat(customer, times), np.repeat(month, times)
    size = len(customer)
    position = calendar.first + month + begin[customer, month]
    position = position + random.random(size) * subscribed[customer, month] * 0.999
    category = draw(random, parameters.category_share, size)
    own = random.normal(0, parameters.customer_sd, len(customers))
    felt = customers.feelings.satisfaction[customer, calendar.first + month]
    log_amount = (
        parameters.log_amount
        + levels(parameters.category)[category]
        + own[customer]
        + parameters.spend_satisfaction * felt
        + random.normal(0, parameters.order_sd, size)
    )
    channel = draw(random, parameters.channel_share, size)
    order = np.argsort(position, kind="stable")
    return Orders(
        customer[order],
        month[order],
        position[order],
        calendar.seconds(position[order]),
        np.round(np.exp(log_amount), 2)[order],
        channel[order],
        category[order],
    )


def table(
    orders: Orders, ids: pa.Array, parameters: Buying, calendar: Calendar, block: int, random: np.random.Generator
) -> pa.Table:
    """The table ``orders``: what was bought, and what was sent back as rows with a negative amount."""
    size = len(orders.customer)
    margin = orders.amount * (parameters.margin_rate + random.normal(0, parameters.margin_sd, size))
    back_at = calendar.seconds(orders.position) + random.integers(3 * 86_400, 14 * 86_400, size)
    back_at = np.maximum(back_at, orders.seconds + 3 * 86_400)
    back = np.flatnonzero((random.random(size) < parameters.return_share) & (back_at < calendar.stop_seconds))
    row = np.concatenate([np.arange(size), back])
    when = np.concatenate([orders.seconds, back_at[back]])
    sign = np.where(np.arange(len(row)) < size, 1.0, -1.0)
    order = np.argsort(when, kind="stable")
    row, when, sign = row[order], when[order], sign[order]
    return pa.table(
        {
            "order_id": numbered("O", block, len(row)),
            "customer_id": chosen(orders.customer[row], ids),
            "ordered_at": timestamp(when),
            "amount": number(sign * orders.amount[row]),
            "margin": number(sign * margin[row]),
            "channel": chosen(orders.channel[row], list(parameters.channel_share)),
            "category": chosen(orders.category[row], list(parameters.category_share)),
        }
    )
