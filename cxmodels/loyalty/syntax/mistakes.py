"""How a mistake in a model text is told: where it is, what is wrong and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from cxmodels.loyalty.errors import ModelSyntaxError

_WIDEST = 100


class Placed(Protocol):
    """Something that stands at a place of the text; line and column count from 1."""

    @property
    def line(self) -> int:
        """Its line."""
        ...

    @property
    def column(self) -> int:
        """Its column."""
        ...


def mistake(text: str, at: Placed, said: str, meant: str = "") -> ModelSyntaxError:
    """The error to raise: line and column, what is wrong, what was meant, and the line with a caret under it."""
    line = text.split("\n")[at.line - 1]
    # Of a very long line only the part around the mistake is shown.
    begin = max(0, at.column - 1 - _WIDEST // 2) if len(line) > _WIDEST else 0
    shown = line[begin : begin + _WIDEST].replace("\t", " ")
    caret = " " * (at.column - 1 - begin) + "^"
    asked = f"; did you mean {meant}?" if meant else ""
    return ModelSyntaxError(f"line {at.line}, column {at.column}: {said}{asked}\n  {shown}\n  {caret}")


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` with the known name most like it, or nothing."""
    from difflib import get_close_matches

    names = {each.casefold(): each for each in known}
    found = get_close_matches(name.casefold(), names, n=1, cutoff=0.6)
    return f"; did you mean {names[found[0]]!r}?" if found else ""
