"""HTML said in another language: its words and those of its attributes, never code, quotations or style."""

from __future__ import annotations

import html
import re

from cxmodels.language.spoken import ENGLISH, translator

_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
_INLINE = re.compile(r"</?[bi]>")
_KEPT = re.compile(r"<(style|script|code|pre|q|blockquote)\b")
"""What is not prose: a quotation stays in the words of who said it."""
_SAID = re.compile(r'\b(alt|aria-label)="([^"]*)"')


def markup(text: str, language: str) -> str:
    """HTML in another language; as it is in English.

    What ``<b>`` and ``<i>`` mark stays part of its sentence; every other tag parts what is said before from what is
    said after. Inside ``<code>``, ``<pre>``, ``<q>``, ``<blockquote>`` and ``<style>`` nothing changes.
    """
    if language == ENGLISH:
        return text
    say = translator(language)
    out: list[str] = []
    sentence: list[str] = []
    closing = ""

    def tell() -> None:
        raw = "".join(sentence)
        sentence.clear()
        if raw.strip() and not closing:
            raw = _escaped(" · ".join(say(html.unescape(part)) for part in raw.split(" · ")))
        out.append(raw)

    at = 0
    for tag in _TAG.finditer(text):
        sentence.append(text[at : tag.start()])
        at = tag.end()
        if _INLINE.fullmatch(tag[0]):
            sentence.append(tag[0])
            continue
        tell()
        if not closing and (kept := _KEPT.match(tag[0])):
            closing = f"</{kept[1]}>"
        elif tag[0] == closing:
            closing = ""
        out.append(_SAID.sub(lambda found: f'{found[1]}="{html.escape(say(html.unescape(found[2])))}"', tag[0]))
    sentence.append(text[at:])
    tell()
    return "".join(out)


def page(text: str, language: str) -> str:
    """A whole page in another language, which it names in its head."""
    if language == ENGLISH:
        return text
    return markup(text, language).replace(f'<html lang="{ENGLISH}">', f'<html lang="{language}">', 1)


def language_of(text: str) -> str:
    """The language a page names in its head."""
    found = re.search(r'<html lang="(\w+)">', text)
    return found[1] if found else ENGLISH


def markdown(source: str, language: str) -> str:
    """Prose of a notebook in another language, paragraph by paragraph."""
    if language == ENGLISH:
        return source
    return "\n\n".join(_paragraph(part, language) for part in source.split("\n\n"))


def _paragraph(text: str, language: str) -> str:
    mark = re.match(r"\s*(?:#+ )?", text)
    opening = mark[0] if mark else ""
    return opening + translator(language)(text[len(opening) :])


def _escaped(text: str) -> str:
    return re.sub(r"&lt;(/?)(b|i)&gt;", r"<\1\2>", html.escape(text, quote=False))
