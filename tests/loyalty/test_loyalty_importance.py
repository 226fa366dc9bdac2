"""The importance–performance map."""

from __future__ import annotations

import pandas as pd
import pytest
from mobi_data import mobi
from sem_models import ECSI
from stated_fits import stated

from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.answers.given import given_moments
from cxmodels.loyalty.answers.moments import moments
from cxmodels.loyalty.effects.importance import ImportancePerformance, importance_performance
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue
from cxmodels.loyalty.pls.fit import fit_pls
from cxmodels.loyalty.pls.pls_fit import PlsFit
from cxmodels.loyalty.syntax.path_model import PathModel

MODEL = ECSI
SCALES = dict.fromkeys(MODEL.items, (1.0, 10.0))
PAIR = PathModel("a =~ a1 + a2\nb =~ b1 + b2\nb ~ a")


@pytest.fixture(scope="module")
def fit() -> PlsFit:
    return fit_pls(MODEL, mobi(), bootstraps=200)


@pytest.fixture(scope="module")
def found(fit: PlsFit) -> ImportancePerformance:
    return importance_performance(fit, answers_of(mobi()[list(MODEL.items)], scales=SCALES), "Loyalty")


def test_performance_and_importance_in_the_mobi_survey_are_the_known_ones(found: ImportancePerformance) -> None:
    table = found.constructs.set_index("construct")
    # weights of seminr 0.2.1, rescaled as Ringle & Sarstedt (2016) do
    performance = {
        "Image": 73.528,
        "Expectation": 72.474,
        "Quality": 74.977,
        "Value": 62.347,
        "Satisfaction": 72.454,
        "Complaints": 67.422,
    }
    assert table["performance"].to_dict() == pytest.approx(performance, abs=5e-4)
    assert found.performance == pytest.approx(70.914, abs=5e-4)
    assert table.loc["Satisfaction", "importance"] == pytest.approx(0.520819, abs=1e-6)
    assert found.constructs["importance"].is_monotonic_decreasing
    inside = (table["importance_low"] < table["importance"]) & (table["importance"] < table["importance_high"])
    assert inside.all()


def test_items_share_the_importance_of_their_construct(found: ImportancePerformance) -> None:
    sums = found.items.groupby("construct")[["weight", "points"]].sum()
    points = found.constructs.set_index("construct")["points"]
    assert sums["weight"].tolist() == pytest.approx([1.0] * 6)
    assert sums["points"].to_dict() == pytest.approx(points.to_dict())
    item = found.items.set_index("item").loc["CUSCO"]
    assert item["performance"] == pytest.approx((mobi()["CUSCO"].mean() - 1) / 9 * 100)


@pytest.mark.parametrize(("by", "sure"), [(0.3, []), (1.0, ["Satisfaction"])])
def test_priority_is_what_surely_weighs_more_and_scores_less_than_the_average(
    fit: PlsFit, by: float, sure: list[str]
) -> None:
    # what weighs most, as if it were asked on a scale that much higher
    scales = SCALES | dict.fromkeys(("CUSA1", "CUSA2", "CUSA3"), (1.0 + by, 10.0 + by))
    table = importance_performance(fit, mobi(), "Loyalty", scales=scales).constructs
    apart = table[["points", "performance"]] - table[["points", "performance"]].mean()
    assert table.loc[(apart["points"] > 0) & (apart["performance"] < 0), "construct"].tolist() == ["Satisfaction"]
    assert table.loc[table["priority"], "construct"].tolist() == sure


def test_what_weighs_most_has_a_probability(found: ImportancePerformance) -> None:
    first = found.constructs.set_index("construct")["first"]
    assert first.sum() == pytest.approx(1)
    assert first.idxmax() == "Satisfaction"


def test_common_factors_weigh_what_measures_them_best() -> None:
    frame = pd.DataFrame({"a1": [1, 5, 3, 2, 4, 3], "a2": [2, 5, 3, 1, 5, 2], "b1": [1, 5, 2, 2, 5, 4],
                          "b2": [1, 4, 3, 3, 5, 2]})  # fmt: skip
    fit = stated(PAIR, {("a", "b"): 0.5}, loadings={"a1": 0.9, "a2": 0.6})
    told = importance_performance(fit, frame, "b", scales=dict.fromkeys(PAIR.items, (1, 5)))
    items = told.items.set_index("item")
    raw = {name: loading / (1 - loading**2) / frame[name].std() for name, loading in (("a1", 0.9), ("a2", 0.6))}
    assert items["weight"].to_dict() == pytest.approx({name: raw[name] / sum(raw.values()) for name in raw})
    low, high = told.constructs.loc[0, ["performance_low", "performance_high"]]
    assert 0 <= low < told.constructs.loc[0, "performance"] < high <= 100


def test_bad_input_is_named() -> None:
    fit = stated(PAIR, {("a", "b"): 0.5})
    frame = pd.DataFrame({"a1": [1, 5, 3, 2, 4, 3], "a2": [2, 5, 3, 1, 5, 2], "b1": [1, 5, 2, 2, 5, 4],
                          "b2": [1, 4, 3, 3, 5, 2]})  # fmt: skip
    with pytest.raises(InvalidValue, match="target must be one of a, b, found 'c'"):
        importance_performance(fit, frame, "c")
    with pytest.raises(InvalidValue, match="no path leads to 'a'; paths lead to b"):
        importance_performance(fit, frame, "a")
    with pytest.raises(InvalidValue, match=r"lowest and highest score of every item .* not known: a1, a2, b1, b2"):
        importance_performance(fit, frame, "b")
    with pytest.raises(InvalidValue, match=r"scales go up, found \(5, 1\)"):
        importance_performance(fit, frame, "b", scales=dict.fromkeys(PAIR.items, (5, 1)))
    alone = given_moments(moments(answers_of(frame)).covariance, 6, items=PAIR.items)
    with pytest.raises(InvalidAnswers, match="needs the means"):
        importance_performance(fit, alone, "b", scales=dict.fromkeys(PAIR.items, (1, 5)))
