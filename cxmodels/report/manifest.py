"""``manifest.json``: what a published month was made from, so that it can be made again."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cxmodels.language import ENGLISH

FILE_NAME = "manifest.json"


@dataclass(frozen=True)
class Attached:
    """A file beside a notebook's page.

    Attributes
    ----------
    file
        Its place in the month: ``"scores/churn.parquet"``.
    sha256
        Of its bytes.
    rows
        How many it has; None where it is no table, which the gate refuses.
    """

    file: str
    sha256: str
    rows: int | None


@dataclass(frozen=True)
class Made:
    """One notebook of a month.

    Attributes
    ----------
    name, title, file, page
        As in the plan; `file` is the name in ``notebooks/``.
    inputs
        The hash of everything its result depends on.
    executed
        SHA-256 of the executed notebook as published.
    seconds
        How long it ran when it last ran.
    parameters
        What it ran with, its own defaults included.
    attached
        The files beside its page.
    """

    name: str
    title: str
    file: str
    page: str
    inputs: str
    executed: str
    seconds: float
    parameters: Mapping[str, object]
    attached: tuple[Attached, ...]


@dataclass(frozen=True)
class LeftOut:
    """A notebook that is not part of a month, and why.

    Attributes
    ----------
    name, title
        As in the plan.
    lacks
        The tables it needs and the study has not.
    withdrawn
        Why it had nothing to tell when it ran, in words; empty where it did not run.
    inputs
        The hash of everything its reason depends on; empty where it did not run.
    """

    name: str
    title: str
    lacks: tuple[str, ...] = ()
    withdrawn: str = ""
    inputs: str = ""

    @property
    def reason(self) -> str:
        """Why, in words: the tables it lacks, what it said when it ran, or that it was not asked for."""
        if self.lacks:
            return f"the study has no table {' and no table '.join(self.lacks)}"
        return self.withdrawn or "not asked for"


@dataclass(frozen=True)
class Manifest:
    """What a month was made from.

    Attributes
    ----------
    study
        ``name``, ``path`` (its folder, relative to the project), ``currency``, ``language``, ``extracted_on``.
    month
        ``"2026-09"``.
    published
        When, in UTC.
    command
        What makes it again.
    code
        ``commit`` and whether the tree was ``clean`` (both None outside version control), ``package``: the hash of
        the package's files.
    data
        Hash of each table.
    versions
        Of Python and the packages asked for.
    seeds
        Every seed a notebook was given, by ``notebook.parameter``, and the one of Python's hashes.
    notebooks, left_out
        What the month has and has not.
    language
        What its pages are written in.
    """

    study: Mapping[str, str]
    month: str
    published: str
    command: str
    code: Mapping[str, object]
    data: Mapping[str, str]
    versions: Mapping[str, str]
    seeds: Mapping[str, object]
    notebooks: tuple[Made, ...] = ()
    left_out: tuple[LeftOut, ...] = field(default=())
    language: str = ENGLISH

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as it stands in the file."""
        content = asdict(self)
        content["left_out"] = [asdict(one) | {"reason": one.reason} for one in self.left_out]
        return content


def read_made(month: Path) -> tuple[dict[str, Made], dict[str, LeftOut]]:
    """The notebooks of a published month by name, and those withdrawn from it; none without a readable manifest."""
    try:
        content = json.loads((month / FILE_NAME).read_text(encoding="utf-8"))
        made = {entry["name"]: _made(entry) for entry in content["notebooks"]}
        return made, {entry["name"]: _withdrawn(entry) for entry in content["left_out"] if entry.get("withdrawn")}
    except (OSError, ValueError, KeyError, TypeError):
        return {}, {}


def commit(root: Path) -> dict[str, object]:
    """The git commit of a folder and whether nothing differs from it; both None where git does not know."""
    try:
        known = _git(root, "rev-parse", "HEAD")
        return {"commit": known, "clean": not _git(root, "status", "--porcelain")}
    except (OSError, subprocess.CalledProcessError):
        return {"commit": None, "clean": None}


def seeds(parameters: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
    """The seeds among the parameters of notebooks, and the one of Python's hashes in their kernels."""
    found = {
        f"{notebook}.{name}": value
        for notebook, values in parameters.items()
        for name, value in values.items()
        if "seed" in name
    }
    return {"PYTHONHASHSEED": 0} | found


def _made(entry: Mapping[str, Any]) -> Made:
    return Made(**{**entry, "attached": tuple(Attached(**file) for file in entry["attached"])})


def _withdrawn(entry: Mapping[str, Any]) -> LeftOut:
    return LeftOut(entry["name"], entry["title"], withdrawn=entry["withdrawn"], inputs=entry["inputs"])


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True, text=True).stdout.strip()
