"""What customers will order: expected under each draw of the parameters, and one possible future of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.clv.counts.purchases import DAYS
from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.spend import SpendFit
from cxmodels.clv.forecasts.if_active import IfActive, if_active
from cxmodels.clv.models.gamma_gamma import GammaGamma
from cxmodels.clv.models.model import Futures, PurchaseModel
from cxmodels.clv.posteriors.posterior import Posterior

Array = NDArray[np.float64]
_PAST = ["frequency", "recency", "T"]


@dataclass(frozen=True, eq=False)
class OrdersAhead:
    """Orders within the horizon, of customers with these pasts and payments.

    Attributes
    ----------
    model
        The purchase model.
    theta
        (draws, parameters) of it.
    spend
        The spend model; None where the money in orders cannot be told.
    spend_theta
        (draws, 3) of it.
    days
        Length of the model's unit of time, in days.
    ahead
        The horizon in days.
    rate
        Of continuous discounting, a day.
    if_active
        What is expected of customers who still buy, within the same time and at the same rate.
    """

    model: PurchaseModel
    theta: Array
    spend: GammaGamma | None
    spend_theta: Array
    days: float
    ahead: float
    rate: float
    if_active: IfActive

    def expected(self, cells: pd.DataFrame) -> dict[str, Array]:
        """(rows, draws) each: ``alive``, ``purchases``; with spend ``spend`` a purchase, ``spent``, ``discounted``.

        Parameters
        ----------
        cells
            ``frequency``, ``recency``, ``T`` in days; with spend ``payments`` and ``total``.
        """
        past, place = np.unique(cells[_PAST].to_numpy(float), axis=0, return_inverse=True)
        place = place.ravel()
        frequency, recency, T = past.T
        recency, T = recency / self.days, T / self.days
        alive = self.model.p_alive(self.theta, frequency, recency, T)
        purchases, discounted = self.if_active(frequency, recency, T, alive)
        found = {"alive": alive.T[place], "purchases": purchases.T[place]}
        if self.spend is None:
            return found
        spend = self.spend.expected_spend(self.spend_theta, *_paid(cells)).T
        return found | {
            "spend": spend,
            "spent": found["purchases"] * spend,
            "discounted": discounted.T[place] * spend,
        }

    def drawn(self, cells: pd.DataFrame, random: np.random.Generator) -> dict[str, Array]:
        """(rows, draws) each: one future of ``purchases``; with spend of ``spend``, ``spent``, ``discounted``.

        ``spend`` is the mean payment of the customer in the long run.

        Notes
        -----
        Given its rate ν, the total of N payments is Gamma(p N, ν): exact for the Gamma-Gamma model (Fader & Hardie
        2013, The Gamma-Gamma model of monetary value, section 2). When they fall is known only as far as a future
        says how long somebody went on buying; they are discounted by the mean over that time.
        """
        rows, draws = len(cells), len(self.theta)
        frequency, recency, T = (np.repeat(column, draws) for column in cells[_PAST].to_numpy(float).T)
        future = self.model.futures(
            np.tile(self.theta, (rows, 1)),
            frequency,
            recency / self.days,
            T / self.days,
            self.ahead / self.days,
            random,
        )
        shape = (rows, draws)
        found = {"purchases": future.purchases.reshape(shape)}
        if self.spend is None:
            return found
        p = self.spend_theta[:, 0]
        shape_of_rate, rate = self.spend.rate(self.spend_theta, *_paid(cells))
        scale = rate.T / random.standard_gamma(shape_of_rate.T)
        spent = np.zeros(rows * draws)
        some = np.flatnonzero(future.purchases)
        shapes = np.tile(p, rows)[some] * future.purchases[some]
        spent[some] = random.standard_gamma(shapes) * scale.ravel()[some]
        discounted = spent.copy()
        discounted[some] *= self._discount(future, some)
        return found | {"spend": p * scale, "spent": spent.reshape(shape), "discounted": discounted.reshape(shape)}

    def _discount(self, future: Futures, some: NDArray[np.intp]) -> Array:
        """Mean discount of purchases over the time that a customer went on buying."""
        active, purchases = future.active[some], future.purchases[some]
        delayed = np.maximum(self.rate * self.days * active, 1e-12)
        spread = -np.expm1(-delayed) / delayed
        if future.stops_with_purchase:
            last = active < self.ahead / self.days
            spread += last * (np.exp(-delayed) - spread) / purchases
        return spread


def orders_ahead(
    fit: PurchaseFit, spend: SpendFit | None, cells: pd.DataFrame, *, days: float, draws: int, rate: float = 0.0
) -> OrdersAhead:
    """What fitted models say of the orders of some customers.

    Parameters
    ----------
    fit, spend
        The models; without `spend` purchases only.
    cells
        ``frequency`` and ``T`` (days) of the customers.
    days
        How long ahead.
    draws
        Draws of the parameters.
    rate
        Of continuous discounting, a day.
    """
    unit, theta = DAYS[fit.counts.unit], drawn_parameters(fit.posterior, draws)
    frequency, T = (cells[name].to_numpy(float) for name in ("frequency", "T"))
    active = if_active(fit.model, theta, frequency, T / unit, ahead=days / unit, rate=rate * unit)
    paid = np.empty((0, 3)) if spend is None else drawn_parameters(spend.posterior, draws)
    return OrdersAhead(fit.model, theta, spend.model if spend else None, paid, unit, days, rate, active)


def drawn_parameters(posterior: Posterior, draws: int) -> Array:
    """(draws, parameters); a posterior with fewer is gone through again."""
    theta = posterior.thinned(draws)
    return np.resize(theta, (draws, theta.shape[1]))


def _paid(cells: pd.DataFrame) -> tuple[Array, Array]:
    return cells["payments"].to_numpy(float), cells["total"].to_numpy(float)
