"""Comments as weights of terms: words without endings, without those that join, praise or blame."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmodels.feedback.verbatims.words import FUNCTION_WORDS, TONE_WORDS, folded

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

FEWEST = 5
"""A term that stands in fewer comments tells of them alone."""
MOST_TERMS = 3000

_WORD = re.compile(r"[^\W\d_]{2,}")
_MASK = re.compile(r"\[[a-z ]+\]")


def terms_of(text: str, language: str) -> list[tuple[str, str]]:
    """The terms of a text with the word that each was: ``("coli", "colis")``."""
    unwanted = FUNCTION_WORDS[language] | TONE_WORDS[language]
    found = []
    for word in _WORD.findall(_MASK.sub(" ", text.lower())):
        plain = folded(word)
        if plain not in unwanted:
            found.append((_stem(plain, language), word))
    return found


@dataclass(frozen=True, eq=False)
class Terms:
    """The terms of a language's comments, and how much each weighs.

    Attributes
    ----------
    language
        ``"fr"`` or ``"en"``.
    names
        (terms,) the word that most comments use for each term.
    """

    language: str
    names: tuple[str, ...]
    _weighing: TfidfVectorizer

    def matrix(self, texts: Sequence[str]) -> Any:
        """(texts × terms) sparse rows of length 1, or 0 where a text has none of the terms.

        Salton & Buckley (1988), Term-weighting approaches: (1 + log tf) × idf.
        """
        return self._weighing.transform(texts)


def learn_terms(texts: Sequence[str], language: str) -> Terms | None:
    """The terms that at least `FEWEST` comments have, at most `MOST_TERMS`; None where there is none."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    weighing = TfidfVectorizer(
        analyzer=lambda text: [term for term, _ in terms_of(text, language)],
        min_df=min(FEWEST, len(texts)),
        max_features=MOST_TERMS,
        sublinear_tf=True,
    )
    try:
        weighing.fit(texts)
    except ValueError:
        # scikit-learn's word for an empty vocabulary
        return None
    words: dict[str, Counter[str]] = {term: Counter() for term in weighing.vocabulary_}
    for text in texts:
        for term, word in set(terms_of(text, language)):
            if term in words:
                words[term][word] += 1
    most = (min(counts.items(), key=lambda item: (-item[1], item[0]))[0] for counts in words.values())
    named = dict(zip(words, most, strict=True))
    return Terms(language, tuple(named[term] for term in weighing.get_feature_names_out()), weighing)


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1; those of zeros stay."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)


def _stem(word: str, language: str) -> str:
    """A word without the endings of number and, in French, of gender: the s-stemmer of Harman (1991, JASIS 42(1))."""
    if language == "en":
        if len(word) > 4 and word.endswith("ies"):
            return f"{word[:-3]}y"
        return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")) else word
    if len(word) > 4 and word.endswith("aux"):
        return f"{word[:-3]}al"
    for ending in ("s", "x", "e"):
        if len(word) > 4 and word.endswith(ending):
            word = word[:-1]
    return word
