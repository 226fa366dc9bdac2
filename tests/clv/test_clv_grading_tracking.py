from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd
import pytest
from cdnow_followed import END, FITTED, START, days, followed

from cxmodels.clv.counts.from_frame import counted
from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.purchases import fit_purchases
from cxmodels.clv.grading.frequency import frequency_table
from cxmodels.clv.grading.simulated import newcomers
from cxmodels.clv.grading.tracking import Tracking
from cxmodels.clv.grading.tracking import followed as tracked
from cxmodels.clv.posteriors.posterior import Posterior


@cache
def fitted(model: str) -> PurchaseFit:
    past = ["frequency", "recency", "T"]
    return fit_purchases(counted(followed().groupby(past, as_index=False)["n"].sum(), n="n"), model)


def known(fit: PurchaseFit, draws: int = 100) -> PurchaseFit:
    """Return the fit as if its parameters were known: those at the maximum of the likelihood."""
    same = pd.DataFrame([fit.maximum_likelihood] * draws)
    return replace(fit, posterior=Posterior(same, "importance", 0.0, draws))


def starts_and_repeats() -> tuple[pd.DataFrame, pd.DataFrame]:
    bought = days()
    first = bought.groupby("customer")["day"].min()
    T = (pd.Timestamp(END) - first).dt.days
    repeats = bought[bought["day"] > bought["customer"].map(first)]
    seen = repeats.groupby("day").size().rename("purchases").reset_index()
    return T.value_counts().rename_axis("T").rename("n").reset_index(), seen


@pytest.fixture(scope="module")
def bg_nbd() -> PurchaseFit:
    return fitted("bg_nbd")


@pytest.fixture(scope="module")
def sample(bg_nbd: PurchaseFit) -> Tracking:
    return tracked(bg_nbd, *starts_and_repeats(), FITTED, END)


# Fader, Hardie & Lee (2005), section 5: cumulative repeat transactions of the CDNOW sample by week 78.
@pytest.mark.parametrize(("model", "error"), [("bg_nbd", -0.040), ("pareto_nbd", -0.015)])
def test_repeat_purchases_at_cdnow_are_tracked_as_published(model: str, error: float) -> None:
    found = tracked(known(fitted(model), draws=2), *starts_and_repeats(), FITTED, END)
    assert found.error.value == pytest.approx(error, abs=0.002)


def test_every_repeat_purchase_is_seen_once_and_weeks_add_up(sample: Tracking) -> None:
    repeats = starts_and_repeats()[1]["purchases"].sum()
    table = sample.table
    assert table["seen"].iloc[-1] == repeats
    assert table["week_seen"].sum() == repeats
    assert table["week_expected"].sum() == pytest.approx(table["expected"].iloc[-1])
    assert (table["until"].iloc[0] - START).days <= 7
    assert table["until"].iloc[-1] == END
    assert {b - a for a, b in zip(table["until"], table["until"][1:], strict=False)} == {timedelta(days=7)}


def test_what_came_since_the_fit_is_told_apart(sample: Tracking) -> None:
    table = sample.table.set_index("until")
    before, after = table.loc[FITTED], table.loc[END]
    since = (after["expected"] - before["expected"]) / (after["seen"] - before["seen"]) - 1
    assert sample.error_since.value == pytest.approx(since)
    assert sample.error_since.low <= sample.error_since.value <= sample.error_since.high


def test_the_band_is_as_wide_as_independent_customers_make_it(bg_nbd: PurchaseFit) -> None:
    starts = pd.DataFrame({"T": [400], "n": [5000]})
    seen = pd.DataFrame({"day": [pd.Timestamp(END)], "purchases": [1]})
    band = tracked(known(bg_nbd, 400), starts, seen, FITTED, END, draws=400).table.iloc[-1]
    drawn = newcomers(known(bg_nbd, 1), np.array([400.0]), np.array([20_000.0]), most=20_000, draws=1, seed=5)
    sd = np.sqrt(5000) * drawn.purchases.std()
    assert (band["high"] - band["low"]) / (2 * 1.645) == pytest.approx(sd, rel=0.15)
    assert (band["high"] + band["low"]) / 2 == pytest.approx(band["expected"], abs=0.3 * sd)
    assert band["expected"] == pytest.approx(5000 * drawn.purchases.mean(), rel=0.05)


@pytest.mark.parametrize("model", ["bg_nbd", "pareto_nbd"])
def test_purchases_of_newcomers_fall_when_they_are_expected(model: str) -> None:
    fit = known(fitted(model), 1)
    drawn = newcomers(fit, np.array([500.0]), np.array([60_000.0]), most=60_000, draws=1, seed=6)
    _, when = drawn.times(np.random.default_rng(7))
    times = np.array([50.0, 150.0, 300.0, 500.0])
    expected = fit.model.expected_repeats(fit.posterior.theta, times)[0]
    seen = np.array([(when <= time).sum() for time in times]) / 60_000
    assert seen == pytest.approx(expected, rel=0.03)


def test_customers_who_bought_nothing_again_are_tracked_without_an_error(bg_nbd: PurchaseFit) -> None:
    none = pd.DataFrame({"day": pd.to_datetime([]), "purchases": np.array([], int)})
    found = tracked(bg_nbd, pd.DataFrame({"T": [20, 3], "n": [5, 5]}), none, END - timedelta(days=10), END)
    assert np.isnan(found.error.value)
    assert found.table["seen"].sum() == 0
    assert (found.table["expected"] >= 0).all()


def test_the_frequency_table_counts_everybody_and_fits_its_own_customers(bg_nbd: PurchaseFit) -> None:
    found = frequency_table(bg_nbd)
    # the first row of table 1 of Fader, Hardie & Lee (2005): 1 411 of 2 357 did not buy again within 39 weeks
    assert found.table["seen"].tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert found.table["expected"].sum() == pytest.approx(2357)
    assert found.miss == pytest.approx(
        (found.table["seen"] - found.table["expected"]).abs().sum() / 2 / 2357, abs=1e-12
    )
    assert found.miss < 0.02
    assert 0.05 < found.p <= 1


def test_a_model_that_does_not_fit_is_found_by_its_frequency_table(bg_nbd: PurchaseFit) -> None:
    often = replace(bg_nbd, posterior=replace(bg_nbd.posterior, draws=bg_nbd.posterior.draws.assign(alpha=10.0)))
    found = frequency_table(often)
    assert found.p == 0
    assert found.miss > 0.1


def test_tables_of_many_customers_are_as_narrow_as_those_of_all_of_them(
    bg_nbd: PurchaseFit, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = frequency_table(known(bg_nbd, 300), draws=300)
    monkeypatch.setattr("cxmodels.clv.grading.frequency.MOST_CUSTOMERS", 500)
    some = frequency_table(known(bg_nbd, 300), draws=300)
    width, narrowed = (table.table["high"] - table.table["low"] for table in (whole, some))
    assert narrowed.sum() == pytest.approx(width.sum(), rel=0.15)


def test_the_day_of_the_fit_may_lie_within_a_week(bg_nbd: PurchaseFit) -> None:
    made_on = date(1997, 10, 2)
    found = tracked(bg_nbd, *starts_and_repeats(), made_on, END)
    table = found.table
    last_known = table[table["until"] <= made_on].iloc[-1]
    came = table["seen"].iloc[-1] - last_known["seen"]
    expected = table["expected"].iloc[-1] - last_known["expected"]
    assert found.error_since.value == pytest.approx(expected / came - 1)
