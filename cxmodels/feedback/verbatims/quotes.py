"""Quotes: a few comments that say what a theme is about, masked, of different people."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.feedback.errors import InvalidValue
from cxmodels.feedback.verbatims.factors import nearest_theme
from cxmodels.feedback.verbatims.terms import terms_of
from cxmodels.feedback.verbatims.words import folded
from cxmodels.personal import find

if TYPE_CHECKING:
    from cxmodels.feedback.verbatims.comments import Comments
    from cxmodels.feedback.verbatims.themes import Themes

LONGEST = 200
"""Letters of a quote."""
FEWEST_TERMS = 2
"""A comment of fewer says too little to stand for others."""
ALIKE = 0.5
"""Share of common terms up to which two quotes say different things."""

_WORD = re.compile(r"[^\W\d_]+")
_CAPITAL = "A-ZÀ-ÖØ-Þ"
_INSIDE = re.compile(rf"(?<=[^.!?:…\s]\s)[{_CAPITAL}][^\W\d_]*|(?<=[\"'’(«-])[{_CAPITAL}][^\W\d_]*")
_BEGINS = re.compile(rf"(?:^|[.!?:…]\s+)([{_CAPITAL}][^\W\d_]*)")


def quotes(comments: Comments, themes: Themes, *, number: int = 3, groups: pd.Series | None = None) -> pd.DataFrame:
    """The comments closest to each theme, each of another person and in other words.

    Comments that needed no masking come first. Never quoted is one that still looks personal, or that has, inside of a
    sentence, a capital letter before a word that fewer than `min_cell` people use: it may be a name that no list knows.
    Longer ones end after a whole word.

    Parameters
    ----------
    comments
        Those the themes were found in.
    themes
        From `themes`.
    number
        Quotes a theme, at least 1.
    groups
        (comments,) a group of each, such as the segment of who wrote it, missing where it is not to be quoted. Quotes
        are then those of each theme and group.

    Returns
    -------
    pandas.DataFrame
        At most `number` rows a theme, and group, in the order of `Themes.table`: ``language``, ``theme``, the group
        under the name of `groups`, ``quote`` of at most `LONGEST` letters.

    Raises
    ------
    InvalidValue
        When `number` is below 1, or these are other comments.
    """
    if number < 1:
        raise InvalidValue(f"number: a whole number from 1 is required, found {number!r}")
    if not themes.assigned.index.equals(comments.frame.index):
        raise InvalidValue(
            f"comments: those the themes were found in are required, {len(themes.assigned)}; found {len(comments)}"
        )
    frame = comments.frame.assign(group=0 if groups is None else groups)
    usual = _usual_words(comments)
    rows = []
    for row in themes.table.itertuples():
        model = themes.models[row.language]
        own = frame[(themes.assigned == row.theme) & (frame["language"] == row.language) & frame["group"].notna()]
        if own.empty:
            continue
        _, cosine = nearest_theme(model.terms.matrix(list(own["text"])), model.factors.topics)
        said = [terms_of(text, row.language) for text in own["text"]]
        own = own.assign(
            blotted=own["text"].str.contains(r"\[[a-z ]+\]"),
            unusual=[any(folded(word) not in usual for word in _BEGINS.findall(text)) for text in own["text"]],
            short=[len(terms) < FEWEST_TERMS for terms in said],
            words=[" ".join(sorted(term for term, _ in terms)) for terms in said],
            cosine=-np.round(cosine, 9),
        )
        own = own.sort_values(["blotted", "unusual", "short", "cosine", "day"], kind="stable")
        own = own.drop_duplicates(["group", "words"]).drop_duplicates(["group", "person"])
        own = own[[not find(text, environ={}) and not _capital(text, usual) for text in own["text"]]]
        for group, part in own.groupby("group"):
            texts = [shortened(part["text"].iloc[at]) for at in _different(part["words"], number)]
            rows += [(row.language, row.theme, group, text) for text in texts]
    name = "group" if groups is None else str(groups.name)
    found = pd.DataFrame(rows, columns=["language", "theme", name, "quote"])
    return found.drop(columns=name) if groups is None else found


def _usual_words(comments: Comments) -> set[str]:
    """Words, without accents, that at least `min_cell` people use."""
    people: dict[str, set[int]] = {}
    for person, text in zip(comments.frame["person"], comments.frame["text"], strict=True):
        for word in _WORD.findall(text):
            people.setdefault(folded(word), set()).add(person)
    return {word for word, who in people.items() if len(who) >= comments.min_cell}


def _capital(text: str, usual: set[str]) -> bool:
    """Whether a word inside of a sentence begins with a capital letter and is not a usual one."""
    return any(folded(match[0]) not in usual for match in _INSIDE.finditer(text))


def _different(words: Iterable[str], number: int) -> list[int]:
    """The first places whose words are others than those of the places taken before; then the first of the rest."""
    sets = [frozenset(each.split()) for each in words]
    taken: list[int] = []
    for place, own in enumerate(sets):
        if len(taken) == number:
            return taken
        if all(len(own & sets[other]) <= ALIKE * len(own | sets[other]) for other in taken):
            taken.append(place)
    rest = [place for place in range(len(sets)) if place not in taken]
    return taken + rest[: number - len(taken)]


def shortened(text: str) -> str:
    """A text in one line of at most `LONGEST` letters, cut after a word: ``"… and then …"``."""
    line = " ".join(text.split())
    if len(line) <= LONGEST:
        return line
    cut = line[: LONGEST - 1]
    whole = cut.rpartition(" ")[0] or cut
    return f"{whole.rstrip(' ,;:.')}…"
