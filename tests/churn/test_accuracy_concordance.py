from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines.utils import concordance_index

from cxmodels.churn.accuracy.censoring import censoring
from cxmodels.churn.accuracy.concordance import concordance, concordance_estimate, uno_concordance
from cxmodels.churn.errors import InvalidTimes, InvalidValue, TooFewWatched

# A table anyone can make again: 90 rows, no two times equal.
ROW = np.arange(90)
TIME, EVENT = 1 + (ROW * 37 % 101) / 7, (ROW * ROW % 7) < 4
RISK = np.round((ROW * 53 % 97) / 97 - 0.06 * TIME, 1)
# The same with ties of every kind, and late entries.
TIED, ENTRY = 1 + ROW * 37 % 13, (ROW * 37 % 13) * (ROW % 4) // 4


def by_hand(time: np.ndarray, event: np.ndarray, risk: np.ndarray, entry: np.ndarray, n: np.ndarray) -> float:
    """Every pair written down."""
    won = pairs = 0.0
    for i in np.flatnonzero(event):
        there = (entry < time[i]) & ((time > time[i]) | ((time == time[i]) & ~event))
        pairs += n[i] * n[there].sum()
        won += n[i] * (n[there] @ ((risk[there] < risk[i]) + 0.5 * (risk[there] == risk[i])))
    return won / pairs if pairs else float("nan")


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.lists(st.tuples(*[st.integers(0, 6)] * 2, st.booleans(), *[st.integers(1, 4)] * 2), max_size=40))
    table = pd.DataFrame(rows, columns=["entry", "lasts", "event", "risk", "n"]).astype(float)
    return table.assign(time=table["entry"] + table["lasts"] + 1, event=table["event"] == 1)


@settings(deadline=None)
@given(tables())
def test_the_concordance_is_that_of_all_pairs_written_down(table: pd.DataFrame) -> None:
    columns = [table[name].to_numpy() for name in ("time", "event", "risk", "entry", "n")]
    found = concordance(*columns[:3], entry=columns[3], n=columns[4])
    assert found == pytest.approx(by_hand(*columns), abs=1e-12, nan_ok=True)


@settings(deadline=None)
@given(tables(), st.randoms(use_true_random=False))
def test_collapsing_rows_to_counts_or_permuting_them_changes_nothing(table: pd.DataFrame, random: object) -> None:
    rows = table.loc[table.index.repeat(table["n"].astype(int))]
    order = random.sample(range(len(rows)), len(rows))  # type: ignore[attr-defined]
    rows = rows.iloc[order]
    counted = concordance_estimate(table.time, table.event, table.risk, entry=table.entry, n=table.n)
    one_by_one = concordance_estimate(rows.time, rows.event, rows.risk, entry=rows.entry)
    assert [one_by_one.value, one_by_one.standard_error] == pytest.approx(
        [counted.value, counted.standard_error], abs=1e-12, nan_ok=True
    )
    if len(table):
        weighted = [
            uno_concordance(x.time, x.event, x.risk, entry=x.entry, n=n).value
            for x, n in ((table, table.n), (rows, None))
        ]
        assert weighted[0] == pytest.approx(weighted[1], abs=1e-10, nan_ok=True)


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [(None, (0.4989200863930886, 0.0445005307123373)), (ENTRY, (0.4838453389830508, 0.0408610999691444))],
    ids=["whole", "late"],
)
def test_concordance_and_its_standard_error_are_those_of_r(
    entry: np.ndarray | None, wanted: tuple[float, float]
) -> None:
    # R survival 3.5-3, concordance(Surv([entry,] time, event) ~ risk, reverse = TRUE)
    found = concordance_estimate(TIED, EVENT, RISK, entry=entry)
    assert (found.value, found.standard_error) == pytest.approx(wanted, abs=1e-12)
    assert concordance(TIED, EVENT, RISK, entry=entry) == pytest.approx(wanted[0], abs=1e-12)


def test_the_concordance_of_many_distinct_times_is_that_of_lifelines() -> None:
    rng = np.random.default_rng(7)
    time, event, risk = rng.exponential(size=70_000), rng.random(70_000) < 0.6, rng.normal(size=70_000)
    assert concordance(time, event, risk) == pytest.approx(concordance_index(time, -risk, event), abs=1e-12)


def test_risks_that_differ_by_rounding_alone_are_equal() -> None:
    risk = np.array([0.1 + 0.2, 0.3, 0.3])
    assert concordance([1, 2, 3], [1, 0, 0], risk) == 0.5


def test_who_is_censored_when_another_leaves_was_still_there() -> None:
    assert concordance([5, 5], [1, 0], [2, 1]) == 1.0
    assert np.isnan(concordance([5, 5], [1, 1], [2, 1]))


