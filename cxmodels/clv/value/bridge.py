"""From last month's value of the customer base to this month's, step by step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.value.drawn import from_draws
from cxmodels.clv.value.expected import draws_for, fewer
from cxmodels.clv.value.pairs import customer_pairs
from cxmodels.clv.value.revaluation import STEPS, Revaluation, revalued
from cxmodels.estimate import REAL, Estimate

if TYPE_CHECKING:
    from cxmodels.clv.forecasts.forecast import ClvForecast
    from cxmodels.study.snapshot import Snapshot

MOST_DRAWS = 80
"""Steps share their draws, so that few of them tell the steps' intervals; expectations over them take time."""
TITLES = {
    "learned": "What we learned",
    "time": "A month went by",
    "new": "New customers",
    "retention": "Customers kept or lost",
    "purchasing": "How often they buy",
    "spend": "What they pay",
}
MEANINGS = {
    "learned": "the same customers, valued with what is known today about how customers behave",
    "time": "a month’s money is collected, the rest has come nearer, and a further month has come into view",
    "new": "customers, contracts and first orders that were not there before",
    "retention": "more or fewer stayed, or still seem to buy, than was expected of them",
    "purchasing": "those who still buy turned out to buy more or less often than was expected",
    "spend": "they paid more or less at a time, or their margin changed",
}


@dataclass(frozen=True, eq=False)
class Bridge:
    """What moved the value of the customer base.

    Attributes
    ----------
    reason
        Why it cannot be told, in a sentence; empty where it can. The rest is empty otherwise.
    before, now
        The value as it was told then and the one told today, each with its 95 % interval (`ClvForecast.total`).
    change
        Now less before, with the 95 % interval of what the steps leave open.
    steps
        One row a step, in order: ``step, title, means``; ``value, low, high``; ``chance``, how far from nil chance
        alone takes it 95 times in 100 where customers behave as the model says (0 where that is no question);
        ``real``, whether it goes beyond that and its direction is sure (.975). The values add up to `change` exactly.
        What was learned is the difference of two expectations and has no interval of its own: how well the level is
        known is told with `before` and `now`.
    draws
        (draws,) a column a step: they add up to the change in each.
    days
        Between the two.
    currency
        The study's.

    Notes
    -----
    A sequential revaluation, as insurers explain the change of their embedded value (American Academy of Actuaries
    2009, Embedded value reporting, section on the movement analysis); Wiesel, Skiera & Villanueva (2008), J. Marketing
    72(2), decompose customer equity likewise. Last month's number is taken as it was told. Then, always with the same
    draws of today's parameters: last month's customers with today's parameters; what was expected of them a month
    on; customers who were not there; and, for those who were, P(alive) and contracts, then purchases of those alive,
    then payments and margins, each going from expected to found. The last three are nil in expectation where the
    model is right: they say what customers did otherwise. The order matters for what is shared between two steps.
    Who withdrew consent since counts as lost. Where a month's expected survival is needed it is simulated, which
    moves money between retention and purchasing by far less than their intervals.
    """

    reason: str
    before: Estimate | None = None
    now: Estimate | None = None
    change: Estimate | None = None
    steps: pd.DataFrame | None = None
    draws: pd.DataFrame | None = None
    days: int = 0
    currency: str = ""

    def moves(self) -> pd.DataFrame:
        """The steps that can move anything: of a company without orders, say, there is no step of purchasing.

        Raises
        ------
        ValueError
            When there are none; the message is the `reason`.
        """
        if self.steps is None:
            raise ValueError(f"value_bridge: {self.reason}")
        return self.steps[(self.steps["low"] != 0) | (self.steps["high"] != 0)]


def value_bridge(
    before: ClvForecast | None, now: ClvForecast, then: Snapshot, today: Snapshot, *, draws: int | None = None
) -> Bridge:
    """Explain the change of the value between two days of a study.

    Parameters
    ----------
    before, now
        Forecasts of the earlier and of the later day; None where nothing could be forecast.
    then, today
        The snapshots they were made from, of one study.
    draws
        Of the parameters; default: fewer for large bases.

    Raises
    ------
    InvalidValue
        When the forecasts do not have the same horizon, discount and currency, or are not in order.
    """
    if before is None:
        return Bridge("The value of the month before is not known, so no change can be explained.")
    days = (now.base.as_of - before.base.as_of).days
    if days <= 0:
        raise InvalidValue(f"value_bridge: the later forecast must come second, found {days} days between them")
    for name in ("horizon_months", "discount_rate", "currency"):
        if getattr(before, name) != getattr(now, name):
            found = f"{getattr(before, name)} and {getattr(now, name)}"
            raise InvalidValue(f"value_bridge: both forecasts need the same {name}, found {found}")
    if _parts(before) != _parts(now):
        return Bridge("Orders or contracts could be valued on one of the two days only, so the change means nothing.")
    pairs = customer_pairs(before.base, now.base, then, today)
    ahead = fewer(now.ahead, draws or min(draws_for(len(pairs)), MOST_DRAWS))
    moved = revalued(pairs, ahead, before.ahead.margin_rate, days, now.seed)
    return told(moved, before.total("clv"), now.total("clv"), days)


def told(found: Revaluation, before: Estimate, now: Estimate, days: int) -> Bridge:
    """The bridge from a revaluation and the two values as they were told."""
    moves = found.sums[list(STEPS[1:])]
    # what is told today rests on more draws than these; what is left by that is of the parameters, as learning is
    learned = now.value - before.value - math.fsum(moves.mean())
    drawn = pd.concat([pd.Series(learned, index=moves.index, name=STEPS[0]), moves], axis=1)
    n, currency = now.n, now.unit
    steps = []
    for name in STEPS:
        each = drawn[name].to_numpy()
        step = from_draws(each, currency, n) if name != STEPS[0] else Estimate.exact(learned, currency, n)
        sure = max(float(np.mean(each > 0)), float(np.mean(each < 0))) >= REAL
        reach = NormalDist().inv_cdf(REAL) * found.chance.get(name, 0.0)
        real = name != STEPS[0] and sure and abs(step.value) > reach
        steps.append((name, TITLES[name], MEANINGS[name], step.value, step.low, step.high, reach, real))
    return Bridge(
        "",
        before,
        now,
        from_draws(drawn.sum(axis=1).to_numpy(), currency, n, value=now.value - before.value),
        pd.DataFrame(steps, columns=["step", "title", "means", "value", "low", "high", "chance", "real"]),
        drawn,
        days,
        currency,
    )


def _parts(forecast: ClvForecast) -> tuple[bool, bool]:
    """Whether orders and contracts have a value in it."""
    orders, contracts = forecast.ahead.orders, forecast.ahead.contracts
    return orders is not None and orders.whole.spend is not None, contracts is not None
