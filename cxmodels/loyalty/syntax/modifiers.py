"""What stands before ``*``: labels, fixed values, starting values, equalities; one for all groups or one for each."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from cxmodels.loyalty.syntax.mistakes import mistake
from cxmodels.loyalty.syntax.tokens import Token

FUNCTIONS = ("start", "equal", "label")
"""What may be written as a function before ``*``, besides ``c``."""
_ALLOWED = "a number, a label, NA, start(), equal(), label() or c() of these"


@dataclass(frozen=True)
class Modifier:
    """What is said of one parameter: NaN and empty where nothing is."""

    label: str = ""
    value: float = math.nan
    freed: bool = False
    start: float = math.nan
    equal: str = ""


UNMODIFIED = Modifier()


def modifier_of(text: str, tokens: list[Token]) -> tuple[Modifier, ...]:
    """What one factor says: of every group (one) or of each (as many)."""
    first = tokens[0]
    if first.kind == "name" and len(tokens) > 1 and tokens[1].text == "(":
        name, inside = first.text, tokens[2:-1]
        if tokens[-1].text != ")" or name not in (*FUNCTIONS, "c"):
            raise mistake(text, first, f"{name}() is not supported before '*'; {_ALLOWED}")
        if name == "c":
            return tuple(_plain(text, part, first) for part in _listed(text, inside, first))
        if inside and inside[0].text == "c" and len(inside) > 1 and inside[1].text == "(" and inside[-1].text == ")":
            inside = inside[2:-1]
        return tuple(_said(text, name, part, first) for part in _listed(text, inside, first))
    return (_plain(text, tokens, first),)


def together(text: str, factors: list[tuple[tuple[Modifier, ...], Token]]) -> list[tuple[int, Modifier]]:
    """All factors of a term as one modifier for each group: (0, …) for every group, or (1, …), (2, …) …"""
    groups = max((len(said) for said, _ in factors), default=1)
    merged = [UNMODIFIED] * groups
    for said, at in factors:
        if len(said) not in (1, groups):
            raise mistake(text, at, f"{len(said)} values stand beside {groups}: each is of one group")
        for group in range(groups):
            merged[group] = _merge(text, merged[group], said[group % len(said)], at)
    return [(0, merged[0])] if groups == 1 else list(enumerate(merged, start=1))


def _merge(text: str, one: Modifier, other: Modifier, at: Token) -> Modifier:
    both: dict[str, object] = {}
    for name, unsaid in vars(UNMODIFIED).items():
        ours, theirs = getattr(one, name), getattr(other, name)
        said = [each for each in (ours, theirs) if each != unsaid and each == each]
        if len(set(said)) == 2:
            raise mistake(text, at, f"two of a kind before one variable: {said[0]} and {said[1]}")
        if said:
            both[name] = said[0]
    merged = replace(one, **both)  # type: ignore[arg-type]
    if merged.freed and not math.isnan(merged.value):
        raise mistake(text, at, f"NA says free and {merged.value:g} says fixed")
    return merged


def _listed(text: str, tokens: list[Token], at: Token) -> list[list[Token]]:
    """The stretches between commas."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.text == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    if not all(parts):
        raise mistake(text, at, f"{at.text}() lacks a value")
    return parts


def _plain(text: str, tokens: list[Token], at: Token) -> Modifier:
    """A number fixes, NA frees, a word is a label."""
    if (number := _number(tokens)) is not None:
        return Modifier(value=_finite(text, number, tokens[0]))
    if len(tokens) == 1 and tokens[0].kind == "quoted":
        return Modifier(label=_word(text, tokens[0]))
    if len(tokens) == 1 and tokens[0].kind == "name":
        return Modifier(freed=True) if tokens[0].text == "NA" else Modifier(label=tokens[0].text)
    raise mistake(
        text, tokens[0], f"{' '.join(token.text for token in tokens)!r} stands before '*'; allowed: {_ALLOWED}"
    )


def _said(text: str, function: str, tokens: list[Token], at: Token) -> Modifier:
    if function == "start":
        if (number := _number(tokens)) is None:
            raise mistake(text, tokens[0], "start() takes a number")
        return Modifier(start=_finite(text, number, tokens[0]))
    if len(tokens) != 1 or tokens[0].kind not in ("name", "quoted"):
        raise mistake(text, tokens[0], f'{function}() takes a name in quotes, such as {function}("a")')
    word = _word(text, tokens[0])
    return Modifier(label=word) if function == "label" else Modifier(equal="".join(word.split()))


def _word(text: str, token: Token) -> str:
    if not token.meant.strip():
        raise mistake(text, token, "a label is empty")
    return token.meant


def _number(tokens: list[Token]) -> float | None:
    sign = -1.0 if tokens[0].text == "-" else 1.0
    rest = tokens[1:] if tokens[0].text in ("-", "+") else tokens
    return sign * float(rest[0].text) if len(rest) == 1 and rest[0].kind == "number" else None


def _finite(text: str, number: float, at: Token) -> float:
    if not math.isfinite(number):
        raise mistake(text, at, "the number is too large")
    return number
