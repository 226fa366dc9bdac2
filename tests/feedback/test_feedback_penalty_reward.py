"""Must-have or delighter: against least squares, and where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from driven_scores import driven, scored
from heard_shop import heard

from cxmodels.feedback.drivers.penalty_reward import COLUMNS, PenaltyReward, classified, contrasts, penalty_reward
from cxmodels.feedback.errors import InvalidValue, TooFewCustomers
from cxmodels.study.snapshot import Snapshot

TABLES = driven()
DRIVERS = ("basic", "steady", "treat", "idle")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return heard(tmp_path_factory.mktemp("driven"), **TABLES)


@pytest.fixture(scope="module")
def every(company: Snapshot) -> PenaltyReward:
    return penalty_reward(company, drivers=DRIVERS)


def test_penalty_and_reward_are_those_of_least_squares(every: PenaltyReward) -> None:
    found = every.table.set_index("driver")
    rows = scored(TABLES)
    sides = [rows[name] < 2.5 for name in DRIVERS], [rows[name] > 3.5 for name in DRIVERS]
    design = np.column_stack([np.ones(len(rows)), *sides[0], *sides[1]]).astype(float)
    fitted = np.linalg.lstsq(design, rows["recommend"].to_numpy(), rcond=None)[0]
    assert found.loc[list(DRIVERS), "penalty"].tolist() == pytest.approx(fitted[1:5].tolist(), abs=1e-9)
    assert found.loc[list(DRIVERS), "reward"].tolist() == pytest.approx(fitted[5:].tolist(), abs=1e-9)
    low = rows[rows["basic"] < 2.5]["customer_id"].nunique()
    assert found.loc["basic", "low"] == low


def test_what_shows_only_where_it_lacks_is_a_must_have(every: PenaltyReward) -> None:
    table = every.table.set_index("driver")
    assert [*every.table] == COLUMNS
    assert np.isfinite(every.table.drop(columns=["driver", "class", "likeliest"]).to_numpy(float)).all()
    told = table.loc[["basic", "treat", "steady"], "class"].to_dict()
    assert told == {"basic": "must-have", "treat": "delighter", "steady": "performance"}
    assert table.loc["idle", "class"] in ("idle", "open")
    chances = table[["must-have", "performance", "delighter", "idle"]]
    assert chances.sum(axis=1).tolist() == pytest.approx([1.0] * 4)
    # truth: low scores on what is basic take 1.6 points, high ones give none; the ends of the scale cut a little
    assert -1.8 < table.loc["basic", "penalty_low"] < table.loc["basic", "penalty_high"] < -1.0
    assert table.loc["basic", "reward_low"] < 0 < table.loc["basic", "reward_high"]
    assert table.loc["treat", "penalty_low"] < 0 < table.loc["treat", "penalty_high"]
    assert every.table["driver"].tolist()[-1] == "idle"


def test_a_driver_with_few_middling_customers_is_left_out(company: Snapshot) -> None:
    found = penalty_reward(company, drivers=("basic", "split"), draws=50)
    assert (found.hidden, found.table["driver"].tolist()) == (("split",), ["basic"])
    with pytest.raises(TooFewCustomers, match="no driver has enough customers"):
        penalty_reward(company, drivers="split")


def test_what_is_low_and_high_can_be_said(company: Snapshot) -> None:
    wide = penalty_reward(company, drivers="basic", middle=(0.2, 0.8), draws=20).table.iloc[0]
    rows = scored(TABLES)
    assert wide["low"] == rows[rows["basic"] == 1]["customer_id"].nunique()
    assert wide["middle"] == rows[rows["basic"].between(2, 4)]["customer_id"].nunique()
    with pytest.raises(InvalidValue, match="two rising shares"):
        penalty_reward(company, drivers="basic", middle=(0.6, 0.4))


def test_a_class_is_told_by_its_share_of_the_draws() -> None:
    draws = np.zeros((100, 2, 2))
    draws[:, 0] = [-1.0, 0.2]
    draws[:, 1] = np.where(np.arange(100)[:, None] < 50, [-0.2, 1.0], [0.5, 0.4])
    table = classified(draws.mean(axis=0), draws, ["sure", "torn"]).set_index("driver")
    assert table["class"].tolist() == ["must-have", "open"]
    assert table.loc["sure", "must-have"] == 1.0
    assert table.loc["torn", ["delighter", "idle"]].tolist() == [0.5, 0.5]


def test_sides_that_cannot_be_told_apart_share_what_they_explain() -> None:
    covariance = np.array([[[2.0, -1.0, 1.0], [-1.0, 1.0, -1.0], [1.0, -1.0, 1.0]]])
    assert contrasts(covariance)[0, 0].tolist() == pytest.approx([-0.5, 0.5])
