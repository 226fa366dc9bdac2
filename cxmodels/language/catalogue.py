"""The catalogues: what the package and the notebooks can say, and how it is said in another language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

HOME = Path(str(files("cxmodels"))) / "locale"
_CUTS = 5
"""Words that the first of two places beside each other may take."""
PLACE = re.compile(r"\{(\d+)\}")
"""Where something is put into a message: the f-string ``f"{n} of {total}"`` is the message ``{0} of {1}``."""

# What stands before these marks may not be parted from them; the catalogues are written with plain spaces.
_BEFORE = re.compile(r" (?=[;!?%»])")
_TIED = ((_BEFORE, "\u202f"), (re.compile(r" (?=:)"), "\u00a0"), (re.compile(r"(?<=«) "), "\u202f"))


@dataclass(frozen=True)
class Message:
    """What can be said, with numbered places for what is put in, and its translation."""

    said: str
    translated: str

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """The words between the places."""
        return tuple(PLACE.split(self.said)[::2])

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The numbers of the places as they come."""
        return tuple(map(int, PLACE.findall(self.said)))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The whole words that are always there, in small letters; one that touches a place may be part of another."""
        text = PLACE.sub("\0", self.said)
        return tuple(word for word in re.findall(r"[\w\0]+", text.lower()) if "\0" not in word)

    @property
    def firm(self) -> bool:
        """Whether its words or quotation marks hold it together, however long what is put in."""
        return len(self.words) > 1 or "“" in self.said

    def readings(self, text: str) -> list[tuple[str, ...]]:
        """What was put in where a text was made from this message: each place as short, and as long, as can be.

        Pieces are looked for one after the other, which finds a way to read the text where there is one. Places with
        nothing but a space between them are read in every way.
        """
        first, *middle, last = self.pieces
        end = len(text) - len(last)
        if not _opens(text, first) or not text.endswith(last) or end < len(first):
            return []
        short, at = [], len(first)
        for piece in middle:
            found = text.find(piece, at, end)
            if found < 0:
                return []
            short.append(text[at:found])
            at = found + len(piece)
        short.append(text[at:end])
        long: list[str] = []
        for piece in reversed(middle):
            found = text.rfind(piece, len(first), end)
            long.insert(0, text[found + len(piece) : end])
            end = found
        long.insert(0, text[len(first) : end])
        found_ways = dict.fromkeys([tuple(short), tuple(long)])
        for place, piece in enumerate(middle):
            if piece == " ":
                left, right = short[place : place + 2]
                words = f"{left} {right}".split(" ")
                for cut in range(2, min(len(words), _CUTS)):
                    pair = " ".join(words[:cut]), " ".join(words[cut:])
                    found_ways[(*short[:place], *pair, *short[place + 2 :])] = None
        close = [place for place, piece in enumerate(middle) if piece == " "]
        return [way for way in found_ways if not any(_torn(way[place], way[place + 1]) for place in close)]

    def with_places(self, parts: Iterable[str]) -> str:
        """The translation with what is put in, in the order of `order`."""
        put = dict(zip(self.order, parts, strict=True))
        return PLACE.sub(lambda place: put.get(int(place[1]), ""), self.translated)


def _torn(left: str, right: str) -> bool:
    """Whether a date lies in two places, ``30`` and ``September 2026``, or shares one with what follows it."""
    day = re.search(r"\b\d{1,2}\Z", left) and re.match(r"[A-Z][a-z]+ \d{4}", right)
    year = re.search(r"\d [A-Z][a-z]+\Z", left) and re.match(r"\d{4}\b", right)
    return bool(day or year or re.search(r"\d [A-Z][a-z]+ \d{4} ", left))


def plain(text: str) -> str:
    """A text with every space, and every end of line, as the plain space; as long as it was."""
    return text.replace("\u00a0", " ").replace("\u202f", " ").replace("\n", " ")


def _opens(text: str, piece: str) -> bool:
    """Whether a piece opens a text; the same words begin large in a sentence and small after a colon."""
    return text[: len(piece)] == piece or (text[:1].swapcase() == piece[:1] and text[1 : len(piece)] == piece[1:])


def read_catalogues(language: str, only: str = "*") -> list[Message]:
    """Every message of a language that has a translation.

    Parameters
    ----------
    only
        A catalogue; all of them without it.
    """
    from babel.messages.pofile import read_po

    found = []
    for file in sorted((HOME / language / "LC_MESSAGES").glob(f"{only}.po")):
        with file.open("rb") as opened:
            entries = [entry for entry in read_po(opened) if entry.id and entry.string]
        found += [Message(str(entry.id), tied(str(entry.string))) for entry in entries]
    return found + [shorter for message in found for shorter in _parted(message)]


def _parted(message: Message) -> Iterator[Message]:
    """A message without what only joins it to others: a sentence put in before or after its own, a mark in front."""
    for joint in (_SENTENCE_BEFORE, _SENTENCE_AFTER, _MARK_BEFORE):
        said, translated = joint.sub("", message.said), joint.sub("", message.translated)
        if said != message.said and translated != message.translated:
            yield Message(said, translated)


_SENTENCE_BEFORE = re.compile(r"\A\{\d\} ?(?=[A-Z{])")
_SENTENCE_AFTER = re.compile(r"(?<=[.!?]) ?\{\d\}\Z")
_MARK_BEFORE = re.compile(r"\A\s*[,;:]\s+(?=[\w{])")


def tied(text: str) -> str:
    """A French sentence with the spaces that may not break: before ``: ; ! ? %`` and inside guillemets."""
    for spaces, kept in _TIED:
        text = spaces.sub(kept, text)
    return text
