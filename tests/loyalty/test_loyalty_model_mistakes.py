"""A mistake in a model text is told with its place, what is wrong and what was probably meant."""

from __future__ import annotations

import re

import pytest

from cxmodels.loyalty.errors import InvalidModel, InvalidValue, ModelSyntaxError
from cxmodels.loyalty.syntax.path_model import PathModel


def test_the_line_is_shown_with_a_caret_under_the_mistake() -> None:
    with pytest.raises(ModelSyntaxError) as raised:
        PathModel("# a model\nsatisfaction = q1 + q2")
    assert str(raised.value) == (
        "line 2, column 14: '=' is no operator; did you mean '=~' (is measured by), '~' (is explained by) or '==' "
        "(is equal to)?\n"
        "  satisfaction = q1 + q2\n"
        "               ^"
    )


def test_of_a_long_line_the_part_around_the_mistake_is_shown() -> None:
    with pytest.raises(ModelSyntaxError) as raised:
        PathModel(f"f =~ {' + '.join(f'item{n}' for n in range(100))} + ?")
    said, shown, caret = str(raised.value).split("\n")
    assert "'?' has no meaning" in said
    assert shown[caret.index("^")] == "?"
    assert len(shown) < 110


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("f =~", "line 1, column 3: nothing stands after '=~'"),
        ("f =~ x1 +", "line 1, column 9: nothing stands after '+'"),
        ("f =~ x1 + + x2", "line 1, column 11: nothing stands before '+'"),
        ("f =~ a**x1", "line 1, column 7: '**' stands where a variable is expected"),
        ("~ x", "line 1, column 1: nothing stands before '~'"),
        ("f =~ x1 x2", "line 1, column 9: a '+' is missing, or a name with a blank stands without quotes: \"x1 x2\""),
        ("f =~ x1\nx2", "line 2, column 1: no operator in this statement; did you mean 'x2 =~ …', or a '+' at the end"),
        ("f =~ x1 g =~ x2", "line 1, column 11: a second operator, '=~', in one statement: a new one begins on a line"),
        ("a ~ b ~ c", "line 1, column 7: a second operator, '~', in one statement"),
        ("y <- x", "line 1, column 3: '<-' is no operator; did you mean '~'?"),
        ("x -> y", "'->' is no operator; did you mean '~', with what is explained on its left?"),
        ("x <-> y", "'<->' is no operator; did you mean '~~'?"),
        ("f ~= x", "'~=' is no operator; did you mean '=~'?"),
        ("f =~ c(1, 2*x1\ng =~ x2", "line 1, column 7: '(' is never closed; did you mean ')' before the next operator"),
        ("f =~ start(1*x1", "line 1, column 11: '(' is never closed"),
        ("f =~ x1)", "line 1, column 8: ')' closes nothing"),
        ("f =~ 'x1", "line 1, column 6: the quote ' is never closed in its line"),
        ('f =~ "" + x', "line 1, column 6: a name is empty"),
        ("f =~ 1st", "'1st' is neither a number nor a name: a name begins with a letter; did you mean \"1st\"?"),
        ("f =~ 2", "a number stands where a variable is expected: 2"),
        ("y ~ 0", "a number stands where a variable is expected: 0"),
        ("a*f =~ x1", "a label or value stands on the right side of the operator"),
        ("y ~ x - z", "'-' stands where a variable is expected"),
        ("f =~ x1:x4000", "the range 'x1:x4000' must rise and have at most 1000 names"),
        ("f =~ x3:x1", "the range 'x3:x1' must rise"),
        ("y ~ x:z", "'x:z' is not supported: an interaction is asked for in the call, a range goes like x1:x5"),
        ("x | t1", "'|' (thresholds of ordered items) is not supported"),
        ("x ~*~ x", "'~*~' (scaling factors) is not supported"),
        ("x |~ 1", "'|~' (thresholds of ordered items) is not supported"),
        ("y ~ a*x\na > 0", "'>' (inequalities of labels) is not supported"),
        ("level: 1\ny ~ x", "line 1, column 1: a block 'level:' is not supported; say by what to part in the call"),
        ("f =~ efa(1)*x", "efa() is not supported before '*'"),
        ("f =~ start(a)*x", "start() takes a number"),
        ("f =~ start()*x", "start() lacks a value"),
        ("f =~ equal(2)*x", 'equal() takes a name in quotes, such as equal("a")'),
        ("f =~ c(1, )*x", "c() lacks a value"),
        ("f =~ c(1,2)*c(a,b,d)*x", "2 values stand beside 3: each is of one group"),
        ("f =~ a*b*x", "two of a kind before one variable: a and b"),
        ("f =~ NA*1*x", "NA says free and 1 says fixed"),
        ("f =~ 1e999*x", "the number is too large"),
        ("f =~ (a+b)*x", "'( a + b )' stands before '*'"),
        ("y ~ a*x\ni := a*", "line 2, column 7: nothing stands after '*'"),
        ("y ~ a*x\ni := a b", "line 2, column 8: 'b' is not expected here: a sign is missing"),
        ("y ~ a*x\ni := (a, a)", "',' is not expected here: ')' or a sign is missing"),
        ("y ~ a*x\ni := sin(a)", "sin() is not supported; what is: exp, log, sqrt, abs"),
        ("y ~ a*x\ni := 'a'", "a label in a formula stands without quotes; did you mean a?"),
        ("y ~ a*x\ni + j := a", "one name is expected before ':='"),
        (f"y ~ a*x\ni := {'(' * 60}a{')' * 60}", "a formula may be 50 levels deep, no more"),
        (f"y ~ a*x\ni := a{'+a' * 200}", "a formula may have 300 labels, numbers and signs, found 401"),
        ("y ~ a*x + b*z\na*b == 1", "line 2, column 5: a*b == 1 is not supported: only two equal labels (a == b)"),
        ("y ~ a*x + b*z\na + b == 1", "a+b == 1 is not supported"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place_and_what_was_meant(text: str, said: str) -> None:
    with pytest.raises(ModelSyntaxError, match=re.escape(said)):
        PathModel(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" # nothing\n\n;", "the text says nothing"),
        ("a ~ b\nb ~ c\nc ~ a", "the paths go round in a circle: a → c → b → a"),
        ("a ~ a", "the paths go round in a circle: a → a"),
        ("f =~ x1 + x2\nf ~ x1", "the paths go round in a circle"),
        ("f =~ x1 + x2 + x1", "line 1: 'x1' is an item of 'f' twice"),
        ("f =~ x1:x3\nf =~ x2", "line 1, 2: 'x2' is an item of 'f' twice"),
        ("y ~ x\ny ~ a*x", "line 1, 2: the path x → y is there twice; what is said of one parameter is chained"),
        ("f + f ~ x", "line 1: the path x → f is there twice"),
        ("a ~~ b\nb ~~ a", "line 1, 2: 'a ~~ b' is there twice"),
        ("y ~ 1\ny ~ 0*1", "line 1, 2: 'y ~1' is there twice"),
        ("y ~ a*x\ni := a\ni := 2*a", "line 2, 3: 'i' is defined twice"),
        ("f =~ x1\nf <~ x2", "line 2: 'f' has items by '=~' and by '<~'"),
        ("f <~ g + x\ng =~ y1", "line 1: 'g' is an item of the composite 'f' and a construct itself"),
        ("Trust =~ t1 + t2\nloyal =~ l1\nloyal ~ trust", "line 3: nothing measures 'trust'; did you mean 'Trust'?"),
        ("y ~ a*1*x + a*2*z", "line 1: the label 'a' stands for 2 and, in line 1, for 1"),
        ("y ~ path*x\ni := pth*2", "line 2: no parameter has the label 'pth', as in pth*x; did you mean 'path'?"),
        ("y ~ a*x\ni := j\nj := a", "line 2: no parameter has the label 'j'"),
        ("y ~ a*x\na := 2", "line 2: 'a' is defined and a label too (line 1)"),
        ("y ~ a*x\na == b", "line 2: no parameter has the label 'b'"),
        ('y ~ equal("b")*x', "line 1: no parameter has the label 'b'"),
        (
            "y ~ c(1,2)*x\nz ~ c(a,b,d)*x",
            "c() has a value for each group, and their number differs: 2 (line 1), 3 (line 2)",
        ),
    ],
)
def test_what_is_no_path_model_is_named(text: str, said: str) -> None:
    with pytest.raises(InvalidModel, match=re.escape(said)):
        PathModel(text)


def test_a_text_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidValue, match="text must be a text, found NoneType"):
        PathModel(None)  # type: ignore[arg-type]
