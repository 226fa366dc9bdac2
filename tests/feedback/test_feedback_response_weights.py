"""Weights for those who did not answer: against their equations, and against companies whose truth is known."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from heard_shop import heard, shop

from cxmodels import simulate
from cxmodels.estimate import Estimate
from cxmodels.feedback.counts.scores import ScoreCounts, score_counts
from cxmodels.feedback.errors import InvalidValue, NoInvitations, NoScores, UnknownColumn, UnknownMetric
from cxmodels.feedback.estimates.scores import nps
from cxmodels.feedback.weights.calibration import calibrate, levels
from cxmodels.feedback.weights.response_weights import ResponseWeights, _without_few, response_weights
from cxmodels.feedback.weights.sensitivity import sensitivity, with_doubt_of_weights
from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import open_study


def population(n: int, seed: int, slope: float = -0.6) -> pd.DataFrame:
    """Return people who answer by how they feel: what they felt before, two measures of it now, and a group."""
    random = np.random.default_rng(seed)
    trait = random.normal(0, 1, n)
    feels = np.sqrt(0.8) * trait + np.sqrt(0.2) * random.normal(0, 1, n)
    group = random.integers(0, 2, n)
    said = random.random(n) < 1 / (1 + np.exp(1.0 - 0.5 * group + slope * feels))
    return pd.DataFrame(
        {
            "before": np.round(trait + random.normal(0, 0.7, n)),
            "companion": np.round(feels + random.normal(0, 0.7, n)),
            "score": feels + random.normal(0, 0.7, n),
            "group": group,
            "said": said,
        }
    )


def weighed(people: pd.DataFrame, felt: str) -> tuple[np.ndarray, float, float]:
    """Return weights, slope and its error from one row a person."""
    known = levels(people, ["group"], people["said"].to_numpy(float), 1)
    columns = (people[name].to_numpy(float) for name in (felt, "before"))
    found = calibrate(known, *columns, np.ones(len(people)), people["said"].to_numpy())
    assert found is not None
    return found.weights, found.slope, found.slope_se


def test_weights_make_respondents_agree_with_all_who_were_invited() -> None:
    people = population(4_000, 1, slope=-0.2)
    weights, _, _ = weighed(people, "companion")
    said = people["said"].to_numpy()
    for name in ("group", "before"):
        assert np.average(people[name][said], weights=weights[said]) == pytest.approx(people[name].mean(), abs=1e-4)
    assert weights[said].sum() == pytest.approx(len(people), rel=1e-4)


def test_a_companion_takes_away_nearly_all_of_a_bias_that_what_is_known_cannot() -> None:
    people = population(40_000, 2)
    said = people["said"].to_numpy()
    bias = people["score"][said].mean() - people["score"].mean()
    removed = {}
    for felt in ("companion", "before", "score"):
        weights, slope, _ = weighed(people, felt)
        removed[felt] = 1 - (np.average(people["score"][said], weights=weights[said]) - people["score"].mean()) / bias
    assert 0.9 < removed["companion"] < 1.1
    assert removed["before"] < 0.7
    assert removed["score"] > 1.25
    assert slope == pytest.approx(0.6, abs=0.1)


def test_counts_of_alike_people_weigh_as_the_people_do() -> None:
    people = population(3_000, 3)
    one_by_one = weighed(people, "companion")
    keys = ["group", "before", "companion", "said"]
    cells = people.groupby(keys).size().rename("n").reset_index()
    found = calibrate(
        levels(cells, ["group"], (cells["n"] * cells["said"]).to_numpy(float), 1),
        cells["companion"].to_numpy(), cells["before"].to_numpy(), cells["n"].to_numpy(float), cells["said"].to_numpy(),
    )  # fmt: skip
    assert found is not None
    assert (found.slope, found.slope_se) == pytest.approx(one_by_one[1:])
    merged = people.merge(cells.assign(w=found.weights), on=keys, how="left", sort=False)
    assert merged["w"].to_numpy() == pytest.approx(one_by_one[0], nan_ok=True)


def test_the_standard_error_of_the_slope_is_its_spread_over_samples() -> None:
    found = np.array([weighed(population(1_000, 10 + seed), "companion")[1:] for seed in range(30)])
    assert found[:, 0].std() == pytest.approx(found[:, 1].mean(), rel=0.3)


def test_no_weights_are_found_where_none_make_them_agree() -> None:
    # only those who felt worst before answered: no positive weights reach the mean of all
    before = np.array([-1.0, 0.0, 1.0])
    assert calibrate(np.ones((3, 1)), before, before, np.array([50.0, 50, 50]), np.array([True, False, False])) is None


def test_levels_of_few_respondents_go_with_the_commonest() -> None:
    frame = pd.DataFrame({"plan": ["a", "b", "c"]})
    assert levels(frame, ["plan"], np.array([50.0, 20, 3]), 10).tolist() == [[1, 0], [1, 1], [1, 0]]


def company(folder: Path, customers: int, seed: int) -> tuple[Snapshot, pd.Series]:
    """Return a simulated company as known at its end, and its true NPS by month."""
    simulate.write(folder, customers=customers, seed=seed)
    truth = simulate_truth(folder)["by_month"]
    return open_study(folder).snapshot("2026-09"), pd.Series(truth["true_nps"], index=truth["month"])


def simulate_truth(folder: Path) -> dict:
    import json

    return json.loads((folder / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def aurore(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, pd.Series, ResponseWeights]:
    snapshot, truth = company(tmp_path_factory.mktemp("company") / "aurore", 5_000, simulate.SEED)
    return snapshot, truth, response_weights(snapshot, attributes=("age_band",))


def relational(snapshot: Snapshot, since: date, weights: object = None) -> ScoreCounts:
    return score_counts(snapshot, "nps", kind="relational", since=since, weights=weights)  # type: ignore[arg-type]


@pytest.mark.parametrize("since", ["2023-10", pytest.param("2025-10", marks=pytest.mark.slow)])
def test_on_the_demo_weights_take_away_at_least_four_fifths_of_the_planted_bias(
    aurore: tuple[Snapshot, pd.Series, ResponseWeights], since: str
) -> None:
    snapshot, truth, weights = aurore
    day = date.fromisoformat(f"{since}-01")
    raw = nps(relational(snapshot, day)).value
    found = [nps(relational(snapshot, day, table)) for table in (weights.table, weights.weaker, weights.stronger)]
    true = truth[since:].mean()
    assert raw - true > 9
    assert abs(found[0].value - true) <= 0.2 * (raw - true)
    told = with_doubt_of_weights(*found)
    assert told.low < true < told.high
    assert found[2].value < found[0].value < found[1].value < raw


def test_what_is_reported_of_the_weights_is_what_was_planted(
    aurore: tuple[Snapshot, pd.Series, ResponseWeights],
) -> None:
    snapshot, _, weights = aurore
    assert weights.basis == "felt"
    assert set(weights.measure.values()) == {"other questions"}
    # 0.25 a unit of satisfaction, whose sd is 0.9; a companion is scaled to a sd of 1 with its noise, so more
    assert weights.slope == pytest.approx(0.25, abs=3 * weights.slope_se + 0.03)
    assert 1 < weights.design_effect < 1.5
    assert weights.trimmed < 0.01
    sent = snapshot.numbered("invitations")
    assert weights.invited == sent.filter(sent.status != "bounced").count().execute()
    assert weights.answered == sent.filter(sent.status == "answered").count().execute()
    rates = weights.rates.set_index(["variable", "level"])["rate"]
    assert rates["age_band", "60+"] > rates["age_band", "30–44"] > rates["age_band", "18–29"]
    assert weights.table.count().execute() == weights.answered
    assert weights.table.weight.mean().execute() == pytest.approx(1)


@pytest.mark.slow
def test_over_companies_weights_take_away_four_fifths_of_the_bias_on_average(tmp_path: Path) -> None:
    removed = []
    for seed in range(8):
        snapshot, truth = company(tmp_path / str(seed), 5_000, 500 + seed)
        weights = response_weights(snapshot, attributes=("age_band",))
        start = date(2023, 10, 1)
        raw, told = (nps(relational(snapshot, start, table)).value for table in (None, weights.table))
        removed.append((raw - told) / (raw - truth.mean()))
    assert 0.8 < np.mean(removed) < 1.1


def small(folder: Path, sent_before: timedelta = timedelta(days=1), **changed: pd.DataFrame) -> Snapshot:
    """Return the hand-made shop with invitations to every response of a customer and to as many without."""
    tables = shop()
    named = tables["responses"].dropna(subset="customer_id")
    sent = named[["customer_id", "survey"]].assign(sent_at=named["answered_at"] - sent_before)
    silent = sent.assign(sent_at=sent["sent_at"] - timedelta(hours=3), customer_id=sent["customer_id"].to_numpy()[::-1])
    invitations = pd.concat([sent, silent]).drop_duplicates(["customer_id", "survey", "sent_at"], ignore_index=True)
    return heard(folder, **{**tables, "invitations": invitations, **changed})


def test_where_answers_tell_too_little_what_is_known_is_used(tmp_path: Path) -> None:
    found = response_weights(small(tmp_path), attributes="region")
    assert found.basis == "known"
    assert 0 < found.rate < 1
    assert found.table.weight.mean().execute() == pytest.approx(1)


def test_a_survey_of_one_question_is_measured_by_its_own_score(tmp_path: Path) -> None:
    answers = shop()["answers"]
    found = response_weights(small(tmp_path, answers=answers[answers["item"] == "recommend"]))
    assert set(found.measure.values()) == {"own score"}


def test_a_study_that_asks_no_recommendation_is_weighed_by_what_it_asks(tmp_path: Path) -> None:
    tables = shop()
    asked = tables["items"][tables["items"]["item"] != "recommend"]
    answers = tables["answers"][tables["answers"]["item"] != "recommend"]
    snapshot = small(tmp_path, items=asked, answers=answers)
    found, wanted = response_weights(snapshot), response_weights(snapshot, "cxi")
    assert found.slope == wanted.slope
    assert found.measure == wanted.measure == dict.fromkeys(["after_delivery", "yearly"], "own score")
    nothing = asked.assign(metric=None)
    (tmp_path / "other").mkdir()
    with pytest.raises(UnknownMetric, match="no question has a metric; there may be: nps, csat"):
        response_weights(small(tmp_path / "other", items=nothing, answers=answers))


def test_a_rate_of_few_answers_cannot_be_computed_back() -> None:
    sums = pd.DataFrame({"variable": "region", "level": ["a", "b", "c", "d"], "n": 99, "answered": [40, 3, 50, 20]})
    assert list(_without_few(sums, 10)["level"]) == ["a", "c"]
    assert list(_without_few(sums, 2)["level"]) == ["a", "b", "c", "d"]
    assert _without_few(sums, 100).empty


def test_an_attribute_that_is_none_is_named(aurore: tuple[Snapshot, pd.Series, ResponseWeights]) -> None:
    with pytest.raises(UnknownColumn, match="did you mean 'age_band'"):
        response_weights(aurore[0], attributes="age_bnad")


def test_answers_before_any_invitation_weigh_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoInvitations, match="2026-09-30"):
        response_weights(small(tmp_path, sent_before=timedelta(days=-100)))


def test_a_few_answers_are_not_weighed(tmp_path: Path) -> None:
    few = shop(responses=20)
    with pytest.raises(NoScores, match="at least 30"):
        response_weights(small(tmp_path, responses=few["responses"], answers=few["answers"]))


def test_the_doubt_of_weights_adds_to_that_of_the_answers() -> None:
    told = with_doubt_of_weights(
        Estimate(20, 14, 26, "points", 100), Estimate(28, 22, 34, "points", 100), Estimate(12, 6, 18, "points", 100)
    )
    assert (told.value, told.low, told.high) == pytest.approx((20, 10, 30))
    with pytest.raises(InvalidValue, match="unit"):
        with_doubt_of_weights(told, told, Estimate(1, 0, 2, "share", 9))
    with pytest.raises(InvalidValue, match="level"):
        with_doubt_of_weights(Estimate(1, 0, 2, "points", 9, 0.9), told, told)


def test_silence_that_means_less_lowers_the_score_by_its_share() -> None:
    found = sensitivity(Estimate(20, 10, 30, "points", 50), 0.25, [-10, 0])
    assert found.to_numpy().tolist() == [[-10, 12.5, 2.5, 22.5], [0, 20, 10, 30]]
    with pytest.raises(InvalidValue, match="share"):
        sensitivity(Estimate(20, 10, 30, "points", 50), 1.2)
    # a satisfied share is moved by as many points of a hundred, and nobody is more content than everybody
    share = sensitivity(Estimate(0.85, 0.8, 0.9, "share", 50), 0.25, [-10, 20])
    assert share["delta"].tolist() == pytest.approx([-0.1, 0.2])
    assert share["value"].tolist() == pytest.approx([0.775, 0.9625])
    with pytest.raises(InvalidValue, match="'points' or 'share' is required, found one in 'EUR'"):
        sensitivity(Estimate(20, 10, 30, "EUR", 50), 0.5)
