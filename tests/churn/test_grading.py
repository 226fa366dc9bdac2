from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_company import AS_OF, WriteStudy, company, contracts

from cxmodels import churn
from cxmodels.churn.grading.drift import dispersion, probability, ratio
from cxmodels.churn.grading.grade import Grade, grade, grades
from cxmodels.churn.grading.past import Past, followed, month_edges
from cxmodels.churn.grading.replay import replay
from cxmodels.churn.models.multiple_tests import holm
from cxmodels.estimate import Estimate
from cxmodels.look import Figure
from cxmodels.simulate import write
from cxmodels.study.study import Study, open_study

YEAR_AGO = date(2025, 9, 30)


KINDS = {
    "attributes": 'covariates = ["plan", "region"]',
    "a number": 'covariates = ["plan", "monthly_fee"]',
    "histories": 'covariates = ["plan"]\ntime_varying = ["satisfaction", "incidents"]',
    "orders alone": 'covariates = ["region"]\ninactivity_days = 120',
}


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Study]:
    """One simulated company as four studies; nobody withdraws consent, so nobody of an earlier day is missing."""
    folder = write(tmp_path_factory.mktemp("company"), customers=900, seed=5)
    written = (folder / "study.toml").read_text(encoding="utf-8")
    written = written.replace('[tables.consents]\npath = "consents.parquet"\n', "")
    studies = {}
    for kind, churn_section in KINDS.items():
        text = re.sub(r"\[churn\]\n(?:[^\[\n].*\n|\n)*", f"[churn]\n{churn_section}\nwindow_months = 24\n\n", written)
        if kind == "orders alone":
            text = text.replace('[tables.contracts]\npath = "contracts.parquet"\n', "")
        (folder / "study.toml").write_text(text, encoding="utf-8")
        studies[kind] = open_study(folder)
    return studies


@pytest.fixture(scope="module")
def past(companies: dict[str, Study]) -> Past:
    return Past(companies["attributes"], companies["attributes"].snapshot("2026-09"))


@pytest.fixture(scope="module")
def graded(companies: dict[str, Study], past: Past) -> dict[int, Grade]:
    return grades(companies["attributes"], past.snapshot, past=past)


def study_of(write_study: WriteStudy, table: pd.DataFrame, min_cell: int = 1) -> Any:
    return write_study(table, covariates=("plan",), window_months=24, min_cell=min_cell)


def test_the_customers_of_an_earlier_day_are_followed_month_by_month(write_study: WriteStudy) -> None:
    table = contracts(
        ("before", "2024-01-01", "2024-12-01"),
        ("at once", "2025-01-01", "2025-10-01"),
        ("second month", "2025-01-01", "2025-11-01"),
        ("last day", "2025-01-01", "2026-09-30"),
        ("stays", "2025-01-01", None),
        ("renews", "2025-01-01", "2025-12-31"),
        ("renews", "2026-01-01", None),
        ("later", "2025-10-01", "2026-01-01"),
    )
    study = study_of(write_study, table)
    known = churn.episodes(study.snapshot("2025-09"))
    found = followed(study.snapshot("2026-09"), known, YEAR_AGO)
    assert found[["tenure", "plan", "n", "left"]].to_numpy().tolist() == [[272, "A", 5, 3]]
    by_month = {name: int(found[name].iloc[0]) for name in found if str(name).startswith("left_")}
    assert by_month == {f"left_{i}": int(i in (1, 2, 12)) for i in range(1, 13)}


def test_months_since_a_forecast_end_on_the_snapshots_day_of_the_month() -> None:
    assert month_edges(date(2026, 6, 30), AS_OF) == [date(2026, m, d) for m, d in ((6, 30), (7, 31), (8, 31), (9, 30))]
    assert month_edges(date(2026, 7, 15), date(2026, 8, 20)) == [date(2026, 7, d) for d in (15, 20)] + [
        date(2026, 8, 20)
    ]


def test_forecasts_of_a_year_and_of_six_and_three_months_ago_are_graded(graded: dict[int, Grade]) -> None:
    assert {months: each.made_on for months, each in graded.items()} == {
        12: YEAR_AGO, 6: date(2026, 3, 31), 3: date(2026, 6, 30)
    }  # fmt: skip
    assert graded[12].expected.value > graded[6].expected.value > graded[3].expected.value
    for months, each in graded.items():
        assert each.months == len(each.by_month) == months
        assert (
            each.by_month["observed"].sum()
            == each.groups.loc[each.groups["covariate"] == "plan", "observed"].mul(each.groups["n"]).sum()
            == pytest.approx(each.observed.value * each.observed.n)
        )
        # a month is 30.4375 days in a forecast; the months that came have their own lengths
        assert each.by_month["expected"].sum() == pytest.approx(each.expected.value * each.expected.n, rel=0.02)
        assert each.predicted.low < each.expected.low
        assert each.predicted.high > each.expected.high
        assert each.ratio.value == pytest.approx(each.observed.value / each.expected.value)


