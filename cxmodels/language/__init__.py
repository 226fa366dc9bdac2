"""Another language for readers: finished sentences are said anew where they are shown; the code stays English."""

from cxmodels.language.html_text import language_of, markdown, markup, page
from cxmodels.language.spoken import ENGLISH, LANGUAGES, SPOKEN, speak, spoken, translator

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "SPOKEN",
    "language_of",
    "markdown",
    "markup",
    "page",
    "speak",
    "spoken",
    "translator",
]
