"""Formulas of labels: what ``:=`` defines and ``==`` compares."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxmodels.loyalty.errors import ModelSyntaxError
from cxmodels.loyalty.syntax.mistakes import mistake
from cxmodels.loyalty.syntax.tokens import Token, statements

DEEPEST = 50
"""Parentheses, signs and powers within each other that are read."""
MOST_WORDS = 300
"""Labels, numbers and signs of one formula."""

SIGNS: dict[str, Callable[..., NDArray[np.float64]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.float_power,
}
FUNCTIONS: dict[str, Callable[..., NDArray[np.float64]]] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
}
"""What a formula may compute."""
# As in R: the power binds before the sign, -2^2 is -4.
_BINDS = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}
_SIGN_BINDS = 3


@dataclass(frozen=True)
class Expression:
    """A number, a label, or a sign or function and what it is applied to.

    Attributes
    ----------
    says
        The number, the label, the sign or the name of the function.
    of
        What a sign or function is applied to.
    """

    says: str | float
    of: tuple[Expression, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in it, each once, as they come."""
        own = [self.says] if isinstance(self.says, str) and not self.of else []
        return tuple(dict.fromkeys([*own, *(label for part in self.of for label in part.labels)]))

    def value(self, labels: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
        """Its value, of the common shape of the labels' arrays; NaN where there is none (the log of a negative)."""
        if isinstance(self.says, float):
            return np.asarray(self.says)
        if not self.of:
            return np.asarray(labels[self.says], dtype=np.float64)
        parts = [part.value(labels) for part in self.of]
        with np.errstate(all="ignore"):
            if self.says in FUNCTIONS:
                return FUNCTIONS[self.says](*parts)
            return -parts[0] if len(parts) == 1 else SIGNS[self.says](*parts)


def expression(text: str, tokens: list[Token]) -> Expression:
    """Read a formula.

    Raises
    ------
    ModelSyntaxError
        When it is none; with the place in `text`.
    """
    if len(tokens) > MOST_WORDS:
        raise mistake(
            text, tokens[0], f"a formula may have {MOST_WORDS} labels, numbers and signs, found {len(tokens)}"
        )
    read = _Reading(text, tokens)
    found = read.sum_of(0, 0)
    if read.at < len(tokens):
        raise mistake(text, tokens[read.at], f"{tokens[read.at].text!r} is not expected here: a sign is missing")
    return found


def formula(text: str) -> Expression:
    """Read the formula that is the whole of a text, such as ``a*b + c``."""
    tokens = [token for statement in statements(text) for token in statement]
    if not tokens:
        raise ModelSyntaxError("a formula is empty")
    return expression(text, tokens)


class _Reading:
    """Reads from left to right; what binds more closely is read first (precedence climbing)."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text, self.tokens, self.at = text, tokens, 0

    def sum_of(self, binds: int, depth: int) -> Expression:
        left = self.single(depth)
        while self.at < len(self.tokens) and _BINDS.get(self.sign, 0) > binds:
            sign = self.sign
            self.at += 1
            # A power is read from its right: 2^3^2 is 2^9.
            right = self.sum_of(_BINDS[sign] - (sign == "^"), depth + 1)
            left = Expression(sign, (left, right))
        return left

    @property
    def sign(self) -> str:
        text = self.tokens[self.at].text
        return "^" if text == "**" else text

    def single(self, depth: int) -> Expression:
        if self.at >= len(self.tokens):
            raise mistake(self.text, self.tokens[-1], f"nothing stands after {self.tokens[-1].text!r}")
        token = self.tokens[self.at]
        if depth > DEEPEST:
            raise mistake(self.text, token, f"a formula may be {DEEPEST} levels deep, no more")
        self.at += 1
        if token.kind == "number":
            if not math.isfinite(float(token.text)):
                raise mistake(self.text, token, "the number is too large")
            return Expression(float(token.text))
        if token.text in ("-", "+"):
            inner = self.sum_of(_SIGN_BINDS, depth + 1)
            return Expression("-", (inner,)) if token.text == "-" else inner
        if token.text == "(":
            return self.inside(depth)
        if token.kind == "name" and self.at < len(self.tokens) and self.tokens[self.at].text == "(":
            if token.text not in FUNCTIONS:
                raise mistake(self.text, token, f"{token.text}() is not supported; what is: {', '.join(FUNCTIONS)}")
            self.at += 1
            return Expression(token.text, (self.inside(depth),))
        if token.kind == "name":
            return Expression(token.text)
        raise mistake(self.text, token, f"{token.text!r} stands where a label or number is expected")

    def inside(self, depth: int) -> Expression:
        """What stands in parentheses, to the one that closes."""
        found = self.sum_of(0, depth + 1)
        # Statements close what they open, so a token is left here.
        token = self.tokens[self.at]
        if token.text != ")":
            raise mistake(self.text, token, f"{token.text!r} is not expected here: ')' or a sign is missing")
        self.at += 1
        return found