def test_a_study_too_young_is_not_graded(write_study: WriteStudy) -> None:
    table = contracts(*[(f"c{i}", "2025-01-01", None if i % 3 else "2026-03-10") for i in range(60)])
    study = study_of(write_study, table)
    assert grades(study, study.snapshot("2026-09")) == {}


def test_what_is_counted_once_serves_history_and_grades_alike(
    companies: dict[str, Study], graded: dict[int, Grade]
) -> None:
    study = companies["attributes"]
    snapshot = study.snapshot("2026-09")
    asked: list[str] = []

    class Counting:
        def snapshot(self, day: Any) -> Any:
            asked.append(str(day))
            return study.snapshot(day)

    shared = Past(Counting(), snapshot)
    history = replay(Counting(), snapshot, months=3, past=shared)
    found = grades(Counting(), snapshot, months=(3,), past=shared)
    # 3 months ago is one of the last three ends of a month
    assert len(asked) == len(set(asked)) == len(history) == 3
    assert found[3].expected == graded[3].expected
    assert found[3].predicted == graded[3].predicted
    pd.testing.assert_frame_equal(history.tail(1).reset_index(drop=True), replay(study, snapshot, months=1))


def test_the_model_that_is_graded_is_the_one_asked_for(
    companies: dict[str, Study], past: Past, graded: dict[int, Grade]
) -> None:
    def without(known: churn.Episodes) -> churn.CoxFit:
        return churn.fit_cox(known, covariates=[])

    plain = grade(companies["attributes"], past.snapshot, model=without, past=past)
    assert plain is not None
    assert len(plain.groups) == 0
    assert plain.observed == graded[12].observed
    assert plain.expected.value != graded[12].expected.value


def drifting(seed: int, times: float) -> pd.DataFrame:
    """A company where customers of plan B leave so many times as often in the last year."""
    table = company(3000, seed)["contracts"]
    rng = np.random.default_rng(seed)
    there = np.array([end is None or end > YEAR_AGO for end in table["ended_on"]])
    sooner = there & (table["plan"] == "B").to_numpy()
    wait = rng.exponential(30.4375 / (times * 0.03 * np.exp(0.7)), len(table)).astype(int) + 1
    begin = [max(start, YEAR_AGO) for start in table["started_on"]]
    new = [day + timedelta(days=int(days)) for day, days in zip(begin, wait, strict=True)]
    ended = [
        (end if end <= AS_OF else None) if moved else old
        for moved, end, old in zip(sooner, new, table["ended_on"], strict=True)
    ]
    return table.assign(ended_on=ended)


def test_a_segment_that_drifted_is_told_from_those_that_did_not(write_study: WriteStudy) -> None:
    study = study_of(write_study, drifting(44, times=1.6))
    found = grade(study, study.snapshot("2026-09"))
    assert found is not None
    by_plan = found.groups.set_index("level")
    assert by_plan["drifted"].to_dict() == {"A": False, "B": True}
    assert by_plan.loc["B", "ratio_low"] > 1
    assert by_plan.loc["A", "ratio_low"] < 1 < by_plan.loc["A", "ratio_high"]
    assert not found.held
    drawn = churn.figures.drift_by_segment(found)
    assert drawn.title.startswith(f"Plan B: {by_plan.loc['B', 'ratio']:.2f} times as many left as forecast")


def test_no_segment_drifts_where_nothing_changed(write_study: WriteStudy) -> None:
    study = study_of(write_study, drifting(45, times=1.0))
    found = grade(study, study.snapshot("2026-09"))
    assert found is not None
    assert not found.groups["drifted"].any()
    assert churn.figures.drift_by_segment(found).title.startswith("No group drifted")


def test_a_segment_too_small_to_show_is_not_tested_nor_given_away(write_study: WriteStudy) -> None:
    table = company(1200, seed=46)["contracts"]
    table.loc[table.index % 60 == 0, "plan"] = "C"
    study = study_of(write_study, table, min_cell=5)
    found = grade(study, study.snapshot("2026-09"))
    assert found is not None
    sizes = found.groups.set_index("level")
    assert sizes.loc["C", "n"] < 30
    assert sizes["shown"].sum() == 1
    assert not sizes.loc["C", "drifted"]
    assert "plan C" not in churn.figures.drift_by_segment(found).alt


