"""``python -m cxmodels.language``: bring the catalogues up to date with what the package and the notebooks say."""

from __future__ import annotations

import itertools
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from cxmodels.language.catalogue import HOME
from cxmodels.language.messages import messages
from cxmodels.language.spoken import ENGLISH, LANGUAGES

BY_HAND = "words"
"""The catalogue no source is searched for: headings, units and words that the data or the code put together."""


def updated(folder: Path, found: dict[str, dict[str, list[str]]], language: str) -> dict[str, list[str]]:
    """Write the catalogues of a language anew: new messages come without a translation, those gone are dropped.

    Parameters
    ----------
    folder
        Holds a file a catalogue, ``churn.po``.
    found
        `messages`: by catalogue, each message with the places it is said at.

    Returns
    -------
    dict
        By catalogue, the messages that have no translation.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing: dict[str, list[str]] = {}
    for name, said in found.items():
        file = folder / f"{name}.po"
        old = _read(file, language)
        new = Catalog(language, fuzzy=False)
        for message, places in sorted(said.items()):
            before = old.get(message)
            new.add(message, before.string if before else "", [(place, 0) for place in sorted(set(places))])
        glossary = _glossary(file)
        with file.open("wb") as opened:
            opened.write(f"{glossary}{_HEADER.format(language)}".encode())
            write_po(opened, new, width=120, omit_header=True, sort_output=True)
        missing[name] = [str(entry.id) for entry in new if entry.id and not entry.string]
    return missing


_HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: {}\\n"\n\n'


def _read(file: Path, language: str) -> Catalog:
    if not file.exists():
        return Catalog(language, fuzzy=False)
    with file.open("rb") as opened:
        return read_po(opened, language)


def _glossary(file: Path) -> str:
    """The comment on top of a catalogue: which word stands for which, kept as it is."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True) if file.exists() else []
    return "".join(itertools.takewhile(lambda line: line.startswith("#"), lines))


if __name__ == "__main__":
    package = HOME.parent
    found = messages(package, package.parent / "notebooks")
    for language in LANGUAGES:
        if language == ENGLISH:
            continue
        for name, missing in updated(HOME / language / "LC_MESSAGES", found, language).items():
            print(f"{language} {name}: {len(found[name])} messages, {len(missing)} without translation")
