"""Expected value under each draw of the parameters, without simulating what chance makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.clv.forecasts.contracts import ContractsAhead
from cxmodels.clv.forecasts.orders import OrdersAhead
from cxmodels.clv.forecasts.outcomes import Ahead, Levels
from cxmodels.clv.models.model import Array

if TYPE_CHECKING:
    from cxmodels.clv.forecasts.forecast import ClvForecast

MOST_DRAWS, FEWEST_DRAWS = 200, 20
_NUMBERS = 2_000_000
"""Rows × draws: of large bases fewer draws are taken, since their parameters are known well."""
_BLOCK = 500_000


def draws_for(rows: int) -> int:
    """How many draws of the parameters to take for so many cells."""
    return int(np.clip(_NUMBERS // max(rows, 1), FEWEST_DRAWS, MOST_DRAWS))


def fewer(ahead: Ahead, draws: int) -> Ahead:
    """The same with at most so many draws, evenly taken."""
    if draws >= ahead.draws:
        return ahead
    at = np.linspace(0, ahead.draws - 1, draws).round().astype(int)

    def orders(part: OrdersAhead) -> OrdersAhead:
        active = part.if_active
        read = {frequency: values[:, at] for frequency, values in active.values.items()}
        paid = part.spend_theta[at] if part.spend is not None else part.spend_theta
        active = replace(active, theta=active.theta[at], values=read)
        return replace(part, theta=part.theta[at], spend_theta=paid, if_active=active)

    def contracts(part: ContractsAhead) -> ContractsAhead:
        return replace(part, theta=part.theta[at])

    return replace(ahead, orders=_each(ahead.orders, orders), contracts=_each(ahead.contracts, contracts), draws=draws)


def blocks(rows: int, draws: int) -> list[slice]:
    """Parts of so many rows, each small enough for some arrays of rows × draws."""
    step = max(_BLOCK // draws, 1)
    return [slice(start, start + step) for start in range(0, rows, step)]


def expected_value(ahead: Ahead, cells: pd.DataFrame) -> Array:
    """(rows, draws) expected discounted margin of a customer of each cell: orders and contracts."""
    found = np.zeros((len(cells), ahead.draws))
    if ahead.orders is not None:
        for rows, orders in ahead.orders.split(cells, cells["frequency"].notna().to_numpy()):
            if orders.spend is not None:
                found[rows] += ahead.margin_rate * orders.expected(cells[rows])["discounted"]
    if ahead.contracts is not None:
        runs = cells[["contract_months", "margin"]].notna().all(axis=1).to_numpy()
        for rows, contracts in ahead.contracts.split(cells, runs):
            found[rows] += contracts.expected(cells[rows])
    return found


def summed(forecast: ClvForecast, weights: Array) -> Array:
    """(groups, draws) expected value added up over cells, of which each counts `weights` (rows, groups) times."""
    ahead = fewer(forecast.ahead, draws_for(len(forecast.cells)))
    total = np.zeros((weights.shape[1], ahead.draws))
    for part in blocks(len(weights), ahead.draws):
        total += weights[part].T @ expected_value(ahead, forecast.cells.iloc[part])
    return total


def _each[Part](levels: Levels[Part] | None, change: Callable[[Part], Part]) -> Levels[Part] | None:
    if levels is None:
        return None
    own = {level: change(part) for level, part in levels.own.items()}
    return replace(levels, whole=change(levels.whole), own=own)
