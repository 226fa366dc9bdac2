"""The page about the data counts what passed, names why the rest did not, and shows where the data are silent."""

import re

import pandas as pd
import pytest

import cxmodels as cx
from cxmodels.report.coverage import coverage_figure, coverage_title
from cxmodels.report.data_quality import DataPage

STUDY = """
[study]
name = "Small"
currency = "EUR"
extracted_on = 2026-04-01
good_for = "Tests."
[tables.customers]
path = "customers.csv"
[tables.orders]
path = "orders.csv"
[tables.consents]
path = "consents.csv"
"""
CUSTOMERS = """customer_id,joined_on,region,email
a,2026-01-05,north,a@example.org
b,2026-01-09,,b@example.org
c,2026-02-01,south,c@example.org
d,2026-03-01,south,d@example.org
"""
# One order has no amount, one is of nobody; February is silent.
ORDERS = """order_id,customer_id,ordered_at,amount,channel
1,a,2026-01-06,10,web
2,b,2026-01-10,20,
3,c,2026-03-02,,web
4,zz,2026-03-03,5,web
5,a,2026-03-04,7,web
"""
CONSENTS = """customer_id,purpose,granted,recorded_at
d,analytics,false,2026-03-05
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    for name, text in (
        ("study.toml", STUDY),
        ("customers.csv", CUSTOMERS),
        ("orders.csv", ORDERS),
        ("consents.csv", CONSENTS),
    ):
        (folder / name).write_text(text)
    return DataPage(cx.open_study(folder), "2026-03")


def rows(shown):
    """Read the cells of a shown table, row by row, without bars."""
    lines = re.findall("<tr>(.*?)</tr>", shown.html)[1:]
    return [re.findall(r"<t[hd](?: scope=\"row\"| class=\"n\")*>(.*?)</t[hd]>", line) for line in lines]


def test_the_headline_tells_the_share_that_passed_and_the_worst_table(page):
    said = page.headline().data
    assert said["title"].endswith("80.0\u202f% of the rows passed every check")
    assert "<b>2</b> rows were set aside" in said["lead"]
    assert "orders suffers most, with 40.0\u202f% of its rows" in said["lead"]
    assert "<b>3</b> customers are counted as known on 31 March 2026; 1 without consent are left out." in said["lead"]


def test_every_reason_is_named_with_its_table_column_and_share(page):
    assert sorted(rows(page.reasons())) == [
        ["orders", "amount", "a required value is not there", "1", "20.0\u202f%"],
        ["orders", "customer_id", "the row it belongs to does not exist", "1", "20.0\u202f%"],
    ]


def test_each_table_says_how_many_rows_it_has_and_how_many_are_used_this_month(page):
    customers, orders, _ = rows(page.tables())
    assert customers == ["customers", "a customer", "4", "0", "3", "2026-01", "2026-02"]
    assert orders == ["orders", "a purchase", "5", "2", "3", "2026-01", "2026-03"]


def test_tables_that_are_absent_are_named_with_what_they_would_hold(page, root, monkeypatch):
    monkeypatch.chdir(root)
    html = page.absent().html
    assert "Absent, and no page is left out for it: " in html
    assert "<b>contracts</b> (a subscription)" in html  # the page Churn is made from orders
    assert "<b>actions</b> (a follow-up)" in html
    assert "<b>orders</b>" not in html


def test_a_month_without_rows_is_the_finding_of_the_coverage(page):
    figure = page.coverage()
    assert figure.title == "Of 3 months, these are without rows: customers in 1, orders in 1, consents in 1"
    assert "orders 1 rows in the last month, 0 to 2 a month" in figure.alt


def test_coverage_without_gaps_says_so():
    months = pd.period_range("2026-01", periods=3, freq="M")
    counted = pd.DataFrame({"table": "orders", "month": months, "rows": [3, 2, 1]})
    assert coverage_title(counted) == "Every table has rows in every month since it begins, over 3 months"
    assert coverage_figure(counted, "A").alt.startswith("Rows by month from January 2026 to March 2026.")


def test_empty_values_are_counted_by_column_in_the_rows_used(page):
    assert rows(page.missing()) == [
        ["customers", "region", "1", "33.3\u202f%"],
        ["orders", "channel", "1", "33.3\u202f%"],
    ]


def test_refusals_and_columns_that_name_a_person_are_told(page):
    html = page.persons().html
    assert "Refused: <b>1</b> customers." in html
    assert "<b>customers.email</b> is left out" in html
    assert "example.org" not in html


def test_what_the_data_are_good_for_is_told_in_the_words_of_the_study(page):
    assert page.use().html == '<ul class="plain"><li><b>Good for:</b> Tests.</li></ul>'


def test_the_figures_of_the_page_are_recorded(page):
    found = {row["name"]: row["value"] for row in page.results().data}
    assert found["data.rows"] == 10
    assert found["data.usable_share"] == 0.8
    assert found["data.customers"] == 3
    assert found["data.refused"] == 1
    assert found["data.set_aside.orders.missing"] == 1
    assert found["data.set_aside.orders.orphan"] == 1


def test_data_without_a_fault_are_told_as_such(tmp_path):
    (tmp_path / "study.toml").write_text(STUDY.split("[tables.orders]")[0])
    (tmp_path / "customers.csv").write_text("customer_id,joined_on\na,2026-01-05\nb,2026-02-09\n")
    page = DataPage(cx.open_study(tmp_path), "2026-03")
    assert page.headline().data["title"] == "All 2 rows passed every check"
    assert "No row was set aside" in page.reasons().html
    assert "No value is missing" in page.missing().html
