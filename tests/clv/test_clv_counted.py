"""Counts from a table in memory: the published summary goes through, and what no customer can have is named."""

from __future__ import annotations

from pathlib import Path

import lifetimes
import numpy as np
import pandas as pd
import pytest

from cxmodels.clv.counts.from_frame import counted
from cxmodels.clv.counts.spend import counted_spend
from cxmodels.clv.errors import HugeAmount, InvalidCounts, InvalidValue, UnknownColumn

ONE = {"frequency": 2, "recency": 10.0, "T": 30.0}


def rows(*changes: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([ONE | change for change in changes])


def test_the_published_summary_is_counted_without_loss() -> None:
    # Fader, Hardie & Lee (2005): 2 357 customers, 946 of whom bought again within 39 weeks.
    summary = pd.read_csv(Path(lifetimes.__file__).parent / "datasets" / "cdnow_customers_summary.csv")
    counts = counted(summary, unit="weeks")
    assert (counts.customers, counts.repeaters) == (2357, 946)
    assert (counts.frame["frequency"] * counts.frame["n"]).sum() == summary["frequency"].sum()
    assert counts.frame["n"].max() > 1
    assert counts.frame[["amount", "repeat_amount"]].isna().all(axis=None)
    assert counts.in_unit("days").frame["T"].max() == pytest.approx(7 * summary["T"].max())


def test_only_equal_rows_are_counted_together_and_nothing_is_changed() -> None:
    frame = rows({}, {"T": 30.000001}, {}).assign(n=[1, 5, 2], paid=[3.0, 50.0, 7.0], area=["N", "N", None])
    before = frame.copy()
    counts = counted(frame, n="n", amount="paid")
    assert counts.frame[["T", "n", "amount"]].values.tolist() == [[30.0, 3, 10.0], [30.000001, 5, 50.0]]
    by = counted(frame, n="n", by=["area"])
    assert by.frame[["T", "area", "n"]].values.tolist() == [[30.0, "N", 1], [30.0, "unknown", 2], [30.000001, "N", 5]]
    pd.testing.assert_frame_equal(frame, before)


def test_sums_of_log_gaps_may_be_negative_as_gaps_may_be_parts_of_a_unit() -> None:
    counts = counted(rows({}, {}).assign(gaps=[-0.5, 0.25]), log_gaps="gaps")
    assert counts.frame["log_gaps"].tolist() == [-0.25]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"frequency": -1}, "'frequency' must be at least 0; 1 of 2 rows are not, the first \\(row 1\\) holds -1"),
        ({"frequency": 1.5}, "'frequency' must be whole numbers"),
        ({"frequency": np.nan}, "'frequency' must be finite"),
        ({"recency": np.inf}, "'recency' must be finite"),
        ({"recency": 31.0}, "'recency' must be at most 'T'"),
        ({"T": -1.0, "recency": 0.0, "frequency": 0}, "'T' must be at least 0"),
        ({"frequency": 0}, "'recency' must be 0 where 'frequency' is"),
        ({"recency": 0.0}, "'recency' must be above 0 where 'frequency' is"),
    ],
)
def test_a_customer_who_cannot_be_is_named(change: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidCounts, match=said):
        counted(rows({}, change))


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"T": "age"}, UnknownColumn, "'age' is no column of the table; there are: frequency, recency, T"),
        ({"recency": "recncy"}, UnknownColumn, "did you mean 'recency'"),
        ({"by": ["area"]}, UnknownColumn, "'area' is no column"),
        ({"unit": "years"}, InvalidValue, "days, weeks, months, found 'years'"),
        ({"by": ["T"]}, InvalidValue, "'T' is counted itself"),
        ({"frequency": "times", "by": ["frequency"]}, InvalidValue, "'frequency' is counted itself"),
        ({"by": ["word", "word"]}, InvalidValue, "each column once, found word, word"),
        ({"n": "none"}, InvalidCounts, "'none' must be at least 1"),
        ({"amount": "debt"}, InvalidCounts, "'debt' must be at least 0"),
        ({"amount": "riches"}, HugeAmount, "'riches' must be at most 100,000,000,000 each"),
        ({"amount": "word"}, InvalidCounts, "'word' must hold numbers, found"),
    ],
)
def test_an_option_that_cannot_be_is_named(options: dict, error: type[Exception], said: str) -> None:
    frame = rows({}).assign(none=0, debt=-1.0, riches=1e12, word="x", times=1)
    with pytest.raises(error, match=said):
        counted(frame, **options)


def test_customers_on_their_first_day_and_an_empty_table_are_counts() -> None:
    new = counted(pd.DataFrame({"frequency": [0, 0], "recency": [0, 0], "T": [0, 0]}))
    assert new.frame[["frequency", "recency", "T", "n"]].values.tolist() == [[0, 0, 0, 2]]
    assert (new.customers, new.repeaters) == (2, 0)
    assert counted(rows({}).iloc[:0]).customers == 0


def test_payments_are_counted_and_customers_without_one_left_out() -> None:
    spend = counted_spend(
        pd.DataFrame({"payments": [2, 0, 2, 1], "total": [10.0, 0.0, 10.0, 4.0], "n": [1, 7, 2, 1]}), n="n"
    )
    assert spend.frame.values.tolist() == [[1, 4.0, 1], [2, 10.0, 3]]
    assert (spend.customers, spend.mean) == (4, 34 / 7)


@pytest.mark.parametrize(
    ("payments", "total", "error", "said"),
    [
        (1, 0.0, InvalidCounts, "'total' must be above 0 where there are payments"),
        (1, -3.0, InvalidCounts, "'total' must be at least 0"),
        (1, np.inf, InvalidCounts, "'total' must be finite"),
        (0.5, 3.0, InvalidCounts, "'payments' must be whole"),
        (2, 1e12, HugeAmount, "'total' must be at most"),
    ],
)
def test_a_payment_that_cannot_be_is_named(payments: float, total: float, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        counted_spend(pd.DataFrame({"payments": [payments], "total": [total]}))