def test_the_interval_of_a_ratio_is_wider_than_that_of_either_share() -> None:
    # MOVER-R by hand: (.04 ± √(.04² − .03·.08·.05... )) is checked through its defining equation: at a limit r the
    # interval of observed − r·expected, by the same recovery of variances, ends at nothing
    observed = Estimate(0.20, 0.17, 0.235, "share", 600)
    expected = Estimate(0.16, 0.14, 0.185, "share", 600)
    found = ratio(observed, expected)
    assert found.value == pytest.approx(1.25)
    low = observed.value - found.low * expected.value - np.hypot(0.20 - 0.17, found.low * (0.185 - 0.16))
    high = observed.value - found.high * expected.value + np.hypot(0.235 - 0.20, found.high * (0.16 - 0.14))
    assert (low, high) == pytest.approx((0, 0), abs=1e-12)


def test_nobody_left_is_a_ratio_of_nothing_with_an_upper_end() -> None:
    found = ratio(Estimate(0.0, 0.0, 0.06, "share", 60), Estimate(0.05, 0.03, 0.08, "share", 60))
    assert (found.value, found.low) == (0, 0)
    assert 1.2 < found.high < 2.5


def test_an_expected_share_without_doubt_gives_the_mid_p_of_the_binomial() -> None:
    from scipy.stats import binom

    for left in (0, 3, 10, 25):
        under = binom.cdf(left - 1, 50, 0.2) + binom.pmf(left, 50, 0.2) / 2
        assert probability(left, 50, np.array([0.2])) == pytest.approx(2 * min(under, 1 - under))
    doubtful = probability(20, 50, np.linspace(0.1, 0.3, 101))
    assert doubtful > 10 * probability(20, 50, np.array([0.2]))


def test_holms_probabilities_are_those_of_the_step_down() -> None:
    # Holm (1979): the smallest of m by m, the next by m − 1, never falling
    p = pd.Series([0.04, 0.01, np.nan, 0.03])
    assert holm(p).tolist()[:2] == pytest.approx([0.06, 0.03])
    assert holm(p).iloc[3] == pytest.approx(0.06)
    assert np.isnan(holm(p).iloc[2])


def test_months_that_differ_no_more_than_chance_have_a_dispersion_of_about_one() -> None:
    rng = np.random.default_rng(1)
    rows = [
        dispersion(pd.DataFrame({"expected": np.full(12, 50.0), "observed": rng.poisson(60, 12)})) for _ in range(400)
    ]
    times, p = np.array(rows).T
    assert times.mean() == pytest.approx(1, abs=0.1)
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.033)


def test_every_picture_of_a_grade_says_its_finding_and_its_numbers(graded: dict[int, Grade]) -> None:
    year = graded[12]
    drawn = [
        churn.figures.graded_forecasts(graded),
        churn.figures.drift_by_segment(year),
    ]
    for figure in drawn:
        assert isinstance(figure, Figure)
        assert any(character.isdigit() for character in figure.title)
        assert len(figure.webp()) < 80_000
    held = sum(each.held for each in graded.values())
    assert ("all 3" if held == 3 else f"{held} of 3") in drawn[0].title
    assert f"{100 * year.observed.value:.1f}" in drawn[0].alt


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_followed_is_who_was_known_then_with_what_was_known_of_them(
    companies: dict[str, Study], kind: str
) -> None:
    study, day = companies[kind], date(2026, 3, 31)
    there = Past(study, study.snapshot("2026-09"))
    known, found = there.episodes(day), there.followed(day)
    assert known is not None
    by = ["tenure", *known.covariates]
    pd.testing.assert_frame_equal(found[[*by, "n"]], known.cells(), check_dtype=False)
    assert 0 < found["left"].sum() < found["n"].sum()
    assert (found["left"] <= found["n"]).all()
    told = grade(study, there.snapshot, months=6, past=there)
    assert told is not None
    assert told.p > 0.001
    assert told.calibration.table["n"].sum() == told.observed.n == found["n"].sum()


def test_tenure_is_followed_in_the_unit_of_the_episodes(past: Past) -> None:
    day = date(2026, 3, 31)
    months, days = past.followed(day, "months"), past.followed(day)
    assert months["n"].sum() == days["n"].sum()
    assert np.average(months["tenure"], weights=months["n"]) == pytest.approx(
        np.average(days["tenure"], weights=days["n"]) / 30.4375
    )
