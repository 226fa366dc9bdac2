"""``study.toml`` read into settings that are right, or one message that names everything wrong in it.

Nothing heavy is imported, so a mistyped key is answered at once.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cxmodels.study.contract import TABLES
from cxmodels.study.errors import SettingsError, listed, nearest
from cxmodels.study.sections import (
    ChurnSection,
    ClvSection,
    FeedbackSection,
    LoyaltySection,
    PrivacySection,
    ReportSection,
    Section,
    SegmentsSection,
    SourceSection,
    StudySection,
    TableSection,
)

FILE_NAME = "study.toml"


class Settings(Section):
    """Everything ``study.toml`` says, checked.

    Attributes
    ----------
    file
        The ``study.toml`` that was read (absolute).
    study, source, churn, clv, loyalty, feedback, segments, privacy, report
        Its sections.
    tables
        Where each table comes from, by the table's name in the contract.
    """

    file: Path
    study: StudySection
    source: SourceSection = SourceSection()
    tables: dict[str, TableSection]
    churn: ChurnSection = ChurnSection()
    clv: ClvSection = ClvSection()
    loyalty: LoyaltySection = LoyaltySection()
    feedback: FeedbackSection = FeedbackSection()
    segments: SegmentsSection = SegmentsSection()
    privacy: PrivacySection = PrivacySection()
    report: ReportSection = ReportSection()

    @property
    def folder(self) -> Path:
        """The study folder (absolute)."""
        return self.file.parent


def load_settings(path: str | Path) -> Settings:
    """Settings of the study in `path`, a folder or its ``study.toml``.

    A relative path is looked for from the working directory upwards.

    Raises
    ------
    SettingsError
        When the file is missing, is not TOML, or holds keys or values that are not allowed; all of them are named.
    """
    file = find_study(path)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file}: not valid TOML: {error}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file}: not UTF-8 text: {error.reason} at byte {error.start}") from None
    problems = _table_problems(content.get("tables"))
    if "file" in content:
        problems.append(_unknown("file", Settings, ""))
    try:
        settings = Settings.model_validate({**content, "file": file})
    except ValidationError as error:
        problems += [_problem(detail) for detail in error.errors(include_url=False)]
        settings = None
    if problems or settings is None:
        raise SettingsError(listed(problems, file))
    return settings


def find_study(path: str | Path) -> Path:
    """The ``study.toml`` that `path` means, absolute.

    Raises
    ------
    SettingsError
        When there is none; the message names the studies that lie beside it.
    """
    asked = Path(path).expanduser()
    here = Path.cwd()
    bases = [Path()] if asked.is_absolute() else [here, *here.parents]
    for base in bases:
        candidate = base / asked
        file = candidate if candidate.suffix == ".toml" else candidate / FILE_NAME
        if file.is_file():
            return file.resolve()
    parents = [base / asked.parent for base in bases]
    beside = sorted({found.parent.name for parent in parents for found in parent.glob(f"*/{FILE_NAME}")})
    known = f"; studies in {asked.parent}: {', '.join(beside)}" if beside else ""
    raise SettingsError(f"{path}: no study here, {FILE_NAME} not found{nearest(asked.name, beside)}{known}")


def _table_problems(tables: Any) -> list[str]:
    """What pydantic does not see of ``[tables.X]``: names outside the contract, none or two origins."""
    if tables is None or not isinstance(tables, dict):
        return []
    if not tables:
        return [f"tables: at least one table is required; known tables: {', '.join(TABLES)}"]
    problems = []
    for name, section in tables.items():
        if name not in TABLES:
            problems.append(f"tables.{name}: unknown table{nearest(name, TABLES)}; known tables: {', '.join(TABLES)}")
        elif isinstance(section, dict) and len({"path", "sql"} & section.keys()) != 1:
            found = "both" if "path" in section else "neither"
            problems.append(f"tables.{name}: exactly one of path and sql is required, found {found}")
    return problems


def _problem(detail: ErrorDetails) -> str:
    """One error of pydantic in words: dotted key, value found, what is allowed."""
    section, name, key = _section_of(detail["loc"])
    if detail["type"] == "extra_forbidden":
        return _unknown(name, section, key.rpartition(".")[0])
    # the third of a key's parts is a place in its list: the key is there, its list is too short
    if detail["type"] == "missing" and len(detail["loc"]) < 3:
        field = section.model_fields.get(name)
        if field is None or not field.description:
            return f"{key}: missing; the section [{key}] is required"
        return f"{key}: missing; required is {field.description}"
    field = section.model_fields.get(name)
    said = f" ({detail['ctx']['error']})" if detail["type"] == "value_error" else ""
    if field is None or not field.description:
        return f"{key}: a section [{key}] is required, found {detail['input']!r}"
    found = "another kind of value" if name == "url" else _short(detail["input"])
    return f"{key}: found {found}; allowed is {field.description}{said}"


def _section_of(location: tuple[int | str, ...]) -> tuple[type[BaseModel], str, str]:
    """The section a pydantic location lies in, the key within it, and the dotted name of both."""
    section: type[BaseModel] = Settings
    parts = [str(part) for part in location]
    if parts[0] == "tables" and len(parts) > 2:
        return TableSection, parts[2], ".".join(parts[:3])
    if len(parts) > 1 and parts[0] in Settings.model_fields:
        inner = Settings.model_fields[parts[0]].annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            return inner, parts[1], ".".join(parts[:2])
    return section, parts[0], ".".join(parts[:2])


def _unknown(name: str, section: type[BaseModel], where: str) -> str:
    known = [field for field in section.model_fields if not (section is Settings and field == "file")]
    kind, place = ("key", f"[{where}]") if where else ("section", "a study")
    key = f"{where}.{name}" if where else name
    return f"{key}: unknown {kind}{nearest(name, known)}; known in {place}: {', '.join(known)}"


def _short(value: Any) -> str:
    text = repr(value.isoformat()) if isinstance(value, date | datetime) else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
