from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from small_company import company, counted

from cxmodels.churn.accuracy.brier import brier_score, survival_of
from cxmodels.churn.accuracy.censoring import Censoring, censoring
from cxmodels.churn.accuracy.roc import auc, dynamic_auc
from cxmodels.churn.accuracy.summary import accuracy
from cxmodels.churn.errors import InvalidValue, TooFewWatched, UnseenLevel
from cxmodels.churn.models.cox import fit_cox

# A table anyone can make again: 90 rows, no two times equal.
ROW = np.arange(90)
TIME, EVENT = 1 + (ROW * 37 % 101) / 7, (ROW * ROW % 7) < 4
RISK = np.round((ROW * 53 % 97) / 97 - 0.06 * TIME, 1)
AT = np.array([2.05, 4.05, 6.55, 9.05, 12.05])
STAYS = np.exp(-np.outer(np.exp(RISK) * 0.08, AT))


@pytest.fixture(scope="module")
def everyone() -> Censoring:
    return censoring(TIME, EVENT, at_least=1)


def test_brier_scores_are_those_of_scikit_survival(everyone: Censoring) -> None:
    # scikit-survival 0.28.0, brier_score and integrated_brier_score with the same rows as training data
    wanted = [0.07020802984399756, 0.15449663310285142, 0.19522546242230168, 0.1993295511686322, 0.17727308713904855]
    found = brier_score(STAYS, TIME, EVENT, AT, censoring=everyone)
    assert found.table["brier"].to_numpy() == pytest.approx(np.array(wanted), abs=1e-12)
    assert found.integrated == pytest.approx(0.1719955006803479, abs=1e-12)


def test_brier_scores_with_the_censoring_of_other_rows_are_those_of_scikit_survival() -> None:
    # scikit-survival 0.28.0, every third row scored, the others as training data
    wanted = [0.05253537775289569, 0.16471527864837485, 0.19808188187405548, 0.20626832548150104, 0.19809779709906028]
    scored = ROW % 3 == 0
    others = censoring(TIME[~scored], EVENT[~scored], at_least=1)
    found = brier_score(STAYS[scored], TIME[scored], EVENT[scored], AT, censoring=others)
    assert found.table["brier"].to_numpy() == pytest.approx(np.array(wanted), abs=1e-12)


def test_time_dependent_aucs_are_those_of_scikit_survival(everyone: Censoring) -> None:
    # scikit-survival 0.28.0, cumulative_dynamic_auc
    wanted = [0.6333890248493976, 0.6872207135006622, 0.75580761712142, 0.8138932967900404, 0.8236139752574023]
    found = dynamic_auc(RISK, TIME, EVENT, AT, censoring=everyone)
    assert found.table["auc"].to_numpy() == pytest.approx(np.array(wanted), abs=1e-12)


def test_the_chance_of_being_watched_is_the_product_limit_estimate_of_the_time_to_censoring() -> None:
    fitter = KaplanMeierFitter().fit(TIME, ~EVENT)
    before = np.nextafter(TIME, 0)
    found = 1 / censoring(TIME, EVENT).weight(TIME)
    assert found == pytest.approx(fitter.predict(before).to_numpy(), abs=1e-12)


def test_weights_stay_finite_where_all_are_censored_at_a_cap() -> None:
    time, event = np.minimum(ROW, 60), (ROW % 2 == 0) & (ROW < 60)
    found = censoring(time, event)
    assert found.tau == 60
    assert np.isfinite(found.weight(np.arange(61))).all()
    score = brier_score(lambda at: np.tile(np.exp(-at / 60), (90, 1)), time, event, np.arange(1, 100))
    assert score.table["time"].max() == score.tau == 60
    assert score.table["brier"].between(0, 1).all()


def test_scores_end_where_fewer_than_enough_are_watched() -> None:
    found = censoring(ROW, EVENT, at_least=30)
    assert found.tau == 60
    assert found.at_risk(found.tau) == 30
    with pytest.raises(TooFewWatched, match="up to 60; every time asked for is later"):
        brier_score(np.ones((90, 1)), ROW, EVENT, [61])
    with pytest.raises(TooFewWatched, match="up to 60; every time asked for is later"):
        dynamic_auc(RISK, ROW, EVENT, [61])


