"""What every purchase model answers, so that posteriors, forecasts and grades need not know which one they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]


def by_parameter(theta: Array) -> tuple[Array, ...]:
    """(draws, parameters) → each parameter as a column (draws, 1), to stand against rows."""
    return tuple(np.atleast_2d(np.asarray(theta, float)).T[:, :, None])


@dataclass(frozen=True)
class Futures:
    """One possible future of each row.

    Attributes
    ----------
    purchases
        (rows,) purchases within the time ahead, whole numbers.
    active
        (rows,) how long of it the customer went on buying, in the unit of the counts: between 0 and the time ahead.
        Given their number, purchases are spread over it at random.
    stops_with_purchase
        Whether who stops before the time ahead is over does so with a purchase: the last one then falls on the end
        of `active`, and only the others are spread.
    """

    purchases: Array
    active: Array
    stops_with_purchase: bool = False


class Likelihood(Protocol):
    """The log-likelihood of one table of counts."""

    def __call__(self, theta: Array) -> Array:
        """(draws, parameters) → (draws,); minus infinity where it is not finite."""
        ...


class ParameterModel(Protocol):
    """A likelihood with a few parameters, as the posterior sees it.

    Attributes
    ----------
    name, title
        ``"bg_nbd"``, ``"BG/NBD"``.
    parameters
        Names as in the papers, for example ``("r", "alpha", "a", "b")``.
    coordinates
        Names of the unbounded coordinates the posterior is sampled in, such as ``("log r", "log alpha", …)``.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def title(self) -> str: ...  # noqa: D102

    @property
    def parameters(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def coordinates(self) -> tuple[str, ...]: ...  # noqa: D102

    def theta(self, coordinates: Array) -> Array:
        """(…, parameters) of unbounded coordinates → (…, parameters)."""
        ...

    def unbounded(self, theta: Array) -> Array:
        """The inverse of `theta`."""
        ...

    def likelihood(self, frame: pd.DataFrame) -> Likelihood:
        """The log-likelihood of counts: tables over unique values are made once, here."""
        ...

    def start(self, frame: pd.DataFrame) -> Array:
        """(parameters,) where to start looking for a maximum."""
        ...


class PurchaseModel(ParameterModel, Protocol):
    """How often customers buy and when they stop; times in one unit, that of the counts.

    Frequency, recency and T are (rows,); theta is (draws, parameters). Results are (draws, rows) and finite for every
    frequency ≥ 0 and 0 ≤ recency ≤ T.
    """

    def p_alive(self, theta: Array, frequency: Array, recency: Array, T: Array) -> Array:
        """Probability that the customer still buys at T."""
        ...

    def expected_purchases(self, theta: Array, frequency: Array, recency: Array, T: Array, ahead: float) -> Array:
        """Expected purchases within `ahead` after T."""
        ...

    def expected_repeats(self, theta: Array, times: Array) -> Array:
        """Expected repeat purchases of a new customer by each of some times after the first: (draws, times)."""
        ...

    def futures(
        self,
        theta: Array,
        frequency: Array,
        recency: Array,
        T: Array,
        ahead: Array | float,
        random: np.random.Generator,
    ) -> Futures:
        """One future of each row, drawn; here theta is (rows, parameters) or (1, parameters): one draw a row."""
        ...
