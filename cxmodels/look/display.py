"""How an object shows itself in a notebook, and how the page machine finds it again afterwards."""

from __future__ import annotations

import html as _html
import re
from functools import cache
from importlib.resources import files

from cxmodels import language

MIME = "application/vnd.cxmodels+json"
"""Mime type of what a cell says to the page machine: `{"kind": ..., ...}` beside the HTML a person sees."""
UNTRANSLATED = "application/vnd.cxmodels.untranslated+json"
"""Mime type of what stayed as it was where readers have another language: names from the data, and words forgotten."""


def escape(text: object) -> str:
    """Text made safe for HTML, quotes included."""
    return _html.escape(str(text), quote=True)


def prose(text: str) -> str:
    """A sentence made safe for HTML in which ``<b>``, ``<i>`` and ``<q>`` are the only marks that stay."""
    return re.sub(r"&lt;(/?)(b|i|q)&gt;", r"<\1\2>", escape(text))


def bundle(html: str | None, text: str, kind: str | None = None, data: object = None) -> dict[str, object]:
    """A mime bundle: HTML for the page (none for what only the machine reads), text, and data for the machine.

    The HTML brings the look along, so that JupyterLab shows what the page shows; `bare` takes it off again where
    a page has the look once for all. Words and data are in English; the HTML is in the language of its readers, and
    what no catalogue of that language has is listed beside it.
    """
    out: dict[str, object] = {"text/plain": text}
    if html is not None:
        said = language.markup(html, spoken := language.spoken())
        out["text/html"] = f'{_OPEN}{style("lab")}{style("parts")}</style><div class="cx">{said}</div>'
        if spoken != language.ENGLISH and (unknown := language.translator(spoken).taken()):
            out[UNTRANSLATED] = unknown
    if kind is not None:
        out[MIME] = {"kind": kind, "data": data}
    return out


def bare(html: str) -> str:
    """HTML as `bundle` took it, without the look it brought along; other HTML stays as it is."""
    match = re.fullmatch(rf'{_OPEN}[^<]*</style><div class="cx">(.*)</div>', html, re.DOTALL)
    return match[1] if match else html


@cache
def style(name: str) -> str:
    """A style sheet of the look: ``"parts"`` for what notebooks show, ``"lab"`` for its colours in JupyterLab."""
    return (files("cxmodels.look") / f"{name}.css").read_text(encoding="utf-8")


_OPEN = '<style class="cx-look">'
