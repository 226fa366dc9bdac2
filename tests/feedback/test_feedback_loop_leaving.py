"""Leaving and follow-ups: the ratio beside published values, immortal time, and what the engine counts."""

from __future__ import annotations

from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from lifelines import CoxTimeVaryingFitter
from loop_company import actions, contracts, demo, responses, snapshot_of
from sklearn.linear_model import PoissonRegressor

from cxmodels.feedback.loop import leaving
from cxmodels.feedback.loop.leaving import BANDS, contact_ratio, effect_on_leaving, person_time
from cxmodels.feedback.loop.rate_ratio import rate_ratio
from cxmodels.feedback.loop.stays import stays

COLUMNS = ["events", "time", "events_not", "time_not"]


def followed(n: int, seed: int, ratio: float = 1.0) -> pd.DataFrame:
    """Detractors whose hazard is `ratio` times once contacted, and who are contacted only while they are there."""
    rng = np.random.default_rng(seed)
    first, contact = rng.exponential(200, n), np.floor(rng.exponential(40, n))
    left = np.ceil(np.where(first <= contact, first, contact + rng.exponential(200 / ratio, n)))
    left = np.maximum(left, 1)
    watched = np.minimum(left, 365)
    reached = pd.Series(np.where(contact < watched, contact, np.nan)).astype("Int64")
    return pd.DataFrame(
        {
            "customer": np.arange(n),
            "watched": watched.astype(int),
            "gone": (left <= 365).astype(int),
            "contact": reached,
        }
    )


def naive(frame: pd.DataFrame) -> pd.DataFrame:
    """Ever contacted beside never contacted, from the answer on: the comparison to avoid, as one stratum."""
    ever = frame["contact"].notna()
    found = [(frame.loc[who, "gone"].sum(), frame.loc[who, "watched"].sum()) for who in (ever, ~ever)]
    return pd.DataFrame([(*found[0], *found[1])], columns=COLUMNS)


def test_the_ratio_is_that_of_the_british_doctors() -> None:
    # Doll & Hill (1966), coronary deaths of smokers and others by age; Stata's manual of `ir` gives
    # 1.424682 (1.154703 to 1.757784) combined by Mantel–Haenszel
    doctors = pd.DataFrame(
        {
            "events": [32, 104, 206, 186, 102],
            "time": [52407, 43248, 28612, 12663, 5317],
            "events_not": [2, 12, 28, 28, 31],
            "time_not": [18790, 10673, 5710, 2585, 1462],
        }
    )
    found = rate_ratio(doctors)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((1.424682, 1.154703, 1.757784), abs=1e-6)
    assert found.n == 731


def test_a_stratum_of_one_side_says_nothing_and_one_stratum_is_the_crude_ratio() -> None:
    one = pd.DataFrame([(10, 100.0, 20, 400.0)], columns=COLUMNS)
    both = pd.concat([one, pd.DataFrame([(5, 50.0, 0, 0.0)], columns=COLUMNS)])
    crude, found = rate_ratio(one), rate_ratio(both, n=7)
    assert crude is not None
    assert found is not None
    assert crude.value == found.value == pytest.approx(2.0)
    assert np.log(crude.high / crude.value) == pytest.approx(1.959964 * np.sqrt(1 / 10 + 1 / 20), rel=1e-6)
    assert (found.low, found.n) == (crude.low, 7)
    assert rate_ratio(one.assign(events=0)) is None
    assert rate_ratio(one.assign(events_not=0)) is None


def test_time_before_the_contact_counts_as_not_contacted() -> None:
    # watched to day 30 and gone, contacted on day 10; never contacted; gone on the day of the contact; one of day 0
    rows = pd.DataFrame(
        {
            "customer": [1, 2, 3, 4],
            "watched": [30, 30, 5, 20],
            "gone": [1, 0, 1, 0],
            "contact": pd.Series([10, None, 5, 0], dtype="Int64"),
        }
    )
    totals, cells = person_time(ibis.memtable(rows))
    assert totals.to_dict() == {"customers": 4, "reached": 2, "gone": 2}
    assert cells[COLUMNS].sum().tolist() == [1, 20 + 20, 1, 10 + 30 + 5]
    week_two = cells.set_index("band").loc[7]
    # day 8 to 14: three days waited and four contacted, seven waited, none, seven contacted
    assert week_two[COLUMNS].tolist() == [0, 4 + 7, 0, 3 + 7]
    assert cells.set_index("band").loc[3, "events_not"] == 1
    assert cells.set_index("band").loc[14, "events"] == 1


