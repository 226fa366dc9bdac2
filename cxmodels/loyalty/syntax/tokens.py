"""The words of a model text, each with the place where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from cxmodels.loyalty.syntax.mistakes import mistake

Kind = Literal["name", "quoted", "number", "operator", "sign", "end"]

OPERATORS = ("=~", "<~", "~~", "~", ":=", "==")
"""What a statement may say: measured by, composed of, varies with, explained by, defined as, equal to."""

_WORDS = re.compile(
    r"""
      (?P<blank>[^\S\n]+|[#!][^\n]*)
    | (?P<end>[\n;])
    | (?P<quoted>"[^"\n]*"|'[^'\n]*'|`[^`\n]*`)
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    | (?P<name>\.?[^\W\d][\w.]*)
    | (?P<operator><->|->|<-|~\*~|\|~|=~|<~|~~|:=|==|~=|=>|<=|>=|=|~|<|>|\|)
    | (?P<sign>\*\*|[-+*/^(),:])
    """,
    re.VERBOSE,
)
_JOINS = {"+", "-", "*", "**", "/", "^", ",", ":"}


@dataclass(frozen=True)
class Token:
    """A word of the text; line and column count from 1."""

    kind: Kind
    text: str
    line: int
    column: int

    @property
    def meant(self) -> str:
        """The word without its quotes."""
        return self.text[1:-1] if self.kind == "quoted" else self.text

    @property
    def joins(self) -> bool:
        """Whether a statement that ends or goes on with it runs over the end of the line."""
        return self.kind == "operator" or self.text in _JOINS


def statements(text: str) -> Iterator[list[Token]]:
    """The statements of a text, none of them empty.

    A statement ends with its line or with ``;``. It goes on over the end of a line after an operator, a sign or
    within parentheses, and where the next line begins with an operator or a sign.
    """
    statement: list[Token] = []
    opened: list[Token] = []
    words = list(_words(text))
    for word, following in zip(words, _following(words), strict=True):
        if word.kind == "end":
            runs_on = bool(opened) or (statement and statement[-1].joins) or (following is not None and following.joins)
            if statement and (word.text == ";" or not runs_on):
                yield _closed(text, statement, opened)
                statement, opened = [], []
            continue
        if word.kind == "operator" and opened:
            raise mistake(text, opened[-1], "'(' is never closed", "')' before the next operator")
        if word.text == "(":
            opened.append(word)
        elif word.text == ")":
            if not opened:
                raise mistake(text, word, "')' closes nothing")
            opened.pop()
        statement.append(word)
    if statement:
        yield _closed(text, statement, opened)


def _following(words: list[Token]) -> list[Token | None]:
    """What comes next after each word, ends of lines apart."""
    found: list[Token | None] = []
    next_one: Token | None = None
    for word in reversed(words):
        found.append(next_one)
        next_one = next_one if word.text == "\n" else word
    return found[::-1]


def _closed(text: str, statement: list[Token], opened: list[Token]) -> list[Token]:
    if opened:
        raise mistake(text, opened[-1], "'(' is never closed")
    return statement


def _words(text: str) -> Iterator[Token]:
    line, begin, at = 1, 0, 0
    while at < len(text):
        found = _WORDS.match(text, at)
        if found is None:
            raise _unreadable(text, Token("sign", text[at], line, at - begin + 1), at)
        kind, word = str(found.lastgroup), found[0]
        if kind != "blank":
            yield Token(kind, word, line, at - begin + 1)  # type: ignore[arg-type]
        at = found.end()
        if word == "\n":
            line, begin = line + 1, at


def _unreadable(text: str, token: Token, at: int) -> Exception:
    if token.text in "\"'`":
        return mistake(text, token, f"the quote {token.text} is never closed in its line")
    if token.text.isdigit() or token.text == ".":
        word = re.match(r"[\w.]+", text[at:])
        name = word[0] if word else token.text
        return mistake(
            text, token, f"{name!r} is neither a number nor a name: a name begins with a letter", f'"{name}"'
        )
    return mistake(text, token, f"{token.text!r} has no meaning in a model text")
