"""Repeat purchases over time, seen and expected, through the day the model was fitted and beyond."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.clv.counts.held_out import repeat_purchases
from cxmodels.clv.counts.purchases import DAYS, PurchaseCounts
from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.grading.grade import DRAWS, SEED
from cxmodels.clv.grading.simulated import Newcomers, newcomers
from cxmodels.estimate import Estimate

if TYPE_CHECKING:
    from cxmodels.study.snapshot import Snapshot

MOST_CUSTOMERS = 2_000
WEEK = 7


@dataclass(frozen=True, eq=False)
class Tracking:
    """Repeat purchases of all customers, week by week.

    Attributes
    ----------
    table
        One row a week, by its last day ``until``: ``seen`` and ``expected`` purchases up to it with the 90 % range
        ``low, high`` of what would be counted; ``week_seen``, ``week_expected``, ``week_low``, ``week_high`` the same
        within the week.
    made_on, as_of
        The day the model was fitted on, after which purchases were unknown to it, and the last day.
    error
        Expected over seen purchases up to the last day, less 1, with the 90 % interval of what chance and the doubt
        of the parameters leave open.
    error_since
        The same for those since the model was fitted.
    model
        The model, as pages call it.
    """

    table: pd.DataFrame
    made_on: date
    as_of: date
    error: Estimate
    error_since: Estimate
    model: str


def tracking(
    snapshot: Snapshot, counts: PurchaseCounts, fit: PurchaseFit, made_on: date, *, draws: int = DRAWS, seed: int = SEED
) -> Tracking:
    """Follow repeat purchases over time beside what a model fitted on an earlier day expected of them.

    Parameters
    ----------
    snapshot
        The study as known on a day.
    counts
        Its purchase counts: they say when each customer first bought.
    fit
        A model fitted to what was known on `made_on`.
    made_on
        That day.
    draws, seed
        Draws of the parameters and the seed of the chance around them.
    """
    days = counts.in_unit("days").frame.groupby("T", as_index=False)["n"].sum()
    seen = repeat_purchases(snapshot)
    return followed(fit, days, seen, made_on, snapshot.as_of, draws=draws, seed=seed)


def followed(
    fit: PurchaseFit,
    starts: pd.DataFrame,
    seen: pd.DataFrame,
    made_on: date,
    as_of: date,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Tracking:
    """The same from counts: who started when, and what was bought when.

    Parameters
    ----------
    fit
        As for `tracking`.
    starts
        ``T`` days from the first purchase to `as_of`, ``n`` customers.
    seen
        ``day`` of purchase and ``purchases``, repeat ones only.
    made_on, as_of, draws, seed
        As for `tracking`.

    Notes
    -----
    What is expected by a day is the sum over customers of E[X(t)], t the time since their first purchase (Fader, Hardie
    & Lee 2005, eq. 9), whatever they did since. Customers who came after `made_on` count from their first purchase.
    The range adds the chance of independent customers: a sample of them is simulated under each draw.
    """
    there, n = starts["T"].to_numpy(float), starts["n"].to_numpy(float)
    span = int(there.max())
    ends = np.arange(span % WEEK or WEEK, span + 1, WEEK)
    ago = span - ends
    per_day = DAYS[fit.counts.unit]
    theta = fit.posterior.thinned(draws)
    # (days, weeks) customers who by the end of a week had been there for so many days
    present = np.zeros((span + 1, len(ends)))
    for T, customers in zip(there.astype(int), n, strict=True):
        weeks = ago <= T
        present[T - ago[weeks], np.flatnonzero(weeks)] += customers
    expected = fit.model.expected_repeats(theta, np.arange(span + 1) / per_day) @ present
    drawn = newcomers(fit, there / per_day, n, most=MOST_CUSTOMERS, draws=draws, seed=seed)
    would = expected + _chance(fit, drawn, ago / per_day, theta, n.sum(), seed)
    when = np.array([(as_of - day).days for day in pd.to_datetime(seen["day"]).dt.date], float)
    count = seen["purchases"].to_numpy(float)
    came = np.array([count[when >= until].sum() for until in ago])
    low, high = np.quantile(would, [0.05, 0.95], axis=0)
    week_low, week_high = np.quantile(np.diff(would, axis=1, prepend=0), [0.05, 0.95], axis=0)
    table = pd.DataFrame(
        {
            "until": [as_of - timedelta(days=int(days)) for days in ago],
            "seen": came,
            "expected": expected.mean(axis=0),
            "low": low,
            "high": high,
            "week_seen": np.diff(came, prepend=0),
            "week_expected": np.diff(expected.mean(axis=0), prepend=0),
            "week_low": week_low,
            "week_high": week_high,
        }
    )
    # whole weeks back from the last day; those that had begun by the day of the fit belong to what was known
    known = int((ago >= (as_of - made_on).days).sum())
    since = would[:, -1] - (would[:, known - 1] if known else 0)
    told = table["expected"].iloc[-1] - (table["expected"].iloc[known - 1] if known else 0)
    counted = came[-1] - (came[known - 1] if known else 0)
    customers = int(n.sum())
    return Tracking(
        table=table,
        made_on=made_on,
        as_of=as_of,
        error=_beside(table["expected"].iloc[-1], would[:, -1], came[-1], customers),
        error_since=_beside(told, since, counted, customers),
        model=fit.model.title,
    )


def _chance(
    fit: PurchaseFit, drawn: Newcomers, ago: np.ndarray, theta: np.ndarray, customers: float, seed: int
) -> np.ndarray:
    """(draws, weeks) how far chance takes purchases up to each week from their expectation under each draw."""
    size = len(drawn.there)
    random = np.random.default_rng([seed, 1])
    who, when = drawn.times(random)
    before = drawn.there[who % size] - when
    place = np.searchsorted(-ago, -before, side="left")
    draws = len(drawn.purchases)
    weeks = np.bincount(who // size * (len(ago) + 1) + place, minlength=draws * (len(ago) + 1))
    count = weeks.reshape(draws, -1)[:, : len(ago)].cumsum(axis=1)
    lasted = np.maximum(drawn.there[:, None] - ago, 0.0)
    times, place = np.unique(lasted, return_inverse=True)
    present = np.zeros((len(times), len(ago)))
    np.add.at(present, (place.reshape(lasted.shape), np.arange(len(ago))), 1.0)
    mean = fit.model.expected_repeats(theta, times) @ present
    return np.sqrt(customers / size) * (count - mean)


def _beside(expected: float, would: np.ndarray, came: float, customers: int) -> Estimate:
    """Expected over seen, less 1; NaN where nothing came."""
    if not came:
        return Estimate(float("nan"), float("nan"), float("nan"), "share", customers, level=0.9)
    value, (low, high) = expected / came - 1, np.quantile(would, [0.05, 0.95]) / came - 1
    return Estimate(value, min(low, value), max(high, value), "share", customers, level=0.9)