def test_scores_end_where_everybody_watched_left_before_others_entered() -> None:
    time, event = np.array([1.0, *range(3, 53)]), np.ones(51, int)
    found = censoring(time, event, entry=np.array([0.0] + [2.0] * 50))
    assert found.tau == 1
    with pytest.raises(TooFewWatched, match="up to 1; every time asked for is later"):
        brier_score(np.full((51, 1), 0.5), time, event, [6], censoring=found)
    # one more who was there from the beginning is a bridge
    longer = censoring(np.append(time, 60), np.append(event, 0), entry=np.array([0.0] + [2.0] * 50 + [0.0]))
    assert longer.tau > 20


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    one = st.tuples(st.integers(0, 6), st.integers(0, 6), st.booleans(), st.integers(1, 4), st.integers(1, 4))
    rows = draw(st.lists(one, min_size=1, max_size=40))
    table = pd.DataFrame(rows, columns=["entry", "lasts", "event", "risk", "n"]).astype(float)
    return table.assign(time=table["entry"] + table["lasts"] + 1, event=table["event"] == 1)


@settings(deadline=None)
@given(tables())
def test_weights_of_who_left_and_who_stays_add_up_to_everyone(table: pd.DataFrame) -> None:
    # told 1, a departure costs 1 and staying nothing; told 0 the other way round
    kinds = {"entry": table["entry"], "n": table["n"]}
    watch = censoring(table["time"], table["event"], at_least=1, **kinds)
    at = np.arange(1, watch.tau + 1)
    sure = [np.full((len(table), len(at)), stays) for stays in (1.0, 0.0)]
    scores = [brier_score(each, table["time"], table["event"], at, censoring=watch, **kinds).table for each in sure]
    told = scores[0]["time"][watch.at_risk(scores[0]["time"]) > 0].index
    assert (scores[0] + scores[1]).loc[told, "brier"].to_numpy() == pytest.approx(1.0, abs=1e-9)


@settings(deadline=None)
@given(tables())
def test_collapsing_rows_to_counts_changes_no_score(table: pd.DataFrame) -> None:
    rows = table.loc[table.index.repeat(table["n"].astype(int))]
    found = []
    for each, n in ((table, table["n"]), (rows, None)):
        kinds = {
            "entry": each["entry"],
            "n": n,
            "censoring": censoring(each.time, each.event, entry=each.entry, n=n, at_least=1),
        }
        stays = np.exp(-0.1 * each[["risk"]].to_numpy() * np.arange(1, 5))
        found.append(
            brier_score(stays, each["time"], each["event"], np.arange(1, 5), **kinds).table["brier"]
            if kinds["censoring"].tau >= 4
            else []
        )
        found.append(dynamic_auc(each["risk"], each["time"], each["event"], [1.0], **kinds).table["auc"])
    assert np.asarray(found[0]) == pytest.approx(np.asarray(found[2]), abs=1e-12)
    assert np.asarray(found[1]) == pytest.approx(np.asarray(found[3]), abs=1e-12, nan_ok=True)


def test_scores_of_late_entries_are_those_of_who_was_watched_throughout() -> None:
    rng = np.random.default_rng(2)
    n = 200_000
    risk = rng.normal(size=n)
    left = rng.exponential(1 / np.exp(risk))
    told = np.exp(-np.exp(0.5 * risk) * 0.2)  # too many stay, on purpose
    joined = rng.uniform(-2, 1, n)
    entry, end = np.maximum(-joined, 0), np.minimum(1 - joined, left)
    seen = left > entry
    kinds = {"time": end[seen], "event": (end == left)[seen], "times": [0.8]}
    truth = np.mean((told - (left > 0.8)) ** 2)
    assert brier_score(told[seen, None], **kinds, entry=entry[seen]).integrated == pytest.approx(truth, abs=0.003)
    assert abs(brier_score(told[seen, None], **kinds).integrated - truth) > 0.02
    area = auc(risk, (left <= 0.8).astype(float), (left > 0.8).astype(float))
    assert dynamic_auc(risk[seen], **kinds, entry=entry[seen]).table["auc"][0] == pytest.approx(area, abs=0.005)


