"""What may not be published: a page that reaches outside, tells of a person, holds a secret, or is not complete."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from cxmodels.look import bare
from cxmodels.personal import find, mask

if TYPE_CHECKING:
    from nbformat import NotebookNode

SIZE_LIMIT = 5_000_000
"""Bytes a page may have: what a mail still carries."""


@dataclass(frozen=True)
class Finding:
    """One reason not to publish.

    Attributes
    ----------
    page
        The page or notebook.
    rule
        What it breaks: ``"external address"``, ``"personal datum: e-mail"``, ``"secret: …"``, ``"no words for a
        picture"``, ``"active content"``, ``"unexecuted cell"``, ``"error in an output"``, ``"too large"``.
    where
        The place: a line of the page, or a cell of the notebook.
    excerpt
        What was found, personal data and secrets blotted out.
    """

    page: str
    rule: str
    where: str
    excerpt: str

    def __str__(self) -> str:
        return f"{self.page}, {self.where}: {self.rule}: {self.excerpt}"


def inspect(
    page_html: str, page: str, limit: int = SIZE_LIMIT, environ: Mapping[str, str] | None = None
) -> list[Finding]:
    """Everything on a page that forbids publishing it.

    Parameters
    ----------
    page_html
        The page.
    page
        What it is called in the findings.
    limit
        Bytes it may have.
    environ
        Variables whose values are secret when their names say so; the process's own when not given.
    """
    found = []
    size = len(page_html.encode())
    if size > limit:
        found.append(Finding(page, "too large", "whole page", f"{size} bytes, allowed are {limit}"))
    reader = _Reader()
    reader.feed(page_html)
    reader.close()
    found += [Finding(page, rule, where, mask(excerpt, environ)) for rule, where, excerpt in reader.found]
    source = _without_pictures(page_html)
    texts = [source, html.unescape(source), "".join(reader.words), *_drawings(page_html)]
    found += _addresses(texts, page)
    found += _private(texts, page, environ)
    return list(dict.fromkeys(found))


def inspect_notebook(notebook: NotebookNode, name: str, environ: Mapping[str, str] | None = None) -> list[Finding]:
    """Everything in an executed notebook that forbids publishing it.

    Parameters
    ----------
    notebook
        Executed; nbformat 4.
    name
        What it is called in the findings.
    environ
        As for `inspect`.
    """
    found = []
    places = [("metadata", str(notebook.get("metadata", {})))]
    for number, cell in enumerate(notebook["cells"], start=1):
        source = "".join(cell["source"])
        places.append((f"cell {number}", source))
        if cell["cell_type"] != "code":
            continue
        if source.strip() and cell.get("execution_count") is None:
            found.append(Finding(name, "unexecuted cell", f"cell {number}", mask(source[:80], environ)))
        for output in cell.get("outputs", ()):
            if output["output_type"] == "error":
                words = f"{output['ename']}: {output['evalue']}"
                found.append(Finding(name, "error in an output", f"cell {number}", mask(words, environ)))
            places += [(f"output of cell {number}", text) for text in _texts(output)]
    for where, text in places:
        plain = html.unescape(_without_pictures(text))
        found += [Finding(name, finding.rule, where, finding.excerpt) for finding in _private([plain], name, environ)]
    return list(dict.fromkeys(found))


_ADDRESS = re.compile(r"(?:https?|ftp|wss?|file):(?://|\\\\)[^\s\"'<>)]*", re.IGNORECASE)
_NAMESPACE = re.compile(
    r"\sxmlns(?::\w+)?\s*=\s*([\"'])http://www\.w3\.org/(?:2000/svg|1999/xhtml|1999/xlink|1998/Math/MathML)\1"
)
_OUTSIDE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|//|\\\\|/\\)", re.IGNORECASE)
_PICTURE = re.compile(r"\s*data:image/", re.IGNORECASE)
_CSS_OUTSIDE = re.compile(r"@import|url\(\s*[\"']?(?!\s*(?:data:image/|#))[^)]*|image-set\([^)]*", re.IGNORECASE)
_DATA_URI = re.compile(r"data:(image/[\w+.-]+);base64,([A-Za-z0-9+/=\s]+)")
_DRAWN = re.compile(r"\s(?:d|points|viewBox|transform)=\"[\d\s.,A-Za-z()-]*\"")
_LOADS = {"src", "href", "srcset", "data", "poster", "action", "formaction", "xlink:href", "background", "cite", "ping"}
_ACTIVE = {"script", "iframe", "object", "embed", "applet", "base", "link", "form", "frame"}
_BLOCK = {"p", "div", "li", "td", "th", "tr", "h1", "h2", "h3", "h4", "pre", "br", "figcaption", "summary", "section"}


class _Reader(HTMLParser):
    """Reads a page once: what it loads, what is active, what lacks words, and its text without tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self._figures: list[tuple[str, bool]] = []
        self._drawings: list[tuple[str, bool]] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        where, short = self._where(), (self.get_starttag_text() or "")[:80]
        for name, value in said.items():
            if name in _LOADS and _OUTSIDE.match(value) and not _PICTURE.match(value):
                self.found.append(("external address", where, f"{name}={value[:80]}"))
            if name == "srcset" and re.search(r"(?:^|,)\s*(?!data:image/)\S*//", value):
                self.found.append(("external address", where, f"{name}={value[:80]}"))
            if name == "style":
                self._css(value, where)
            if name.startswith("on"):
                self.found.append(("active content", where, short))
        refreshes = tag == "meta" and said.get("http-equiv", "").lower() == "refresh"
        if tag in _ACTIVE or refreshes:
            self.found.append(("active content", where, short))
        self._in_style = tag == "style"
        named = bool(said.get("alt", "").strip() or said.get("aria-label", "").strip())
        if tag == "img" and not named:
            self.found.append(("no words for a picture", where, short))
        if tag == "figure":
            self._figures.append((where, False))
        elif tag == "svg":
            self._drawings.append((where, named or said.get("aria-hidden") == "true"))
        if named or tag == "table":
            self._figures = [(place, True) for place, _ in self._figures]
        if tag == "title" and self._drawings:
            self._drawings[-1] = (self._drawings[-1][0], True)
        if tag in _BLOCK:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False
        for ended, opened in (("figure", self._figures), ("svg", self._drawings)):
            if tag == ended and opened:
                where, named = opened.pop()
                if not named:
                    self.found.append(("no words for a picture", where, f"<{tag}>"))
        if tag in _BLOCK:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self._css(data, self._where())
        self.words.append(data)

    def _css(self, text: str, where: str) -> None:
        self.found += [("external address", where, match[0][:80]) for match in _CSS_OUTSIDE.finditer(text)]

    def _where(self) -> str:
        return f"line {self.getpos()[0]}"


