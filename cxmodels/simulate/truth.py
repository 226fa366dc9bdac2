"""What is true of the company and cannot be seen in its tables, summed over blocks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from cxmodels.simulate import theories
from cxmodels.simulate.calendar import HIDDEN, Calendar
from cxmodels.simulate.comments import THEMES
from cxmodels.simulate.contracts import HORIZONS, INVOLUNTARY, VOLUNTARY
from cxmodels.simulate.customers import Customers
from cxmodels.simulate.orders import Orders
from cxmodels.simulate.parameters import Parameters
from cxmodels.simulate.responses import Responses
from cxmodels.simulate.surveys import ANNUAL, BAROMETER, SURVEYS, Asked

Sums = dict[str, np.ndarray]
"""Named arrays that add up over blocks."""


def sums(
    customers: Customers,
    subscribed: np.ndarray,
    late: np.ndarray,
    orders: Orders,
    asked: Asked,
    responses: Responses,
    parameters: Parameters,
    calendar: Calendar,
) -> Sums:
    """The realised quantities of one block."""
    return {
        **_movement(customers, calendar),
        **_feeling(customers, subscribed, late, parameters, calendar),
        **_asking(asked, responses, calendar),
        "orders": np.bincount(orders.month, minlength=calendar.months),
        "amount": np.bincount(orders.month, weights=orders.amount, minlength=calendar.months),
        **_ahead(customers, parameters, calendar),
    }


def add(parts: Iterable[Sums]) -> Sums:
    """The sums of several blocks."""
    total: Sums = {}
    for part in parts:
        for name, value in part.items():
            total[name] = total[name] + value if name in total else value
    return total


def record(total: Sums, parameters: Parameters, calendar: Calendar, customers: int, seed: int) -> dict[str, Any]:
    """The content of ``truth.json``."""
    active = total["promoting"][0]
    month = {
        "month": calendar.labels,
        "active_at_start": total["active_at_start"].tolist(),
        "joined": total["joined"].tolist(),
        "came_back": total["came_back"].tolist(),
        "left_voluntary": total["left_voluntary"].tolist(),
        "left_involuntary": total["left_involuntary"].tolist(),
        "active_at_end": active.astype(int).tolist(),
        "mean_satisfaction": _ratios(total["felt"], active),
        "true_nps": _ratios(100 * (total["promoting"][1] - total["promoting"][2]), active),
        "late_share": _ratios(total["late"], total["delivered"]),
        "orders": total["orders"].tolist(),
        "order_amount": np.round(total["amount"], 2).tolist(),
    }
    invited, answered = total["invited"], total["answered"]
    return {
        "company": "Maison Aurore",
        "customers": customers,
        "seed": seed,
        "months": calendar.months,
        "first_month": calendar.labels[0],
        "end": calendar.end,
        "customers_means": "rows of customers: everyone subscribed at some time in the window",
        "coefficients": parameters.record(),
        "constructs": theories.record(parameters),
        "by_month": {
            "means": (
                "Joined, came back and left are contracts that started or ended in the month; active is customers with "
                "a running contract. true_nps is the score all active customers at the month's end would give if all "
                "were asked and answered the recommendation question (expected value, points)."
            ),
            **month,
        },
        "surveys": {
            "means": "Invitations that did not bounce, answers and the score of those who answered, by survey.",
            "by_survey": {
                name: {
                    "invited": int(invited[code]),
                    "answered": int(answered[code]),
                    "answer_rate": round(float(answered[code] / max(invited[code], 1)), 6),
                    "nps_of_respondents": round(
                        float(100 * (total["promoters"][code] - total["detractors"][code]) / max(answered[code], 1)), 4
                    ),
                }
                for code, name in enumerate(SURVEYS)
            },
            "answer_rate": round(float(answered.sum() / max(invited.sum(), 1)), 6),
            "relational_nps_by_month": _ratios(
                100 * (total["relational_promoters"] - total["relational_detractors"]), total["relational_answers"]
            ),
            "comments_by_theme": dict(zip(THEMES, total["themes"].tolist(), strict=True)),
        },
        "next_months": _record_ahead(total, parameters),
    }


def _movement(customers: Customers, calendar: Calendar) -> Sums:
    spells = customers.spells
    edges = np.arange(calendar.first, calendar.stop + 1)

    def by_month(position: np.ndarray) -> np.ndarray:
        return np.histogram(position[np.isfinite(position)], bins=edges)[0]

    # A histogram's last bin holds its right edge; positions are random reals, so none lies on it.
    again = np.arange(len(spells.start)) >= len(customers)
    running = (spells.start[:, None] < edges[:-1]) & (spells.end[:, None] >= edges[:-1])
    return {
        "active_at_start": running.sum(axis=0),
        "joined": by_month(spells.start[~again]),
        "came_back": by_month(spells.start[again]),
        "left_voluntary": by_month(spells.end[spells.cause == VOLUNTARY]),
        "left_involuntary": by_month(spells.end[spells.cause == INVOLUNTARY]),
    }


def _feeling(
    customers: Customers, subscribed: np.ndarray, late: np.ndarray, parameters: Parameters, calendar: Calendar
) -> Sums:
    spells = customers.spells
    edges = np.arange(calendar.first + 1, calendar.stop + 1)
    at_end = np.zeros(subscribed.shape, bool)
    for rows in (slice(0, len(customers)), slice(len(customers), None)):
        at_end[spells.customer[rows]] |= (spells.start[rows, None] < edges) & (spells.end[rows, None] >= edges)
    felt = customers.feelings.satisfaction[:, calendar.first : calendar.stop]
    cuts, noise = parameters.scores.cuts["nps"], parameters.scores.noise_sd
    promoting = _probability_above((cuts[8] - felt) / noise)
    detracting = 1 - _probability_above((cuts[6] - felt) / noise)
    return {
        "promoting": np.stack([(part * at_end).sum(axis=0, dtype=np.float64) for part in (1.0, promoting, detracting)]),
        "felt": (felt * at_end).sum(axis=0, dtype=np.float64),
        "late": late[1].sum(axis=0),
        "delivered": late[0].sum(axis=0),
    }


def _probability_above(z: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    return ndtr(-z)


def _asking(asked: Asked, responses: Responses, calendar: Calendar) -> Sums:
    received = asked.status != 2
    survey = asked.survey[responses.asked]
    score = responses.recommendation
    relational = (survey == ANNUAL) | (survey == BAROMETER)
    days = responses.table["answered_at"].combine_chunks().cast("int64").to_numpy() // 86_400_000_000
    month = np.searchsorted(calendar.starts[calendar.first : calendar.stop], days, side="right") - 1

    def by_month(rows: np.ndarray) -> np.ndarray:
        return np.bincount(month[rows], minlength=calendar.months)

    return {
        "invited": np.bincount(asked.survey[received], minlength=len(SURVEYS)),
        "answered": np.bincount(survey, minlength=len(SURVEYS)),
        "promoters": np.bincount(survey[score >= 9], minlength=len(SURVEYS)),
        "detractors": np.bincount(survey[score <= 6], minlength=len(SURVEYS)),
        "relational_answers": by_month(relational),
        "relational_promoters": by_month(relational & (score >= 9)),
        "relational_detractors": by_month(relational & (score <= 6)),
        "themes": np.bincount(responses.written.theme[responses.written.theme >= 0], minlength=len(THEMES)),
    }


def _ahead(customers: Customers, parameters: Parameters, calendar: Calendar) -> Sums:
    """Of the contracts running at the end: how many, how many end within each horizon, how many are expected to."""
    spells = customers.spells
    running = np.flatnonzero((spells.start < calendar.stop) & (spells.end >= calendar.stop))
    left = spells.end[running, None] < calendar.stop + np.array(HORIZONS)
    each = np.concatenate([np.ones((len(running), 1)), left, 1 - spells.survival[running]], axis=1)
    who = spells.customer[running]
    groups = {
        "plan": (spells.plan[running], parameters.joining.plan),
        "region": (customers.region[who], parameters.joining.region),
        "joined_channel": (customers.joined_channel[who], parameters.joining.joined_channel),
    }
    sums = {"ahead": each.sum(axis=0)}
    for name, (codes, levels) in groups.items():
        of_level = np.zeros((len(levels), each.shape[1]))
        np.add.at(of_level, codes, each)
        sums[f"ahead_{name}"] = of_level
    return sums


def _record_ahead(total: Sums, parameters: Parameters) -> dict[str, Any]:
    def one(row: np.ndarray) -> dict[str, Any]:
        left, expected = row[1 : 1 + len(HORIZONS)], row[1 + len(HORIZONS) :]
        return {
            "active": int(row[0]),
            "left_within": {str(months): int(number) for months, number in zip(HORIZONS, left, strict=True)},
            "churn": {
                str(months): round(float(value / max(row[0], 1)), 6)
                for months, value in zip(HORIZONS, expected, strict=True)
            },
        }

    levels = {
        "plan": parameters.joining.plan,
        "region": parameters.joining.region,
        "joined_channel": parameters.joining.joined_channel,
    }
    return {
        "means": (
            "Of the customers with a contract running at the end: left_within is how many end it within so many "
            f"months in the simulation's hidden {HIDDEN} months; churn is the share expected to, given each one's "
            "true satisfaction over those months."
        ),
        "all": one(total["ahead"]),
        **{name: dict(zip(of, map(one, total[f"ahead_{name}"]), strict=True)) for name, of in levels.items()},
    }


def _ratios(above: np.ndarray, below: np.ndarray) -> list[float | None]:
    """Ratios to six digits, ``None`` over nothing."""
    return [round(float(a / b), 6) if b else None for a, b in zip(above, below, strict=True)]
