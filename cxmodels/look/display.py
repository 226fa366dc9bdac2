"""How an object shows itself in a notebook, and how the page machine finds it again afterwards."""

from __future__ import annotations

import html as _html
import re
from functools import cache
from importlib.resources import files

MIME = "application/vnd.cxmodels+json"
"""Mime type of what a cell says to the page machine: `{"kind": ..., ...}` beside the HTML a person sees."""


def escape(text: object) -> str:
    """Text made safe for HTML, quotes included."""
    return _html.escape(str(text), quote=True)


def prose(text: str) -> str:
    """A sentence made safe for HTML in which ``<b>`` and ``<i>`` are the only marks that stay."""
    return re.sub(r"&lt;(/?)(b|i)&gt;", r"<\1\2>", escape(text))


def bundle(html: str | None, text: str, kind: str | None = None, data: object = None) -> dict[str, object]:
    """A mime bundle: HTML for the page (none for what only the machine reads), text, and data for the machine.

    The HTML brings the look along, so that JupyterLab shows what the page shows; `bare` takes it off again where
    a page has the look once for all.
    """
    out: dict[str, object] = {"text/plain": text}
    if html is not None:
        out["text/html"] = f'{_OPEN}{style("lab")}{style("parts")}</style><div class="cx">{html}</div>'
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
