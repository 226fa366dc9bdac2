from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_company import company, study_of

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.from_study import episodes
from cxmodels.churn.errors import ChurnError, NotConverged
from cxmodels.churn.figures.challenge import challenge_ranking
from cxmodels.churn.grading.candidates import CANDIDATES, Candidate
from cxmodels.churn.grading.challenge import Challenge, challenge, scored
from cxmodels.churn.grading.past import Past
from cxmodels.churn.models.cox import fit_cox
from cxmodels.study.study import Study, open_study

QUICK = tuple(each for each in CANDIDATES if each.kind in ("tenure only", "cox", "cox stratified", "grouped"))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A company whose plan B customers leave at twice the rate, at every tenure alike."""
    tables = {"contracts": company(3000, seed=31)["contracts"]}
    return study_of(tmp_path_factory.mktemp("study"), tables, 'covariates = ["plan"]\nwindow_months = 24')


@pytest.fixture(scope="module")
def past(study: Study) -> Past:
    return Past(study, study.snapshot("2026-09"))


@pytest.fixture(scope="module")
def found(study: Study, past: Past) -> Challenge:
    made = challenge(study, past.snapshot, past=past, candidates=QUICK)
    assert made is not None
    return made


@pytest.fixture(scope="module")
def today(past: Past) -> Episodes:
    return episodes(past.snapshot)


def test_the_simplest_model_that_is_not_really_worse_is_used(found: Challenge) -> None:
    table = found.table.set_index("kind")
    assert found.chosen["kind"] == "cox"
    assert table.loc["cox", "gain"] > 0
    assert table.loc["cox", "low"] < table.loc["cox", "gain"] < table.loc["cox", "high"]
    assert table.loc["cox", "auc"] > table.loc["tenure only", "auc"]
    assert table.loc["tenure only", ["gain", "low", "high"]].tolist() == [0, 0, 0]
    assert np.isnan(table.loc["cox stratified", "brier"])
    assert "no hazard ratio clearly changes" in table.loc["cox stratified", "why_not"]
    assert (found.made_on, found.months) == (date(2025, 9, 30), 12)


def test_a_model_of_months_and_one_of_days_tell_nearly_the_same(found: Challenge) -> None:
    table = found.table.set_index("kind")
    assert table.loc["grouped", "brier"] == pytest.approx(table.loc["cox", "brier"], rel=0.01)


def test_scores_are_those_of_customers_one_by_one() -> None:
    rng = np.random.default_rng(1)
    n, yard, other = rng.integers(1, 6, 50), np.full(50, 0.3), rng.uniform(0.1, 0.5, 50)
    left = rng.binomial(n, other)
    table = scored({"tenure only": yard, "other": other}, left.astype(float), n.astype(float)).set_index("kind")
    came = np.concatenate([[1.0] * gone + [0.0] * (size - gone) for gone, size in zip(left, n, strict=True)])
    loss = [(np.repeat(p, n) - came) ** 2 for p in (yard, other)]
    logs = -np.log(np.where(came == 1, np.repeat(other, n), 1 - np.repeat(other, n)))
    assert table.loc["other", "brier"] == pytest.approx(loss[1].mean(), abs=1e-12)
    assert table.loc["other", "log_loss"] == pytest.approx(logs.mean(), abs=1e-12)
    apart = loss[0] - loss[1]
    assert table.loc["other", "gain"] == pytest.approx(apart.mean() / loss[0].mean(), abs=1e-12)
    assert table.loc["tenure only", "se"] == pytest.approx(apart.std(ddof=1) / np.sqrt(len(apart)), abs=1e-12)


def told(*shifts: float, n: int = 200_000) -> pd.DataFrame:
    """Scores of models that are right up to a shift of the logit by ± `shift`."""
    rng = np.random.default_rng(3)
    logit = rng.normal(-1.5, 0.8, n)
    left = (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(float)
    off = np.where(rng.random(n) < 0.5, 1, -1)
    kinds = ["tenure only", "cox", "grouped", "boosted"]
    chances = {kind: 1 / (1 + np.exp(-(logit + shift * off))) for kind, shift in zip(kinds, shifts, strict=True)}
    return scored(chances, left, np.ones(n)).set_index("kind")


def test_a_complex_model_is_used_where_it_is_really_better() -> None:
    table = told(2.0, 0.5, 0.5, 0.0)
    assert table.index[table["used"]].tolist() == ["boosted"]
    assert table.loc["cox", "difference"] > 10 * table.loc["cox", "se"]


def test_a_complex_model_is_not_used_where_it_is_better_by_chance() -> None:
    table = told(2.0, 0.02, 0.0, 0.01)
    assert table["brier"].idxmin() != "cox"
    assert table.index[table["used"]].tolist() == ["cox"]


def test_the_yardstick_is_used_only_where_nothing_beats_it() -> None:
    table = told(0.0, 0.5, 0.5, 0.5)
    assert table.index[table["used"]].tolist() == ["tenure only"]
    assert (table.loc["cox":, "high"] < 0).all()


def test_of_equal_models_the_simplest_is_nearly_always_used() -> None:
    rng = np.random.default_rng(5)
    used = []
    for _ in range(200):
        chance = rng.uniform(0.1, 0.4, 1000)
        left = (rng.random(1000) < chance).astype(float)
        noise = [np.clip(chance + rng.normal(0, 0.03, 1000), 0, 1) for _ in range(5)]
        kinds = ["tenure only", "cox", "grouped", "weibull", "log-normal", "boosted"]
        table = scored(dict(zip(kinds, [np.full(1000, 0.25), *noise], strict=True)), left, np.ones(1000))
        used.append(table["kind"][table["used"]].iloc[0])
    assert used.count("cox") >= 176


def test_a_model_that_cannot_be_fitted_is_told_with_the_reason(study: Study, past: Past) -> None:
    def fail(_: object) -> object:
        raise NotConverged("fit_parametric: no maximum")

    candidates = (*QUICK[:2], Candidate("weibull", "days", fail))  # type: ignore[arg-type]
    found = challenge(study, past.snapshot, past=past, candidates=candidates)
    assert found is not None
    row = found.table.set_index("kind").loc["weibull"]
    assert row["why_not"] == "fit_parametric: no maximum"
    assert not row["used"]
    assert "Weibull (no maximum)" in challenge_ranking(found).note


def test_without_a_year_of_departures_before_there_is_no_challenge(study: Study, root: Path) -> None:
    assert challenge(study, study.snapshot("2024-06")) is None
    telco = open_study(root / "data" / "telco")
    assert challenge(telco, telco.snapshot("2019-09")) is None


def test_who_was_counted_is_who_was_there(found: Challenge, past: Past) -> None:
    cells = past.followed(date(2025, 9, 30))
    assert (found.customers, found.left, found.unseen) == (cells["n"].sum(), cells["left"].sum(), 0)


def as_used(found: Challenge, kind: str) -> Challenge:
    table = found.table.assign(used=found.table["kind"] == kind)
    return Challenge(table, found.made_on, found.months, found.customers, found.left, found.unseen)


@pytest.mark.parametrize(
    ("kind", "name"), [("cox", "Cox"), ("grouped", "Grouped hazards"), ("tenure only", "Tenure only")]
)
def test_the_model_that_is_used_is_fitted_to_todays_counts(
    found: Challenge, past: Past, today: Episodes, kind: str, name: str
) -> None:
    fit = as_used(found, kind).candidate.refit(today, past.snapshot)
    assert fit.name == name
    assert fit.episodes.as_of == past.snapshot.as_of
    assert fit.episodes.window_months == today.window_months
    if kind == "cox":
        assert fit.log_risk(today.frame) == pytest.approx(fit_cox(today).log_risk(today.frame), abs=1e-12)


def test_where_the_model_cannot_be_fitted_today_cox_is(found: Challenge, past: Past, today: Episodes) -> None:
    # no ratio changes with tenure, so there is nothing to stratify by
    assert as_used(found, "cox stratified").candidate.refit(today, past.snapshot).name == "Cox"


def test_the_figure_names_the_model_that_is_used_and_by_how_much_it_wins(found: Challenge) -> None:
    figure = challenge_ranking(found)
    assert figure.title.startswith("Cox")
    assert "Cox, used" in figure.alt
    assert f"of {found.customers:,}".replace(",", "\u202f") in figure.note
    best = as_used(found, str(found.best["kind"]))
    assert challenge_ranking(best).title == f"{best.best['model']} told best who would leave, and is used"
    worse = found.table.assign(used=found.table["kind"] == "tenure only", brier=[0.1, *found.table["brier"][1:]])
    none = Challenge(worse, found.made_on, 12, found.customers, found.left, 0)
    assert challenge_ranking(none).title == "No model told better than tenure alone who would leave"


@pytest.mark.slow
def test_every_candidate_is_fitted_and_scored(study: Study, past: Past) -> None:
    found = challenge(study, past.snapshot, past=past)
    assert found is not None
    table = found.table.set_index("kind")
    assert table.index.tolist() == [each.kind for each in CANDIDATES]
    fitted = table.drop(index="cox stratified")
    assert (fitted["why_not"] == "").all()
    # hazards are constant and proportional: these forms hold them, the log-normal does not
    right = fitted.loc[["cox", "grouped", "weibull", "boosted"], "brier"]
    assert right.max() < 1.01 * right.min()
    assert (fitted.loc[["tenure only", "log-normal"], "brier"] > 1.03 * right.min()).all()
    assert found.chosen["kind"] == "cox"


def test_an_error_that_is_none_of_churn_is_not_swallowed(study: Study, past: Past) -> None:
    def broken(_: object) -> object:
        raise ZeroDivisionError

    assert not issubclass(ZeroDivisionError, ChurnError)
    with pytest.raises(ZeroDivisionError):
        challenge(study, past.snapshot, past=past, candidates=(*QUICK[:1], Candidate("x", "days", broken)))  # type: ignore[arg-type]
