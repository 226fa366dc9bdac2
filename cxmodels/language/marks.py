"""Marks in a text: what they open and close, where they part a list, and the spaces that French has before them."""

from __future__ import annotations

import re

from cxmodels.language.catalogue import tied

_PAIRS = (("<b>", "</b>"), ("(", ")"), ("“", "”"))
"""Marks that what is put in opens and closes, and that a list is not parted within."""


def mark(text: str) -> str:
    """A mark that ends a part of a sentence, with the space French has before it."""
    if text.endswith(">:"):
        return tied(f"{text[:-1]} :")
    return tied(f" {text}").removeprefix(" ") if text[:1] in tuple(":;?") else text


def torn(text: str) -> bool:
    """Whether a mark is opened and not closed, or closed before one is opened."""
    return any(
        text.count(opens) != text.count(closes) or -1 < text.find(closes) < text.find(opens) for opens, closes in _PAIRS
    )


def odd(part: str, literal: str) -> bool:
    """Whether a part of a text was hardly put into a message: torn, cut off, or a list of which others are made so too.

    Parameters
    ----------
    literal
        The longest words of the message.
    """
    if torn(part) or part[-1:] in (",", ";"):
        return True
    return literal in part and len(parted(part, "; ")) > 1


def parted(text: str, joint: str) -> list[str]:
    """A list in its parts; what stands in brackets, quotation marks or bold letters is one."""
    parts: list[str] = []
    for part in text.split(joint):
        if parts and torn(parts[-1]):
            parts[-1] += joint + part
        else:
            parts.append(part)
    return parts


def settled(text: str) -> str:
    """Words put beside each other as French has them: an elision, spaces before marks, one of a unit."""
    text = re.sub(r"\b([Dd]|[Qq]u)e (?=[aeiouéèêâîô])", r"\1’", text)
    text = re.sub(r"(?<=\S);(?= )", "\u202f;", text)
    text = re.sub(r"(?<=[\d%+)]):(?= )", "\u00a0:", text)
    return re.sub(r"(?<![\d,.\u202f])([01](?:,\d+)?[ \u00a0\u202f]point)s\b", r"\1", text)
