from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from small_company import AS_OF, WriteStudy, company, contracts, counted

from cxmodels import churn
from cxmodels.study.study import open_study

TERMS = ["dependents", "internet_service", "online_backup", "tech_support"]


@pytest.fixture(scope="module")
def internet_customers(root: Path) -> churn.Episodes:
    """Telco's month-to-month customers with internet, as counts."""
    every = churn.episodes(open_study(root / "data" / "telco").snapshot("2019-09"), covariates=["plan", *TERMS])
    frame = every.frame
    frame = frame[(frame["plan"] == "Month-to-month") & (frame["internet_service"] != "No")]
    levels = {name: tuple(frame.groupby(name)["n"].sum().sort_values(ascending=False).index) for name in TERMS}
    return churn.Episodes(frame, tuple(TERMS), levels, dict.fromkeys(TERMS, ()), every.as_of, 0, 0, 10)


@pytest.fixture(scope="module")
def simulated() -> churn.Episodes:
    return counted(company(1500, seed=11))


def test_telco_hazard_ratios_are_those_of_r(internet_customers: churn.Episodes) -> None:
    # R survival 3.5-3 and lifelines 0.30.3, Efron, Telco month-to-month customers with internet: 3 351, 1 556 left
    assert (internet_customers.n, internet_customers.events) == (3351, 1556)
    fit = churn.fit_cox(internet_customers, covariates=TERMS)
    assert fit.coefficients["level"].tolist() == ["Yes", "DSL", "Yes", "Yes"]
    assert fit.coef == pytest.approx([-0.328651, -0.217329, -0.776620, -0.639166], abs=1e-6)
    assert fit.coefficients["se"].to_numpy() == pytest.approx([0.070862, 0.059037, 0.059158, 0.075332], abs=1e-6)
    assert fit.coefficients["hazard_ratio"].to_numpy() == pytest.approx([0.720, 0.805, 0.460, 0.528], abs=5e-4)
    assert fit.log_likelihood == pytest.approx(-11315.95248, abs=1e-5)
    assert fit.concordance == pytest.approx(0.64088, abs=1e-5)


def test_telco_proportional_hazards_test_is_that_of_r(internet_customers: churn.Episodes) -> None:
    # R survival 3.5-3, cox.zph with its default transform: global chi² 51.8 on 4 df
    last = churn.proportional_hazards(churn.fit_cox(internet_customers)).iloc[-1]
    assert last["chi2"] == pytest.approx(51.8, abs=0.05)
    assert last["df"] == 4


def test_late_entries_give_what_lifelines_gives_row_by_row(simulated: churn.Episodes) -> None:
    fit = churn.fit_cox(simulated)
    frame = simulated.frame[simulated.frame["exit"] > simulated.frame["entry"]]
    rows = frame.loc[frame.index.repeat(frame["n"])]
    rows = pd.DataFrame(
        {"entry": rows["entry"], "exit": rows["exit"], "event": rows["event"], "B": (rows["plan"] == "B").astype(float)}
    )
    other = CoxPHFitter().fit(rows, "exit", "event", entry_col="entry")
    sign = 1 if fit.coefficients["level"].iloc[0] == "B" else -1
    assert sign * fit.coef[0] == pytest.approx(other.params_["B"], abs=1e-5)
    assert fit.coefficients["se"].iloc[0] == pytest.approx(other.standard_errors_["B"], abs=1e-5)
    assert fit.log_likelihood == pytest.approx(other.log_likelihood_, abs=1e-4)


def test_a_count_of_two_is_two_rows(simulated: churn.Episodes) -> None:
    frame = simulated.frame
    twice = pd.concat([frame, frame], ignore_index=True)
    doubled = frame.assign(n=2 * frame["n"])
    fits = [
        churn.fit_cox(churn.Episodes(part, ("plan",), simulated.levels, simulated.pooled, simulated.as_of, 24, 0, 1))
        for part in (twice, doubled)
    ]
    assert fits[0].coef == pytest.approx(fits[1].coef, abs=1e-10)
    assert fits[0].log_likelihood == pytest.approx(fits[1].log_likelihood, abs=1e-7)


def test_the_true_hazard_ratio_lies_in_the_interval(simulated: churn.Episodes) -> None:
    row = churn.fit_cox(simulated).coefficients.iloc[0]
    true = np.exp(0.7 if row.level == "B" else -0.7)
    assert row.low < true < row.high


def test_proportional_hazards_that_hold_are_rarely_refused() -> None:
    tests = [churn.proportional_hazards(churn.fit_cox(counted(company(500, seed)))) for seed in range(40)]
    assert sum(test["p"].iloc[0] < 0.05 for test in tests) <= 6


