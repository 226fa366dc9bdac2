"""The whole path from tables to counts gives the same on Spark as on DuckDB."""

from __future__ import annotations

import shutil
from datetime import date
from typing import Any

import pandas as pd
import pytest

import cxmodels as cx
from cxmodels.churn.counts.inactivity import quiet_spells, usual_gap
from cxmodels.clv.counts.base import customer_base
from cxmodels.clv.counts.held_out import held_out, repeat_purchases
from cxmodels.clv.counts.purchases import purchase_counts
from cxmodels.clv.counts.retention import retention_counts
from cxmodels.clv.counts.spend import spend_counts
from cxmodels.study import Study, open_study

pytestmark = pytest.mark.spark

DIRT = {
    "missing": 1,
    "wrong_type": 1,
    "not_finite": 1,
    "out_of_range": 1,
    "unknown_value": 1,
    "in_future": 1,
    "ends_before_start": 1,
    "off_scale": 1,
    "duplicate_row": 1,
    "duplicate_key": 1,
    "orphan": 1,
    "parent_set_aside": 1,
    "identifier_column": 1,
}
MONTH = "2026-06"


@pytest.fixture(scope="module")
def studies(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Study]:
    """Return one dirty company opened twice: on DuckDB and on Spark."""
    ours = cx.simulate.write(tmp_path_factory.mktemp("duckdb"), customers=120, months=15, seed=5, dirt=DIRT)
    theirs = tmp_path_factory.mktemp("spark") / "study"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CXMODELS_SECRET", "the same for both")
        shutil.copytree(ours, theirs)
        with (theirs / "study.toml").open("a", encoding="utf-8") as settings:
            settings.write('\n[source]\nurl = "spark://local[2]"\n')
        pair = open_study(ours), open_study(theirs)
        assert [study.connection.name for study in pair] == ["duckdb", "pyspark"]
        yield pair


def rows(table: Any) -> list[str]:
    """Every row as text, in an order of its own; numbers to nine digits."""
    frame: pd.DataFrame = table.to_pandas()
    frame = frame[sorted(frame.columns)]
    for name in frame.columns:
        if pd.api.types.is_float_dtype(frame[name]):
            frame[name] = frame[name].map("{:.9g}".format)
        elif pd.api.types.is_datetime64_any_dtype(frame[name]):
            frame[name] = pd.to_datetime(frame[name]).dt.tz_localize(None).dt.strftime("%Y-%m-%d %H:%M:%S")
        else:
            frame[name] = frame[name].map(lambda value: "" if value is None or value != value else str(value))
    return sorted(map(str, frame.astype(str).to_numpy().tolist()))


def test_every_fault_is_counted_alike(studies: tuple[Study, Study]) -> None:
    ours, theirs = (study.quality().counts for study in studies)
    assert len(ours) > 60
    pd.testing.assert_frame_equal(ours, theirs)
    pd.testing.assert_frame_equal(studies[0].quality().tables, studies[1].quality().tables)


def test_the_same_rows_lie_in_quarantine_for_the_same_reasons(studies: tuple[Study, Study]) -> None:
    ours, theirs = (study.quality().quarantine.drop("value") for study in studies)
    assert rows(ours) == rows(theirs)


def test_snapshots_hold_the_same_rows_under_the_same_pseudonyms(studies: tuple[Study, Study]) -> None:
    ours, theirs = (study.snapshot(MONTH) for study in studies)
    for name in ours.tables:
        assert rows(ours.table(name)) == rows(theirs.table(name)), name
    pd.testing.assert_frame_equal(ours.excluded, theirs.excluded)
    pd.testing.assert_frame_equal(ours.not_known_yet, theirs.not_known_yet)


def test_purchase_counts_are_equal(studies: tuple[Study, Study]) -> None:
    ours, theirs = (
        purchase_counts(study.snapshot(MONTH), by=("region", "cohort"), gaps=True, since=date(2025, 5, 1))
        for study in studies
    )
    assert ours.customers > 50
    pd.testing.assert_frame_equal(ours.frame, theirs.frame, check_exact=True)
    assert vars(ours) | {"frame": None} == vars(theirs) | {"frame": None}


def test_what_was_bought_before_and_after_a_day_is_equal(studies: tuple[Study, Study]) -> None:
    known, spent, daily = (
        [count(study.snapshot(MONTH)) for study in studies]
        for count in (lambda snapshot: held_out(snapshot, date(2026, 1, 31)), spend_counts, repeat_purchases)
    )
    assert known[0].frame["purchases"].sum() > 50
    pd.testing.assert_frame_equal(known[0].frame, known[1].frame, check_exact=True)
    pd.testing.assert_frame_equal(spent[0].frame, spent[1].frame, check_exact=True)
    pd.testing.assert_frame_equal(daily[0], daily[1], check_exact=True)


def test_the_customer_base_is_equal_and_joins_back(studies: tuple[Study, Study]) -> None:
    ours, theirs = (customer_base(study.snapshot(MONTH), by=("region",)) for study in studies)
    pd.testing.assert_frame_equal(ours.cells, theirs.cells, check_exact=True)
    assert (ours.without, ours.margin_rate, ours.returned_share) == (
        theirs.without,
        theirs.margin_rate,
        theirs.returned_share,
    )
    joined = [rows(base.by_customer(base.cells[["T", "margin"]])) for base in (ours, theirs)]
    assert len(joined[0]) == ours.customers > 50
    assert joined[0] == joined[1]


def test_retention_counts_are_equal(studies: tuple[Study, Study]) -> None:
    ours, theirs = (retention_counts(study.snapshot(MONTH), by=("region",)) for study in studies)
    assert ours.ends > 10
    pd.testing.assert_frame_equal(ours.frame, theirs.frame, check_exact=True)
    assert (ours.watched_since, ours.before_watch) == (theirs.watched_since, theirs.before_watch)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"unit": "months", "time_varying": ("satisfaction", "incidents")},
        {"window_months": 0, "time_varying": ("satisfaction", "incidents"), "held_months": 3},
        {"covariates": ("plan", "region", "monthly_fee"), "window_months": 0},
    ],
    ids=["days", "histories in months", "landmarks", "numbers"],
)
def test_churn_episodes_are_equal(studies: tuple[Study, Study], asked: dict[str, Any]) -> None:
    ours, theirs = (cx.churn.episodes(study.snapshot(MONTH), **asked).frame for study in studies)
    assert len(ours) > 20
    columns = list(ours.columns)
    order = [frame.sort_values(columns).reset_index(drop=True) for frame in (ours, theirs)]
    pd.testing.assert_frame_equal(order[0], order[1], check_dtype=False)


def test_customers_leave_by_inactivity_on_the_same_days(studies: tuple[Study, Study]) -> None:
    spells = [quiet_spells(study.snapshot(MONTH).numbered("orders"), date(2026, 6, 30), 60) for study in studies]
    gaps = [usual_gap(study.snapshot(MONTH)) for study in studies]
    assert gaps[0] == gaps[1] > 1
    assert len(rows(spells[0])) > 50
    assert rows(spells[0]) == rows(spells[1])
