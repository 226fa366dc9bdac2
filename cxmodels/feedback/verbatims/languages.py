"""The language of a text: French, English, or other."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cxmodels.feedback.verbatims.words import (
    COMMON_WORDS,
    FUNCTION_WORDS,
    OTHER_LANGUAGES,
    TONE_WORDS,
    folded,
)

LANGUAGES = ("fr", "en")
OTHER = "other"

SPELLING = 2.0
"""Log-odds of spelling from which a text without a known word is told."""

_WORD = re.compile(r"[^\W\d_]+")
_MASK = re.compile(r"\[[a-z ]+\]")


def language_of(texts: Iterable[str | None]) -> NDArray[np.str_]:
    """The language of each text.

    A text speaks the language most of its words belong to, by embedded lists of function words and of common words of
    customers; frequent words of five other languages count against both. Where no word is known, or as many of one
    language as of the other, runs of three letters decide: naive Bayes with those of the lists (Cavnar & Trenkle 1994,
    "N-gram-based text categorization").

    Parameters
    ----------
    texts
        Any texts; None and empty ones are ``"other"``.

    Returns
    -------
    (texts,) of ``"fr"``, ``"en"`` and ``"other"``: another language, or too little to tell.
    """
    known: dict[str, str] = {}
    found = []
    for text in texts:
        said = text or ""
        if said not in known:
            known[said] = _language(said)
        found.append(known[said])
    return np.array(found, dtype="<U5")


def _language(text: str) -> str:
    words = _WORD.findall(_MASK.sub(" ", text.lower()))
    if not words:
        return OTHER
    vocabularies = _vocabularies()
    plain = [folded(word) for word in words]
    votes = {language: sum(vocabularies[language].get(word, 0.0) for word in plain) for language in LANGUAGES}
    # "die" and "son" are words of ours as well
    ours = [any(word in vocabulary for vocabulary in vocabularies.values()) for word in plain]
    against = sum(word in OTHER_LANGUAGES and not own for word, own in zip(words, ours, strict=True))
    first, second = sorted(LANGUAGES, key=lambda language: -votes[language])
    if votes[first] > votes[second] and votes[first] > against:
        return first
    if against:
        return OTHER
    odds = sum(_spelling(word) for word in plain if word not in _of_both())
    return OTHER if abs(odds) < SPELLING else LANGUAGES[0] if odds > 0 else LANGUAGES[1]


@cache
def _vocabularies() -> dict[str, dict[str, float]]:
    """Language → word → votes: those of both languages have none, function words count most."""
    every = {
        language: FUNCTION_WORDS[language] | TONE_WORDS[language] | COMMON_WORDS[language] for language in LANGUAGES
    }
    return {
        language: {
            word: 2.0 if word in FUNCTION_WORDS[language] else 1.0
            for word in every[language] - every[LANGUAGES[1 - place]]
        }
        for place, language in enumerate(LANGUAGES)
    }


@cache
def _of_both() -> frozenset[str]:
    """Words as good French as English: they tell nothing, whatever their spelling."""
    french, english = (
        FUNCTION_WORDS[language] | TONE_WORDS[language] | COMMON_WORDS[language] for language in LANGUAGES
    )
    return french & english


@cache
def _runs() -> tuple[dict[str, Counter[str]], dict[str, int]]:
    counts = {
        language: Counter(
            run
            for word in FUNCTION_WORDS[language] | TONE_WORDS[language] | COMMON_WORDS[language]
            for run in _runs_of(word)
        )
        for language in LANGUAGES
    }
    return counts, {language: sum(counts[language].values()) for language in LANGUAGES}


def _runs_of(word: str) -> list[str]:
    spaced = f" {word} "
    return [spaced[at : at + 3] for at in range(len(spaced) - 2)]


def _spelling(word: str) -> float:
    """Log-odds that a word is French rather than English."""
    counts, totals = _runs()
    size = len(counts["fr"].keys() | counts["en"].keys())
    return sum(
        math.log((counts["fr"][run] + 0.5) / (totals["fr"] + 0.5 * size))
        - math.log((counts["en"][run] + 0.5) / (totals["en"] + 0.5 * size))
        for run in _runs_of(word)
    )
