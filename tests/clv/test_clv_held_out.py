"""What was known on a day beside what came after, and purchases day by day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import cdnow_followed
import pandas as pd
import pytest
from small_shop import AS_OF, customers, orders, today

from cxmodels.clv.counts.from_frame import counted
from cxmodels.clv.counts.held_out import held_out, repeat_purchases
from cxmodels.clv.counts.purchases import purchase_counts
from cxmodels.clv.errors import InvalidValue, NoPurchases
from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import Study, open_study


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return the CDNOW 1/10 sample as a study."""
    folder = tmp_path_factory.mktemp("cdnow")
    bought = cdnow_followed.days()
    lines = bought.assign(order_id=[f"line {number}" for number in range(len(bought))])
    lines = lines.rename(columns={"customer": "customer_id", "day": "ordered_at", "paid": "amount"})
    lines.astype({"customer_id": str}).to_parquet(folder / "orders.parquet")
    (folder / "study.toml").write_text(
        '[study]\nname = "CDNOW"\ncurrency = "USD"\nextracted_on = 1998-06-30\n'
        '[tables.orders]\npath = "orders.parquet"\n'
    )
    return open_study(folder)


def shop_of_three(folder: Path) -> Snapshot:
    """a bought 50, 40, 30, 5 and 0 days ago, b 30 and 2 days ago, c 10 days ago; 40 and 5 were free of charge."""
    bought = [
        ("a", 50, 7),
        ("a", 40, 0),
        ("a", 30, 3),
        ("a", 5, 0),
        ("a", 0, 2.5),
        ("b", 30, 4),
        ("b", 2, 5),
        ("c", 10, 9),
    ]
    return today(folder, orders=orders(*bought))


def test_purchases_are_parted_at_the_end_of_the_day(tmp_path: Path) -> None:
    held = held_out(shop_of_three(tmp_path), AS_OF - timedelta(days=30))
    columns = ["frequency", "recency", "T", "payments", "total", "purchases", "spent", "n"]
    assert held.frame[columns].values.tolist() == [[0, 0, 0, 0, 0.0, 1, 5.0, 1], [2, 20, 20, 1, 3.0, 2, 2.5, 1]]
    assert (held.ahead, held.currency) == (30, "EUR")


def test_the_cdnow_hold_out_is_the_one_counted_from_the_file(cdnow: Study) -> None:
    # Fader, Hardie & Lee (2005): 39 weeks from the end of September 1997, with 1 882 repeat transactions.
    held = held_out(cdnow.snapshot("1998-06"), cdnow_followed.FITTED)
    assert held.ahead == 39 * 7
    assert held.frame["purchases"] @ held.frame["n"] == 1882
    theirs = cdnow_followed.followed()
    columns = list(theirs.columns)
    theirs = theirs.sort_values(columns, ignore_index=True)
    pd.testing.assert_frame_equal(held.frame[columns], theirs, check_dtype=False)


def test_what_was_known_then_is_what_a_snapshot_of_that_day_counts(cdnow: Study) -> None:
    held = held_out(cdnow.snapshot("1998-06"), cdnow_followed.FITTED)
    then = purchase_counts(cdnow.snapshot("1997-09-30"))
    known = counted(held.frame, n="n")
    columns = ["frequency", "recency", "T", "n"]
    pd.testing.assert_frame_equal(known.frame[columns], then.frame[columns], check_dtype=False)


def test_every_purchase_of_cdnow_lies_on_its_day(cdnow: Study) -> None:
    bought = cdnow_followed.days()
    daily = repeat_purchases(cdnow.snapshot("1998-06")).set_index("day")
    repeat = bought[bought["day"] > bought.groupby("customer")["day"].transform("min")]
    assert daily["new"].sum() == 2357
    assert (daily["new"] + daily["purchases"]).to_dict() == bought.groupby("day").size().to_dict()
    assert daily.loc[daily["purchases"] > 0, "purchases"].to_dict() == repeat.groupby("day").size().to_dict()
    assert daily.index.is_monotonic_increasing


def test_purchases_of_a_cohort_leave_out_who_came_earlier(tmp_path: Path) -> None:
    daily = repeat_purchases(shop_of_three(tmp_path), since=AS_OF - timedelta(days=30))
    assert daily[["new", "purchases"]].values.tolist() == [[1, 0], [1, 0], [0, 1]]
    assert daily["day"].dt.date.tolist() == [AS_OF - timedelta(days=ago) for ago in (30, 10, 2)]


def test_a_day_that_is_not_before_the_snapshot_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="must be before 2026-09-30, the snapshot's day, found 2026-09-30"):
        held_out(shop_of_three(tmp_path), AS_OF)


def test_a_day_before_the_first_purchase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoPurchases, match="nobody had bought by 2020-01-01"):
        held_out(shop_of_three(tmp_path), date(2020, 1, 1))


def test_customers_are_alike_only_if_their_future_is(tmp_path: Path) -> None:
    people = customers("a", "b", "c")
    bought = orders(("a", 20, 1), ("b", 20, 1), ("c", 20, 1), ("c", 1, 1))
    held = held_out(today(tmp_path, orders=bought, customers=people), AS_OF - timedelta(days=10))
    assert held.frame[["T", "purchases", "n"]].values.tolist() == [[10, 0, 2], [10, 1, 1]]