def _addresses(texts: list[str], page: str) -> Iterator[Finding]:
    for text in texts:
        for match in _ADDRESS.finditer(_NAMESPACE.sub("", text)):
            yield Finding(page, "external address", "text", mask(match[0][:80]))


def _private(texts: list[str], page: str, environ: Mapping[str, str] | None) -> Iterator[Finding]:
    """Personal data and secrets, each where it stands first in the first of several views of the same text."""
    seen: set[tuple[str, str]] = set()
    for text in texts:
        for hit in find(text, environ):
            what = hit.rule, text[hit.start : hit.end]
            if what in seen:
                continue
            seen.add(what)
            kind = "secret" if hit.secret else "personal datum"
            around = text[max(0, hit.start - 30) : hit.start], text[hit.end : hit.end + 30]
            before, after = (" ".join(mask(part, environ).split()) for part in around)
            line = text.count("\n", 0, hit.start) + 1
            yield Finding(page, f"{kind}: {hit.rule}", f"line {line}", f"{before} [{hit.rule}] {after}".strip())


def _without_pictures(text: str) -> str:
    """The text without base64 pictures and the coordinates of drawings, whose figures mean nothing to a reader."""
    return _DRAWN.sub("", _DATA_URI.sub("data:", text))


def _drawings(text: str) -> list[str]:
    """The sources of pictures that are themselves text."""
    found = []
    for kind, content in _DATA_URI.findall(text):
        if "svg" in kind:
            try:
                found.append(_DRAWN.sub("", base64.b64decode(content).decode("utf-8", "replace")))
            except binascii.Error:
                found.append(content)
    return found


def _texts(output: Mapping[str, Any]) -> Iterator[str]:
    if output["output_type"] == "stream":
        yield "".join(output["text"])
    elif output["output_type"] == "error":
        yield "\n".join([str(output["evalue"]), *output["traceback"]])
    else:
        for kind, content in output["data"].items():
            if kind == "text/html":
                yield bare("".join(content))
            elif not kind.startswith("image/") or kind == "image/svg+xml":
                yield content if isinstance(content, str) else str(content)
