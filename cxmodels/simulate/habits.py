"""Habits of buying: each customer is of a type that has its product, its screen and its time of day."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cxmodels.simulate.calendar import Calendar
from cxmodels.simulate.columns import draw, levels
from cxmodels.simulate.orders import Orders
from cxmodels.simulate.parameters import Buying, Habits

DAY = 86_400


def types(parameters: Habits, size: int, random: np.random.Generator) -> np.ndarray:
    """Draw the type of each customer, as a code into `Habits.share`."""
    return draw(random, parameters.share, size)


def with_habits(
    orders: Orders,
    own: np.ndarray,
    parameters: Habits,
    buying: Buying,
    calendar: Calendar,
    random: np.random.Generator,
) -> Orders:
    """The same orders on the same days, as customers of these types place them.

    Parameters
    ----------
    orders
        As drawn without types.
    own
        (customers,) the type of each.
    random
        A stream of its own, so that whatever else is drawn stays as it is.
    """
    of_order = own[orders.customer]
    category = _switched(
        orders.category, of_order, parameters.category, list(buying.category_share), parameters, random
    )
    channel = _switched(orders.channel, of_order, parameters.channel, list(buying.channel_share), parameters, random)
    day = calendar.days(orders.position) * DAY
    return replace(orders, category=category, channel=channel, seconds=day + _time_of_day(of_order, parameters, random))


def _switched(
    drawn: np.ndarray,
    of_order: np.ndarray,
    preferred: dict[str, str],
    names: list[str],
    parameters: Habits,
    random: np.random.Generator,
) -> np.ndarray:
    """Codes among those that some type prefers drawn anew, the others as they are."""
    either = sorted({names.index(name) for name in preferred.values()})
    own = np.array([names.index(preferred[name]) for name in parameters.share])[of_order]
    kept = random.random(len(drawn)) < parameters.faithful_share
    habit = np.where(kept, own, sum(either) - own)
    return np.where(np.isin(drawn, either), habit, drawn).astype(drawn.dtype)


def _time_of_day(of_order: np.ndarray, parameters: Habits, random: np.random.Generator) -> np.ndarray:
    """Seconds since midnight: within the hours of the type, or at any time of the day."""
    first = levels({name: parameters.hours[name][0] for name in parameters.share})[of_order]
    last = levels({name: parameters.hours[name][1] for name in parameters.share})[of_order]
    kept = random.random(len(of_order)) < parameters.faithful_share
    hour = np.where(kept, first, 0) + np.where(kept, last - first, 24) * random.random(len(of_order))
    return (hour * 3_600).astype(np.int64)
