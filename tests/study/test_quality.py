"""Each fault a row can have is found, counted once with its reason, and set aside; what is sound goes on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cxmodels.study import MissingTable, NothingToCompute, Study, open_study
from cxmodels.study.checks import REASONS, in_words

MakeStudy = Callable[..., Path]

CUSTOMERS = "customer_id,joined_on,left_on,region\nc1,2020-01-01,,north\nc2,2020-01-02,,south\n"
ORDERS = "order_id,customer_id,ordered_at,amount\n"
ITEMS = "item,scale_min,scale_max,wording\nnps,0,10,Would you recommend us?\n"
RESPONSES = "response_id,customer_id,answered_at,survey,kind\nr1,c1,2020-02-01,spring,relational\n"


@pytest.fixture
def study_of(make_study: MakeStudy) -> Callable[..., Study]:
    """Return a function that opens a study of the CSV tables it is given: ``study_of(orders="…")``."""

    def study(**tables: str) -> Study:
        toml = "".join(f'[tables.{name}]\npath = "{name}.csv"\n' for name in tables)
        return open_study(make_study(toml, {f"{name}.csv": text for name, text in tables.items()}))

    return study


def found(study: Study) -> dict[tuple[str, str, str], int]:
    counts = study.quality().counts
    return {(row.table, row.column, row.reason): row.rows for row in counts.itertuples()}


def left(study: Study, table: str) -> list[dict]:
    return study.quality().clean(table).to_pyarrow().to_pylist()


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (",c1,2020-02-01,5", "order_id", "missing"),
        ("   ,c1,2020-02-01,5", "order_id", "missing"),
        ("o2,,2020-02-01,5", "customer_id", "missing"),
        ("o2,c1,,5", "ordered_at", "missing"),
        ("o2,c1,2020-02-01,", "amount", "missing"),
        ('o2,c1,2020-02-01,"12,50"', "amount", "wrong_type"),
        ("o2,c1,01/02/2020,5", "ordered_at", "wrong_type"),
        ("o2,c1,2020-02-30,5", "ordered_at", "wrong_type"),
        ("o2,c1,2020-02-01 25:00:00,5", "ordered_at", "wrong_type"),
        ("o2,c1,2020-02-01,NaN", "amount", "not_finite"),
        ("o2,c1,2020-02-01,-inf", "amount", "not_finite"),
        ("o2,c1,2020-07-01,5", "ordered_at", "in_future"),
        ("o2,c9,2020-02-01,5", "customer_id", "orphan"),
        ("o1,c1,2020-02-01 10:00:00,3", "order_id", "duplicate_row"),
        ("o1,c2,2020-03-01,4", "order_id", "duplicate_key"),
    ],
)
def test_a_bad_order_is_set_aside_for_its_reason_and_the_good_one_stays(
    study_of: Callable[..., Study], line: str, column: str, reason: str
) -> None:
    study = study_of(customers=CUSTOMERS, orders=f"{ORDERS}o1,c1,2020-02-01 10:00:00,3\n{line}\n")
    assert found(study) == {("orders", column, reason): 1}
    assert [row["order_id"] for row in left(study, "orders")] == ["o1"]
    assert left(study, "orders")[0]["amount"] == 3.0
    orders = study.quality().tables.set_index("table").loc["orders"]
    assert (orders["rows"], orders.usable, orders.set_aside) == (2, 1, 1)


def test_the_last_moment_of_the_day_of_extraction_is_no_future(study_of: Callable[..., Study]) -> None:
    study = study_of(orders=f"{ORDERS}o1,c1,2020-06-30 23:59:59,3\n")
    assert found(study) == {}


def test_written_forms_of_numbers_dates_and_decisions_are_read(study_of: Callable[..., Study]) -> None:
    study = study_of(
        orders=f"{ORDERS}o1,c1,2020-02-01T10:30:00Z,1e3\no2,c1,2020-02-01,-.5\no3,c1,2020-02-01 10:30, +7. \n",
        consents="customer_id,purpose,granted,recorded_at\nc1,analytics,Oui,2020-01-01\nc2,analytics,0,2020-01-01\n",
    )
    assert found(study) == {}
    assert sorted(row["amount"] for row in left(study, "orders")) == [-0.5, 7.0, 1000.0]
    assert {str(row["ordered_at"]) for row in left(study, "orders")} == {
        "2020-02-01 10:30:00",
        "2020-02-01 00:00:00",
    }
    assert {row["customer_id"]: row["granted"] for row in left(study, "consents")} == {"c1": True, "c2": False}


def test_ranges_ends_scales_and_known_values_are_checked(study_of: Callable[..., Study]) -> None:
    study = study_of(
        customers=CUSTOMERS + "c3,2020-03-01,2020-02-01,north\n",
        contracts="contract_id,customer_id,started_on,monthly_fee,margin_rate\n"
        "k1,c1,2020-01-01,-1,0.5\nk2,c1,2020-01-01,10,1.5\nk3,c2,2020-01-01,10,1\n",
        items=ITEMS,
        responses=RESPONSES + "r2,,2020-02-01,spring,chat\n",
        answers="response_id,item,score\nr1,nps,11\nr1,ces,3\nr9,nps,3\nr1,nps,10\n",
    )
    assert found(study) == {
        ("customers", "left_on", "ends_before_start"): 1,
        ("contracts", "monthly_fee", "out_of_range"): 1,
        ("contracts", "margin_rate", "out_of_range"): 1,
        ("responses", "kind", "unknown_value"): 1,
        ("answers", "score", "off_scale"): 1,
        ("answers", "item", "unknown_value"): 1,
        ("answers", "response_id", "orphan"): 1,
    }
    assert [row["score"] for row in left(study, "answers")] == [10.0]


def test_an_end_that_names_its_day_alone_may_lie_at_any_time_of_it(study_of: Callable[..., Study]) -> None:
    study = study_of(
        actions="action_id,customer_id,opened_at,contacted_at\na,c1,2020-02-01 14:05:00,2020-02-01\n"
        "b,c1,2020-02-01 14:05:00,2020-01-31\nc,c1,2020-02-01 14:05:00,2020-02-01 14:00:00\n",
        customers=CUSTOMERS,
    )
    assert found(study) == {("actions", "contacted_at", "ends_before_start"): 2}
    assert [row["action_id"] for row in left(study, "actions")] == ["a"]


def test_a_metric_is_asked_on_a_scale_it_can_be_counted_on(study_of: Callable[..., Study]) -> None:
    study = study_of(
        items="item,scale_min,scale_max,wording,metric\nnps,1,10,?,nps\nsmiley,1,3,?,csat\nstars,1,4,?,csat\n"
        "reco,0,10,?,nps\nyes,0,1,?,\n",
        responses=RESPONSES,
        answers="response_id,item,score\nr1,nps,9\nr1,yes,1\nr1,reco,9\n",
        customers=CUSTOMERS,
    )
    assert found(study) == {("items", "metric", "unfit_scale"): 2, ("answers", "item", "parent_set_aside"): 1}
    assert sorted(row["item"] for row in left(study, "items")) == ["reco", "stars", "yes"]


def test_a_row_with_several_faults_is_set_aside_once_and_every_reason_is_listed(
    study_of: Callable[..., Study],
) -> None:
    study = study_of(customers=CUSTOMERS, orders=f"{ORDERS}o1,c9,2031-01-01,nan\n")
    assert found(study) == {
        ("orders", "amount", "not_finite"): 1,
        ("orders", "ordered_at", "in_future"): 1,
        ("orders", "customer_id", "orphan"): 1,
    }
    assert study.quality().tables.set_index("table").loc["orders", "set_aside"] == 1


def test_of_rows_with_one_key_the_earliest_stays_whatever_their_order(make_study: MakeStudy) -> None:
    rows = ["o1,c1,2020-03-01,1", "o1,c1,2020-02-01,9", "o1,c1,2020-02-01,4", "o1,c1,2020-02-01,4"]
    toml = '[tables.orders]\npath = "orders.csv"\n'
    for name, lines in (("forwards", rows), ("backwards", rows[::-1])):
        study = open_study(make_study(toml, {"orders.csv": ORDERS + "\n".join(lines) + "\n"}, name))
        assert [row["amount"] for row in left(study, "orders")] == [4.0]
        assert found(study) == {("orders", "order_id", "duplicate_row"): 1, ("orders", "order_id", "duplicate_key"): 2}


def test_a_bad_row_does_not_displace_a_sound_one_of_the_same_key(study_of: Callable[..., Study]) -> None:
    study = study_of(orders=f"{ORDERS}o1,c1,2020-01-01,inf\no1,c1,2020-02-01,4\n")
    assert found(study) == {("orders", "amount", "not_finite"): 1}
    assert [row["amount"] for row in left(study, "orders")] == [4.0]


def test_what_belongs_to_a_row_set_aside_is_told_apart_from_what_belongs_to_nothing(
    study_of: Callable[..., Study],
) -> None:
    study = study_of(
        customers=CUSTOMERS + "c3,,,north\n",
        orders=f"{ORDERS}o1,c3,2020-02-01,1\no2,c9,2020-02-01,1\no3,c1,2020-02-01,1\n",
    )
    assert found(study) == {
        ("customers", "joined_on", "missing"): 1,
        ("orders", "customer_id", "parent_set_aside"): 1,
        ("orders", "customer_id", "orphan"): 1,
    }
    assert [row["order_id"] for row in left(study, "orders")] == ["o3"]


def test_an_anonymous_answer_is_no_orphan(study_of: Callable[..., Study]) -> None:
    study = study_of(customers=CUSTOMERS, responses=RESPONSES + "r2,,2020-02-01,spring,relational\n")
    assert found(study) == {}


def test_the_quarantine_tells_the_row_and_shows_nothing_personal(study_of: Callable[..., Study]) -> None:
    study = study_of(
        customers=CUSTOMERS,
        orders=f"{ORDERS}o1,anna@example.org,2020-02-01,5\no2,c1,03/04/2020,5\no3,c1,2020-02-01,anna@example.org\n"
        "o4,c1,2031-02-01,5\n",
        responses=RESPONSES + "r2,c1,2020-02-01,spring,call +33 6 12 34 56 78\nr3,c1,2020-02-01,spring,chat\n",
    )
    lines = study.quality().quarantine.to_pyarrow().to_pylist()
    assert set(lines[0]) == {"table", "row", "column", "value", "reason"}
    shown = {(line["column"], line["reason"]): line["value"] for line in lines if line["table"] == "orders"}
    assert shown == {
        ("customer_id", "orphan"): "(not shown)",
        ("ordered_at", "wrong_type"): "99/99/9999",
        ("amount", "wrong_type"): "aaaaaaaaaaaa.aaa",
        ("ordered_at", "in_future"): "2031-02-01 00:00:00",
    }
    assert {line["value"] for line in lines if line["table"] == "responses"} == {"chat", "aaaa +99 9 99 99 99 99"}
    assert len({line["row"] for line in lines}) == 6
    written = json.dumps(lines)
    assert not any(word in written for word in ("anna", "example", "12 34"))
    # A short id may well be part of a pseudonym, which is hexadecimal; on its own it must not stand.
    assert not {"c1", "o1", "o2", "o3", "o4", "r2", "r3"} & set(re.findall(r"\w+", written))
    assert {line["reason"] for line in lines} <= set(REASONS)


def test_a_clean_study_has_an_empty_quarantine_and_a_green_verdict(study_of: Callable[..., Study]) -> None:
    study = study_of(customers=CUSTOMERS, orders=f"{ORDERS}o1,c1,2020-02-01,5\n")
    assert study.quality().quarantine.count().execute() == 0
    assert study.quality().verdict.status == "green"


def test_a_study_with_many_bad_rows_is_not_established(study_of: Callable[..., Study]) -> None:
    bad = "".join(f"o{n},c1,2020-02-01,nan\n" for n in range(2, 9))
    verdict = study_of(customers=CUSTOMERS, orders=f"{ORDERS}o1,c1,2020-02-01,5\n{bad}").quality().verdict
    worst = next(check for check in verdict.checks if check.name == "Worst table (orders), %")
    assert verdict.status == "red"
    assert worst.found == "12.50"


def test_attributes_whose_values_point_to_a_person_are_left_out(study_of: Callable[..., Study]) -> None:
    lines = [
        f"c{n},2020-01-01,person{n}@example.org,06 12 34 56 {n:02d},ref-{n * 7919},{'north' if n % 2 else 'south'}"
        for n in range(60)
    ]
    study = study_of(
        customers="customer_id,joined_on,field_a,field_b,field_c,region\n" + "\n".join(lines) + "\n",
    )
    assert study.quality().left_out("customers") == {
        "field_a": "holds e-mail addresses",
        "field_b": "holds phone numbers",
        "field_c": "nearly every row has another value",
    }
    assert study.quality().clean("customers").columns == ("customer_id", "joined_on", "region")
    assert study.quality().tables.loc[0, "columns_left_out"] == study.quality().left_out("customers")
    assert study.quality().verdict.status == "amber"


def test_account_numbers_in_a_text_file_are_left_out_and_measured_numbers_stay(study_of: Callable[..., Study]) -> None:
    lines = [
        f"c{n},2020-01-01,{1850578006084 + n * 7919},+336123456{n % 40:02d},{20000 + n * 1.37:.2f}" for n in range(60)
    ]
    study = study_of(customers="customer_id,joined_on,field_a,field_b,income\n" + "\n".join(lines) + "\n")
    assert study.quality().left_out("customers") == {
        "field_a": "nearly every row has another value",
        "field_b": "holds phone numbers",
    }


def test_columns_left_out_by_name_are_listed_with_those_left_out_by_value(study_of: Callable[..., Study]) -> None:
    study = study_of(customers="customer_id,joined_on,email\nc1,2020-01-01,a@example.org\n")
    assert study.quality().left_out("customers") == {"email": "direct identifier"}


def test_nothing_to_compute_is_said_with_the_reason(study_of: Callable[..., Study]) -> None:
    study = study_of(customers="customer_id,joined_on\nc1,\nc2,\n", orders=f"{ORDERS}o1,c1,2020-02-01,5\n")
    with pytest.raises(NothingToCompute, match=r"customers: not one usable row.*customers\.joined_on: 2 rows"):
        study.quality().require_usable()


def test_events_that_are_all_bad_leave_nothing_to_compute(study_of: Callable[..., Study]) -> None:
    study = study_of(customers=CUSTOMERS, orders=f"{ORDERS}o1,c1,2020-02-01,nan\n")
    with pytest.raises(NothingToCompute, match="not one usable row in orders"):
        study.quality().require_usable()


def test_a_study_with_something_left_goes_on(study_of: Callable[..., Study]) -> None:
    study_of(orders=f"{ORDERS}o1,c1,2020-02-01,5\no2,c1,2020-02-01,nan\n").quality().require_usable()


def test_a_table_the_study_lacks_is_named_with_those_it_has(study_of: Callable[..., Study]) -> None:
    with pytest.raises(MissingTable, match="no table 'orders'; it has: customers"):
        study_of(customers=CUSTOMERS).quality().clean("orders")


def test_typed_columns_are_checked_without_being_cast(make_study: MakeStudy, tmp_path: Path) -> None:
    import pandas as pd

    folder = make_study('[tables.orders]\npath = "orders.parquet"\n', {})
    pd.DataFrame(
        {
            "order_id": [1, 2, 3],
            "customer_id": [7, 7, 8],
            "ordered_at": pd.to_datetime(["2020-01-01", "2020-01-02", "2030-01-01"]),
            "amount": [1, 2, 3],
        }
    ).to_parquet(folder / "orders.parquet")
    study = open_study(folder)
    assert found(study) == {("orders", "ordered_at", "in_future"): 1}
    assert [(row["order_id"], row["amount"]) for row in sorted(left(study, "orders"), key=str)] == [
        ("1", 1.0),
        ("2", 2.0),
    ]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (("responses", "kind", "unknown_value"), "the value is none of: relational, transactional"),
        (("orders", "ordered_at", "wrong_type"), "the value cannot be read as a time such as 2026-09-30 14:05:00"),
        (("contracts", "margin_rate", "out_of_range"), "the number must be at least 0 and at most 1"),
        (("orders", "customer_id", "orphan"), "the row it belongs to does not exist"),
    ],
)
def test_a_reason_says_what_its_column_takes(place: tuple[str, str, str], said: str) -> None:
    assert in_words(*place) == said
