"""Answers from a table in memory: counted, checked, and told by name when they are wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mobi_data import mobi

from cxmodels.loyalty.answers.accepted import as_answers, as_moments
from cxmodels.loyalty.answers.from_frame import NO_ANSWER, NO_WEIGHT, answers_of
from cxmodels.loyalty.answers.moments import moments
from cxmodels.loyalty.answers.selected import INCOMPLETE, complete, of_group, of_items
from cxmodels.loyalty.errors import InvalidAnswers, TooFewRespondents

NAN = float("nan")
FEW = pd.DataFrame({"a": [1.0, 2, 2, 5, NAN], "b": [3, 3, 3, 1, NAN], "who": ["x", "x", "x", None, "y"]})

scores = st.lists(st.tuples(*[st.one_of(st.none(), st.integers(1, 4)) for _ in range(3)]), min_size=1, max_size=40).map(
    lambda rows: pd.DataFrame([(1, 1, 1), (4, 4, 4), *rows], columns=["a", "b", "c"], dtype=float)
)


def refused(frame: pd.DataFrame, *arguments: object, **options: object) -> str:
    with pytest.raises(InvalidAnswers) as caught:
        answers_of(frame, *arguments, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_equal_answers_stand_once_with_their_number() -> None:
    found = answers_of(FEW, ["a", "b"], by=["who"])
    rows = found.frame.to_dict("records")
    assert rows == [
        {"a": 1.0, "b": 3.0, "who": "x", "n": 1, "weight": 1.0},
        {"a": 2.0, "b": 3.0, "who": "x", "n": 2, "weight": 2.0},
        {"a": 5.0, "b": 1.0, "who": "unknown", "n": 1, "weight": 1.0},
    ]
    assert (found.items, found.by, found.respondents) == (("a", "b"), ("who",), 4)
    assert found.unusable == {NO_ANSWER: 1}


def test_items_are_all_columns_but_weights_and_groups_unless_named() -> None:
    assert answers_of(FEW.assign(w=1.0), weight="w", by=["who"]).items == ("a", "b")


def test_nothing_that_is_given_is_changed() -> None:
    before = FEW.copy()
    answers_of(FEW, ["a", "b"], by=["who"])
    pd.testing.assert_frame_equal(FEW, before)


@settings(max_examples=15, deadline=None)
@given(scores, st.randoms(use_true_random=False))
def test_counts_are_rows_and_their_order_is_nothing(frame: pd.DataFrame, random: object) -> None:
    found = answers_of(frame)
    answered = frame.notna().any(axis=1).sum()
    assert found.respondents == answered
    assert found.unusable.get(NO_ANSWER, 0) == len(frame) - answered
    assert not found.frame.duplicated(["a", "b", "c"]).any()
    order = np.random.default_rng(random.randrange(2**32)).permutation(len(frame))  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(answers_of(frame.iloc[order]).frame, found.frame)


def test_respondents_of_weight_nothing_are_left_out_and_counted() -> None:
    found = answers_of(FEW.assign(w=[0.0, 2, 2, 1, 1]), ["a", "b"], weight="w")
    assert found.unusable == {NO_ANSWER: 1, NO_WEIGHT: 1}
    assert found.frame["weight"].tolist() == [4.0, 1.0]


def test_of_other_items_those_who_answered_none_are_left_out() -> None:
    frame = pd.DataFrame({"a": [1.0, 2, 3, NAN], "b": [2.0, 2, 1, 3], "c": [1.0, 2, 1, 2]})
    assert of_items(answers_of(frame), ["a"]).respondents == 3
    assert of_items(answers_of(frame), ["c", "b"]).frame.columns.tolist() == ["c", "b", "n", "weight"]


def test_incomplete_answers_are_left_out_where_all_are_needed_and_counted() -> None:
    found = complete(answers_of(pd.DataFrame({"a": [1.0, 2, NAN], "b": [2.0, 2, 3]})))
    assert (found.respondents, found.unusable) == (2, {INCOMPLETE: 1})


def test_a_group_is_taken_by_name() -> None:
    found = answers_of(FEW, ["a", "b"], by=["who"])
    assert of_group(found, "who", "x").respondents == 3
    with pytest.raises(InvalidAnswers, match=r"there is no level 'z'.*; there are: unknown, x"):
        of_group(found, "who", "z")
    with pytest.raises(InvalidAnswers, match="there is no attribute that parts them 'whom'; did you mean 'who'"):
        of_group(found, "whom", "x")


def test_an_engine_takes_a_table_or_answers() -> None:
    frame = mobi()
    items = ["CUSA2", "CUSA1"]
    assert as_answers(frame, items).items == ("CUSA2", "CUSA1")
    pd.testing.assert_frame_equal(as_answers(answers_of(frame), items).frame, as_answers(frame, items).frame)
    with pytest.raises(InvalidAnswers, match=r"the answers of each respondent are needed .*, found Moments"):
        as_answers(moments(answers_of(frame)), items)  # type: ignore[arg-type]
    with pytest.raises(InvalidAnswers, match="a DataFrame, Answers or Moments is needed, found list"):
        as_moments([1, 2], items)  # type: ignore[arg-type]


def test_an_item_that_is_not_there_is_named_with_the_nearest() -> None:
    assert "there is no item 'CUSA4'; did you mean 'CUSA3'?" in refused(mobi(), ["CUSA4"])
    assert "there are: a, b, who" in refused(FEW, ["quality"])
    assert "there is no column to part by 'hwo'; did you mean 'who'?" in refused(FEW, ["a"], by=["hwo"])
    assert "there is no column of weights 'w'" in refused(FEW, ["a"], weight="w")


def test_names_are_named_once() -> None:
    assert "each item once; named twice: 'a'" in refused(FEW, ["a", "b", "a"])
    assert "'a' is an item and cannot weigh or part" in refused(FEW, ["a", "b"], weight="a")
    assert "'a' is the name of 2 columns" in refused(pd.DataFrame([[1, 2]], columns=["a", "a"]), ["a"])
    assert "'n' is what the respondents themselves are counted in" in refused(pd.DataFrame({"n": [1, 2]}))
    assert "a list of items is required, found the text 'a'" in refused(FEW, "a")
    assert "at least one item is required" in refused(FEW, [])


def test_what_is_no_finite_number_is_refused() -> None:
    assert "'who' must hold numbers, found object, for example 'x'" in refused(FEW, ["a", "who"])
    assert "found object, for example 'six'" in refused(pd.DataFrame({"a": [3.0, 4.0, "six"]}))
    assert "'a' must hold numbers, found bool" in refused(pd.DataFrame({"a": [True, False]}))
    assert "'a' must be finite; 1 of 2 are not" in refused(pd.DataFrame({"a": [1.0, np.inf]}))


def test_nullable_numbers_are_numbers() -> None:
    found = answers_of(pd.DataFrame({"a": pd.array([1, None, 3], dtype="Int64"), "b": [1, 2, 2]}))
    assert found.frame["a"].isna().sum() == 1


def test_a_score_off_its_scale_is_refused_with_item_scale_and_score() -> None:
    said = refused(FEW, ["a", "b"], scales={"a": (1, 4), "other": (0, 1)})
    assert "'a' is on a scale from 1 to 4; 1 of 5 scores are off it, the first is 5" in said
    assert answers_of(FEW, ["a", "b"], scales={"a": (1, 5), "other": (0, 1)}).scales == {"a": (1, 5)}


def test_items_that_nobody_answered_or_all_alike_are_refused() -> None:
    assert "nobody answered 'b', 'c'" in refused(pd.DataFrame({"a": [1.0, 2], "b": [NAN, NAN], "c": [NAN, NAN]}))
    assert "an item must vary; all gave the same score to 'b' (3)" in refused(pd.DataFrame({"a": [1, 2], "b": [3, 3]}))
    assert "nobody answered 'a'" in refused(pd.DataFrame({"a": [NAN, NAN]}))
    weightless = pd.DataFrame({"a": [NAN, 2.0], "b": [1.0, 2], "w": [1.0, 0.0]})
    assert "nobody answered 'a'" in refused(weightless, weight="w")


def test_nobody_is_too_few() -> None:
    with pytest.raises(TooFewRespondents, match="at least one respondent is required, found none"):
        answers_of(FEW.head(0), ["a", "b"])


@pytest.mark.parametrize(
    ("weights", "said"), [([1, -1, 1, 1, -2], "found -1 in row 1 and 1 more"), ([1, NAN, 1, 1, 1], "found nan")]
)
def test_weights_are_zero_or_more(weights: list[float], said: str) -> None:
    assert said in refused(FEW.assign(w=weights), ["a", "b"], weight="w")