def test_splitting_an_episode_changes_no_score() -> None:
    whole = pd.DataFrame({"entry": 0.0, "time": TIME, "event": EVENT, "risk": RISK})
    cut = whole["time"] > 5
    early = whole[cut].assign(time=5.0, event=False)
    parts = pd.concat([whole[~cut], early, whole[cut].assign(entry=5.0)])
    found = []
    for rows in (whole, parts):
        watch = censoring(rows["time"], rows["event"], entry=rows["entry"], at_least=1)
        kinds = {"entry": rows["entry"], "censoring": watch}
        area = dynamic_auc(rows["risk"], rows["time"], rows["event"], [3.0, 6.55, 9.05], **kinds).table["auc"]
        loss = brier_score(
            np.exp(-0.3 * np.exp(rows[["risk"]].to_numpy())), rows["time"], rows["event"], [6.55], **kinds
        )
        found.append([*area, loss.integrated])
    assert found[0] == pytest.approx(found[1], abs=1e-12)


def test_the_auc_is_the_share_of_pairs_put_right() -> None:
    assert auc(np.array([3.0, 2, 2, 1]), np.array([1.0, 1, 0, 0]), np.array([0.0, 0, 1, 1])) == 3.5 / 4
    assert np.isnan(auc(np.array([1.0, 2]), np.zeros(2), np.ones(2)))


def test_chances_of_a_wrong_shape_or_size_are_named() -> None:
    with pytest.raises(InvalidValue, match=r"shape \(rows, times\) = \(90, 5\), found \(90, 2\)"):
        brier_score(STAYS[:, :2], TIME, EVENT, AT)
    with pytest.raises(InvalidValue, match=r"between 0 and 1, found 1\.7\d* to 1\.9\d* at time 2\.05"):
        brier_score(STAYS + 1.0, TIME, EVENT, AT)
    with pytest.raises(InvalidValue, match="risk must have one value a row"):
        dynamic_auc(RISK[1:], TIME, EVENT, AT)


@pytest.mark.parametrize("most", [1, 2500, 10**9])
def test_a_model_is_scored_in_blocks_of_any_size(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cxmodels.churn.accuracy.brier._MOST_CHANCES", most)
    fit, held_out = fit_cox(counted(company(3000, seed=1))), counted(company(3000, seed=2))
    frame = held_out.frame[held_out.frame["exit"] > held_out.frame["entry"]]
    columns = {"time": frame["exit"], "event": frame["event"], "entry": frame["entry"], "n": frame["n"]}
    months = np.arange(1, 13) * held_out.month
    table = np.column_stack([np.exp(-fit.cumulative_hazard(frame, np.full(len(frame), at))) for at in months])
    by_month = brier_score(survival_of(fit, frame), times=months, **columns)
    assert by_month.integrated == pytest.approx(brier_score(table, times=months, **columns).integrated, abs=1e-14)


def test_the_true_model_scores_better_than_one_that_knows_no_plan() -> None:
    train, held_out = counted(company(4000, seed=1)), counted(company(4000, seed=2))
    with_plan, without = (accuracy(fit_cox(train, covariates=names), held_out) for names in (["plan"], []))
    assert with_plan["concordance"] > 0.56
    assert without[["concordance", "uno", "auc"]].to_numpy() == pytest.approx(0.5, abs=1e-12)
    assert with_plan["ibs"] < without["ibs"]
    assert with_plan["brier"] < without["brier"]
    assert with_plan["mae"] < 0.05
    assert with_plan["tau"] == without["tau"] > 36


def test_a_level_the_model_never_saw_is_named() -> None:
    fit, held_out = fit_cox(counted(company(500, seed=1))), counted(company(500, seed=2))
    held_out.frame["plan"] = "C"
    with pytest.raises(UnseenLevel, match=r"'plan'.*'C'"):
        accuracy(fit, held_out)
