"""What calling back is worth: money at risk of the list, and how much less of it those who are contacted lose."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmodels.estimate import Estimate
from cxmodels.feedback.page.words import plain
from cxmodels.look import dates, numbers

if TYPE_CHECKING:
    from cxmodels.feedback.loop.call_list import CallList
    from cxmodels.feedback.loop.leaving import LeavingEffect

DRAWS, SEED = 40_000, 20260930


def money_of(calls: CallList, currency: str, min_cell: int = 1) -> Estimate | None:
    """Money at risk of everybody on the call list; None where it is not known, or of too few customers.

    Its limits are the sums of those of the customers, as if all were wrong to the same side: wider than they need be.
    """
    if calls.customers < max(min_cell, 1) or "money_at_risk" not in calls.table.columns:
        return None
    sides = ["money_at_risk", "money_at_risk_low", "money_at_risk_high"]
    table = calls.table
    found = table.aggregate(**{name: table[name].sum() for name in sides if name in table.columns}).to_pandas().iloc[0]
    value, low, high = (float(found.get(name, found[sides[0]])) for name in sides)
    if math.isnan(value):
        return None
    return Estimate(value, min(low, value), max(high, value), currency, calls.customers)


def offers(
    calls: CallList | None, money: Estimate | None, effect: LeavingEffect, contact_cost: float | None = None
) -> list[dict[str, Any]]:
    """What could be done, as `cxmodels.report.Action` takes it; empty where it is not known what it is worth.

    Parameters
    ----------
    calls, money
        From `call_list` and `money_of`.
    effect
        From `effect_on_leaving`.
    contact_cost
        What a call costs; None where nobody says.

    Notes
    -----
    Worth = money at risk x (1 - rate ratio) - cost of the calls. Money is normal and the logarithm of the ratio too;
    what leaves later, and is lost all the same, is not taken off. Draws of both, independent.
    """
    ratio = effect.rate_ratio
    if calls is None or money is None or ratio is None or money.value <= 0:
        return []
    cost = (contact_cost or 0.0) * calls.customers
    random = np.random.default_rng(SEED)
    spread = (math.log(ratio.high) - math.log(ratio.low)) / (2 * 1.959963984540054)
    ratios = np.exp(random.normal(math.log(ratio.value), spread, DRAWS))
    at_risk = np.maximum(random.normal(money.value, money.standard_error, DRAWS), 0)
    drawn = at_risk * (1 - ratios) - cost
    low, high = (float(side) for side in np.quantile(drawn, [0.025, 0.975]))
    value = money.value * (1 - ratio.value) - cost
    free = " What a call costs is not known and not taken off." if contact_cost is None else ""
    return [
        {
            "what": "Call back unhappy customers and those at risk, by the list beside the feedback page",
            "customers": calls.customers,
            "worth": Estimate(value, min(low, value), max(high, value), money.unit, calls.customers),
            "pays": float(np.mean(drawn > 0)),
            "rests_on": (
                f"An association, no trial: contacted detractors left at {numbers.decimal(ratio.value, 2)} times the "
                f"rate of others ({numbers.interval(ratio)}).{free}"
            ),
        }
    ]


def called(calls: CallList, money: Estimate | None, min_cell: int = 1) -> list[str]:
    """Who is to be called, by when, and what hangs on it, a sentence each."""
    if not calls.customers:
        return [f"Nobody is to be called: no unhappy answer since {dates.day(calls.first)} is of somebody who may be."]
    few = 0 < calls.customers < min_cell
    customers = f"fewer than {min_cell}" if few else numbers.count(calls.customers)
    said = [
        f"<b>{customers[:1].upper()}{customers[1:]} customers</b> are to be called by {dates.day(calls.deadline)}: "
        f"unhappy answers since {dates.day(calls.first)}, and customers at high risk where their chance of leaving is "
        "known."
    ]
    if money is not None:
        said.append(
            f"<b>{numbers.value(money.value, money.unit)}</b> ({numbers.interval(money)}) are at risk with them: each "
            "one’s chance of leaving within twelve months × value."
        )
    said.append(calls.ranked_by)
    if len(teams := calls.teams[calls.teams["place"] != ""]):
        places = ", ".join(f"{plain(row.place)} → {plain(row.team)}" for row in teams.itertuples())
        said.append(f"The team is the one that mostly followed up such answers before: {places}.")
    return said
