"""One statement of a model text: what is said of which variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cxmodels.loyalty.syntax.equalities import equality
from cxmodels.loyalty.syntax.expression import expression
from cxmodels.loyalty.syntax.mistakes import mistake
from cxmodels.loyalty.syntax.modifiers import UNMODIFIED, Modifier, modifier_of, together
from cxmodels.loyalty.syntax.tokens import OPERATORS, Token

MOST_IN_RANGE = 1000
"""Names a range such as x1:x5 may stand for."""

_MEANT = {
    "=": "'=~' (is measured by), '~' (is explained by) or '==' (is equal to)",
    "~=": "'=~'",
    "=>": "'=~'",
    "<-": "'~'",
    "->": "'~', with what is explained on its left",
    "<->": "'~~'",
}
_ELSEWHERE = {
    "|": "thresholds of ordered items",
    "|~": "thresholds of ordered items",
    "~*~": "scaling factors",
    "<": "inequalities of labels",
    ">": "inequalities of labels",
    "<=": "inequalities of labels",
    ">=": "inequalities of labels",
}
_BLOCKS = ("level", "group", "block", "class")


@dataclass(frozen=True)
class Row:
    """A row of the table of a model text.

    `group` is 0 where it holds for every group; `freed` says that NA was written; line and column are of the variable
    on the right, or of the statement.
    """

    lhs: str
    op: str
    rhs: str
    line: int
    column: int
    group: int = 0
    modifier: Modifier = UNMODIFIED


def rows_of(text: str, statement: list[Token]) -> Iterator[Row]:
    """Read the rows of one statement.

    Raises
    ------
    ModelSyntaxError
        With the place and what was probably meant.
    """
    left, operator, right = _sides(text, statement)
    if operator.text in (":=", "=="):
        yield _formula(text, left, operator, right)
        return
    subjects = [name for part in _parts(text, left, "+") for name in _variables(text, part, left=True)]
    for part in _parts(text, right, "+"):
        *factors, variable = _parts(text, part, "*")
        modifiers = together(text, [(modifier_of(text, factor), factor[0]) for factor in factors])
        intercept = len(variable) == 1 and variable[0].kind == "number"
        if intercept and (operator.text != "~" or variable[0].text != "1"):
            raise mistake(text, variable[0], f"a number stands where a variable is expected: {variable[0].text}")
        op = "~1" if intercept else operator.text
        objects = [""] if intercept else _variables(text, variable, left=False)
        for lhs in subjects:
            for rhs in objects:
                for group, modifier in modifiers:
                    yield Row(lhs, op, rhs, variable[0].line, variable[0].column, group, modifier)


def _sides(text: str, statement: list[Token]) -> tuple[list[Token], Token, list[Token]]:
    operators = [at for at, token in enumerate(statement) if token.kind == "operator"]
    first = statement[0]
    block = len(statement) > 1 and first.text.lower() in _BLOCKS and statement[1].text == ":"
    if block:
        raise mistake(text, first, f"a block '{first.text}:' is not supported; say by what to part in the call")
    if not operators:
        said = "no operator in this statement"
        raise mistake(text, first, said, f"'{first.text} =~ …', or a '+' at the end of the line before")
    at = operators[0]
    operator = statement[at]
    if operator.text in _ELSEWHERE:
        raise mistake(text, operator, f"{operator.text!r} ({_ELSEWHERE[operator.text]}) is not supported")
    if operator.text not in OPERATORS:
        raise mistake(text, operator, f"{operator.text!r} is no operator", _MEANT[operator.text])
    if at == 0:
        raise mistake(text, operator, f"nothing stands before {operator.text!r}")
    if at == len(statement) - 1:
        raise mistake(text, operator, f"nothing stands after {operator.text!r}")
    if len(operators) > 1:
        second = statement[operators[1]]
        said = (
            f"a second operator, {second.text!r}, in one statement: a new one begins on a line of its own or after ';'"
        )
        raise mistake(text, second, said)
    return statement[:at], operator, statement[at + 1 :]


def _formula(text: str, left: list[Token], operator: Token, right: list[Token]) -> Row:
    if operator.text == ":=" and (len(left) > 1 or left[0].kind != "name"):
        raise mistake(text, left[0], "one name is expected before ':='")
    for token in (*left, *right):
        if token.kind == "quoted":
            raise mistake(text, token, "a label in a formula stands without quotes", token.meant)
    sides = [expression(text, side) for side in (left, right)]
    if operator.text == "==" and equality(*sides) is None:
        said = "only two equal labels (a == b) or a label and its value (a == 0.5) are supported"
        raise mistake(text, operator, f"{_joined(left)} == {_joined(right)} is not supported: {said}")
    return Row(_joined(left), operator.text, _joined(right), right[0].line, right[0].column)


def _joined(tokens: list[Token]) -> str:
    return "".join("^" if token.text == "**" else token.text for token in tokens)


def _parts(text: str, tokens: list[Token], sign: str) -> list[list[Token]]:
    """The stretches between signs that stand outside parentheses; none of them is empty."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        if token.text == sign and depth == 0:
            if not parts[-1]:
                raise mistake(text, token, f"nothing stands before {sign!r}")
            parts.append([])
        else:
            parts[-1].append(token)
    if not parts[-1]:
        raise mistake(text, tokens[-1], f"nothing stands after {sign!r}")
    return parts


def _variables(text: str, tokens: list[Token], *, left: bool) -> list[str]:
    """The names a term stands for: one, or those of a range."""
    kinds = [token.kind for token in tokens]
    first = tokens[0]
    if kinds in (["name"], ["quoted"]):
        if not first.meant.strip():
            raise mistake(text, first, "a name is empty")
        return [first.meant]
    if len(tokens) == 3 and tokens[1].text == ":" and {kinds[0], kinds[2]} <= {"name", "quoted"}:
        return _range(text, tokens)
    if len(tokens) > 1 and set(kinds) <= {"name", "quoted", "number"}:
        blank = " ".join(token.text for token in tokens)
        raise mistake(text, tokens[1], f"a '+' is missing, or a name with a blank stands without quotes: \"{blank}\"")
    if "*" in [token.text for token in tokens] and left:
        raise mistake(text, first, "a label or value stands on the right side of the operator")
    wrong = next((token for token in tokens if token.kind not in ("name", "quoted")), tokens[-1])
    raise mistake(text, wrong, f"{wrong.text!r} stands where a variable is expected")


def _range(text: str, tokens: list[Token]) -> list[str]:
    first, last = tokens[0].meant, tokens[2].meant
    parted = [re.fullmatch(r"(.*?)([0-9]+)", name) for name in (first, last)]
    if parted[0] is None or parted[1] is None or parted[0][1] != parted[1][1]:
        said = f"'{first}:{last}' is not supported: an interaction is asked for in the call, a range goes like x1:x5"
        raise mistake(text, tokens[1], said)
    prefix, digits = parted[0][1], (parted[0][2], parted[1][2])
    if max(map(len, digits)) > 9 or not 0 <= int(digits[1]) - int(digits[0]) < MOST_IN_RANGE:
        said = f"the range '{first}:{last}' must rise and have at most {MOST_IN_RANGE} names"
        raise mistake(text, tokens[1], said)
    width = len(digits[0]) if digits[0].startswith("0") else 0
    return [f"{prefix}{number:0{width}d}" for number in range(int(digits[0]), int(digits[1]) + 1)]
