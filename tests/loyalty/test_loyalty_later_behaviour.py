"""Whether a stated attitude predicts staying and buying."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from followed_customers import BUYING, LEAVING, spells
from lifelines import CoxPHFitter
from lifelines.utils import concordance_index

from cxmodels.loyalty.customers.concordance import concordance
from cxmodels.loyalty.customers.conditioned import combined, conditioned, within_strata
from cxmodels.loyalty.customers.later_behaviour import buying, staying
from cxmodels.loyalty.customers.one_hazard_ratio import Departures
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue, NotConverged, TooFewRespondents


def bought(n: int, seed: int) -> pd.DataFrame:
    return spells(n, seed).assign(duration=lambda frame: frame["watched"])


@pytest.mark.parametrize("ties", [False, True])
def test_the_hazard_ratio_is_that_of_lifelines(ties: bool) -> None:
    frame = spells(300, 1)
    frame["duration"] = np.ceil(frame["duration"]) if ties else frame["duration"]
    coefficient, variance, hazard = Departures(frame["duration"].to_numpy(), frame["event"].to_numpy(float)).fit(
        frame["attitude"].to_numpy()
    )
    options = {"precision": 1e-12}
    known = CoxPHFitter().fit(frame[["duration", "event", "attitude"]], "duration", "event", fit_options=options)
    assert coefficient == pytest.approx(known.params_.iloc[0], abs=1e-7)
    assert variance == pytest.approx(known.variance_matrix_.iloc[0, 0], rel=1e-7)
    if not ties:  # lifelines takes the hazard at ties by Breslow
        at_mean = known.baseline_cumulative_hazard_.iloc[:, 0].reindex(frame["duration"]).to_numpy()
        assert hazard == pytest.approx(at_mean * np.exp(-coefficient * frame["attitude"].mean()), rel=1e-5)


def test_concordance_is_that_of_lifelines_and_its_limits_that_of_the_bootstrap() -> None:
    frame = spells(250, 2)
    frame["duration"] = np.ceil(frame["duration"])
    columns = [frame[name].to_numpy(float) for name in ("duration", "event", "score")]
    found = concordance(*columns)
    assert found.value == pytest.approx(concordance_index(columns[0], columns[2], columns[1]))
    random = np.random.default_rng(1)
    drawn = [concordance(*(c[rows] for c in columns)).value for rows in random.integers(0, 250, (150, 250))]
    assert found.standard_error == pytest.approx(np.std(drawn), rel=0.15)


def test_the_latent_hazard_ratio_is_found_where_the_raw_one_is_attenuated() -> None:
    found = staying(spells(4_000, 3), imputations=10)
    assert found.ratio.value == pytest.approx(np.exp(LEAVING), rel=0.05)
    assert found.ratio.low < np.exp(LEAVING) < found.ratio.high
    assert np.log(found.raw_ratio.value) > 0.92 * LEAVING
    assert found.raw_ratio.low > np.exp(LEAVING)
    # the square root of the reliability of the mean of the three items
    assert found.attenuation == pytest.approx(np.sqrt(0.797), abs=0.06)
    assert 0.05 < found.missing < 0.5
    assert found.concordance is not None
    assert found.concordance.low > 0.5
    assert found.events == spells(4_000, 3)["event"].sum()


@pytest.mark.parametrize("reps", [8, pytest.param(200, marks=pytest.mark.slow)])
def test_limits_hold_the_ratios(reps: int) -> None:
    for answer, slope, frame_of in ((staying, LEAVING, spells), (buying, BUYING, bought)):
        found = [answer(frame_of(600, seed), imputations=10, seed=seed) for seed in range(reps)]
        logs = np.log([(each.ratio.low, each.ratio.value, each.ratio.high) for each in found])
        assert logs[:, 1].mean() == pytest.approx(slope, abs=0.05 * abs(slope) + 0.3 / np.sqrt(reps) * abs(slope))
        narrower = 1.645 / 1.96
        held = np.abs(logs[:, 1] - slope) < narrower * (logs[:, 2] - logs[:, 0]) / 2
        assert (0.86 if reps == 200 else 0.6) <= held.mean() <= (0.945 if reps == 200 else 1.0)


def test_values_drawn_without_the_outcome_would_find_too_little() -> None:
    frame = spells(4_000, 3)
    random = np.random.default_rng(1)
    blind = random.normal(frame["attitude"], frame["attitude_sd"])
    departures = Departures(frame["duration"].to_numpy(), frame["event"].to_numpy(float))
    assert departures.fit(blind)[0] > 0.9 * LEAVING


def test_strata_leave_at_paces_of_their_own_as_in_lifelines() -> None:
    frame = spells(300, 1).assign(plan=np.arange(300) % 3)
    frame["duration"] = np.ceil(frame["duration"] + frame["plan"])
    columns = [frame[name].to_numpy() for name in ("duration", "event", "plan", "attitude")]
    coefficient, variance, hazard = Departures(columns[0], columns[1].astype(float), columns[2]).fit(columns[3])
    known = CoxPHFitter().fit(
        frame[["duration", "event", "attitude", "plan"]], "duration", "event", strata="plan",
        fit_options={"precision": 1e-12},
    )  # fmt: skip
    assert coefficient == pytest.approx(known.params_.iloc[0], abs=1e-7)
    assert variance == pytest.approx(known.variance_matrix_.iloc[0, 0], rel=1e-7)
    alone = frame["plan"] == 2
    own = Departures(*(column[alone].astype(float) for column in columns[:2]))
    of_own = own._at(coefficient, columns[3][alone][own._order])[3].sum()
    assert hazard[alone].max() == pytest.approx(of_own)
    assert (hazard[~alone] >= 0).all()


def confounded(n: int, seed: int) -> pd.DataFrame:
    """Return spells of two plans: who has the one is less loyal, and leaves sooner whatever the attitude."""
    random = np.random.default_rng(seed)
    plan = random.integers(0, 2, n)
    attitude = 0.5 - plan + np.sqrt(0.75) * random.standard_normal(n)
    error = 0.3
    seen = attitude + np.sqrt(error) * random.standard_normal(n)
    leaves = random.exponential(10 * np.exp(-LEAVING * attitude - 0.9 * plan))
    watched = random.uniform(3, 12, n)
    return pd.DataFrame(
        {
            "attitude": seen / (1 + error),
            "attitude_sd": np.sqrt(error / (1 + error)),
            "score": seen,
            "duration": np.minimum(leaves, watched),
            "event": (leaves <= watched).astype(int),
            "plan": np.where(plan == 1, "flexible", "fixed"),
        }
    )


def test_what_is_adjusted_for_is_not_taken_for_attitude() -> None:
    frame = confounded(4_000, 12)
    told = staying(frame, adjust=("plan",), imputations=10)
    # about two standard errors; without the plan it is 0.18 off
    assert np.log(told.ratio.value) == pytest.approx(LEAVING, abs=0.06)
    assert told.ratio.low < np.exp(LEAVING) < told.ratio.high
    assert told.adjusted == ("plan",)
    assert staying(frame, imputations=10).ratio.high < np.exp(LEAVING)
    with pytest.raises(InvalidAnswers, match="the frame lacks 'tenure'"):
        staying(frame, adjust=("tenure",))
    with pytest.raises(InvalidAnswers, match="'plan' has empty values"):
        staying(frame.assign(plan=None), adjust=("plan",))


def test_a_stratum_is_where_its_attitudes_are_drawn_to() -> None:
    frame = confounded(20_000, 10)
    stratum = (frame["plan"] == "flexible").to_numpy().astype(int)
    mean, sd = within_strata(frame["attitude"].to_numpy(), frame["attitude_sd"].to_numpy(), stratum)
    # prior N(±.5, .75), error .3
    kept = 0.75 / 1.05
    expected = kept * frame["score"] + (1 - kept) * (0.5 - stratum)
    assert np.abs(mean - expected).max() < 0.03
    assert sd == pytest.approx(np.full(len(sd), np.sqrt(kept * 0.3)), rel=0.02)


def test_the_latent_rate_ratio_of_buying_is_found() -> None:
    found = buying(bought(6_000, 4))
    assert found.ratio.value == pytest.approx(np.exp(BUYING), rel=0.05)
    assert found.ratio.low < np.exp(BUYING) < found.ratio.high
    assert 1 < found.raw_ratio.value < found.ratio.value
    assert found.concordance is None


def test_an_attitude_without_effect_has_none() -> None:
    found = staying(spells(800, 5, leaving=0.0))
    assert found.ratio.low < 1 < found.ratio.high
    assert np.isnan(found.attenuation)


def test_draws_given_a_flat_likelihood_are_those_of_the_answers() -> None:
    random = np.random.default_rng(6)
    drawn = conditioned(np.full(40_000, 2.0), np.full(40_000, 0.5), lambda at: np.zeros_like(at), random)
    assert drawn.mean() == pytest.approx(2.0, abs=0.01)
    assert drawn.std() == pytest.approx(0.5, abs=0.01)
    # a normal likelihood of the same width at 3: half of the way, and half of the variance
    drawn = conditioned(np.full(40_000, 2.0), np.full(40_000, 0.5), lambda at: -((at - 3) ** 2) / (2 * 0.25), random)
    assert drawn.mean() == pytest.approx(2.5, abs=0.01)
    assert drawn.var() == pytest.approx(0.125, rel=0.03)


def test_rubins_rules_add_the_variance_between() -> None:
    told, missing = combined(np.array([0.1, 0.3, 0.2]), np.array([0.04, 0.04, 0.04]), 10)
    between = 0.01 * (1 + 1 / 3)
    assert told.value == pytest.approx(np.exp(0.2))
    assert missing == pytest.approx(between / (0.04 + between))
    # t quantile with 2 / missing² degrees of freedom
    assert np.log(told.high / told.value) == pytest.approx(2.0205 * np.sqrt(0.04 + between), rel=0.02)


def test_a_customer_who_counts_twice_is_two() -> None:
    frame = spells(200, 7)
    twice = staying(pd.concat([frame, frame]).sort_index(ignore_index=True))
    counted = staying(frame.assign(n=2))
    assert (counted.ratio, counted.raw_ratio, counted.concordance) == (twice.ratio, twice.raw_ratio, twice.concordance)


def test_bad_input_is_named() -> None:
    frame = spells(100, 8)
    with pytest.raises(InvalidAnswers, match="lacks 'attitude_sd'"):
        staying(frame.drop(columns="attitude_sd"))
    with pytest.raises(InvalidAnswers, match="must be finite"):
        staying(frame.assign(score=np.nan))
    with pytest.raises(InvalidAnswers, match="durations are above 0"):
        staying(frame.assign(duration=0.0))
    with pytest.raises(TooFewRespondents, match="20 departures after an answer are needed, found 0"):
        staying(frame.assign(event=0))
    with pytest.raises(TooFewRespondents, match="20 purchases are needed, found 0"):
        buying(frame.assign(purchases=0))
    with pytest.raises(InvalidAnswers, match="purchases 0 or more"):
        buying(frame.assign(purchases=-1))
    with pytest.raises(InvalidValue, match="imputations must be at least 2, found 1"):
        staying(frame, imputations=1)
    ordered = pd.DataFrame({"attitude": np.arange(60.0), "attitude_sd": 0.01, "score": np.arange(60.0),
                            "duration": np.arange(1, 61.0), "event": 1})  # fmt: skip
    with pytest.raises(NotConverged, match="no hazard ratio is finite"):
        staying(ordered)
