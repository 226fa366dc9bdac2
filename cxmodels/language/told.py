"""What a text became in another language, and how much of it was understood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cxmodels.language.marks import settled

WORD = re.compile(r"[^\W\d_]{2,}")
_PROSE = frozenset([
    "a", "an", "and", "are", "by", "for", "from", "in", "is", "of", "on", "or", "that", "the", "this", "to", "was",
    "what", "where", "which", "who", "with",
])  # fmt: skip
"""Words of sentences, which names hardly have."""


@dataclass(frozen=True)
class Told:
    """A translation, what in it was not understood (names from the data, or what no catalogue has), messages used."""

    text: str
    unknown: tuple[str, ...] = ()
    steps: int = 0

    @property
    def cost(self) -> int:
        """Words that were not understood."""
        return sum(map(word_count, self.unknown))

    @property
    def left(self) -> tuple[int, int, int]:
        """How little was understood: words, then marks around them; of two that leave as little, the simpler."""
        return self.cost, sum(len(one) - one.count(" ") - one.count(",") for one in self.unknown), self.steps


def joined(parts: Sequence[Told], between: str) -> Told:
    """Parts beside each other, with what stands between any two."""
    unknown = tuple(one for part in parts for one in part.unknown)
    text, steps = between.join(part.text for part in parts), sum(part.steps for part in parts)
    return Told(settled(text) if steps else text, unknown, steps)


def is_prose(text: str) -> bool:
    """Whether a text is more than a name."""
    return bool(_PROSE.intersection(text.lower().split()))


def half_told(told: Told, text: str) -> bool:
    """Whether little of a text was understood, and what was not is prose, better left whole than half translated."""
    return any(map(is_prose, told.unknown)) and len(told.unknown) > 1 and 2 * told.cost > word_count(text)


def word_count(text: str) -> int:
    """Words of at least two letters."""
    return len(WORD.findall(text))
