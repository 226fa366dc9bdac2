"""A finished sentence in another language: the message it was made from is found, and what was put in told apart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from cxmodels.language.catalogue import Message, plain
from cxmodels.language.marks import mark, odd, parted, settled, torn
from cxmodels.language.told import WORD, Told, half_told, is_prose, joined, word_count

_MARKUP = re.compile(r"</?[bi]>")
_ENDS = re.compile(
    r"(?<=[.!?…])(?:</[bi]>)?\s+(?=(?:<[bi]>|[(“‘«])*[A-ZÀ-Ý0-9\u2212\u2013])|(?<=[a-z0-9)]{3}[.!?])\s+(?=[a-z])"
)
_LONGEST = 9
"""Sentences of a run that may be one message; a list of more parts is nothing else."""
_THEME = re.compile(r"(?:[^\W\d_A-Z])+(?: \*)?")
"""A word of a theme, the last with the mark of one that is unstable."""
_NAME, _PROSE = 3, 6
"""Words a name from the data may have; words of which a sentence has more."""
_APART = re.compile(r"[,;:] | and | \(")
"""What one word between two places cannot hold together."""
_SHORT, _TRIED = 90, 12
"""Letters of a text in which one word may tell its message; ways to read a text that are tried."""
_MARKED = tuple(map(re.compile, (
    r"(<[bi]>)([^<]+?)(:?</[bi]>:?)(.*)", r"(; |, |· |→ )(.+)()()", r"([(“])([^()“”]+)([)”])()",
)))  # fmt: skip
_JOINTS = ((" · ", " · "), ("; ", "\u202f; "), (": ", "\u00a0: "), (", or ", ", ou "), (", and ", " et "), (", ", ", "),
           (" and ", " et "), (" or ", " ou "), (" against ", " contre "), (" – ", " – "), (" / ", " / "), 
           (" → ", " → "))  # fmt: skip


class Translator:
    """Says in another language what was said in English.

    A text is matched against the messages of the catalogues; of those it could have been made from, the one is taken
    that leaves the fewest words unexplained. What was put into a message is translated in its turn: numbers and dates
    by their notation, words of the catalogue; names from the data stay. A long text is cut into runs of sentences.

    Parameters
    ----------
    messages
        With their translations.
    notation
        Writes numbers and dates.
    names
        Words of the data that have a translation, such as ``plan``, which a name may follow.
    """

    def __init__(
        self,
        messages: Iterable[Message],
        notation: Callable[[str], str],
        names: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._names = names
        self._notation = notation
        self._exact: dict[str, Message] = {}
        self._by_word: dict[str, list[Message]] = defaultdict(list)
        self._memory: dict[str, Told] = {}
        self.unknown: dict[str, None] = {}
        kept = [message for message in messages if WORD.search("".join(message.pieces))]
        spread: dict[str, int] = defaultdict(int)
        for message in kept:
            for word in set(message.words):
                spread[word] += 1
        for message in kept:
            if len(message.pieces) == 1:
                self._exact.setdefault(plain(message.said), message)
                continue
            rarest = min(message.words, key=lambda word: (spread[word], word), default="")
            self._by_word[rarest].append(message)

    def __call__(self, text: str) -> str:
        """The text in the other language; what was not understood is kept in `unknown`."""
        told = self.told(text)
        self.unknown |= dict.fromkeys(told.unknown)
        return told.text

    def taken(self) -> list[str]:
        """What was not understood since this was asked last, once each."""
        said = list(self.unknown)
        self.unknown.clear()
        return said

    def told(self, text: str) -> Told:
        """The translation of a text, spaces at its ends kept."""
        if text not in self._memory:
            bare = text.strip(" \n\t")
            before, _, after = text.partition(bare) if bare else (text, "", "")
            found = self._found(" ".join(bare.split("\n"))) if bare else Told("")
            self._memory[text] = Told(f"{before}{found.text}{after}", found.unknown, found.steps)
        return self._memory[text]

    def _found(self, text: str) -> Told:
        if not WORD.search(_MARKUP.sub("", text)):
            return Told(self._notation(text))
        foreign = is_prose(text) and word_count(text) > _PROSE
        best = Told(text if foreign else self._notation(text), (text,))
        if best.text != text and not self._left(text, best.text):
            return Told(best.text)
        ways = (
            self._word,
            self._numbered,
            self._message,
            self._sentences,
            self._ended,
            self._counted,
            self._aside,
            self._named,
            self._listed,
            self._stopped,
        )
        for way in ways:
            found = way(text)
            if found is not None and found.left < best.left and not half_told(found, text):
                best = found
            if not best.unknown:
                break
        return best

    def _left(self, text: str, noted: str) -> bool:
        """Whether anything in a text is neither number nor date nor unit of money."""
        return any(word in noted and not re.fullmatch("[A-Z]{3}", word) for word in WORD.findall(text))

    def _word(self, text: str) -> Told | None:
        """One whole message without places, its first letter large or small."""
        bare = plain(text)
        for said in (bare, bare[:1].swapcase() + bare[1:], bare.replace("_", " ")):
            if message := self._exact.get(said):
                return Told(_cased(message.translated, text, message.said), (), 1)
        return None

    def _message(self, text: str) -> Told | None:
        """The message that leaves the fewest words unexplained, of those that leave as few the longest."""
        words = set(re.findall(r"\w+", text.lower())) | {""}
        candidates = [
            message
            for word in words
            for message in self._by_word.get(word, ())
            if words.issuperset(message.words) and (message.firm or len(text) < _SHORT)
        ]
        best: Told | None = None
        tried = 0
        for message in sorted(candidates, key=lambda one: -len("".join(one.pieces))):
            literal = max(message.pieces, key=len)
            for parts in message.readings(text):
                if text in parts or any(odd(part, literal) for part in parts):
                    continue
                if not message.firm and any(_APART.search(part) for part in parts):
                    continue
                tried += 1
                told = self._put(message, parts, text)
                # two or three small words between long stretches that nobody understands explain nothing
                if told.cost > 2 * len(message.words) + 2 and len(message.words) < 4:
                    continue
                if half_told(told, text) or self._cuts_a_name(message, parts):
                    continue
                if best is None or told.left < best.left:
                    best = told
            if tried > _TRIED or (best and not best.cost and len(message.words) > 1):
                break
        return best

    def _cuts_a_name(self, message: Message, parts: Sequence[str]) -> bool:
        """Whether a name that is not known goes on with small letters in the place beside it."""
        return any(
            piece == " " and right[:1].islower() and (unknown := self.told(left).unknown) and left.endswith(unknown[-1])
            for left, piece, right in zip(parts, message.pieces[1:], parts[1:], strict=False)
        )

    def _put(self, message: Message, parts: Sequence[str], text: str) -> Told:
        put = [self.told(part) for part in parts]
        said = _cased(message.with_places(part.text for part in put), text, message.said)
        return Told(settled(said), tuple(one for part in put for one in part.unknown), 1 + sum(p.steps for p in put))

    def _numbered(self, text: str) -> Told | None:
        """A name and its number in front, apart from it."""
        match = re.fullmatch(r"(\d+)(\u2002|  +)(\S.*)", text)
        return joined([Told(match[1]), self.told(match[3])], match[2]) if match else None

    def _sentences(self, text: str) -> Told | None:
        """Runs of sentences, each run a message: the cut that leaves the fewest words unexplained."""
        cuts = [0, *(found.end() for found in _ENDS.finditer(text)), len(text)]
        if len(cuts) < 3:
            return None
        best: list[Told] = [Told("")]
        for end in range(1, len(cuts)):
            options = [joined([best[end - 1], self.told(text[cuts[end - 1] : cuts[end]])], "")]
            for start in range(max(end - _LONGEST, 0), end - 1):
                run = text[cuts[start] : cuts[end]]
                bare = run.strip()
                if options[0].unknown and bare != text and (told := self._word(bare) or self._message(bare)):
                    options.append(joined([best[start], told, Told(run[len(bare) :])], ""))
            best.append(min(options, key=lambda told: told.left))
        return best[-1]

    def _ended(self, text: str) -> Told | None:
        """What stands in bold letters or in brackets, or goes on after a comma."""
        for pattern in _MARKED:
            if match := pattern.fullmatch(text):
                ends = Told(mark(match[1])), Told(mark(match[3]))
                return joined([ends[0], self.told(match[2]), ends[1], self.told(match[4])], "")
        return None

    def _stopped(self, text: str) -> Told | None:
        """What ends with a mark that its message has not."""
        return joined([self.told(text[:-1]), Told(mark(text[-1]))], "") if text[-1] in ".,;:?" else None

    def _counted(self, text: str) -> Told | None:
        """A number and what is counted: ``6.4 months``, ``± 12 points``."""
        match = re.fullmatch(r"([^A-Za-zÀ-ÿ]*\d[^A-Za-zÀ-ÿ]*?)([\s\u00a0\u202f])((?![kMG]\b)[^\W\d].*)", text)
        if match is None:
            return None
        return joined([Told(self._notation(match[1])), self.told(match[3])], match[2])

    def _named(self, text: str) -> Told | None:
        """A word and a name from the data, ``plan Monthly``; or a name and its number, ``not asked 22.1 %``."""
        if match := re.fullmatch(r"(.*[^\W\d])([ \u00a0\u202f])([^A-Za-z]*\d.*)", text):
            return joined([self.told(match[1]), self.told(match[3])], match[2])
        words = text.split(" ")
        for count in (3, 2, 1):
            known = self._names.get(_plain_name(words[:count])) if len(words) > count else None
            if known:
                first = known[:1].upper() + known[1:] if text[:1].isupper() else known
                return joined([Told(first), self.told(" ".join(words[count:]))], " ")
        return None

    def _aside(self, text: str) -> Told | None:
        """Words and others in brackets."""
        match = re.fullmatch(r"(.+?) \((.+)\)", text)
        if match is None:
            return None
        return joined([self.told(match[1]), Told(" ("), self.told(match[2]), Told(")")], "")

    def _listed(self, text: str) -> Told | None:
        """A list, or two things beside each other: the joint that leaves the fewest words unexplained."""
        best: Told | None = None
        for ours, theirs in _JOINTS:
            parts = parted(text, ours)
            if ours == ": ":
                parts = [parts[0], ours.join(parts[1:])]
            if len(parts) > 1 and all(parts) and not any(map(torn, parts)):
                said = [self.told(part) for part in parts]
                # a theme of words from the data stays whole, though a catalogue may have one of them
                if ours == ", " and any(told.unknown for told in said) and all(map(_THEME.fullmatch, parts)):
                    continue
                told = joined(said, theirs)
                # what is joined by words and hardly understood is a sentence in the study's own words
                if ours not in ("; ", ", ", " · ") and told.cost > max(_NAME, word_count(text) // 2):
                    continue
                if half_told(told, text):
                    continue
                if best is None or told.left < best.left:
                    best = told
            if best and (not best.cost or len(parts) > _LONGEST):
                break
        return best


def _plain_name(words: Sequence[str]) -> str:
    return plain(" ".join(words)).lower().replace("_", " ")


def _cased(translated: str, text: str, said: str) -> str:
    """The translation with a first letter as large as the text has it, where the text differs from its message."""
    first = text[:1]
    if first == said[:1] or not first.isalpha() or not said[:1].isalpha():
        return translated
    return (translated[:1].upper() if first.isupper() else translated[:1].lower()) + translated[1:]
