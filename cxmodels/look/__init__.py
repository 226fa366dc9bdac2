"""The look: colours, figure style, how numbers are written, how an object shows itself. Every room uses it."""

from cxmodels.look import dates, numbers, palette
from cxmodels.look.display import MIME, UNTRANSLATED, bare, bundle, escape, prose, style
from cxmodels.look.figure import Figure, styled
from cxmodels.look.vector import Vector

__all__ = [
    "MIME",
    "UNTRANSLATED",
    "Figure",
    "Vector",
    "bare",
    "bundle",
    "dates",
    "escape",
    "numbers",
    "palette",
    "prose",
    "style",
    "styled",
]
