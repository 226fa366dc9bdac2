"""The language readers are spoken to in, as chosen for this process."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cxmodels.language.sentences import Translator

ENGLISH = "en"
"""The language the package and the notebooks are written in."""
LANGUAGES = (ENGLISH, "fr")
"""The languages there are pages in."""
SPOKEN = "CXMODELS_LANGUAGE"
"""The environment variable that tells the kernel of a report which language its readers want."""


def spoken() -> str:
    """The language readers are spoken to in: English, unless `speak` or a report has chosen another."""
    chosen = os.environ.get(SPOKEN, ENGLISH)
    return chosen if chosen in LANGUAGES else ENGLISH


def speak(language: str) -> None:
    """Choose the language of what notebooks show from here on: ``"en"`` or ``"fr"``.

    Raises
    ------
    ValueError
        When there is no such language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"speak: allowed are {', '.join(map(repr, LANGUAGES))}; found {language!r}")
    os.environ[SPOKEN] = language


@cache
def translator(language: str) -> Translator:
    """The translator into a language other than English; its catalogues are read when it is first asked for."""
    from cxmodels.language.catalogue import read_catalogues
    from cxmodels.language.notation import Notation
    from cxmodels.language.sentences import Translator

    names = {message.said: message.translated for message in read_catalogues(language, "words")}
    return Translator(read_catalogues(language), Notation(language), names)
