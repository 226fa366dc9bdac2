"""The customers of one block: who they are, how satisfied, and when they are subscribed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cxmodels.simulate.calendar import Calendar
from cxmodels.simulate.columns import chosen, date, draw
from cxmodels.simulate.contracts import Spells, subscribe
from cxmodels.simulate.parameters import Parameters
from cxmodels.simulate.satisfaction import Feelings, feel


@dataclass(frozen=True)
class Customers:
    """Arrays over the customers of a block; months are indices of the calendar.

    Attributes
    ----------
    ids
        Their identifiers.
    joined
        Position at which each joined.
    region, joined_channel, age_band
        Codes into the levels of `Parameters.joining`.
    french
        Whether they write French.
    feelings
        Latent satisfaction and late deliveries by month.
    spells
        Their contracts.
    """

    ids: pa.Array
    joined: np.ndarray
    region: np.ndarray
    joined_channel: np.ndarray
    age_band: np.ndarray
    french: np.ndarray
    feelings: Feelings
    spells: Spells

    def __len__(self) -> int:
        return len(self.joined)


def gather(
    parameters: Parameters, calendar: Calendar, first_number: int, count: int, random: np.random.Generator
) -> Customers:
    """Draw `count` customers who were subscribed at the window's start or joined within it.

    Candidates who left before the window are drawn and dropped, so that who is left from before has the
    satisfaction and the traits of those who stay.
    """
    joining = parameters.joining
    candidates = int(count * 1.45) + 60
    while True:
        joined = _joining_positions(parameters, calendar, candidates, random)
        region = draw(random, joining.region, candidates)
        channel = draw(random, joining.joined_channel, candidates)
        plan = draw(random, joining.plan, candidates)
        feelings = feel(parameters.satisfaction, calendar, joined, region, list(joining.region), random)
        spells = subscribe(parameters.leaving, calendar, joined, plan, region, channel, feelings.satisfaction, random)
        present = np.flatnonzero(spells.first_end >= calendar.first)[:count]
        if len(present) == count:
            break
        candidates *= 2
    numbers = np.arange(first_number, first_number + count)
    return Customers(
        ids=pa.array([f"C{number:07d}" for number in numbers.tolist()], pa.string()),
        joined=joined[present],
        region=region[present],
        joined_channel=channel[present],
        age_band=draw(random, joining.age_band, count),
        french=random.random(count) < joining.french_share,
        feelings=feelings.of(present),
        spells=spells.of(present),
    )


def table(customers: Customers, parameters: Parameters, calendar: Calendar) -> pa.Table:
    """The table ``customers``: `left_on` is the last day of the last contract of who has none running."""
    spells, joining = customers.spells, parameters.joining
    left = np.full(len(customers), np.inf)
    known = spells.start < calendar.stop
    # A second contract comes after the first in the arrays, so its end is the one that stays.
    left[spells.customer[known]] = spells.end[known]
    here = left >= calendar.stop
    return pa.table(
        {
            "customer_id": customers.ids,
            "joined_on": date(calendar.days(customers.joined)),
            "left_on": date(calendar.days(np.where(here, 0.0, left)), missing=here),
            "region": chosen(customers.region, list(joining.region)),
            "joined_channel": chosen(customers.joined_channel, list(joining.joined_channel)),
            "age_band": chosen(customers.age_band, list(joining.age_band)),
        }
    )


def _joining_positions(
    parameters: Parameters, calendar: Calendar, count: int, random: np.random.Generator
) -> np.ndarray:
    joining = parameters.joining
    months = np.arange(calendar.stop)
    weight = (1 + joining.yearly_growth) ** (months / 12)
    weight[np.isin(calendar.month_of_year[: calendar.stop], (12, 1))] *= joining.winter_factor
    edges = np.cumsum(weight) / weight.sum()
    month = np.searchsorted(edges, random.random(count), side="right")
    return month + random.random(count)
