"""The customer base: who is in it, what is known of each, and that results find their customers again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_shop import contracts, customers, orders, today

from cxmodels.clv.counts.base import customer_base
from cxmodels.clv.counts.purchases import purchase_counts
from cxmodels.clv.counts.spend import spend_counts
from cxmodels.study import MissingTable

NUMBERS = ["frequency", "recency", "T", "payments", "total", "contract_months", "margin", "n"]


def listed(cells: pd.DataFrame, columns: list[str] | None = None) -> list[list[object]]:
    """The rows, None for what is missing."""
    rows = cells[columns or NUMBERS].astype(object)
    return rows.where(rows.notna(), None).values.tolist()


def test_orders_and_contracts_meet_in_one_row_a_customer(tmp_path: Path) -> None:
    base = customer_base(
        today(
            tmp_path,
            customers=customers("both", "orders", "contract", "left", "nothing", region=["N", "S", None, "N", "N"]),
            orders=orders(("both", 90, 5), ("both", 40, 7.25), ("both", 10, 0), ("orders", 0, 3), ("left", 300, 1)),
            contracts=contracts(
                ("both", 100, None),
                ("contract", 30, None),
                ("left", 90, 2),
                monthly_fee=[20, 10.5, 8.0],
                margin_rate=[0.5, 0.5, 0.5],
            ),
        ),
        by=["region", "cohort"],
    )
    assert listed(base.cells, [*NUMBERS, "region", "cohort"]) == [
        [None, None, None, 0, 0.0, 1.0, 5.25, 1, "unknown", "no purchase"],
        [0, 0, 0, 0, 0.0, None, None, 1, "S", "2026-09"],
        [0, 0, 300, 0, 0.0, None, None, 1, "N", "2025-12"],
        [2, 80, 90, 1, 7.25, 3.0, 10.0, 1, "N", "2026-07"],
    ]
    assert (base.customers, base.without, base.currency, base.by) == (4, 1, "EUR", ("region", "cohort"))


def test_a_study_of_orders_alone_has_no_contracts_in_its_base(tmp_path: Path) -> None:
    base = customer_base(today(tmp_path, orders=orders(("a", 9, 1), ("a", 2, 1), ("b", 9, 1))))
    assert listed(base.cells) == [[0, 0, 9, 0, 0.0, None, None, 1], [1, 7, 9, 1, 1.0, None, None, 1]]
    assert (base.margin_rate, base.returned_share, base.value_rate, base.without) == (None, 0.0, 1.0, 0)


def test_a_study_of_contracts_alone_has_no_orders_in_its_base(tmp_path: Path) -> None:
    base = customer_base(today(tmp_path, contracts=contracts(("a", 61, None), ("b", 61, None), ("c", 61, 1))))
    assert listed(base.cells) == [[None, None, None, 0, 0.0, 2.0, None, 2]]
    assert (base.without, base.customers) == (0, 2)


def test_without_orders_and_contracts_the_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingTable, match="no table 'orders'"):
        customer_base(today(tmp_path, customers=customers("a")))


def test_a_contract_that_follows_within_a_day_continues_the_stay(tmp_path: Path) -> None:
    # 365 days are 11.99 months of 30.4375 days, and the as-of day is watched to its end.
    running = contracts(
        ("renewed", 365, 200), ("renewed", 199, None), ("returned", 365, 200), ("returned", 198, None),
        ("twice", 365, None), ("twice", 10, None), monthly_fee=[1.0, 2.0, 1.0, 2.0, 4.0, 8.0],
    )  # fmt: skip
    base = customer_base(today(tmp_path, contracts=running))
    assert listed(base.cells, ["contract_months", "margin"]) == [[6.0, 2.0], [12.0, 2.0], [12.0, 12.0]]


def test_a_fee_without_a_margin_rate_counts_whole_and_is_told(tmp_path: Path) -> None:
    running = contracts(
        ("a", 50, None), ("b", 50, None), ("c", 50, None), ("d", 50, 3), monthly_fee=[10.0, 10.0, None, 10.0],
        margin_rate=[0.25, None, 0.5, None],
    )  # fmt: skip
    base = customer_base(today(tmp_path, contracts=running))
    assert listed(base.cells, ["margin", "n"]) == [[None, 1], [2.5, 1], [10.0, 1]]
    assert base.fees_alone == 1


def test_returns_and_margins_of_orders_say_what_a_unit_of_spend_is_worth(tmp_path: Path) -> None:
    bought = orders(("a", 9, 60), ("b", 9, 40), ("b", 5, -25), ("c", 9, 0)).assign(margin=[30.0, np.nan, -9.0, 0.0])
    base = customer_base(today(tmp_path, orders=bought))
    assert (base.margin_rate, base.returned_share, base.value_rate) == (0.5, 0.25, 0.375)


def test_the_margin_rate_of_the_settings_comes_first(tmp_path: Path) -> None:
    bought = orders(("a", 9, 60)).assign(margin=[30.0])
    base = customer_base(today(tmp_path, "[clv]\nmargin_rate = 0.2\n[privacy]\nmin_cell = 7\n", orders=bought))
    assert (base.margin_rate, base.min_cell) == (0.2, 7)


def test_more_returned_than_bought_is_worth_nothing_and_not_less(tmp_path: Path) -> None:
    assert customer_base(today(tmp_path, orders=orders(("a", 9, 10), ("a", 8, -40)))).value_rate == 0.0


def test_every_result_finds_its_customers_again(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    ids = [f"c{number}" for number in range(300)]
    # tenths and thirds have no exact binary form: what is joined by value would lose some
    bought = orders(
        *(
            (str(random.choice(ids)), int(random.integers(0, 60)), round(float(random.choice([0.1, 0.2, 1 / 3])), 4))
            for _ in range(900)
        )
    )
    some = contracts(*((name, int(random.integers(1, 400)), None) for name in ids[:150])).assign(monthly_fee=0.1 / 3)
    snapshot = today(
        tmp_path,
        customers=customers(*ids, region=list(random.choice(["N", "S", None], 300))), orders=bought, contracts=some,
    )  # fmt: skip
    base = customer_base(snapshot, by=["region"])
    assert base.cells["n"].max() > 1
    named = base.by_customer(pd.DataFrame({"cell": base.cells.index}, index=base.cells.index)).to_pandas()
    assert sorted(named["number"]) == sorted(base.table.to_pandas()["number"])
    assert named.groupby("cell").size().to_list() == base.cells["n"].to_list()
    held = named.merge(base.table.to_pandas(), on="number").set_index("cell")
    for key in base.keys:
        assert (held[key] == base.codes[key].reindex(held.index)).all()
    only = base.by_customer(base.cells.loc[[5], ["T"]])
    assert only.count().execute() == base.cells.loc[5, "n"]


def test_the_base_holds_the_customers_and_the_money_of_the_counts(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    bought = orders(
        *((f"c{random.integers(80)}", int(random.integers(0, 90)), float(random.integers(0, 3))) for _ in range(300))
    )
    snapshot = today(tmp_path, orders=bought)
    base, counts, spend = customer_base(snapshot), purchase_counts(snapshot), spend_counts(snapshot)
    sums = base.cells.groupby(["frequency", "recency", "T"], as_index=False)["n"].sum()
    pd.testing.assert_frame_equal(sums, counts.frame[list(sums)], check_dtype=False)
    paying = base.cells[base.cells["payments"] > 0].groupby(["payments", "total"], as_index=False)["n"].sum()
    pd.testing.assert_frame_equal(paying, spend.frame, check_dtype=False)
    assert base.cells["total"] @ base.cells["n"] == counts.frame["repeat_amount"].sum()
