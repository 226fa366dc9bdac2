"""Months under contract: what a renewal is, what was watched, and that a known rate comes out again."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_shop import AS_OF, contracts, customers, today

from cxmodels.clv.counts.retention import retention_counts
from cxmodels.clv.errors import InvalidValue
from cxmodels.study import MissingTable

MONTH = 30.4375


def test_ends_fall_in_the_month_that_was_not_renewed(tmp_path: Path) -> None:
    ended = contracts(*((f"c{days}", 200, 200 - days) for days in (0, 1, 30, 31, 60, 61, 91, 92)), ("runs", 92, None))
    counts = retention_counts(today(tmp_path, contracts=ended))
    assert counts.frame[["entry", "exit", "ended", "n"]].values.tolist() == [
        [0, 1, 1, 3], [0, 2, 1, 2], [0, 3, 0, 1], [0, 3, 1, 2], [0, 4, 1, 1],
    ]  # fmt: skip
    assert (counts.stays, counts.ends, counts.watched_since, counts.before_watch) == (9, 8, None, 0)


def test_the_month_that_is_not_over_shows_neither_who_left_nor_who_stayed(tmp_path: Path) -> None:
    begun = contracts(("left", 40, 2), ("stayed", 40, None))
    counts = retention_counts(today(tmp_path, contracts=begun))
    assert counts.frame[["exit", "ended", "n"]].values.tolist() == [[1, 0, 2]]


def test_a_change_of_plan_is_no_end_and_a_return_is_a_stay_of_its_own(tmp_path: Path) -> None:
    plans = contracts(("a", 400, 300), ("a", 299, None), ("b", 400, 300), ("b", 298, None))
    counts = retention_counts(today(tmp_path, contracts=plans))
    assert counts.frame[["cohort", "exit", "ended", "n"]].values.tolist() == [
        ["2025", 4, 1, 1], ["2025", 9, 0, 1], ["2025", 13, 0, 1],
    ]  # fmt: skip


def test_stays_are_parted_by_the_year_of_their_start_and_by_attributes(tmp_path: Path) -> None:
    people = customers("a", "b", "c", region=["N", None, "N"])
    counts = retention_counts(
        today(tmp_path, contracts=contracts(("a", 600, None), ("b", 600, None), ("c", 5, None)), customers=people),
        by=["region", "cohort"],
    )
    assert counts.frame[["cohort", "region", "exit"]].values.tolist() == [
        ["2025", "N", 19], ["2025", "unknown", 19], ["2026", "N", 0],
    ]  # fmt: skip
    assert counts.by == ("region",)


def test_who_began_before_the_watch_is_counted_from_the_month_after_it(tmp_path: Path) -> None:
    known = contracts(
        ("early", 400, 100), ("runs", 400, None), ("late", 95, 10), ("soon", 210, 195), ("over", 300, 250)
    )
    counts = retention_counts(today(tmp_path, contracts=known), since=AS_OF - timedelta(days=200))
    assert counts.frame[["entry", "exit", "ended", "n"]].values.tolist() == [
        [7, 10, 1, 1], [7, 13, 0, 1], [0, 3, 1, 1],
    ]  # fmt: skip
    # who left within the month in which the watch began, or before it
    assert (counts.before_watch, counts.watched_since) == (2, AS_OF - timedelta(days=200))


def test_a_watch_that_begins_after_the_day_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="since must be at most 2026-09-30, the snapshot's day, found 2027-01-01"):
        retention_counts(today(tmp_path, contracts=contracts(("a", 9, None))), since=date(2027, 1, 1))


def test_without_contracts_the_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingTable, match="no table 'contracts'"):
        retention_counts(today(tmp_path, customers=customers("a")))


def company(recorded_since: int, seed: int, monthly: float = 0.04) -> pd.DataFrame:
    """3 000 contracts begun over 1 800 days that end at one rate; ends more than so many days ago are lost."""
    random = np.random.default_rng(seed)
    start = random.integers(1, 1800, 3000)
    lasted = np.ceil(random.geometric(monthly, 3000) * MONTH - random.random(3000) * MONTH).astype(int)
    end = start - lasted
    known = end <= recorded_since
    return contracts(*((f"c{i}", int(start[i]), int(end[i]) if end[i] >= 0 else None) for i in np.flatnonzero(known)))


@pytest.mark.parametrize(("recorded_since", "watched"), [(720, True), (5000, False)], ids=["filled late", "complete"])
def test_ends_that_are_missing_are_found_missing_and_the_rate_comes_out(
    tmp_path: Path, recorded_since: int, watched: bool
) -> None:
    counts = retention_counts(today(tmp_path, contracts=company(recorded_since, seed=5)))
    assert (counts.watched_since is not None) == watched
    if watched:
        assert counts.watched_since == AS_OF - timedelta(days=720)
    frame = counts.frame
    months = (frame["exit"] - frame["entry"]) @ frame["n"]
    rate = counts.ends / months
    assert rate == pytest.approx(0.04, abs=3 * np.sqrt(0.04 / months))
    # taken as watched from their start, the same contracts would seem to last longer than they do
    naive = counts.ends / (frame["exit"] @ frame["n"])
    assert (naive < 0.04 - 3 * np.sqrt(0.04 / months)) == watched


def test_ends_all_recorded_on_the_last_day_do_not_say_since_when_they_are(tmp_path: Path) -> None:
    extract = contracts(*((f"c{i}", 700, 0 if i < 20 else None) for i in range(60)))
    counts = retention_counts(today(tmp_path, contracts=extract))
    assert (counts.watched_since, counts.ends) == (None, 20)


@pytest.mark.parametrize(
    "known",
    [
        [("a", 400, 100)],
        [("a", 400, 100), *((f"c{i}", 1000, None) for i in range(60)), *((f"d{i}", 40, None) for i in range(60))],
    ],
    ids=["the only contract ended", "one end among many contracts"],
)
def test_a_single_end_is_no_sign_that_others_are_missing(tmp_path: Path, known: list) -> None:
    counts = retention_counts(today(tmp_path, contracts=contracts(*known)))
    assert (counts.watched_since, counts.before_watch, counts.ends) == (None, 0, 1)


def test_months_are_counted_as_a_loop_over_contracts_counts_them(tmp_path: Path) -> None:
    table, since = company(900, seed=6).head(800), 500
    counts = retention_counts(today(tmp_path, contracts=table), since=AS_OF - timedelta(days=since))
    found, out = [], 0
    for row in table.itertuples():
        joined = (AS_OF - row.started_on).days
        over = ceil((joined + 1) / MONTH) - 1
        entry = ceil(max(joined - since, 0) / MONTH)
        month = 0 if row.ended_on is None else ceil(max((row.ended_on - row.started_on).days, 1) / MONTH)
        if month and month <= entry:
            out += 1
            continue
        ended = bool(month) and month <= over
        until = month if ended else over
        found.append((str(row.started_on.year), min(entry, until), until, int(ended)))
    names = ["cohort", "entry", "exit", "ended"]
    theirs = pd.DataFrame(found, columns=names).groupby(names).size().rename("n").reset_index()
    pd.testing.assert_frame_equal(counts.frame, theirs, check_dtype=False)
    assert counts.before_watch == out > 50
