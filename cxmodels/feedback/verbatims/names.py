"""Names of persons in a text, found by what stands around them, by common first names and by a list of names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache

from cxmodels.feedback.verbatims.first_names import FIRST_NAMES, SMALL_WORDS_TOO, WORDS_TOO
from cxmodels.feedback.verbatims.words import COMMON_WORDS, FUNCTION_WORDS, TONE_WORDS, folded, words_of

Span = tuple[int, int]

_CAPITAL = "A-ZÀ-ÖØ-Þ"
_NAME = rf"[{_CAPITAL}][\w'’-]+"
_PARTICLE = r"(?:(?:de la|de|du|des|le|van der|van|von|da|di|al|el|ben)\s+|d['’]|O['’])?"
_PARTICLES = words_of("al ben d da de der des di du el la le van von")
_HONORIFIC = r"(?:MM?\.|M(?:r|rs|s|x|me|lle)\.?|Miss|Monsieur|Madame|Mademoiselle|Dr\.?|Docteur|Maître|Sir)"
_HONOURED = re.compile(rf"(?<!\w){_HONORIFIC}\s+(?P<name>{_PARTICLE}{_NAME}(?:\s+{_PARTICLE}{_NAME}){{0,2}})")
_HONOURED_SMALL = re.compile(r"(?<!\w)(?:mr|mrs|mme|mlle)\.?\s+(?P<name>[^\W\d_]{3,})", re.IGNORECASE)
_SAID = re.compile(
    r"(?<!\w)(?:je m['’]appelle|mon nom (?:est|:)|my (?:full )?name is|my name['’]s|name ?:|nom ?:)"
    rf"\s*(?P<name>[^\W\d_][\w'’-]+(?:\s+{_PARTICLE}[^\W\d_][\w'’-]+){{0,2}})",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"(?<!\w)(?i:cordialement|bien [àa] vous|salutations|sign[ée]e?|(?:kind |best |warm )?regards|sincerely|faithfully|"
    rf"signed)\s*[,.:!]?\s*(?P<name>{_NAME}(?:\s+{_NAME}){{0,2}})\s*[.!]?\s*$"
)
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_LEADING = words_of(
    """
    a adviser advisor agent appelee appele assistant avec by called colleague collegue conseiller conseillere driver
    engineer livreur livreuse manager merci named nommee nomme par prenommee prenomme technicien technicienne thank
    thanks to vendeur vendeuse with
    """
)
"""Words after which a capital letter begins a person's name rather than a thing."""
_BRANDS = frozenset({"dr martens", "dr pepper", "dr oetker", "mr muscle", "mr bean", "mr propre", "miss dior"})


def name_spans(text: str, names: Collection[str] = (), kept: Collection[str] = ()) -> Iterator[Span]:
    """Where names of persons stand in a text; spans may overlap.

    Parameters
    ----------
    text
        Any text.
    names
        Names to be found whatever stands around them: full names in any writing, single ones where they begin with a
        capital letter.
    kept
        Words and phrases that are no name here, such as products; in any writing.
    """
    spared = [match.span() for match in _of(frozenset(kept) | _BRANDS).finditer(text)] if text else []
    for start, end in _found(text, names):
        if start < end and not any(start < over and end > under for under, over in spared):
            yield start, end


def _found(text: str, names: Collection[str]) -> Iterator[Span]:
    if names:
        for match in _of(frozenset(names)).finditer(text):
            if " " in match[0] or match[0][0].isupper():
                yield match.span()
    for match in _HONOURED.finditer(text):
        yield _trimmed(match)
    for match in _HONOURED_SMALL.finditer(text):
        if not _common(match["name"]):
            yield match.span("name")
    for pattern in (_SAID, _SIGNED):
        for match in pattern.finditer(text):
            yield _trimmed(match)
    yield from _first_names(text)


def _first_names(text: str) -> Iterator[Span]:
    words = list(_WORD.finditer(text))
    for place, word in enumerate(words):
        said = word[0]
        first = folded(said.partition("-")[0])
        if first not in FIRST_NAMES and folded(said) not in FIRST_NAMES:
            continue
        before = words[place - 1] if place else None
        if before and folded(before[0]) in ("saint", "st", "sainte", "ste"):
            continue
        capital = said[0].isupper()
        end = _surname(text, words, place) if capital else word.end()
        if end > word.end():
            yield word.start(), end
        elif first in (WORDS_TOO if capital else SMALL_WORDS_TOO):
            led = before is not None and folded(before[0]) in _LEADING and text[before.end() : word.start()].isspace()
            if capital and led and not text.isupper():
                yield word.span()
        else:
            yield word.span()


def _surname(text: str, words: list[re.Match[str]], place: int) -> int:
    """Where a first name with what follows it ends: up to two words with a capital letter that may be a surname."""
    end, shouted = words[place].end(), words[place][0].isupper()
    after, taken = end, 0
    for word in words[place + 1 : place + 5]:
        if taken == 2 or text[after : word.start()].strip(" '’"):
            break
        said, after = word[0], word.end()
        if said in _PARTICLES:
            continue
        # capital letters throughout beside a name without them are a word that is stressed, or a brand
        if not said[0].isupper() or len(said) < 2 or _no_surname(said) or (said.isupper() and not shouted):
            break
        end, taken = word.end(), taken + 1
    return end


def _trimmed(match: re.Match[str]) -> Span:
    """The name of a match without what is no name after it: ``"my name is tom and I"`` → ``"tom"``."""
    start, end = match.start("name"), match.start("name")
    for word in _WORD.finditer(match["name"]):
        if word[0].lower() in _PARTICLES:
            continue
        if _no_surname(word[0]):
            break
        end = start + word.end()
    return start, end


def _no_surname(word: str) -> bool:
    return any(folded(word) in words for words in (*FUNCTION_WORDS.values(), *TONE_WORDS.values()))


def _common(word: str) -> bool:
    return _no_surname(word) or any(folded(word) in words for words in COMMON_WORDS.values())


@cache
def _of(phrases: frozenset[str]) -> re.Pattern[str]:
    alternatives = "|".join(re.escape(phrase) for phrase in sorted(phrases, key=lambda phrase: (-len(phrase), phrase)))
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE)
