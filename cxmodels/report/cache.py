"""What a notebook's result depends on, as one hash: unchanged hash, unchanged result, no need to run it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

import cxmodels
from cxmodels.report.plan import PlannedNotebook
from cxmodels.study.errors import StudyError
from cxmodels.study.secret import read_secret


def input_hash(
    notebook: PlannedNotebook, parameters: Mapping[str, object], shared: str, waited_for: Mapping[str, str]
) -> str:
    """The hash of everything one notebook's result depends on.

    Parameters
    ----------
    parameters
        The values it is given.
    shared
        `shared_hash` of the run.
    waited_for
        Hashes of the notebooks it waits for, by name, and of whatever else it reads.
    """
    return _hash([notebook.name, _source(notebook.file), dict(parameters), shared, dict(waited_for)])


def shared_hash(data: Mapping[str, str], files: Iterable[Path], more: Iterable[object]) -> str:
    """The hash of what every notebook of a run depends on.

    Parameters
    ----------
    data
        Hash of each table.
    files
        The study's settings, the lock: files whose bytes matter. One that is absent is a fact too.
    more
        Anything else: the month, the language.
    """
    contents = [file_hash(file) if file.is_file() else "absent" for file in files]
    return _hash([dict(data), contents, list(more), package_hash(), versions()])


def secret_hash(folder: Path) -> str:
    """A hash that changes with the secret of a study's pseudonyms and does not tell it."""
    try:
        return hmac.new(read_secret(folder), b"what a report rests on", hashlib.sha256).hexdigest()
    except StudyError:
        # a study without anything under a pseudonym needs none
        return "no secret"


@cache
def package_hash() -> str:
    """The hash of this package's files: code, templates, styles."""
    home = Path(cxmodels.__file__).parent
    files = sorted(p for p in home.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return _hash([[str(file.relative_to(home)), file_hash(file)] for file in files])


@cache
def versions() -> dict[str, str]:
    """The versions of Python and of the packages this project asks for."""
    asked = (line for line in metadata.requires("cxmodels") or () if "extra ==" not in line)
    names = sorted(match[0] for line in asked if (match := re.match(r"[\w.-]+", line)))
    return {"python": sys.version.split()[0]} | {name: metadata.version(name) for name in names}


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _source(path: Path) -> list[list[object]]:
    """A notebook's cells without outputs, so that opening it in JupyterLab does not change it."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [[c["cell_type"], "".join(c["source"]), c.get("metadata", {}).get("tags", [])] for c in cells]


def _hash(content: object) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
