from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from small_company import AS_OF, WriteStudy, company, contracts, counted

from cxmodels import churn
from cxmodels.churn.counts.from_frame import counted as from_table
from cxmodels.churn.models.tenure_only import fit_tenure
from cxmodels.study.study import open_study


@pytest.fixture(scope="module")
def telco(root: Path) -> churn.Episodes:
    return churn.episodes(open_study(root / "data" / "telco").snapshot("2019-09"))


def test_telco_survival_is_that_of_r(telco: churn.Episodes) -> None:
    # R survival 3.5-3, survfit on the tenure in months of all 7 043 customers
    survival = churn.fit_survival(telco)
    found = [round(survival.at(months).value, 4) for months in (12, 24, 48, 72)]  # type: ignore[union-attr]
    assert found == [0.8432, 0.7887, 0.7088, 0.5928]


def test_telco_month_to_month_customers_with_internet_stay_34_months_at_the_median(telco: churn.Episodes) -> None:
    # R survival 3.5-3
    frame = telco.frame
    frame = frame[(frame["plan"] == "Month-to-month") & (frame["internet_service"] != "No")]
    part = churn.Episodes(frame, (), {}, {}, telco.as_of, 0, 0, 10)
    assert round(churn.fit_survival(part).median()) == 34


def test_late_entries_count_only_from_their_entry(write_study: WriteStudy) -> None:
    # at risk on day 10: two; on day 40 the late one has entered at 30: S = (1 - 1/2) (1 - 1/2)
    table = contracts(("a", "2026-08-01", "2026-08-11"), ("b", "2026-08-01", "2026-09-10"), ("c", "2026-07-01", None))
    episodes = churn.episodes(write_study(table).snapshot("2026-09"), window_months=2)
    curve = churn.fit_survival(episodes).curves.set_index("time")
    assert curve.loc[10, "survival"] == pytest.approx(0.5)
    assert curve.loc[40, "survival"] == pytest.approx(0.25)
    assert curve.loc[[10, 40], "at_risk"].tolist() == [2, 2]


def test_who_enters_on_a_day_is_not_at_risk_on_that_day(write_study: WriteStudy) -> None:
    table = contracts(("a", "2026-08-01", "2026-08-31"), ("b", "2026-08-01", None), ("c", "2026-07-01", None))
    episodes = churn.episodes(write_study(table).snapshot("2026-09"), window_months=2)
    assert episodes.frame["entry"].max() == 30
    assert churn.fit_survival(episodes).curves.set_index("time").loc[30, "survival"] == pytest.approx(0.5)


def test_left_truncation_does_not_flatter_survival(write_study: WriteStudy) -> None:
    made = company(6000, seed=1, monthly_hazard=0.05, log_ratio=0.0)
    episodes = churn.episodes(write_study(made["contracts"]).snapshot("2026-09"), window_months=12)
    survival = churn.fit_survival(episodes).at(12)
    assert survival is not None
    assert survival.low < np.exp(-0.05 * 12) < survival.high


def test_a_curve_by_covariate_is_the_curve_of_that_part(telco: churn.Episodes) -> None:
    by_plan = churn.fit_survival(telco, by="plan")
    part = telco.frame[telco.frame["plan"] == "One year"]
    alone = churn.fit_survival(churn.Episodes(part, (), {}, {}, telco.as_of, 0, 0, 10))
    assert by_plan.at(60, "One year") == alone.at(60)


def test_beyond_what_is_watched_there_is_no_survival(telco: churn.Episodes) -> None:
    assert churn.fit_survival(telco).at(73) is None


def test_a_curve_with_late_entries_and_its_interval_are_those_of_lifelines() -> None:
    frame = counted(company(1500, seed=3)).frame
    curve = churn.fit_survival(churn.Episodes(frame, (), {}, {}, AS_OF, 24, 0, 1)).curves
    rows = frame[frame["exit"] > frame["entry"]]
    entry = rows["entry"].where(rows["entry"] == 0, rows["entry"] + 0.5)
    other = KaplanMeierFitter().fit(rows["exit"], rows["event"], entry=entry, weights=rows["n"])
    inside = curve[curve["survival"].between(0, 1, inclusive="neither")]
    wanted = other.survival_function_.join(other.confidence_interval_).loc[inside["time"]]
    assert inside[["survival", "low", "high"]].to_numpy() == pytest.approx(wanted.to_numpy(), abs=1e-9)


def test_where_nobody_was_watched_in_the_first_months_no_survival_is_told() -> None:
    frame = pd.DataFrame({"entry": [0, 800], "exit": [5, 1000], "event": [1, 0], "cause": "unknown", "n": [3, 200]})
    frame.loc[2] = {"entry": 800, "exit": 900, "event": 1, "cause": "unknown", "n": 20}
    survival = churn.fit_survival(churn.Episodes(frame, (), {}, {}, AS_OF, 24, 0, 10))
    assert survival.at_risk(900) == 220
    assert [survival.at(months) for months in (1, 24, 28)] == [None, None, None]
    assert churn.figures.survival_curves(survival).title.startswith("Too few customers")


