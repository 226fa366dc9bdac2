"""Comments whose theme and tone follow what was lived through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cxmodels.simulate.columns import chosen
from cxmodels.simulate.exchanges import Comments
from cxmodels.simulate.phrases import CLOSINGS, MIXED, NEGATIVE, PHRASES, POSITIVE, THEMES
from cxmodels.simulate.surveys import CONTACT, DELIVERY

LANGUAGES = ("fr", "en")

_TONE_THEMES = {
    NEGATIVE: {"delivery": 3, "service": 3, "taste": 2, "price": 5, "choice": 2, "packaging": 2, "website": 3},
    MIXED: {"delivery": 2, "service": 2, "taste": 3, "price": 4, "choice": 4, "packaging": 3, "website": 3},
    POSITIVE: {"delivery": 4, "service": 3, "taste": 7, "price": 2, "choice": 4, "packaging": 3, "website": 2},
}


@dataclass(frozen=True)
class Written:
    """What was written in each response: `tone` and `theme` codes (-1: no comment) and the text."""

    tone: np.ndarray
    theme: np.ndarray
    text: pa.Array


def write_comments(
    felt: np.ndarray,
    late: np.ndarray,
    survey: np.ndarray,
    french: np.ndarray,
    parameters: Comments,
    noise_sd: float,
    random: np.random.Generator,
) -> Written:
    """Draw comments for responses."""
    size = len(felt)
    written = random.random(size) < parameters.written_share
    latent = felt + random.normal(0, noise_sd, size)
    tone = np.searchsorted(parameters.tone_cuts, latent, side="right")

    theme = np.zeros(size, np.int64)
    for code, weights in _TONE_THEMES.items():
        shares = np.cumsum([weights[name] for name in THEMES]) / sum(weights.values())
        of = np.flatnonzero(tone == code)
        theme[of] = np.searchsorted(shares, random.random(len(of)), side="right")
    lived = random.random(size) < parameters.experience_share
    theme[(survey == CONTACT) & lived] = THEMES.index("service")
    theme[late & (tone != POSITIVE) & (survey != CONTACT) & lived] = THEMES.index("delivery")
    theme[(survey == DELIVERY) & ~late & lived & (tone == POSITIVE)] = THEMES.index("delivery")

    texts, first, number_of = _texts()
    cell = ((~french).astype(np.int64) * len(THEMES) + theme) * 3 + tone
    text = first[cell] + (random.random(size) * number_of[cell]).astype(np.int64)
    return Written(np.where(written, tone, -1), np.where(written, theme, -1), chosen(text, texts, missing=~written))


def _texts() -> tuple[pa.Array, np.ndarray, np.ndarray]:
    """Every comment, and per language, theme and tone where its comments begin and how many there are."""
    texts: list[str] = []
    first, number_of = [], []
    for language in LANGUAGES:
        for theme in THEMES:
            for tone in (NEGATIVE, MIXED, POSITIVE):
                cell = [
                    phrase + closing
                    for phrase in PHRASES[language][theme][tone]
                    for closing in CLOSINGS[language][tone]
                ]
                first.append(len(texts))
                number_of.append(len(cell))
                texts.extend(cell)
    return pa.array(texts, pa.string()), np.array(first), np.array(number_of)
