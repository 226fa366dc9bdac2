"""The arithmetic of a bridge: customers of two days revalued step by step under the same draws of the parameters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.clv.counts.base import NUMBERS
from cxmodels.clv.forecasts.contracts import ContractsAhead
from cxmodels.clv.forecasts.if_active import IfActive, if_active
from cxmodels.clv.forecasts.orders import OrdersAhead
from cxmodels.clv.forecasts.outcomes import Ahead
from cxmodels.clv.models.model import Array
from cxmodels.clv.value.expected import blocks
from cxmodels.clv.value.pairs import BEFORE, NOW

STEPS = ("learned", "time", "new", "retention", "purchasing", "spend")
UNEXPECTED = ("retention", "purchasing", "spend")
"""Steps that say what customers did otherwise than expected."""
_FUTURES = 400
"""Of each past, for the chance to go on buying through a month: a tenth of a per cent of the value, and no more."""


@dataclass(frozen=True, eq=False)
class Revaluation:
    """What moved a value between two days.

    Attributes
    ----------
    sums
        One row a draw of the parameters: ``before``, then `STEPS` but the first; they add up to ``now``, the last.
    chance
        For the steps that are nil in expectation: the standard deviation that chance gives them where customers behave
        as the model says. Customers differ independently, so its square is the sum of the squares of what each adds.
    """

    sums: pd.DataFrame
    chance: dict[str, float]


def revalued(pairs: pd.DataFrame, ahead: Ahead, rate_before: float, days: int, seed: int) -> Revaluation:
    """Value before and what each step adds, under each draw of the parameters.

    Parameters
    ----------
    pairs
        One row a pair of states: `NUMBERS` of a base with ``_before`` and ``_now`` (times in days; NaN where there
        was no order, or no contract), and ``n`` customers.
    ahead
        Today's parameters, horizon and margin rate.
    rate_before
        Margin of an order's amount on the earlier day.
    days
        Between the two days.
    seed
        Of the simulated survival within these days.

    Notes
    -----
    With D(h) the discounted purchases within h, δ the rate of discount and u the days between: what is expected
    after them is e^(δu) [D(h + u) - D(u)]; it is parted into P(alive) after u, p̂, and purchases given that. Steps are
    (p - p̂) q̂ m, p (q - q̂) m and p q (m' - m) with p, q, m' as found: they add up to p q m' - p̂ q̂ m.
    """
    sums: dict[str, Array] = {name: np.zeros(ahead.draws) for name in ("before", *STEPS[1:], "now")}
    squares = dict.fromkeys(UNEXPECTED, 0.0)
    parts: list[tuple[NDArray[np.bool_], _Orders | _Contracts]] = []
    if ahead.orders is not None:
        bought = pairs[[f"T{BEFORE}", f"T{NOW}"]].notna().any(axis=1).to_numpy()
        for rows, orders in ahead.orders.split(pairs, bought):
            if orders.spend is not None:
                parts.append((rows, _Orders(orders, days, rate_before, ahead.margin_rate, pairs[rows], seed)))
    if ahead.contracts is not None:
        ran = pairs[[f"margin{BEFORE}", f"margin{NOW}"]].notna().any(axis=1).to_numpy()
        parts += [(rows, _Contracts(contracts)) for rows, contracts in ahead.contracts.split(pairs, ran)]
    for rows, part in parts:
        frame = pairs[rows]
        for block in blocks(len(frame), ahead.draws):
            some = frame.iloc[block]
            n = some["n"].to_numpy(float)
            for places, found in part.steps(some):
                for name, value in found.items():
                    sums[name] += n[places] @ value
                    if name in squares:
                        squares[name] += float(n[places] @ value.mean(axis=1) ** 2)
    return Revaluation(pd.DataFrame(sums), {name: math.sqrt(square) for name, square in squares.items()})


class _Orders:
    """Orders of customers of one purchase model."""

    def __init__(
        self, orders: OrdersAhead, days: int, rate_before: float, rate_now: float, pairs: pd.DataFrame, seed: int
    ) -> None:
        self._orders, self._days, self._rates = orders, days, (rate_before, rate_now)
        seen = [pairs[[f"frequency{side}", f"T{side}"]].dropna().to_numpy(float) for side in (BEFORE, NOW)]
        frequency, T = np.concatenate(seen).T
        unit = orders.days

        def within(time: float) -> IfActive:
            return if_active(
                orders.model, orders.theta, frequency, T / unit, ahead=time / unit, rate=orders.rate * unit
            )

        self._horizon, self._soon = within(orders.ahead), within(days)
        self._longer = within(orders.ahead + days)
        self._through = self._survival(pairs, np.random.default_rng(seed))

    def steps(self, pairs: pd.DataFrame) -> Iterator[tuple[NDArray[np.intp], dict[str, Array]]]:
        """Of customers with orders on both days, of those with none before, of those with none known any more."""
        old, there = (pairs[f"T{side}"].notna().to_numpy() for side in (BEFORE, NOW))
        if len(rows := np.flatnonzero(~old & there)):
            today = _Bought(self._orders, _state(pairs, NOW, rows))
            value = self._rates[1] * today.alive * today.spend * today.if_active(self._horizon)
            yield rows, {"new": value, "now": value}
        if len(rows := np.flatnonzero(old)):
            yield from self._kept(pairs, rows, there[rows])

    def _kept(
        self, pairs: pd.DataFrame, rows: NDArray[np.intp], there: NDArray[np.bool_]
    ) -> Iterator[tuple[NDArray[np.intp], dict[str, Array]]]:
        rate_before, rate_now = self._rates
        past = _state(pairs, BEFORE, rows)
        then = _Bought(self._orders, past)
        paying = rate_before * then.spend
        before = paying * then.alive * then.if_active(self._horizon)
        nearer = np.exp(self._orders.rate * self._days)
        later = nearer * (then.if_active(self._longer) - then.if_active(self._soon))
        expected = paying * then.alive * later
        yield rows, {"before": before, "time": expected - before}
        if not there.all():
            yield rows[~there], {"retention": -expected[~there]}
        if there.any():
            today = _Bought(self._orders, _state(pairs, NOW, rows[there]))
            through = self._through.loc[pairs.index[rows[there]]].to_numpy()
            alive = then.alive[there] * through[:, None]
            # of money: what somebody who still buys was expected to bring, P(alive) as found, then purchases as found
            as_expected = _over(expected[there], alive)
            paid_then = paying[there] * today.alive * today.if_active(self._horizon)
            now = rate_now * today.spend * today.alive * today.if_active(self._horizon)
            yield (
                rows[there],
                {
                    "retention": today.alive * as_expected - expected[there],
                    "purchasing": paid_then - today.alive * as_expected,
                    "spend": now - paid_then,
                    "now": now,
                },
            )

    def _survival(self, pairs: pd.DataFrame, random: np.random.Generator) -> pd.Series:
        """On the rows known on both days, the chance that somebody who still buys goes on through the days between.

        Given that a customer is alive, what is known of them is in frequency and T: somebody who bought on the last
        day tells it as well, and is alive in most futures.
        """
        orders, length = self._orders, self._days / self._orders.days
        past = pairs.loc[pairs[[f"T{BEFORE}", f"T{NOW}"]].notna().all(axis=1), [f"frequency{BEFORE}", f"T{BEFORE}"]]
        unique, place = np.unique(past.to_numpy(float), axis=0, return_inverse=True)
        frequency, T = unique.T[0], unique.T[1] / orders.days
        recency = np.where(frequency > 0, T, 0.0)
        theta = np.resize(orders.theta, (max(_FUTURES, len(orders.theta)), orders.theta.shape[1]))
        kept = np.empty(len(unique))
        for part in blocks(len(unique), len(theta)):
            past_of, last, so_far = (np.repeat(column[part], len(theta)) for column in (frequency, recency, T))
            each = np.tile(theta, (len(frequency[part]), 1))
            future = orders.model.futures(each, past_of, last, so_far, length, random)
            through = (future.active >= length * (1 - 1e-9)).reshape(-1, len(theta)).mean(axis=1)
            # the same draws in both, so that they cancel
            alive = orders.model.p_alive(theta, frequency[part], recency[part], T[part]).mean(axis=0)
            kept[part] = _over(through, alive)
        return pd.Series(np.clip(kept, 1 / _FUTURES, 1.0)[place.ravel()], index=past.index)


class _Bought:
    """Customers in one state: chance to be alive and expected payment, (rows, draws)."""

    def __init__(self, orders: OrdersAhead, state: pd.DataFrame) -> None:
        assert orders.spend is not None
        self._frequency = state["frequency"].to_numpy(float)
        self._recency, self._T = (state[name].to_numpy(float) / orders.days for name in ("recency", "T"))
        self.alive = orders.model.p_alive(orders.theta, self._frequency, self._recency, self._T).T
        payments, total = (state[name].to_numpy(float) for name in ("payments", "total"))
        self.spend = orders.spend.expected_spend(orders.spend_theta, payments, total).T

    def if_active(self, read: IfActive) -> Array:
        """(rows, draws) discounted purchases of those alive."""
        return _over(read(self._frequency, self._recency, self._T, self.alive.T)[1].T, self.alive)


@dataclass(frozen=True)
class _Contracts:
    """Contracts of customers of one retention model."""

    ahead: ContractsAhead

    def steps(self, pairs: pd.DataFrame) -> Iterator[tuple[NDArray[np.intp], dict[str, Array]]]:
        """Of contracts that did not run before, then of those that did."""
        ran, runs = (
            pairs[[f"contract_months{side}", f"margin{side}"]].notna().all(axis=1).to_numpy() for side in (BEFORE, NOW)
        )
        if len(first := np.flatnonzero(~ran & runs)):
            now = self.ahead.expected(_state(pairs, NOW, first))
            yield first, {"new": now, "now": now}
        if len(rows := np.flatnonzero(ran)):
            past = _state(pairs, BEFORE, rows)
            before = self.ahead.expected(past)
            # a month on: what comes after the next payment, a month nearer
            longer = replace(self.ahead, months=self.ahead.months + 1).expected(past)
            nearer = replace(self.ahead, months=1).expected(past)
            expected = (longer - nearer) / self.ahead.factor
            now, at_old_margin = np.zeros_like(before), np.zeros_like(before)
            if (on := runs[rows]).any():
                today = _state(pairs, NOW, rows[on])
                now[on] = self.ahead.expected(today)
                at_old_margin[on] = self.ahead.expected(today.assign(margin=past["margin"].to_numpy()[on]))
            yield (
                rows,
                {
                    "before": before,
                    "time": expected - before,
                    "retention": at_old_margin - expected,
                    "spend": now - at_old_margin,
                    "now": now,
                },
            )


def _state(pairs: pd.DataFrame, side: str, rows: np.ndarray) -> pd.DataFrame:
    """Cells as a forecast takes them."""
    return pd.DataFrame({name: pairs[f"{name}{side}"].to_numpy(float)[rows] for name in NUMBERS})


def _over(part: Array, whole: Array) -> Array:
    """part / whole, and 0 where there is nothing."""
    return np.divide(part, whole, out=np.zeros_like(part, dtype=float), where=whole > 0)