def test_who_enters_when_another_leaves_was_not_there_before() -> None:
    assert np.isnan(concordance([5, 9], [1, 0], [2, 1], entry=[0, 5]))
    assert concordance([5, 9], [1, 0], [2, 1], entry=[0, 4]) == 1.0


@pytest.mark.parametrize(
    ("tau", "wanted"), [(12.05, 0.6903748578761855), (6.05, 0.6717009951246762)], ids=["late", "early"]
)
def test_unos_concordance_is_that_of_scikit_survival(tau: float, wanted: float) -> None:
    # scikit-survival 0.28.0, concordance_index_ipcw with the same rows as training data
    found = uno_concordance(TIME, EVENT, RISK, tau=tau, censoring=censoring(TIME, EVENT, at_least=1))
    assert found.value == pytest.approx(wanted, abs=1e-12)
    assert found.tau == tau


def test_unos_concordance_does_not_depend_on_who_is_censored_when() -> None:
    rng = np.random.default_rng(3)
    risk = rng.normal(size=60_000)
    # of a mixture of two speeds the early departures are told better: censoring the late ones flatters
    left = np.where(rng.random(60_000) < 0.5, 1.0, 3.0) * rng.exponential(1 / np.exp(risk)) ** 0.5
    capped, free = np.minimum(left, 4), np.minimum(left, np.minimum(4, rng.exponential(1.0, 60_000)))
    truth = concordance(capped, left <= 4, risk)
    found = uno_concordance(free, free == left, risk)
    assert found.value == pytest.approx(truth, abs=0.01)
    assert abs(concordance(free, free == left, risk) - truth) > 0.015


def test_unos_concordance_of_late_entries_is_that_of_who_was_watched_throughout() -> None:
    rng = np.random.default_rng(5)
    n = 150_000
    risk = rng.normal(size=n)
    left = np.where(rng.random(n) < 0.5, 1.0, 3.0) * rng.exponential(1 / np.exp(risk)) ** 0.5
    joined = rng.uniform(-4, 1, n)
    entry, end = np.maximum(-joined, 0), np.minimum(1 - joined, left)
    there = left > entry
    found = uno_concordance(end[there], (end == left)[there], risk[there], entry=entry[there], tau=3.0)
    truth = concordance(np.minimum(left, 3), left <= 3, risk)
    assert found.value == pytest.approx(truth, abs=0.006)
    assert uno_concordance(end[there], (end == left)[there], risk[there], tau=3.0).value > truth + 0.015


def test_the_interval_of_the_concordance_holds_the_true_one_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    risk = rng.normal(size=200_000)
    truth = concordance(rng.exponential(1 / np.exp(risk)), np.ones(200_000), risk)
    held = 0
    for _ in range(200):
        risk = rng.normal(size=300)
        left = rng.exponential(1 / np.exp(risk))
        found = concordance_estimate(left, np.ones(300), risk)
        held += found.low <= truth <= found.high
    assert 182 <= held <= 198


@pytest.mark.parametrize(
    ("columns", "problem", "said"),
    [
        (([1, 2], [0, 1], [0.0, np.nan]), InvalidValue, "risk must be a finite number .* first is row 1"),
        (([1, np.inf], [0, 1], [0, 0]), InvalidValue, "time must be a finite number"),
        (([1, 2], [0, 2], [0, 0]), InvalidValue, "event must be 0 or 1 in every row, found 2"),
        (([1, 2], [0, 1], [0, 0, 0]), InvalidValue, r"risk must have one value a row: \(2,\) .* found \(3,\)"),
        (([1, 2], [1], [0, 0]), InvalidValue, r"event must have one value a row"),
    ],
)
def test_a_wrong_column_is_named(columns: tuple, problem: type[Exception], said: str) -> None:
    with pytest.raises(problem, match=said):
        concordance(*columns)


def test_an_entry_after_the_end_and_a_negative_count_are_named() -> None:
    with pytest.raises(InvalidTimes, match="row 1 enters at 3, ends at 2"):
        concordance([1, 2], [0, 1], [0, 0], entry=[0, 3])
    with pytest.raises(InvalidValue, match="n must be zero or more in every row, found -1"):
        concordance([1, 2], [0, 1], [0, 0], n=[1, -1])


@pytest.mark.parametrize("columns", [([], [], []), ([3], [1], [0]), ([3, 4], [0, 0], [1, 2]), ([3, 4], [1, 1], [1, 2])])
def test_without_a_departure_or_a_second_customer_the_concordance_is_unknown(columns: tuple) -> None:
    unknown = len(columns[0]) < 2 or not any(columns[1])
    assert np.isnan(concordance(*columns)) == unknown
    assert np.isnan(concordance_estimate(*columns).value) == unknown


def test_weights_from_nobody_are_refused() -> None:
    with pytest.raises(TooFewWatched, match="nobody was watched"):
        uno_concordance([], [], [])