def test_the_engine_counts_as_a_plain_loop_does() -> None:
    rows = followed(300, seed=8).assign(plan=np.resize(["A", "B", "B"], 300))
    _, cells = person_time(ibis.memtable(rows), ("plan",))
    wanted = {(plan, band): [0, 0, 0, 0] for plan in "AB" for band in BANDS[:-1]}
    for row in rows.itertuples():
        contact = row.watched if pd.isna(row.contact) else min(row.contact, row.watched)
        for day in range(1, row.watched + 1):
            band = max(start for start in BANDS if start < day)
            side = 0 if day > contact else 2
            wanted[row.plan, band][side + 1] += 1
            if day == row.watched and row.gone:
                wanted[row.plan, band][side] += 1
    found = {(row.plan, row.band): [row.events, row.time, row.events_not, row.time_not] for row in cells.itertuples()}
    assert found == wanted


def test_the_naive_comparison_is_biased_by_immortal_time_and_this_one_is_not() -> None:
    runs = [followed(250, seed).assign(run=seed) for seed in range(100)]
    table = pd.concat(runs, ignore_index=True)
    _, cells = person_time(ibis.memtable(table), ("run",))
    found = [rate_ratio(part) for _, part in cells.groupby("run")]
    held = [ratio is not None and ratio.low <= 1 <= ratio.high for ratio in found]
    assert np.mean(held) >= 0.9
    assert np.median([ratio.value for ratio in found if ratio]) == pytest.approx(1, abs=0.06)
    wrong = [rate_ratio(naive(run)) for run in runs]
    assert np.median([ratio.value for ratio in wrong if ratio]) < 0.6
    assert np.mean([ratio is not None and ratio.high < 1 for ratio in wrong]) > 0.9


@pytest.mark.parametrize(("ratio", "said"), [(0.5, "a lower rate"), (2.0, "a higher rate")])
def test_a_contact_that_changes_something_is_seen(ratio: float, said: str) -> None:
    found = contact_ratio(ibis.memtable(followed(2500, seed=3, ratio=ratio)))
    assert found.rate_ratio is not None
    assert found.rate_ratio.low < ratio < found.rate_ratio.high
    assert said in found.told
    assert "this is an association" in found.told


def test_what_goes_with_both_contact_and_leaving_is_taken_out_as_other_fits_do() -> None:
    rng = np.random.default_rng(4)
    parts = []
    for score, mean, wait in (("0 to 2", 100, 15), ("5 to 6", 400, 150)):
        left, contact = np.ceil(rng.exponential(mean, 1000)), np.floor(rng.exponential(wait, 1000))
        watched = np.minimum(left, 365).astype(int)
        reached = pd.Series(np.where(contact < watched, contact, np.nan)).astype("Int64")
        part = pd.DataFrame({"watched": watched, "gone": (left <= 365).astype(int), "contact": reached})
        parts.append(part.assign(first_score=score))
    frame = pd.concat(parts, ignore_index=True).rename_axis("customer").reset_index()
    crude, adjusted = (contact_ratio(ibis.memtable(frame), strata).rate_ratio for strata in ((), ("first_score",)))
    assert crude is not None
    assert adjusted is not None
    assert crude.low > 1.2
    assert adjusted.low < 1 < adjusted.high
    # Poisson regression on the same counts, each stratum with a rate of its own
    _, cells = person_time(ibis.memtable(frame), ("first_score",))
    sides = [cells.assign(d=cells[f"events{end}"], t=cells[f"time{end}"], x=x) for end, x in (("", 1.0), ("_not", 0.0))]
    counts = pd.concat(sides, ignore_index=True).query("t > 0")
    design = pd.get_dummies(counts["first_score"] + counts["band"].astype(str), dtype=float).assign(x=counts["x"])
    poisson = PoissonRegressor(alpha=0, fit_intercept=False, solver="newton-cholesky", tol=1e-9)
    poisson.fit(design, counts["d"] / counts["t"], sample_weight=counts["t"])
    assert np.log(adjusted.value) == pytest.approx(poisson.coef_[-1], abs=0.35 * adjusted_error(adjusted))


def adjusted_error(ratio: object) -> float:
    return float(np.log(ratio.high / ratio.low) / (2 * 1.96))  # type: ignore[attr-defined]


def test_the_ratio_is_near_that_of_a_cox_model_with_the_contact_changing_in_time() -> None:
    frame = followed(600, seed=11, ratio=1.6)
    found = contact_ratio(ibis.memtable(frame)).rate_ratio
    assert found is not None
    rows = []
    for row in frame.itertuples():
        turn = row.watched if pd.isna(row.contact) else min(row.contact, row.watched)
        if turn > 0:
            rows.append((row.customer, 0, turn, 0, row.gone if turn == row.watched else 0))
        if turn < row.watched:
            rows.append((row.customer, turn, row.watched, 1, row.gone))
    table = pd.DataFrame(rows, columns=["id", "start", "stop", "contacted", "event"])
    cox = CoxTimeVaryingFitter().fit(table, id_col="id", start_col="start", stop_col="stop", event_col="event")
    assert np.log(found.value) == pytest.approx(cox.params_["contacted"], abs=0.35 * adjusted_error(found))
    assert adjusted_error(found) == pytest.approx(cox.standard_errors_["contacted"], rel=0.1)


