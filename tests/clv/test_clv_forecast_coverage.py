"""What came of it: predictive intervals on simulated companies whose future is known, and on CDNOW's weeks 40 to 78."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
import pytest
from cdnow_followed import followed
from known_fits import base_of, purchase_fit
from simulated_shop import PARETO_NBD, customers_with_future

from cxmodels.clv.counts.from_frame import counted
from cxmodels.clv.counts.spend import counted_spend
from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.purchases import fit_purchases
from cxmodels.clv.fits.spend import fit_spend
from cxmodels.clv.forecasts.forecast import ClvForecast, forecast

AHEAD = 365.25
CDNOW_WEEKS = 39
Name = Literal["bg_nbd", "pareto_nbd"]


def forecast_of(
    company: pd.DataFrame, model: str, *, draws: int = 400, ahead: float = AHEAD, known: PurchaseFit | None = None
) -> ClvForecast:
    """Fit both models, or that of spend alone, to a company as it stands and look ahead."""
    purchases = known or fit_purchases(counted(company, n="n"), model)
    spend = fit_spend(counted_spend(company, n="n"))
    months = ahead / 30.4375
    return forecast(base_of(company), purchases, spend, None, horizon_months=months, discount_rate=0.1, draws=draws)


def held(cells: pd.DataFrame, forecast_name: str, came: str, half: str = "") -> float:
    """Share of customers whose interval held what came."""
    low, high = (cells[f"{forecast_name}_{side}{half}"] for side in ("low", "high"))
    return float(cells["n"] @ ((low <= cells[came]) & (cells[came] <= high)) / cells["n"].sum())


@pytest.mark.parametrize(
    ("model", "fitted"),
    [("bg_nbd", True), ("pareto_nbd", False), pytest.param("pareto_nbd", True, marks=pytest.mark.slow)],
)
def test_intervals_hold_what_simulated_customers_did(model: Name, fitted: bool) -> None:
    company = customers_with_future(2000, 12, ahead=AHEAD, model=model)
    known = None if fitted else purchase_fit(name=model, certain=True, centre=tuple(PARETO_NBD.values()))
    cells = forecast_of(company, model, known=known).cells
    for name, came in (("purchases", "came"), ("spent", "paid"), ("clv", "worth")):
        assert 0.88 <= held(cells, name, came) <= 0.96, name
        # whole numbers, and the 0 of who has gone, make an interval hold more than its level
        assert held(cells, name, came, "_50") >= 0.47, name
        # of those who are sure to buy, it is the level
        busy = cells[cells[f"{name}_low"] > 0]
        assert len(busy) > 300
        assert held(busy, name, came) == pytest.approx(0.9, abs=4 * np.sqrt(0.09 / len(busy))), name
    for name, came in (("purchases", "came"), ("clv", "worth")):
        expected, seen = cells[name], cells[came]
        error = (seen - expected).std() / np.sqrt(len(cells))
        assert abs(seen.mean() - expected.mean()) < 4 * error, name


def totals_held(model: Name, companies: range, customers: int) -> np.ndarray:
    """(companies, 3) whether the 90 % interval of the total held purchases, spending and value.

    The parameters of Pareto/NBD are the true ones, since a hundred fits of it take long; others are fitted.
    """
    known = purchase_fit(name=model, certain=True, centre=tuple(PARETO_NBD.values())) if model == "pareto_nbd" else None
    found = []
    for seed in companies:
        company = customers_with_future(customers, seed, ahead=AHEAD, model=model)
        told = forecast_of(company, model, draws=200, known=known)
        pairs = (("purchases", "came"), ("spent", "paid"), ("clv", "worth"))
        totals = [(told.total(name, level=0.9), company[came].sum()) for name, came in pairs]
        found.append([total.low <= came <= total.high for total, came in totals])
    return np.array(found)


def test_intervals_of_totals_hold_what_the_company_made() -> None:
    # 2 of 6 or fewer come with a probability of .0013 at a level of .9
    assert (totals_held("bg_nbd", range(100, 106), 150).sum(axis=0) >= 3).all()


@pytest.mark.slow
@pytest.mark.parametrize("model", ["bg_nbd", "pareto_nbd"])
def test_intervals_of_totals_hold_what_a_hundred_companies_made(model: Name) -> None:
    held_by = totals_held(model, range(1000, 1100), 400).sum(axis=0)
    # the middle 99.9 % of a binomial of 100 at .9
    assert ((held_by >= 79) & (held_by <= 98)).all(), held_by


def test_intervals_hold_what_the_customers_of_cdnow_did_in_weeks_40_to_78() -> None:
    cdnow = followed().rename(columns={"purchases": "came", "spent": "paid"})
    n = cdnow["n"].to_numpy()
    assert (n.sum(), n @ cdnow["came"]) == (2357, 1882)
    cells = forecast_of(cdnow, "bg_nbd", ahead=7.0 * CDNOW_WEEKS).cells
    expected, came = cells["purchases"].to_numpy(), cells["came"].to_numpy()
    # a full predictive simulation holds 95.1 % of counts
    assert held(cells, "purchases", "came") == pytest.approx(0.951, abs=0.01)
    assert 0.88 <= held(cells, "spent", "paid") <= 0.96
    # BG/NBD in the literature: mean absolute error .786, correlation .626, total -12.1 %
    assert n @ np.abs(expected - came) / n.sum() == pytest.approx(0.786, abs=2e-3)
    assert np.cov(expected, came, fweights=n)[0, 1] / np.sqrt(
        np.cov(expected, fweights=n) * np.cov(came, fweights=n)
    ) == pytest.approx(0.626, abs=2e-3)
    assert n @ expected / 1882 - 1 == pytest.approx(-0.121, abs=5e-3)
