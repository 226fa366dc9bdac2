"""Purchase counts by attribute and cohort, the gaps between purchases, and an independent count of random orders."""

from __future__ import annotations

import gc
from datetime import timedelta
from pathlib import Path
from weakref import ref

import numpy as np
import pandas as pd
import pytest
from small_shop import AS_OF, contracts, customers, orders, shop, today

from cxmodels.clv.counts.base import customer_base
from cxmodels.clv.counts.days import purchase_days
from cxmodels.clv.counts.from_frame import counted
from cxmodels.clv.counts.groups import cohorts
from cxmodels.clv.counts.purchases import purchase_counts
from cxmodels.clv.counts.retention import retention_counts
from cxmodels.clv.counts.spend import spend_counts
from cxmodels.clv.errors import InvalidValue, UnknownColumn


def test_attributes_part_the_counts_and_a_missing_one_is_unknown(tmp_path: Path) -> None:
    people = customers("a", "b", "c", region=["North", None, "North"], joined_age=[31, 40, 31])
    bought = orders(("a", 9, 1), ("b", 9, 2), ("c", 9, 3))
    counts = purchase_counts(today(tmp_path, orders=bought, customers=people), by=["region", "joined_age"])
    assert list(counts.frame) == ["frequency", "recency", "T", "region", "joined_age", "n", "amount", "repeat_amount"]
    assert counts.frame[["region", "joined_age", "n", "amount"]].values.tolist() == [
        ["North", "31", 2, 4.0],
        ["unknown", "40", 1, 2.0],
    ]
    assert counts.by == ("region", "joined_age")


def test_one_attribute_may_be_asked_for_as_a_text(tmp_path: Path) -> None:
    people = customers("a", "b", region=["North", "South"])
    bought, signed = orders(("a", 90, 1), ("b", 9, 2)), contracts(("a", 200, None), ("b", 200, 20))
    snapshot = today(tmp_path, orders=bought, contracts=signed, customers=people)
    assert purchase_counts(snapshot, by="cohort").by == ("cohort",)
    assert customer_base(snapshot, by="region").by == ("region",)
    assert retention_counts(snapshot, by="region").by == ("region",)
    # by the cohort contracts are parted always
    pd.testing.assert_frame_equal(retention_counts(snapshot, by="cohort").frame, retention_counts(snapshot).frame)
    counts = counted(pd.DataFrame({"frequency": [0], "recency": [0], "T": [9], "region": ["North"]}), by="region")
    assert counts.by == ("region",)


@pytest.mark.parametrize(
    ("longest", "named"),
    [(300, ["2026-09", "2025-12"]), (900, ["2026 Q3", "2024 Q2"]), (2000, ["2026", "2021"])],
    ids=["a year in months", "four years in quarters", "longer in years"],
)
def test_the_cohort_is_the_time_of_the_first_purchase(tmp_path: Path, longest: int, named: list[str]) -> None:
    bought = orders(("a", 0, 1), ("b", longest, 1), ("b", 3, 1))
    counts = purchase_counts(today(tmp_path, orders=bought), by=["cohort"])
    assert counts.frame[["T", "cohort"]].values.tolist() == [[0, named[0]], [longest, named[1]]]


def test_who_never_bought_has_no_cohort_of_purchases() -> None:
    assert cohorts(AS_OF, [np.nan, 0.0]).tolist() == ["no purchase", "2026-09"]


@pytest.mark.parametrize(
    ("by", "error", "said"),
    [
        (["regoin"], UnknownColumn, "did you mean 'region'"),
        (["joined_on"], UnknownColumn, "there are: region, cohort"),
        (["T"], InvalidValue, "'T' has the name of what is counted or forecast itself"),
        (["clv"], InvalidValue, r"'clv' has the name .* \(clv\); give the attribute another one"),
        # engines do not tell capitals from small letters
        (["Frequency"], InvalidValue, r"'Frequency' has the name .* \(frequency\)"),
        (["region", "region"], InvalidValue, "found 'region' 2 times"),
    ],
)
def test_a_group_that_cannot_be_is_named(tmp_path: Path, by: list[str], error: type[Exception], said: str) -> None:
    snapshot = today(tmp_path, orders=orders(("a", 9, 1)), customers=customers("a", region=["North"]))
    with pytest.raises(error, match=said):
        purchase_counts(snapshot, by=by)