def test_too_few_departures_or_customers_are_a_reason_and_tell_no_small_number() -> None:
    few = contact_ratio(ibis.memtable(followed(20, seed=1)))
    assert few.rate_ratio is None
    assert "30 departures after an answer are needed, found 1" in few.reason
    assert "found fewer than 25." in contact_ratio(ibis.memtable(followed(20, seed=1)), min_cell=25).reason
    never = followed(300, seed=2).assign(contact=pd.array([None] * 300, dtype="Int64"))
    assert "too few customers were contacted" in contact_ratio(ibis.memtable(never)).reason
    frame = followed(600, seed=6)
    reached = frame[frame["contact"].notna()]
    nearly = pd.concat([reached, frame[frame["contact"].isna()].head(4)])
    found = contact_ratio(ibis.memtable(nearly), min_cell=10)
    assert "nearly all were contacted" in found.told
    assert found.states["customers"].isna().tolist() == [False, True]


def test_the_clock_starts_with_each_answer_and_stops_at_the_next_the_departure_or_the_day(tmp_path: Path) -> None:
    said = responses(
        ("r1", "a", "2026-01-10 10:00", 3), ("r2", "a", "2026-03-11 09:00", 6), ("r3", "b", "2026-09-20 08:00", 0),
        ("r4", "c", "2026-02-01 12:00", 5), ("r5", "c", "2026-02-20 12:00", 9), ("r6", "d", "2026-05-01 12:00", 4),
        ("r7", "e", "2026-06-01 12:00", 2),
    )  # fmt: skip
    log = actions(
        ("a", "2026-01-09 10:00", "2026-01-10 09:00", None), ("a", "2026-01-11 10:00", "2026-01-15 09:00", None),
        ("a", "2026-03-12 10:00", None, None), ("b", "2026-09-21 10:00", "2026-09-22 10:00", None),
        ("c", "2026-02-02 12:00", "2026-02-04 12:00", None),
    )  # fmt: skip
    under = contracts(
        ("a", "2025-01-01", "2026-05-01"), ("b", "2026-08-01", None),
        # a change of plan is no departure
        ("c", "2022-01-01", "2026-02-10"), ("c", "2026-02-11", "2026-04-02"),
        # gone before the answer, and on its day
        ("d", "2024-01-01", "2026-04-01"), ("e", "2024-01-01", "2026-06-01"),
    )  # fmt: skip
    snapshot = snapshot_of(tmp_path, "abcde", actions=log, contracts=under, **said)
    spans = stays(snapshot)
    assert spans is not None
    rows, strata = leaving._watched(snapshot, leaving.detractors(snapshot), spans)
    assert strata == ("first_score", "tenure", "plan")
    found = rows.execute().sort_values("watched", ignore_index=True).astype({"contact": "Int64"})
    assert found["watched"].tolist() == [10, 51, 60, 60]
    assert found["first_score"].tolist()[:2] == ["0 to 2", "5 to 6"]
    assert found["tenure"].tolist()[:2] == ["under 6 months", "1 to 2 years"]
    assert found.loc[:1, "gone"].tolist() == [0, 1]
    assert found.loc[0, "contact"] == 2
    assert pd.isna(found.loc[1, "contact"])
    # r1 ends with r2, contacted after five days; r4 with leaving, after three days
    last = found.iloc[2:].sort_values("contact")
    assert last[["contact", "gone", "tenure"]].to_numpy().tolist() == [
        [3, 1, "2 years and more"],
        [5, 0, "1 to 2 years"],
    ]


def test_what_a_study_lacks_is_the_reason(tmp_path: Path) -> None:
    said = responses(("r1", "a", "2026-01-10", 3))
    assert "no table actions" in effect_on_leaving(snapshot_of(tmp_path, "a", **said)).reason
    log = actions(("a", "2026-01-11", "2026-01-12", None))
    assert "does not say who left" in effect_on_leaving(snapshot_of(tmp_path, "a", actions=log, **said)).reason


def test_on_the_demo_following_up_changes_nothing(root: Path) -> None:
    found = effect_on_leaving(demo(root), months=36)
    assert found.rate_ratio is not None
    assert found.rate_ratio.low < 1 < found.rate_ratio.high
    assert found.adjusted == ("time since the answer", "first score", "tenure", "plan")
    assert found.states["departures"].sum() > 100
