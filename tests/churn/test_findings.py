from __future__ import annotations

import re

import pandas as pd
import pytest
from small_company import WriteStudy, company, counted

from cxmodels import churn
from cxmodels.look import Figure

FIGURES = churn.figures


@pytest.fixture(scope="module")
def fitted() -> tuple[churn.Episodes, churn.CoxFit, churn.Forecast]:
    episodes = counted(company(2500, seed=31))
    fit = churn.fit_cox(episodes)
    return episodes, fit, fit.churn_probability(episodes.cells())


@pytest.fixture
def monthly() -> pd.DataFrame:
    rows = [("2026-07", 0.02, 0.015, 0.026, 40, 2000), ("2026-08", 0.05, 0.041, 0.06, 100, 2000)]
    return pd.DataFrame(rows, columns=["month", "value", "low", "high", "left", "active"])


def test_results_hold_what_the_month_tells_and_nothing_it_cannot(
    fitted: tuple[churn.Episodes, churn.CoxFit, churn.Forecast], monthly: pd.DataFrame
) -> None:
    episodes, fit, forecast = fitted
    survival = churn.fit_survival(episodes)
    found = churn.estimates(episodes, survival, fit, forecast, monthly)
    assert found["churn.active"].value == episodes.active
    assert found["churn.left_month"].value == 100
    assert found["churn.rate_12m"] == forecast.rates[12]
    assert found["churn.survival_24m"] == survival.at(24)
    assert {f"churn.rate_{months}m" for months in (1, 3, 6, 12)} <= found.keys()
    assert {"churn.rate_12m.plan.A", "churn.rate_12m.plan.B", "churn.hazard_ratio.plan.B"} <= found.keys()
    without = churn.estimates(episodes, survival, fit, forecast, monthly.iloc[:0])
    assert "churn.rate_month" not in without
    assert "churn.survival_72m" not in churn.estimates(
        episodes, churn.Survival(survival.curves[survival.curves["time"] < 2000], None, survival.sizes, 1), fit,
        forecast, monthly,
    )  # fmt: skip


def test_a_history_ends_with_this_month(
    fitted: tuple[churn.Episodes, churn.CoxFit, churn.Forecast], monthly: pd.DataFrame
) -> None:
    forecast = fitted[2]
    past = pd.DataFrame([("2026-08", 0.3, 0.28, 0.32)], columns=["month", "value", "low", "high"])
    history = churn.history(forecast, monthly, past, "2026-09")
    assert history["churn.rate_12m"]["month"].tolist() == ["2026-08", "2026-09"]
    assert history["churn.rate_12m"]["value"].iloc[-1] == forecast.rates[12].value
    assert churn.history(forecast, monthly.iloc[:0], past.iloc[:0], "2026-09") == {}


def test_what_moved_is_told_from_noise(fitted: tuple[churn.Episodes, churn.CoxFit, churn.Forecast]) -> None:
    forecast = fitted[2]
    rate = forecast.rates[12]
    half = rate.standard_error
    columns = ["month", "value", "low", "high"]
    near = pd.DataFrame([("2026-08", rate.value + 0.001, rate.low, rate.high)], columns=columns)
    far = pd.DataFrame(
        [("2026-08", rate.value + 9 * half, rate.value + 7 * half, rate.value + 11 * half)], columns=columns
    )
    assert "within noise" in churn.moved(forecast, near.iloc[:0], near)
    assert "real fall" in churn.moved(forecast, far.iloc[:0], far)


def test_the_opening_says_the_rate_and_the_widest_difference(
    fitted: tuple[churn.Episodes, churn.CoxFit, churn.Forecast], monthly: pd.DataFrame
) -> None:
    episodes, _, forecast = fitted
    top = forecast.shown(12).sort_values("value").iloc[-1]
    assert f"highest for {top.covariate} {top.level}" in churn.title(forecast)
    lead = churn.lead(episodes, forecast, monthly, monthly.iloc[:0])
    assert len(re.findall(r"\.(?: |$)", re.sub("</?b>", "", lead))) == 3
    assert "The widest difference is by plan" in lead


def test_every_figure_has_a_title_with_its_finding_and_words_with_its_numbers(
    fitted: tuple[churn.Episodes, churn.CoxFit, churn.Forecast], monthly: pd.DataFrame
) -> None:
    episodes, fit, forecast = fitted
    drawn = [
        FIGURES.survival_curves(churn.fit_survival(episodes)),
        FIGURES.survival_curves(churn.fit_survival(episodes, by="plan")),
        FIGURES.hazard_ratios(fit),
        FIGURES.churn_by_group(forecast),
        FIGURES.monthly_trend(monthly),
    ]
    for figure in drawn:
        assert isinstance(figure, Figure)
        assert re.search(r"\d", figure.title)
        assert re.search(r"\d.*\d", figure.alt)
        assert not re.search(r"\b(because|causes?|due to|leads? to)\b", figure.title)
        assert len(figure.webp()) < 80_000


def test_the_title_of_survival_is_computed_from_the_curve(
    fitted: tuple[churn.Episodes, churn.CoxFit, churn.Forecast],
) -> None:
    survival = churn.fit_survival(fitted[0])
    months = next(m for m in (72, 60, 48, 36, 24, 12) if survival.at(m) is not None)
    wanted = f"After {months} months, {100 * survival.at(months).value:.0f}"  # type: ignore[union-attr]
    assert FIGURES.survival_curves(survival).title.startswith(wanted)


def test_a_good_month_is_green(write_study: WriteStudy) -> None:
    study = write_study(company(2500, seed=32)["contracts"], covariates=("plan",), window_months=24)
    snapshot = study.snapshot("2026-09")
    episodes = churn.episodes(snapshot)
    fit = churn.fit_cox(episodes)
    forecast = fit.churn_probability(episodes.cells())
    grades = churn.grades(study, snapshot, window_months=12)
    verdict = churn.judge(fit, forecast, churn.monthly_churn(snapshot), grades)
    assert [check.name for check in verdict.checks if check.status != "green"] == []
    assert FIGURES.graded_forecasts({12: grades[12]}).title.startswith("A year ago")


def test_a_careful_reader_is_told_what_was_left_out(
    fitted: tuple[churn.Episodes, churn.CoxFit, churn.Forecast], monthly: pd.DataFrame
) -> None:
    episodes, fit, _ = fitted
    said = " ".join(churn.about(episodes, fit, monthly.iloc[:0], None, "Anything but tests."))
    assert "Departures bear no dates of earlier months" in said
    assert "Anything but tests." in said