def test_without_anybody_at_risk_there_is_no_curve(write_study: WriteStudy) -> None:
    study = write_study(contracts(("a", "2026-06-01", None)))
    with pytest.raises(churn.NoEpisodes, match="time at risk is required, found none"):
        churn.fit_survival(churn.episodes(study.snapshot("2026-05")))


def test_a_level_that_is_none_is_told_with_those_there_are(telco: churn.Episodes) -> None:
    with pytest.raises(ValueError, match="allowed: plan, internet_service"):
        churn.fit_survival(telco, by="region")


def made() -> pd.DataFrame:
    """240 kinds of episodes by a formula, 480 episodes, with late entries and ties."""
    i = np.arange(240)
    entry = np.where(i % 3 == 0, (i * 7) % 23, 0)
    left = (((i * i + 3 * i + i // 5) % 5) % 4 > 0).astype(int)
    return pd.DataFrame({"entry": entry, "exit": entry + 1 + (i * i * 5 + 11 * i) % 29, "event": left, "n": 1 + i % 3})


def test_the_hazard_of_everybody_takes_ties_as_r_does() -> None:
    # R 4.2.2, survival 3.5-3: survfit(Surv(entry, exit, event) ~ 1, stype = 2, ctype = 2) on the 480 rows
    fit = fit_tenure(from_table(made(), entry="entry", n="n", unit="months"))
    table = fit.baseline.set_index("time")["survival"]
    found = [table[table.index <= month].iloc[-1] for month in (3, 10, 24, 40)]
    wanted = [0.862423373112469860, 0.672226258371919960, 0.272538668669135287, 0.099027897014687075]
    assert found == pytest.approx(wanted, abs=1e-12)


def test_the_hazard_of_everybody_knows_no_covariate_and_its_draws_lie_around_it() -> None:
    fit = fit_tenure(counted(company(3000, seed=4)))
    cells = pd.DataFrame({"plan": ["A", "B"]})
    year = fit.cumulative_hazard(cells, np.array([365.0, 365.0]))
    assert year[0] == year[1]
    assert fit.log_risk(cells).tolist() == [0, 0]
    draws = fit.sample(2000, seed=1).cumulative_hazard(cells, np.array([365.0, 365.0]))
    assert draws.mean(axis=1) == pytest.approx(year, rel=0.02)
    # Greenwood's variance of the cumulative hazard, from what was counted
    counts = fit.baseline[fit.baseline["time"] <= 365]
    assert draws[0].std() == pytest.approx(np.sqrt((counts["left"] / counts["at_risk"] ** 2).sum()), rel=0.1)
    beyond = fit.cumulative_hazard(cells, fit.reach + np.array([0.0, 365]))
    assert beyond[1] > beyond[0] + 0.1


def test_where_nobody_left_the_hazard_is_nought() -> None:
    fit = fit_tenure(from_table(made().assign(event=0), entry="entry", n="n"))
    assert len(fit.baseline) == 0
    assert fit.cumulative_hazard(pd.DataFrame(index=[0]), np.array([100.0])).tolist() == [0]


def test_a_curve_counted_in_months_is_told_in_months() -> None:
    survival = churn.fit_survival(from_table(made(), entry="entry", n="n", unit="months"))
    curve = survival.curves
    assert curve["months"].tolist() == curve["time"].tolist()
    told = survival.at(12)
    assert told is not None
    assert told.value == curve.set_index("time")["survival"][12]
    # at risk in month 12: who entered before it and was not gone before it
    frame = made()
    assert survival.at_risk(12) == frame.loc[(frame["entry"] < 12) & (frame["exit"] >= 12), "n"].sum()
    half = curve[curve["survival"] <= 0.5]["time"].iloc[0]
    assert survival.median() == half


def test_parts_of_a_month_are_at_risk_from_their_entry() -> None:
    frame = pd.DataFrame({"entry": [0.0, 0.2, 0.0], "exit": [0.1, 0.4, 0.5], "event": [1, 1, 0]})
    curve = churn.fit_survival(from_table(frame, entry="entry", unit="months")).curves.set_index("time")
    assert curve["at_risk"].to_dict() == {0.0: 2, 0.1: 2, 0.4: 2, 0.5: 1}
    assert curve["survival"].to_dict() == {0.0: 1, 0.1: 0.5, 0.4: 0.25, 0.5: 0.25}


def test_no_number_at_risk_below_the_smallest_cell_is_drawn_nor_found_by_subtraction() -> None:
    rows = [("A", 40, 0, 300), ("B", 40, 0, 15), ("B", 20, 0, 30), ("C", 40, 0, 4), ("C", 20, 0, 40)]
    table = pd.DataFrame(rows, columns=["plan", "exit", "event", "n"])
    episodes = from_table(table, ["plan"], n="n", unit="months", min_cell=10)
    figure = churn.figures.survival_curves(churn.fit_survival(episodes, by="plan"))
    drawn = [text.get_text() for text in figure.drawing.axes[1].texts]
    # after 20 months 4 of C are left, so neither they nor the 15 of B, the next fewest, are told
    assert "300" in drawn
    assert {"45", "44"} <= {*drawn}
    assert not {"4", "15"} & {*drawn}
    assert drawn.count("–") >= 2
    assert "fewer than 10 at risk" in figure.note
