"""Orders as they come: what is odd is counted, set aside or named, and never silently wrong."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from small_shop import AS_OF, contracts, customers, orders, shop, today

from cxmodels.clv.counts.base import customer_base
from cxmodels.clv.counts.purchases import purchase_counts
from cxmodels.clv.counts.retention import retention_counts
from cxmodels.clv.counts.spend import spend_counts
from cxmodels.clv.errors import HugeAmount


def test_one_customer_on_the_first_day_is_a_count(tmp_path: Path) -> None:
    snapshot = today(tmp_path, orders=orders(("a", 0, 5)))
    counts = purchase_counts(snapshot, by=["cohort"], gaps=True)
    assert counts.frame.values.tolist() == [[0, 0, 0, "2026-09", 1, 5.0, 0.0, 0.0]]
    assert (counts.customers, counts.repeaters) == (1, 0)
    assert spend_counts(snapshot).frame.empty
    assert customer_base(snapshot).cells[["frequency", "recency", "T"]].values.tolist() == [[0, 0, 0]]


def test_one_time_buyers_have_no_repeat_payment_and_a_base(tmp_path: Path) -> None:
    snapshot = today(tmp_path, orders=orders(("a", 9, 5), ("b", 9, 5), ("c", 3, 5)))
    counts, spend = purchase_counts(snapshot), spend_counts(snapshot)
    assert (counts.customers, counts.repeaters, counts.frame["repeat_amount"].sum()) == (3, 0, 0.0)
    assert (spend.customers, list(spend.frame)) == (0, ["payments", "total", "n"])
    assert pd.isna(spend.mean)
    assert customer_base(snapshot).cells["n"].tolist() == [1, 2]


def test_who_only_returned_has_not_bought(tmp_path: Path) -> None:
    snapshot = today(tmp_path, orders=orders(("a", 9, -5), ("a", 3, -2)), customers=customers("a"))
    counts = purchase_counts(snapshot, by=["cohort"])
    assert (counts.customers, counts.returns, counts.returned) == (0, 2, 7.0)
    base = customer_base(snapshot, by=["cohort"])
    assert (base.customers, base.without, base.value_rate) == (0, 1, 1.0)


def test_a_return_of_the_same_day_leaves_the_purchase(tmp_path: Path) -> None:
    counts = purchase_counts(today(tmp_path, orders=orders(("a", 9, 50), ("a", 9, -50))))
    assert counts.frame[["frequency", "T", "n", "amount"]].values.tolist() == [[0, 9, 1, 50.0]]
    assert (counts.returns, counts.returned) == (1, 50.0)


@pytest.mark.parametrize("amount", [1e12, -1e12, 1e300])
def test_an_amount_beyond_all_reason_is_named_with_its_table(tmp_path: Path, amount: float) -> None:
    snapshot = today(tmp_path, orders=orders(("a", 9, 5), ("a", 3, amount)))
    for count in (purchase_counts, spend_counts, customer_base):
        with pytest.raises(HugeAmount, match=r"tables\.orders\.amount: .*100,000,000,000 EUR .*found 1 beyond"):
            count(snapshot)


def test_the_largest_amount_that_is_allowed_is_counted_to_the_cent(tmp_path: Path) -> None:
    counts = purchase_counts(today(tmp_path, orders=orders(("a", 9, 1e11), ("a", 3, 1e11), ("a", 3, 0.01))))
    assert counts.frame[["amount", "repeat_amount"]].values.tolist() == [[2e11 + 0.01, 1e11 + 0.01]]


def test_a_purchase_before_joining_is_the_first_one_and_is_told(tmp_path: Path) -> None:
    snapshot = today(
        tmp_path,
        customers=customers("early", "same day", "late", joined=50),
        orders=orders(("early", 60, 1), ("early", 9, 1), ("same day", 50, 1), ("late", 20, 1)),
    )
    counts = purchase_counts(snapshot)
    assert counts.before_joining == 1
    assert counts.frame[["frequency", "recency", "T"]].values.tolist() == [[0, 0, 20], [0, 0, 50], [1, 51, 60]]


def test_a_second_order_of_one_number_is_set_aside_and_told(tmp_path: Path) -> None:
    bought = orders(("a", 9, 5), ("a", 9, 5), ("a", 3, 7), ("b", 9, 1))
    # one full copy, and one number given twice on different days: the earlier order stays
    bought["order_id"] = ["o0", "o0", "o0", "o1"]
    study = shop(tmp_path, orders=bought)
    counts = purchase_counts(study.snapshot(AS_OF))
    assert counts.frame[["frequency", "T", "n", "amount"]].values.tolist() == [[0, 9, 2, 6.0]]
    aside = study.quality().counts.set_index("reason")["rows"]
    assert (aside["duplicate_row"], aside["duplicate_key"]) == (1, 1)


def test_orders_that_are_none_leave_empty_counts(tmp_path: Path) -> None:
    bought = orders(("a", 9, float("nan")), ("b", 9, float("inf")))
    snapshot = today(tmp_path, orders=bought, customers=customers("a", "b"))
    counts, spend = purchase_counts(snapshot, by=["cohort"], gaps=True), spend_counts(snapshot)
    assert (counts.customers, counts.repeaters, spend.customers) == (0, 0, 0)
    base = customer_base(snapshot)
    assert (base.customers, base.without) == (0, 2)


def test_a_contract_that_ends_before_it_starts_is_no_stay(tmp_path: Path) -> None:
    known = contracts(("a", 9, 20), ("b", 9, None))
    assert retention_counts(today(tmp_path, contracts=known)).stays == 1


def test_counts_do_not_depend_on_the_order_of_the_rows(tmp_path: Path) -> None:
    rows = [("a", 20, 0.1), ("a", 20, 0.2), ("a", 3, 0.3), ("b", 20, 0.3), ("b", 3, 0.1), ("b", 3, 0.2)]
    frames = []
    for number, given in enumerate((rows, rows[::-1])):
        (folder := tmp_path / str(number)).mkdir()
        frames.append(customer_base(today(folder, orders=orders(*given))).cells)
    pd.testing.assert_frame_equal(*frames, check_exact=True)
    # 0.1 + 0.2 is 0.3 in money, so both are alike
    assert frames[0]["n"].tolist() == [2]
