"""A fixed sample of customers with all their draws, for what needs customers side by side: shares, ranks."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.clv.forecasts.orders import Array
from cxmodels.clv.forecasts.outcomes import Ahead

_NUMBERS = 200_000
_STREAM = 1
"""Sets the seeds of the panel apart from those of the forecast itself."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Customers, each with one future and one expectation under each draw of the parameters.

    Attributes
    ----------
    places
        (rows,) the row of `ClvForecast.cells` each is a customer of; customers of one cell have futures of their own.
    weight
        How many customers each stands for.
    expected, realised
        (rows, draws) of one quantity.
    """

    places: NDArray[np.intp]
    weight: float
    expected: Array
    realised: Array


def drawn(ahead: Ahead, cells: pd.DataFrame, quantity: str, size: int, seed: int) -> Drawn:
    """All customers of some cells, or `size` of them taken evenly along their expected value.

    Parameters
    ----------
    ahead
        What is drawn.
    cells
        As of `ClvForecast.cells`.
    quantity
        One of ``purchases, spent, clv_orders, clv_contracts, clv``.
    size
        The most customers; 16 bytes are held for each and each draw.
    seed
        The same seed gives the same futures.
    """
    order = np.argsort(cells[quantity].to_numpy(float), kind="stable")
    reach = np.cumsum(cells["n"].to_numpy()[order])
    customers = int(reach[-1])
    rows = min(customers, size)
    at = (np.arange(rows) + 0.5) * customers / rows
    places = order[np.searchsorted(reach, at)]
    expected, realised = np.zeros((rows, ahead.draws)), np.zeros((rows, ahead.draws))
    step = max(_NUMBERS // ahead.draws, 1)

    def work(block: tuple[int, int]) -> None:
        number, start = block
        part = slice(start, start + step)
        found = ahead.outcomes(cells.iloc[places[part]], np.random.default_rng([seed, _STREAM, number]))
        if quantity in found.expected:
            expected[part], realised[part] = found.expected[quantity], found.drawn[quantity]

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(work, enumerate(range(0, rows, step))))
    return Drawn(places, customers / rows, expected, realised)
