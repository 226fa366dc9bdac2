"""Drivers of a construct or an answer, with the doubt of the answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mobi_data import mobi
from sem_models import COMPACT, ECSI

from cxmodels.loyalty.effects.drivers import drivers, drivers_of_answers, drivers_of_construct
from cxmodels.loyalty.errors import InvalidValue
from cxmodels.loyalty.pls.fit import fit_pls

# correlations of the scores of the mobi survey by partial least squares (mode A, path weighting), as of seminr 0.2.1
NAMES = ["Image", "Expectation", "Quality", "Value", "Satisfaction"]
MOBI = pd.DataFrame(
    [
        [1.0, 0.504913934, 0.748742821, 0.50912736, 0.692842661],
        [0.504913934, 1.0, 0.556748962, 0.360823776, 0.508115611],
        [0.748742821, 0.556748962, 1.0, 0.586135365, 0.794822116],
        [0.50912736, 0.360823776, 0.586135365, 1.0, 0.608441351],
        [0.692842661, 0.508115611, 0.794822116, 0.608441351, 1.0],
    ],
    NAMES,
    NAMES,
)


def test_drivers_of_satisfaction_in_the_mobi_survey_are_the_known_ones() -> None:
    found = drivers(MOBI, "Satisfaction")
    table = found.table.set_index("driver")
    known = {"Image": 0.176089, "Expectation": 0.078885, "Quality": 0.289379, "Value": 0.136726}
    weights = {"Image": 0.177308, "Expectation": 0.083901, "Quality": 0.273926, "Value": 0.145943}
    assert found.r2 == pytest.approx(0.681078, abs=1e-6)
    assert table["lmg"].to_dict() == pytest.approx(known, abs=1e-6)
    assert table["weight"].to_dict() == pytest.approx(weights, abs=1e-6)
    assert table["lmg_share"].sum() == pytest.approx(1)
    assert table["weight"].sum() == pytest.approx(found.r2)
    assert found.table["driver"].tolist() == ["Quality", "Image", "Value", "Expectation"]
    assert found.table[["lmg_low", "first"]].isna().all(axis=None)


def test_of_two_equal_drivers_neither_is_surely_the_first_and_an_idle_one_never_is() -> None:
    random = np.random.default_rng(4)
    x = random.normal(size=(800, 3))
    frame = pd.DataFrame(x, columns=["one", "other", "idle"])
    frame["nps"] = x[:, 0] + x[:, 1] + random.normal(size=800)
    found = drivers_of_answers(frame, "nps", ["one", "other", "idle"], draws=400, seed=1)
    table = found.table.set_index("driver")
    assert found.r2_low < 2 / 3 < found.r2_high
    assert ((table["lmg_low"] <= table["lmg"]) & (table["lmg"] <= table["lmg_high"])).all()
    assert table.loc[["one", "other"], "lmg_low"].max() < 1 / 3 < table.loc[["one", "other"], "lmg_high"].min()
    assert table.loc["idle", "first"] == 0
    assert 0.02 < table.loc["one", "first"] < 0.98


def test_an_answer_that_counts_twice_is_two_respondents() -> None:
    random = np.random.default_rng(5)
    frame = pd.DataFrame(random.normal(size=(50, 3)), columns=["a", "b", "y"])
    twice = drivers_of_answers(pd.concat([frame, frame]), "y", ["a", "b"], draws=30).table
    once = drivers_of_answers(frame, "y", ["a", "b"], draws=30).table
    assert twice["lmg"].tolist() == pytest.approx(once["lmg"].tolist())


def test_drivers_of_a_construct_are_those_with_a_path_to_it_and_carry_the_doubt_of_the_fit() -> None:
    plain = drivers_of_construct(fit_pls(ECSI, mobi()), "Satisfaction")
    found = drivers_of_construct(fit_pls(ECSI, mobi(), bootstraps=200, seed=1), "Satisfaction")
    # seminr 0.2.1
    assert plain.table.set_index("driver").loc["Quality", "lmg"] == pytest.approx(0.289379, abs=1e-6)
    assert np.isnan(plain.r2_low)
    assert found.r2_low < 0.681078 < found.r2_high
    assert found.table["first"].sum() == pytest.approx(1)
    assert found.table.loc[0, ["driver", "first"]].tolist() == ["Quality", 1.0]
    factors = drivers_of_construct(COMPACT.fit(mobi(), engine="ml"), "Satisfaction")
    assert factors.table["driver"].tolist() == ["Image", "Value"]
    # 1 less the standardised residual variance by lavaan 0.6-14
    assert factors.r2 == pytest.approx(1 - 0.119137788893, abs=2e-5)
    assert factors.r2_low < factors.r2 < factors.r2_high


def test_bad_input_is_named() -> None:
    with pytest.raises(InvalidValue, match=r"target must be one of Image, .* found 'Loyalty'"):
        drivers(MOBI, "Loyalty")
    with pytest.raises(InvalidValue, match=r"draws of shape \(draws, 5, 5\)"):
        drivers(MOBI, "Image", draws=np.ones((30, 2, 2)))
