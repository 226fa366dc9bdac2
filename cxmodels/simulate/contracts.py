"""Subscriptions: when they start, when and why they end, who comes back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cxmodels.simulate.calendar import HIDDEN, Calendar
from cxmodels.simulate.columns import chosen, date, draw, levels, number, numbered
from cxmodels.simulate.parameters import PLANS, Fees, Leaving

HORIZONS = (1, 3, 6, 12)
"""Months after the end for which the truth is recorded."""

RUNNING, VOLUNTARY, INVOLUNTARY = 0, 1, 2
"""How a spell ends."""


@dataclass(frozen=True)
class Spells:
    """Contracts of a block, first contracts first, in the order of customers.

    Attributes
    ----------
    customer
        Row of the customer.
    start, end
        Positions; `end` is infinite when not even the hidden year sees it.
    cause
        `RUNNING`, `VOLUNTARY` or `INVOLUNTARY`.
    plan
        Code of the plan.
    survival
        Spells × `HORIZONS`: probability, given the satisfaction path, that a contract running at the end of the
        window is still running that many months later.
    first_end
        Per customer: end of the first contract.
    """

    customer: np.ndarray
    start: np.ndarray
    end: np.ndarray
    cause: np.ndarray
    plan: np.ndarray
    survival: np.ndarray
    first_end: np.ndarray

    def of(self, customers: np.ndarray) -> Spells:
        """The contracts of some customers, renumbered."""
        row = np.full(len(self.first_end), -1)
        row[customers] = np.arange(len(customers))
        keep = np.flatnonzero(row[self.customer] >= 0)
        return Spells(
            row[self.customer[keep]],
            self.start[keep],
            self.end[keep],
            self.cause[keep],
            self.plan[keep],
            self.survival[keep],
            self.first_end[customers],
        )


def subscribe(
    parameters: Leaving,
    calendar: Calendar,
    joined: np.ndarray,
    plan: np.ndarray,
    region: np.ndarray,
    joined_channel: np.ndarray,
    satisfaction: np.ndarray,
    random: np.random.Generator,
) -> Spells:
    """First contracts of everyone and second contracts of those who come back."""
    traits = levels(parameters.region)[region] + levels(parameters.joined_channel)[joined_channel]
    log_ratio = traits + levels(parameters.plan)[plan]
    end, cause, survival = _leave(parameters, calendar, joined, plan, log_ratio, satisfaction, random)

    low, high = parameters.win_back_months
    returns = (cause == VOLUNTARY) & (random.random(len(joined)) < parameters.win_back_share)
    again = end + random.uniform(low, high, len(joined))
    back = np.flatnonzero(returns & (again < calendar.stop))
    new_plan = draw(random, PLANS, len(back))
    log_ratio = traits[back] + levels(parameters.plan)[new_plan] + parameters.win_back
    end_again, cause_again, survival_again = _leave(
        parameters, calendar, again[back], new_plan, log_ratio, satisfaction[back], random
    )
    return Spells(
        np.concatenate([np.arange(len(joined)), back]),
        np.concatenate([joined, again[back]]),
        np.concatenate([end, end_again]),
        np.concatenate([cause, cause_again]),
        np.concatenate([plan, new_plan]),
        np.concatenate([survival, survival_again]),
        end,
    )


def exposure(spells: Spells, calendar: Calendar, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Share of each window month a customer is subscribed, and where in the month that begins (customers × months)."""
    month = np.arange(calendar.first, calendar.stop, dtype=np.float32)
    share = np.zeros((count, calendar.months), np.float32)
    begin = np.zeros((count, calendar.months), np.float32)
    # The two contracts of a customer never share a month: who comes back stays away for two months at least.
    for rows in (slice(0, count), slice(count, None)):
        customer = spells.customer[rows]
        starts = np.maximum(spells.start[rows, None].astype(np.float32), month)
        ends = np.minimum(spells.end[rows, None].astype(np.float32), month + 1)
        part = np.maximum(ends - starts, 0)
        share[customer] += part
        begin[customer] += np.where(part > 0, starts - month, 0)
    return share, begin


