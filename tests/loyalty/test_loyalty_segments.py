"""The same paths in several segments."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from moderated_customers import MODEL, respondents

from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.effects.segments import DIFFERS, NOT_COMPARABLE, NOT_TOLD, compare_segments
from cxmodels.loyalty.errors import TooFewRespondents


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
