"""The same paths in several segments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from moderated_customers import MODEL, respondents

from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.effects.segments import DIFFERS, NOT_COMPARABLE, NOT_TOLD, compare_segments
from cxmodels.loyalty.errors import InvalidValue, TooFewRespondents
from cxmodels.loyalty.syntax.path_model import PathModel

TWO = "Satisfaction =~ s1 + s2 + s3\nLoyalty =~ l1 + l2 + l3\n"


def survey(slopes: dict[str, float], n: int, *, seed: int = 0, few: int = 0) -> Answers:
    """Return answers of n customers a segment, whose satisfaction acts on loyalty as stated, and of a `few` more."""
    parts = [
        respondents(n, seed + place, slope=slope, product=0.0).assign(segment=name)
        for place, (name, slope) in enumerate(slopes.items())
    ]
    parts += [respondents(few, 99).assign(segment="few")] if few else []
    return replace(answers_of(pd.concat(parts), by=["segment"]), min_cell=10)


@pytest.mark.parametrize("engine", ["pls", "ml"])
def test_a_path_that_differs_is_told_from_those_that_do_not(engine: str) -> None:
    answers = survey({"new": 0.2, "old": 0.6}, 400, seed=20)
    options = {"bootstraps": 200} if engine == "pls" else {}
    found = compare_segments(MODEL, answers, "segment", comparable=True, engine=engine, permutations=100, **options)
    verdicts = found.differences.set_index("source")["verdict"]
    assert verdicts.to_dict() == {"Satisfaction": DIFFERS, "Barriers": NOT_TOLD}
    row = found.differences.set_index("source").loc["Satisfaction"]
    assert row["high"] < 0
    assert row["difference"] == pytest.approx(-0.4, abs=0.2)
    assert found.paths.groupby("level")["n"].first().to_dict() == {"new": 400, "old": 400}
    assert found.standardised is (engine == "pls")


def test_posteriors_tell_a_path_that_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cxmodels.loyalty.bayes.fit.DRAWS", (200,))
    monkeypatch.setattr("cxmodels.loyalty.bayes.posterior.TUNE", 150)
    answers = survey({"new": 0.2, "old": 0.6}, 400, seed=20)
    model = PathModel(TWO + "Loyalty ~ b*Satisfaction\ndoubled := 2*b")
    found = compare_segments(model, answers, "segment", comparable=True, engine="bayes", chains=2, size=200)
    row = found.differences.iloc[0]
    assert row["verdict"] == DIFFERS
    assert row["low"] < -0.4 < row["high"] < 0
    assert found.standardised
    assert found.method == "A posterior of each segment; differences of their draws."
    # barriers, which go with satisfaction, are left out: .2 and .6, and .2 times a correlation of .3
    inside = (found.paths["low"] < [0.26, 0.66]) & (found.paths["high"] > [0.26, 0.66])
    assert inside.all()


def test_a_label_does_not_hold_a_path_equal_in_all_segments() -> None:
    answers = survey({"new": 0.2, "old": 0.6}, 400, seed=20)
    labelled, plain = (
        compare_segments(PathModel(TWO + paths), answers, "segment", comparable=True)
        for paths in ("Loyalty ~ b*Satisfaction\ndoubled := 2*b", "Loyalty ~ Satisfaction")
    )
    pd.testing.assert_frame_equal(labelled.paths, plain.paths)
    pd.testing.assert_frame_equal(labelled.differences, plain.differences)
    assert plain.differences["verdict"].tolist() == [DIFFERS]
    # what is written for each segment is meant
    told = compare_segments(PathModel(TWO + "Loyalty ~ c(b, b)*Satisfaction"), answers, "segment", comparable=True)
    assert told.paths["coef"].nunique() == 1


def test_missing_answers_are_left_out_and_counted_or_estimated_with() -> None:
    frame = survey({"new": 0.2, "old": 0.6}, 200, seed=3).frame
    lacking = frame.drop(columns=["n", "weight"]).assign(s1=frame["s1"].where(np.arange(400) % 4 > 0))
    answers = answers_of(lacking, by=["segment"])
    listwise = compare_segments(MODEL, answers, "segment", comparable=True)
    everybody = compare_segments(MODEL, answers, "segment", comparable=True, missing="fiml")
    assert (listwise.incomplete, everybody.incomplete) == (100, 0)
    assert everybody.paths.groupby("level")["n"].first().to_dict() == {"new": 200, "old": 200}
    assert listwise.paths.groupby("level")["n"].first().sum() == 300
    width = [(each.differences["high"] - each.differences["low"]).mean() for each in (everybody, listwise)]
    assert width[0] < width[1]
    with pytest.raises(InvalidValue, match="or 'fiml' with engine 'ml', found 'fiml'"):
        compare_segments(MODEL, answers, "segment", comparable=True, engine="pls", missing="fiml")


@pytest.mark.parametrize(("reps", "most"), [(6, 5), pytest.param(50, 19, marks=pytest.mark.slow)])
def test_where_nothing_differs_permutations_tell_so_as_often_as_they_say(reps: int, most: int) -> None:
    below = []
    for seed in range(reps):
        answers = survey({"one": 0.5, "other": 0.5}, 150, seed=10 * seed)
        found = compare_segments(
            MODEL, answers, "segment", comparable=True, engine="pls", permutations=99, bootstraps=20, seed=seed
        )
        below += (found.differences["p"] <= 0.1).tolist()
    # two comparisons each, of which one in ten lies below: more than `most` happen less than once in a hundred times
    assert sum(below) <= most
    assert reps < 50 or sum(below) >= 3


@pytest.mark.parametrize("checked", [None, False])
def test_without_invariance_nothing_is_compared(checked: bool | None) -> None:
    answers = survey({"new": 0.2, "old": 0.6}, 200)
    found = compare_segments(
        MODEL, answers, "segment", comparable=checked, engine="pls", permutations=50, bootstraps=50
    )
    assert set(found.differences["verdict"]) == {NOT_COMPARABLE}
    assert found.differences[["difference", "low", "high", "p", "q"]].isna().all(axis=None)
    assert found.paths["coef"].notna().all()


def test_a_small_segment_is_hidden_and_does_not_show_by_what_is_left() -> None:
    answers = survey({"new": 0.3, "old": 0.5, "oldest": 0.5}, 200, few=12)
    found = compare_segments(
        MODEL, replace(answers, min_cell=20), "segment", comparable=True, engine="pls", permutations=50, bootstraps=50
    )
    assert "few" in found.hidden
    assert len(found.hidden) == 2
    with pytest.raises(TooFewRespondents, match="two segments of 'segment' with at least 201"):
        compare_segments(MODEL, replace(answers, min_cell=201), "segment", comparable=True, engine="pls")