def table(
    spells: Spells, ids: pa.Array, fees: Fees, calendar: Calendar, block: int, random: np.random.Generator
) -> pa.Table:
    """The table ``contracts`` as known at the end of the window."""
    noise = random.normal(0, fees.margin_sd, len(spells.start))
    rows = np.flatnonzero(spells.start < calendar.stop)
    rows = rows[np.argsort(spells.start[rows], kind="stable")]
    start, end, plan = spells.start[rows], spells.end[rows], spells.plan[rows]
    running = end >= calendar.stop
    raised = start >= calendar.first + calendar.months // 2
    ended_on = calendar.days(np.where(running, 0.0, end))
    return pa.table(
        {
            "contract_id": numbered("K", block, len(rows)),
            "customer_id": chosen(spells.customer[rows], ids),
            "started_on": date(calendar.days(start)),
            "ended_on": date(ended_on, missing=running),
            "end_reason": chosen(np.maximum(spells.cause[rows] - 1, 0), ("voluntary", "involuntary"), missing=running),
            "plan": chosen(plan, list(PLANS)),
            "monthly_fee": number(levels(fees.monthly_fee)[plan] + fees.rise * raised),
            "margin_rate": number(levels(fees.margin_rate)[plan] + noise[rows]),
        }
    )


def _leave(
    parameters: Leaving,
    calendar: Calendar,
    start: np.ndarray,
    plan: np.ndarray,
    log_ratio: np.ndarray,
    satisfaction: np.ndarray,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """End, cause and survival at the horizons: the time at which the summed hazard reaches an exponential draw."""
    first = np.floor(start).astype(np.int64)
    tenure = np.arange(calendar.length)[None, :] - first[:, None]
    steps = np.array(list(parameters.baseline))
    by_tenure = np.array(list(parameters.baseline.values()), np.float32)[
        np.searchsorted(steps, np.arange(calendar.length), side="right") - 1
    ]
    hazard = np.exp(np.float32(parameters.satisfaction) * satisfaction + log_ratio[:, None].astype(np.float32))
    hazard *= by_tenure[np.maximum(tenure, 0)]
    hazard[tenure < 0] = 0
    rows = np.arange(len(start))
    hazard[rows, first] *= (1 - (start - first)).astype(np.float32)
    cumulative = np.cumsum(hazard, axis=1)

    target = random.exponential(size=len(start)).astype(np.float32)
    month = (cumulative < target[:, None]).sum(axis=1)
    leaves = month < calendar.length
    month = np.minimum(month, calendar.length - 1)
    part = 1 - (cumulative[rows, month] - target) / np.maximum(hazard[rows, month], np.float32(1e-12))
    from_within = np.where(month == first, start - first, 0.0)
    voluntary = np.where(leaves, month + from_within + (1 - from_within) * np.clip(part, 0, 1), np.inf)

    payment_rate = levels(parameters.involuntary)[plan]
    involuntary = start + random.exponential(size=len(start)) / payment_rate
    # A contract ends on the day after its start at the earliest (a twentieth of a month is more than a day).
    end = np.maximum(np.minimum(voluntary, involuntary), start + 0.05)
    cause = np.where(voluntary <= involuntary, VOLUNTARY, INVOLUNTARY)
    cause[end >= calendar.stop + HIDDEN] = RUNNING
    end[cause == RUNNING] = np.inf

    ahead = np.stack([cumulative[:, calendar.stop - 1 + horizon] for horizon in HORIZONS], axis=1)
    ahead -= cumulative[:, calendar.stop - 1, None]
    survival = np.exp(-ahead - payment_rate[:, None] * np.array(HORIZONS))
    return end, cause, survival
