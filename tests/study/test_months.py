from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cxmodels.study import NothingToCompute, open_study
from cxmodels.study.months import month_end

MakeStudy = Callable[..., Path]
UNSAID = '[study]\nname = "Shop"\ncurrency = "EUR"\n'
CUSTOMERS = '[tables.customers]\npath = "customers.csv"\n'
ORDERS = '[tables.orders]\npath = "orders.csv"\n'


def months(make_study: MakeStudy, joined: list[str], head: str, **named: str) -> tuple[str, str]:
    text = "customer_id,joined_on\n" + "".join(f"{at},{day}\n" for at, day in enumerate(joined))
    return open_study(make_study(CUSTOMERS, {"customers.csv": text}, head=head, **named)).months()


def test_a_month_is_complete_when_the_data_were_drawn_after_its_last_day(make_study: MakeStudy) -> None:
    head = UNSAID + "extracted_on = 2020-07-01\n"
    assert months(make_study, ["2020-01-15", "2020-06-20"], head) == ("2020-01", "2020-06")


def test_a_month_is_complete_when_the_data_were_drawn_on_its_last_day(make_study: MakeStudy) -> None:
    assert months(make_study, ["2020-06-20"], UNSAID + "extracted_on = 2020-06-30\n") == ("2020-06", "2020-06")


def test_the_month_in_which_the_data_were_drawn_is_not_complete(make_study: MakeStudy) -> None:
    head = UNSAID + "extracted_on = 2020-06-29\n"
    assert months(make_study, ["2020-01-15", "2020-06-20"], head) == ("2020-01", "2020-05")


def test_data_that_end_long_before_they_were_drawn_end_with_their_last_month(make_study: MakeStudy) -> None:
    head = UNSAID + "extracted_on = 2021-01-01\n"
    assert months(make_study, ["2020-01-15", "2020-06-20"], head) == ("2020-01", "2020-06")


def test_without_the_day_they_were_drawn_the_last_date_decides(make_study: MakeStudy) -> None:
    assert months(make_study, ["2020-01-15", "2020-06-29"], UNSAID) == ("2020-01", "2020-05")
    assert months(make_study, ["2020-01-15", "2020-06-30"], UNSAID, name="full") == ("2020-01", "2020-06")


def test_dates_in_the_future_and_dates_that_are_none_do_not_count(make_study: MakeStudy) -> None:
    head = UNSAID + "extracted_on = 2020-07-15\n"
    found = months(make_study, ["2020-05-15", "2031-01-01", "soon", "2020-02-31", ""], head)
    assert found == ("2020-05", "2020-05")


def test_every_table_and_every_date_counts(make_study: MakeStudy) -> None:
    files = {
        "customers.csv": "customer_id,joined_on,left_on\n1,2019-11-02,2020-03-04\n",
        "orders.csv": "order_id,customer_id,ordered_at,amount\na,1,2020-04-30 23:59:59,1\n",
    }
    assert open_study(make_study(CUSTOMERS + ORDERS, files)).months() == ("2019-11", "2020-04")


def test_without_a_complete_month_or_any_date_there_is_nothing_to_compute(make_study: MakeStudy) -> None:
    with pytest.raises(NothingToCompute, match="no month is complete; dates run from 2020-06-01 to 2020-06-20"):
        months(make_study, ["2020-06-01", "2020-06-20"], UNSAID + "extracted_on = 2020-06-20\n")
    with pytest.raises(NothingToCompute, match="no table has a date up to"):
        months(make_study, ["2021-01-01"], UNSAID + "extracted_on = 2020-06-20\n", name="late")


def test_the_last_day_of_a_month_knows_leap_years() -> None:
    assert month_end(date(2024, 2, 3)) == date(2024, 2, 29)
    assert month_end(date(2023, 2, 28)) == date(2023, 2, 28)
