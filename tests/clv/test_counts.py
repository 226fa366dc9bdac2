"""Purchase counts: definitions on a table one can count by hand, and the published summary of the CDNOW sample."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest

import cxmodels as cx
from cxmodels.clv.counts.purchases import purchase_counts
from cxmodels.study import MissingTable, open_study

HEAD = '[study]\nname = "Shop"\ncurrency = "EUR"\n'


@pytest.fixture
def orders_of(tmp_path: Path) -> Callable[..., cx.study.Study]:
    """Return a function that opens a study of orders: ``orders_of([("c1", "2020-01-01 10:00", 5.0), …])``."""

    def study(lines: list[tuple[str, str, float]], extracted_on: str = "2020-06-30") -> cx.study.Study:
        frame = pd.DataFrame(lines, columns=["customer_id", "ordered_at", "amount"])
        frame.insert(0, "order_id", [f"o{number}" for number in range(len(frame))])
        frame.to_csv(tmp_path / "orders.csv", index=False)
        toml = f'{HEAD}extracted_on = {extracted_on}\n[tables.orders]\npath = "orders.csv"\n'
        (tmp_path / "study.toml").write_text(toml)
        return open_study(tmp_path)

    return study


def test_frequency_recency_and_t_are_counted_in_whole_days(orders_of: Callable[..., cx.study.Study]) -> None:
    study = orders_of(
        [
            ("c1", "2020-01-01 23:59:00", 5.0),
            ("c1", "2020-01-02 00:01:00", 6.0),
            ("c1", "2020-01-11 12:00:00", 7.0),
            ("c2", "2020-01-21", 9.0),
        ]
    )
    counts = purchase_counts(study.snapshot("2020-01"))
    assert counts.frame.to_dict("list") == {
        "frequency": [0, 2],
        "recency": [0, 10],
        "T": [10, 30],
        "n": [1, 1],
        "amount": [9.0, 18.0],
        "repeat_amount": [0.0, 13.0],
    }


def test_orders_of_one_day_are_one_purchase_and_customers_alike_are_counted_together(
    orders_of: Callable[..., cx.study.Study],
) -> None:
    study = orders_of([(c, day, 2.5) for c in ("c1", "c2") for day in ("2020-01-01", "2020-01-01 18:00", "2020-01-03")])
    counts = purchase_counts(study.snapshot("2020-01"))
    assert counts.frame.to_dict("records") == [
        {"frequency": 1, "recency": 2, "T": 30, "n": 2, "amount": 15.0, "repeat_amount": 5.0}
    ]


def test_a_return_is_no_purchase_and_a_free_order_is_one(orders_of: Callable[..., cx.study.Study]) -> None:
    study = orders_of(
        [("c1", "2020-01-01", 5.0), ("c1", "2020-01-05", -5.0), ("c1", "2020-01-09", 0.0), ("c2", "2020-01-09", -1.0)]
    )
    counts = purchase_counts(study.snapshot("2020-01"))
    assert counts.frame[["frequency", "recency", "T", "n", "amount"]].values.tolist() == [[1, 8, 30, 1, 5.0]]
    assert (counts.free_of_charge, counts.returns, counts.returned) == (1, 2, 6.0)


def test_a_cohort_holds_those_whose_first_purchase_came_late_enough(
    orders_of: Callable[..., cx.study.Study],
) -> None:
    study = orders_of([("c1", "2020-01-01", 1.0), ("c1", "2020-01-20", 1.0), ("c2", "2020-01-10", 1.0)])
    counts = purchase_counts(study.snapshot("2020-01"), since=date(2020, 1, 10))
    assert counts.frame[["frequency", "recency", "T", "n"]].values.tolist() == [[0, 0, 21, 1]]


def test_orders_after_the_day_are_not_counted(orders_of: Callable[..., cx.study.Study]) -> None:
    study = orders_of([("c1", "2020-01-31 23:59:59", 1.0), ("c1", "2020-02-01", 1.0), ("c2", "2020-02-01", 1.0)])
    counts = purchase_counts(study.snapshot("2020-01"))
    assert counts.frame[["frequency", "recency", "T", "n"]].values.tolist() == [[0, 0, 0, 1]]


def test_without_orders_the_missing_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("customer_id,joined_on\nc1,2020-01-01\n")
    toml = f'{HEAD}extracted_on = 2020-06-30\n[tables.customers]\npath = "customers.csv"\n'
    (tmp_path / "study.toml").write_text(toml)
    with pytest.raises(MissingTable, match="no table 'orders'"):
        purchase_counts(open_study(tmp_path).snapshot("2020-01"))


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory: pytest.TempPathFactory) -> tuple[cx.study.Study, pd.DataFrame]:
    """Return the CDNOW 1/10 sample as a study, and the summary that is published with it (in weeks)."""
    spec = find_spec("lifetimes")
    assert spec is not None, "lifetimes is in requirements.lock"
    assert spec.submodule_search_locations
    data = Path(spec.submodule_search_locations[0]) / "datasets"
    lines = pd.read_csv(
        data / "CDNOW_sample.txt", sep=r"\s+", header=None, names=["master", "id", "day", "cds", "paid"]
    )
    folder = tmp_path_factory.mktemp("cdnow")
    pd.DataFrame(
        {
            "order_id": [f"line {number}" for number in range(len(lines))],
            "customer_id": lines.id.astype(str),
            "ordered_at": pd.to_datetime(lines.day.astype(str)),
            "amount": lines.paid,
        }
    ).to_parquet(folder / "orders.parquet")
    toml = f'{HEAD}extracted_on = 1998-06-30\n[tables.orders]\npath = "orders.parquet"\n'
    (folder / "study.toml").write_text(toml)
    return open_study(folder), pd.read_csv(data / "cdnow_customers_summary.csv")


def test_the_cdnow_sample_has_its_customers_and_purchase_days(cdnow: tuple[cx.study.Study, pd.DataFrame]) -> None:
    # Fader, Hardie & Lee (2005): 2 357 customers, a tenth of the cohort; 6 919 lines on 6 696 customer-days.
    counts = purchase_counts(cdnow[0].snapshot("1998-06"))
    assert counts.customers == 2357
    assert ((counts.frame.frequency + 1) * counts.frame.n).sum() == 6696
    assert (counts.free_of_charge, counts.returns, counts.returned) == (8, 0, 0.0)


def test_the_cdnow_calibration_equals_the_published_summary(cdnow: tuple[cx.study.Study, pd.DataFrame]) -> None:
    # cdnow_customers_summary.csv of lifetimes 0.11.3: frequency, recency and T in weeks up to 1997-09-30.
    study, published = cdnow
    counts = purchase_counts(study.snapshot("1997-09-30")).frame
    ours = counts.loc[counts.index.repeat(counts.n), ["frequency", "recency", "T"]]
    ours = ours.assign(recency=(ours.recency / 7).round(2), T=(ours["T"] / 7).round(2))
    order = ["frequency", "recency", "T"]
    ours, theirs = (frame[order].sort_values(order).reset_index(drop=True) for frame in (ours, published.round(2)))
    assert len(ours) == 2357
    assert (ours.frequency == theirs.frequency).all()
    assert (ours - theirs).abs().to_numpy().max() < 0.011
