"""Forecasts of earlier days from what was known on them, made once for all who look back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.clv.counts.base import customer_base
from cxmodels.clv.errors import ClvError
from cxmodels.clv.fits.known import fit_known
from cxmodels.clv.forecasts.forecast import SEED, ClvForecast, forecast
from cxmodels.clv.models.model import ParameterModel
from cxmodels.clv.posteriors.posterior import Posterior
from cxmodels.clv.value.bridge import Bridge, value_bridge
from cxmodels.study.months import months_before

if TYPE_CHECKING:
    from cxmodels.clv.fits.fit import PurchaseFit
    from cxmodels.study.snapshot import Snapshot
    from cxmodels.study.study import Study

DRAWS = 40
"""Ten times fewer than for today's page: six months have to be told in seconds. See `matched`."""
SIZE = 250
"""Draws of the posteriors they are matched to."""


class Earlier:
    """A study seen from earlier days. What one asks for is kept, so that history and bridge share it.

    Parameters
    ----------
    study
        The study.
    model
        The purchase model, by name; the one used today.
    near
        Today's fit of it, whose posterior is moved to earlier days; see `fit_purchases`.
    draws
        Draws of the parameters of each forecast, at least 20.
    seed
        Of each forecast.
    """

    def __init__(
        self,
        study: Study,
        *,
        model: str = "bg_nbd",
        near: PurchaseFit | None = None,
        draws: int = DRAWS,
        seed: int = SEED,
    ) -> None:
        self._study, self._model, self._near, self._draws, self._seed = study, model, near, draws, seed
        self._snapshots: dict[date, Snapshot] = {}
        self._forecasts: dict[date, ClvForecast | None] = {}

    def snapshot(self, day: date) -> Snapshot:
        """What was known on a day."""
        if day not in self._snapshots:
            self._snapshots[day] = self._study.snapshot(day)
        return self._snapshots[day]

    def forecast(self, day: date) -> ClvForecast | None:
        """What would have been forecast on a day; None where nothing could be, or nothing that might be told."""
        if day not in self._forecasts:
            try:
                found = forecast_known(
                    self.snapshot(day), model=self._model, near=self._near, draws=self._draws, seed=self._seed
                )
            except ClvError:
                found = None
            if found is not None and not (found.in_money and found.customers >= found.min_cell):
                found = None
            self._forecasts[day] = found
        return self._forecasts[day]

    def bridge(self, forecast: ClvForecast, snapshot: Snapshot) -> Bridge:
        """What moved the value since the month before; see `value_bridge`.

        Parameters
        ----------
        forecast, snapshot
            Of today.
        """
        day = months_before(snapshot.as_of, 1)
        return value_bridge(self.forecast(day), forecast, self.snapshot(day), snapshot)


def forecast_known(
    snapshot: Snapshot,
    *,
    model: str = "bg_nbd",
    near: PurchaseFit | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> ClvForecast:
    """The forecast from what a snapshot knows, by the settings of its study; what cannot be fitted is left out.

    Raises
    ------
    ClvError
        When nothing can be forecast: no part could be fitted, or there is no customer.
    """
    settings = snapshot.settings.clv
    fits = fit_known(snapshot, model, size=SIZE, near=near)
    purchases, spend, retention = fits.all
    if purchases is not None:
        purchases = replace(purchases, posterior=matched(purchases.model, purchases.posterior, draws))
    if spend is not None:
        spend = replace(spend, posterior=matched(spend.model, spend.posterior, draws))
    if retention is not None:
        retention = replace(retention, posterior=matched(retention.model, retention.posterior, draws))
    return forecast(
        customer_base(snapshot),
        purchases,
        spend,
        retention,
        horizon_months=settings.horizon_months,
        discount_rate=settings.discount_rate,
        draws=draws,
        seed=seed,
    )


def matched(model: ParameterModel, posterior: Posterior, size: int) -> Posterior:
    """A few draws with the mean and the covariance of all, in the coordinates the model is sampled in.

    The mean of what is computed from them is then right to the second order, where that of a few draws taken as they
    come would be off by a visible part of the posterior's own spread.

    Notes
    -----
    Quadratic resampling, Barraquand (1995), Numerical valuation of high dimensional multivariate European securities,
    Management Science 41(12).
    """
    if size >= len(posterior.draws):
        return posterior
    every, few = model.unbounded(posterior.theta), model.unbounded(posterior.thinned(size))
    away = few - few.mean(axis=0)
    spread = np.linalg.cholesky(np.cov(every, rowvar=False))
    spread_of_few = np.linalg.cholesky(np.cov(few, rowvar=False))
    shaped = every.mean(axis=0) + np.linalg.solve(spread_of_few, away.T).T @ spread.T
    return replace(posterior, draws=pd.DataFrame(model.theta(shaped), columns=posterior.draws.columns))