def test_attributes_may_be_called_as_columns_on_the_way_to_a_count(tmp_path: Path) -> None:
    names = ["paid", "repeat_paid", "early", "Year", "fee_alone", "watched", "ended_on"]
    x, y = [f"x{name}" for name in names], [f"y{name}" for name in names]
    snapshot = today(
        tmp_path,
        orders=orders(("a", 90, 5), ("a", 9, 5), ("b", 50, 7)),
        contracts=contracts(("a", 200, None), ("b", 200, 20), monthly_fee=[1.0, 2.0]),
        customers=customers("a", "b", **{name: [f"x{name}", f"y{name}"] for name in names}),
    )
    bought = purchase_counts(snapshot, by=names, gaps=True).frame
    assert bought[["T", *names, "n"]].values.tolist() == [[50, *y, 1], [90, *x, 1]]
    stayed = retention_counts(snapshot, by=names).frame
    assert stayed[[*names, "ended", "n"]].values.tolist() == [[*x, 0, 1], [*y, 1, 1]]
    base = customer_base(snapshot, by=names)
    assert base.cells[["T", *names]].values.tolist() == [[50, *y], [90, *x]]
    assert base.by_customer(base.cells[["n"]]).count().execute() == 2


def test_orders_without_a_table_of_customers_know_no_attribute(tmp_path: Path) -> None:
    with pytest.raises(UnknownColumn, match="there are: cohort"):
        purchase_counts(today(tmp_path, orders=orders(("a", 9, 1))), by=["region"])


def test_gaps_are_logarithms_of_the_days_between_purchases(tmp_path: Path) -> None:
    bought = orders(("a", 20, 1), ("a", 13, 1), ("a", 13, 5), ("a", 1, 1), ("b", 20, 1), ("b", 1, 1), ("c", 3, 1))
    snapshot = today(tmp_path, orders=bought)
    frame = purchase_counts(snapshot, gaps=True).frame
    expected = {0: 0.0, 1: np.log(19), 2: np.log(7) + np.log(12)}
    assert frame["log_gaps"].tolist() == pytest.approx([expected[x] for x in frame["frequency"]], abs=1e-6)
    assert "log_gaps" not in purchase_counts(snapshot).frame


def test_random_orders_are_counted_as_a_loop_over_customers_counts_them(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    rows = [
        (f"c{random.integers(60)}", int(random.geometric(0.01)) - 1, float(random.choice([-4.5, 0.0, 0.1, 12.34])))
        for _ in range(500)
    ]
    snapshot = today(tmp_path, orders=orders(*rows))
    counts = purchase_counts(snapshot, gaps=True)
    found, paying = [], []
    for customer in sorted({row[0] for row in rows}):
        paid: dict[int, float] = {}
        for _, ago, amount in (row for row in rows if row[0] == customer and row[2] >= 0):
            paid[ago] = paid.get(ago, 0.0) + amount
        if not paid:
            continue
        first, last = max(paid), min(paid)
        repeat = [money for ago, money in paid.items() if ago < first]
        found.append(
            (
                len(repeat),
                first - last,
                first,
                sum(paid.values()),
                sum(repeat),
                np.log(-np.diff(sorted(paid)[::-1])).sum(),
            )
        )
        if payments := sum(money > 0 for money in repeat):
            paying.append((payments, round(sum(repeat), 4)))
    names = ["frequency", "recency", "T", "amount", "repeat_amount", "log_gaps"]
    theirs = pd.DataFrame(found, columns=names).groupby(names[:3], as_index=False).sum()
    pd.testing.assert_frame_equal(counts.frame[names], theirs, check_dtype=False, atol=1e-6)
    assert counts.customers == len(found)
    assert (counts.free_of_charge, counts.returns) == tuple(sum(row[2] == x for row in rows) for x in (0.0, -4.5))
    assert counts.returned == pytest.approx(4.5 * counts.returns)
    spent = spend_counts(snapshot)
    alike = pd.DataFrame(paying, columns=["payments", "total"]).groupby(["payments", "total"]).size()
    assert spent.frame.set_index(["payments", "total"])["n"].to_dict() == alike.to_dict()
    assert spent.mean == pytest.approx(sum(total for _, total in paying) / sum(n for n, _ in paying))


def test_days_are_worked_out_once_a_snapshot_and_go_with_it(tmp_path: Path) -> None:
    study = shop(tmp_path, orders=orders(("a", 9, 1)))
    snapshot = study.snapshot(AS_OF)
    days = purchase_days(snapshot)
    assert purchase_days(snapshot) is days
    assert purchase_days(study.snapshot(AS_OF - timedelta(days=1))) is not days
    gone = ref(snapshot)
    del snapshot, days
    gc.collect()
    assert gone() is None
