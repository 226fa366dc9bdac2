"""A model text says what it means: every form of a line, and the same again when it is printed."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxmodels.loyalty.errors import InvalidModel, InvalidValue, LoyaltyError
from cxmodels.loyalty.syntax.path_model import Construct, Defined, PathModel


def said(text: str) -> list[tuple[str, str, str]]:
    table = PathModel(text).table
    return list(zip(table["lhs"], table["op"], table["rhs"], strict=True))


def test_a_model_knows_its_constructs_items_paths_and_what_is_defined() -> None:
    model = PathModel(
        """
        satisfaction =~ q1 + q2 + q3     # measured
        price <~ p1:p3                   ! composed
        loyalty =~ l1 + l2
        loyalty ~ b*satisfaction + c*price + age
        q1 ~~ q2; l1 ~ 1
        both := b + c
        """
    )
    assert model.constructs == (
        Construct("satisfaction", ("q1", "q2", "q3"), "reflective"),
        Construct("price", ("p1", "p2", "p3"), "composite"),
        Construct("loyalty", ("l1", "l2"), "reflective"),
    )
    assert model.items == ("q1", "q2", "q3", "p1", "p2", "p3", "l1", "l2", "age")
    assert model.names == ("satisfaction", "price", "loyalty", "age")
    assert model.paths == (("satisfaction", "loyalty"), ("price", "loyalty"), ("age", "loyalty"))
    assert model.endogenous == ("loyalty",)
    assert model.exogenous == ("satisfaction", "price", "age")
    assert model.defined == (Defined("both", "b+c"),)
    assert model.construct("price").kind == "composite"
    with pytest.raises(
        InvalidModel, match=r"the constructs are satisfaction, price, loyalty, found 'prise'; did you mean 'price'\?"
    ):
        model.construct("prise")


@pytest.mark.parametrize(
    "text",
    [
        "f =~ x1 + x2 + x3",
        "f=~x1+x2+x3",
        "f =~ x1 +\n x2\n + x3",
        "f\n=~ x1\n\n\n+ x2 # why\n+ x3",
        "f =~ x1:x3",
        "f =~ x1; f =~ x2:x3;",
        "f =~ `x1` + 'x2' + \"x3\"\r\n",
    ],
)
def test_spaces_lines_comments_ranges_and_quotes_make_no_difference(text: str) -> None:
    assert said(text) == [("f", "=~", "x1"), ("f", "=~", "x2"), ("f", "=~", "x3")]


def test_ranges_keep_their_zeros_and_stand_on_either_side() -> None:
    assert said("f =~ sat_08:sat_11") == [("f", "=~", f"sat_{n}") for n in ("08", "09", "10", "11")]
    assert said("y1:y2 + z ~ x") == [("y1", "~", "x"), ("y2", "~", "x"), ("z", "~", "x")]


@pytest.mark.parametrize(
    ("factor", "column", "value"),
    [
        ("a", "label", "a"),
        ('"a b"', "label", "a b"),
        ('label("a")', "label", "a"),
        ("1", "value", 1.0),
        ("-.5", "value", -0.5),
        ("2e-3", "value", 0.002),
        ("NA", "freed", True),
        ("start(0.7)", "start", 0.7),
        ('equal("y~x")', "equal", "y~x"),
    ],
)
def test_what_stands_before_a_variable_is_said_of_its_parameter(factor: str, column: str, value: object) -> None:
    row = PathModel(f"y ~ x\nz ~ {factor}*x").table.iloc[1]
    assert row[column] == value
    unsaid = {"label": "", "equal": "", "freed": False}
    for other in {"label", "value", "freed", "start", "equal"} - {column}:
        assert row[other] == unsaid[other] if other in unsaid else math.isnan(row[other])


def test_c_says_it_of_each_group_and_factors_are_chained() -> None:
    table = PathModel("y ~ c(a, b)*start(c(.1, .2))*x + c(1, NA)*z + v").table
    assert table[["rhs", "group"]].to_numpy().tolist() == [["x", 1], ["x", 2], ["z", 1], ["z", 2], ["v", 0]]
    assert table["label"].tolist() == ["a", "b", "", "", ""]
    assert table["start"].tolist()[:2] == [0.1, 0.2]
    assert table["value"].tolist()[2] == 1.0
    assert table["freed"].tolist() == [False, False, False, True, False]


def test_an_intercept_is_a_row_of_its_own_kind() -> None:
    table = PathModel("y ~ 0*1 + x").table
    assert table[["op", "rhs"]].to_numpy().tolist() == [["~1", ""], ["~", "x"]]
    assert table["value"][0] == 0.0


def test_constructs_may_be_measured_by_constructs() -> None:
    model = PathModel("trust =~ credibility + integrity\ncredibility =~ c1 + c2\nintegrity =~ i1 + i2")
    assert model.construct("trust").items == ("credibility", "integrity")
    assert model.items == ("c1", "c2", "i1", "i2")


def test_lines_and_columns_count_from_one() -> None:
    table = PathModel("\n  f =~ x1 +\n x22").table
    assert table[["line", "column"]].to_numpy().tolist() == [[2, 8], [3, 2]]


def test_equal_texts_are_equal_models() -> None:
    assert PathModel("y ~ x") == PathModel("y ~ x")
    assert hash(PathModel("y ~ x")) == hash(PathModel("y ~ x"))


def test_a_model_is_read_from_a_file_and_a_missing_one_is_named_with_those_there(tmp_path: Path) -> None:
    (tmp_path / "loyalty.lav").write_bytes("\ufeff# café\ny ~ x\n".encode())
    assert PathModel.from_file(tmp_path / "loyalty.lav").paths == (("x", "y"),)
    with pytest.raises(InvalidValue, match=r"no file 'royalty\.lav'; in its folder: loyalty\.lav"):
        PathModel.from_file(tmp_path / "royalty.lav")
    (tmp_path / "binary.lav").write_bytes(b"y ~ x # caf\xe9")
    with pytest.raises(InvalidValue, match=r"binary\.lav is no text in UTF-8 \(byte 11\)"):
        PathModel.from_file(tmp_path / "binary.lav")


def test_a_misspelt_name_is_told_apart_from_an_item_by_the_answers() -> None:
    model = PathModel("Satisfaction =~ q1 + q2\nLoyalty =~ l1\nLoyalty ~ Satisfacton")
    model.check_items(["q1", "q2", "l1", "Satisfacton"])
    with pytest.raises(InvalidModel, match=r"'Satisfacton' is neither a construct .* did you mean 'Satisfaction'\?"):
        model.check_items(["q1", "q2", "l1"])
    with pytest.raises(InvalidModel, match=r"'q2', an item of Satisfaction, is not answered; did you mean 'q_2'\?"):
        model.check_items(["q1", "q_2", "l1"])


def test_an_engine_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidValue, match="engine must be one of pls, ml, bayes, found 'lisrel'"):
        PathModel("y ~ x").fit(pd.DataFrame({"x": [1.0], "y": [2.0]}), engine="lisrel")  # type: ignore[arg-type]


def test_a_fit_is_by_maximum_likelihood_unless_asked_and_shows_itself_in_one_line() -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 2)), columns=["x", "y"])
    fit = PathModel("y ~ x").fit(frame)
    assert fit.engine == "ml"
    assert repr(fit) == "<MlFit: 50 respondents, 0 constructs, 1 paths>"
    assert repr(PathModel("y ~ x").fit(frame, engine="pls")) == "<PlsFit: 50 respondents, 0 constructs, 1 paths>"


NAMES = st.sampled_from(["x", "y1", "z_2", "v.w", ".u", "été", '"my item"', "'1st'", '"a\'b"', "`NA`"])
FACTORS = st.sampled_from(
    [
        "",
        "2*",
        "-0.25*",
        "a*",
        "'a b'*",
        "l.1*0.5*",
        "NA*",
        "b*NA*",
        "start(0.7)*",
        "a*start(-1)*equal('a')*",
        "c(a, b)*",
        "c(1, NA)*c(a, b)*",
        "c(1, a)*",
        "start(c(1, 2))*a*",
        "equal(c('a', 'b'))*",
    ]
)


LINES = st.tuples(st.sampled_from("fgh"), st.sampled_from(["=~", "~", "~~", "<~"]), FACTORS, NAMES)


@given(st.lists(LINES, min_size=1, max_size=6))
def test_a_printed_model_reads_back_as_the_same_table(lines: list[tuple[str, ...]]) -> None:
    labels = "f ~ a*l1 + b*l2\nf ~~ l.1*f"
    try:
        model = PathModel("\n".join([labels, *(f"{lhs} {op} {factor}{name}" for lhs, op, factor, name in lines)]))
    except LoyaltyError:
        return
    again = PathModel(str(model))
    places = ["line", "column"]
    pd.testing.assert_frame_equal(again.table.drop(columns=places), model.table.drop(columns=places))
    assert (again.constructs, again.items, again.names, again.paths) == (
        model.constructs,
        model.items,
        model.names,
        model.paths,
    )


PIECES = st.sampled_from(
    [*"fgxy1.,:;+-*/^()#!=~<>|\"'` \n", "=~", "<~", "~~", ":=", "==", "c(", "start(", "x1:x3", "NA"]
)


@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=40))
def test_any_text_is_a_model_or_an_error_of_its_own(text: str) -> None:
    try:
        model = PathModel(text)
    except LoyaltyError:
        return
    assert len(model.table)