def test_a_hazard_ratio_that_fades_with_tenure_is_found() -> None:
    rng = np.random.default_rng(8)
    plan = rng.choice(["A", "B"], 3000)
    early = rng.exponential(np.where(plan == "B", 100, 300))
    time = np.where(early < 90, early, 90 + rng.exponential(300, 3000))
    rows = pd.DataFrame(
        {"entry": 0, "exit": np.ceil(time.clip(0.1, 700)).astype(int), "event": (time < 700).astype(int)}
    )
    rows = rows.assign(cause=np.where(rows["event"] == 1, "unknown", "active"), plan=plan)
    frame = rows.groupby(list(rows.columns), as_index=False).size().rename(columns={"size": "n"})
    levels = {"plan": ("A", "B")}
    fit = churn.fit_cox(churn.Episodes(frame, ("plan",), levels, {"plan": ()}, AS_OF, 0, 0, 1))
    assert churn.proportional_hazards(fit)["p"].iloc[0] < 1e-6
    assert fit.verdict.status == "amber"


def test_the_reference_is_the_largest_level(internet_customers: churn.Episodes) -> None:
    reference = churn.fit_cox(internet_customers).reference
    assert reference == {
        "dependents": "No", "internet_service": "Fiber optic", "online_backup": "No", "tech_support": "No",
    }  # fmt: skip


def test_an_unseen_level_is_named(internet_customers: churn.Episodes) -> None:
    fit = churn.fit_cox(internet_customers)
    cells = internet_customers.cells().assign(tech_support="Perhaps")
    with pytest.raises(churn.UnseenLevel, match=r"'tech_support'.*'Perhaps'.*No, Yes"):
        fit.churn_probability(cells)


def test_two_covariates_that_say_the_same_are_named(write_study: WriteStudy) -> None:
    table = company(500, seed=2)["contracts"]
    table["tariff"] = np.where(table["plan"] == "A", "blue", "red")
    people = table[["customer_id", "started_on", "tariff"]].rename(columns={"started_on": "joined_on"})
    snapshot = write_study(table.drop(columns="tariff"), people, ("plan", "tariff")).snapshot("2026-09")
    episodes = churn.episodes(snapshot)
    with pytest.raises(churn.AliasedColumns, match=r"tariff .* says the same as plan"):
        churn.fit_cox(episodes, covariates=["plan", "tariff"])
    fit = churn.fit_cox(episodes)
    assert fit.covariates == ("plan",)
    assert list(fit.left_out) == ["tariff"]


def test_a_level_nobody_left_is_named(write_study: WriteStudy) -> None:
    rows = [(f"a{i}", "2026-01-01", f"2026-0{2 + i % 6}-01" if i % 2 else None, "A") for i in range(40)]
    rows += [(f"b{i}", "2026-01-01", None, "B") for i in range(20)]
    episodes = churn.episodes(write_study(contracts(*rows)).snapshot("2026-09"), covariates=["plan"])
    with pytest.raises(churn.Separation, match="no one of plan 'other' left"):
        churn.fit_cox(episodes, covariates=["plan"])


def test_too_few_departures_are_counted_in_the_message(write_study: WriteStudy) -> None:
    rows = [("a", "2026-01-01", "2026-02-01", "A"), ("b", "2026-01-01", "2026-03-01", "B"), ("c", "2026-01-01", None)]
    episodes = churn.episodes(write_study(contracts(*rows)).snapshot("2026-09"), covariates=["plan"])
    with pytest.raises(churn.TooFewEvents, match="at least 5 departures, found 2"):
        churn.fit_cox(episodes, covariates=["plan"])


def test_without_covariates_the_baseline_is_everybody(simulated: churn.Episodes) -> None:
    fit = churn.fit_cox(simulated, covariates=[])
    survival = churn.fit_survival(simulated).curves.set_index("time")["survival"]
    last = fit.baseline.iloc[-1]
    assert last["survival"] == pytest.approx(survival.loc[last["time"]], abs=0.02)
    assert len(fit.coefficients) == 0


@pytest.mark.parametrize("entry", [0, 100])
def test_a_level_never_at_risk_beside_a_departure_of_another_is_left_out_and_told(entry: int) -> None:
    # all of A leave before day 60; C leaves once, when only C is at risk
    rows = [(0, day, 1, "A", 3) for day in range(1, 60)]
    rows += [(0, 61, 0, "A", 100), (entry, 150, 1, "C", 1), (entry, 200, 0, "C", 200)]
    frame = pd.DataFrame(rows, columns=["entry", "exit", "event", "plan", "n"]).assign(cause="unknown")
    episodes = churn.Episodes(frame, ("plan",), {"plan": ("A", "C")}, {"plan": ()}, AS_OF, 24, 0, 10)
    fit = churn.fit_cox(episodes)
    assert fit.covariates == ()
    assert "no finite estimate" in fit.left_out["plan"]
    with pytest.raises(churn.Separation, match="plan 'C'"):
        churn.fit_cox(episodes, covariates=["plan"])
