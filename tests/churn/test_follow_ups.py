from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_company import AS_OF, WriteStudy, contracts

from cxmodels import simulate
from cxmodels.churn.decisions.follow_ups import CONTACTED, WAITING, contact_effect, follow_up_effect, states_over_time
from cxmodels.study.study import open_study


def followed(n: int, seed: int, ratio: float = 1.0, longest: int = 365) -> pd.DataFrame:
    """Customers with a follow-up: a hazard that is `ratio` times once contacted, who is contacted only while there.

    Leaving has a mean of 200 days, the contact one of 60, both without memory.
    """
    rng = np.random.default_rng(seed)
    first = rng.exponential(200, n)
    contact = np.ceil(rng.exponential(60, n))
    left = np.ceil(np.where(first <= contact, first, contact + rng.exponential(200 / ratio, n)))
    watched = np.minimum(left, longest)
    return pd.DataFrame(
        {
            "exit": watched.astype(int),
            "left": (left <= longest).astype(int),
            "contacted_after": np.where(contact < watched, contact, np.nan),
            "n": 1,
        }
    )


def naive(frame: pd.DataFrame) -> float:
    """Departures for each day of those who were ever contacted beside those who never were: the comparison to avoid."""
    ever = frame["contacted_after"].notna()
    rates = [frame.loc[who, "left"].sum() / frame.loc[who, "exit"].sum() for who in (ever, ~ever)]
    return float(rates[0] / rates[1])


def test_a_contact_that_changes_nothing_is_not_given_credit_for_the_days_before_it() -> None:
    frame = followed(1500, seed=1)
    assert naive(frame) < 0.6
    found = contact_effect(frame)
    assert found.hazard_ratio is not None
    assert found.hazard_ratio.low < 1 < found.hazard_ratio.high
    assert "no difference can be told" in found.told
    assert "not drawn by lot" in found.told


@pytest.mark.parametrize("ratio", [0.5, 2.0])
def test_a_contact_that_changes_something_is_seen(ratio: float) -> None:
    found = contact_effect(followed(3000, seed=2, ratio=ratio))
    assert found.hazard_ratio is not None
    assert found.hazard_ratio.low < ratio < found.hazard_ratio.high
    assert not found.hazard_ratio.low < 1 < found.hazard_ratio.high
    assert ("a lower rate" if ratio < 1 else "a higher rate") in found.told


def test_intervals_hold_the_true_ratio_as_often_as_they_say() -> None:
    held = []
    for seed in range(100, 140):
        ratio = contact_effect(followed(400, seed, ratio=0.7)).hazard_ratio
        assert ratio is not None
        held.append(ratio.low < 0.7 < ratio.high)
    assert np.mean(held) >= 0.88


def test_a_difference_that_goes_with_both_contact_and_leaving_is_taken_out() -> None:
    # those reached sooner are those who leave sooner anyway
    rng = np.random.default_rng(3)
    parts = []
    for group, scale, wait in (("easy", 100, 20), ("hard", 400, 200)):
        left, contact = np.ceil(rng.exponential(scale, 1200)), np.ceil(rng.exponential(wait, 1200))
        seen = np.minimum(left, 365)
        part = {"exit": seen.astype(int), "left": (left <= 365).astype(int), "n": 1, "group": group}
        parts.append(pd.DataFrame(part | {"contacted_after": np.where(contact < seen, contact, np.nan)}))
    frame = pd.concat(parts, ignore_index=True)
    crude, adjusted = contact_effect(frame.drop(columns="group")), contact_effect(frame, ["group"])
    assert crude.hazard_ratio is not None
    assert adjusted.hazard_ratio is not None
    assert crude.hazard_ratio.low > 1.3
    assert adjusted.hazard_ratio.low < 1 < adjusted.hazard_ratio.high
    assert adjusted.adjusted == ("group",)


def test_time_before_the_contact_counts_as_not_contacted() -> None:
    rows = [(30, 1, 10.0, 2), (30, 0, np.nan, 3), (8, 1, 10.0, 1), (5, 1, 5.0, 1)]
    frame = pd.DataFrame(rows, columns=["exit", "left", "contacted_after", "n"])
    parts = states_over_time(frame)
    found = {(r.contacted_yet, r.entry, r.exit, r.event): r.n for r in parts.itertuples()}
    assert found == {
        (WAITING, 0, 10, 0): 2,
        (CONTACTED, 10, 30, 1): 2,
        (WAITING, 0, 30, 0): 3,
        # gone before the contact, and on its day: neither was ever contacted
        (WAITING, 0, 8, 1): 1,
        (WAITING, 0, 5, 1): 1,
    }


def test_too_few_departures_or_customers_are_refused_with_the_reason() -> None:
    few = contact_effect(followed(30, seed=4))
    assert few.hazard_ratio is None
    assert "30 departures after one are needed, found" in few.reason
    never = followed(500, seed=5).assign(contacted_after=np.nan)
    assert "fewer than 1 customers were in one of the states" in contact_effect(never).reason
    some = followed(500, seed=5)
    some["contacted_after"] = some["contacted_after"].where(some.index < 12)
    assert "fewer than 50 customers were in one of the states" in contact_effect(some, min_cell=50).reason


def test_a_number_below_the_smallest_cell_is_not_told() -> None:
    few = followed(30, seed=4)
    left = int(few["left"].sum())
    assert f"found {left}." in contact_effect(few).reason
    assert f"found fewer than {left + 1}." in contact_effect(few, min_cell=left + 1).reason
    # all but five are contacted: those five are the difference of two numbers in the sentence
    frame = followed(1000, seed=6)
    reached = frame[frame["contacted_after"].notna()]
    frame = pd.concat([reached, frame[frame["contacted_after"].isna()].head(5)])
    assert f"{len(reached)} were contacted" in contact_effect(frame).told
    assert "nearly all were contacted" in contact_effect(frame, min_cell=10).told


def with_actions(write_study: WriteStudy, folder: Path, log: pd.DataFrame, *rows: tuple[str, str, str | None]) -> Any:
    write_study(contracts(*rows))
    log.to_parquet(folder / "actions.parquet")
    file = folder / "study.toml"
    text = file.read_text(encoding="utf-8").replace("[churn]", '[tables.actions]\npath = "actions.parquet"\n[churn]')
    file.write_text(text, encoding="utf-8")
    return open_study(folder).snapshot("2026-09-20")


def log(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "opened_at", "contacted_at"])
    table["opened_at"], table["contacted_at"] = (pd.to_datetime(table[name]) for name in ("opened_at", "contacted_at"))
    table.insert(0, "action_id", [f"f{i}" for i in range(len(table))])
    return table


def test_the_clock_starts_when_the_first_follow_up_of_a_stay_is_opened(
    write_study: WriteStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught: list[pd.DataFrame] = []

    def look(frame: pd.DataFrame, covariates: tuple[str, ...], min_cell: int) -> None:
        caught.append(frame)

    monkeypatch.setattr("cxmodels.churn.decisions.follow_ups.contact_effect", look)
    snapshot = with_actions(
        write_study,
        tmp_path,
        log(
            ("a", "2026-08-01 09:00", "2026-08-03 10:00"),  # first of two: the clock starts here
            ("a", "2026-09-01 09:00", "2026-09-02 10:00"),
            ("b", "2026-09-01 09:00", None),  # never contacted, left on the 11th
            ("c", "2025-03-01 09:00", "2025-03-01 18:00"),  # watched for twelve months only
            ("d", "2026-07-01 09:00", "2026-07-02 09:00"),  # opened after the stay had ended: no part of it
            ("e", "2026-09-18 09:00", "2026-09-25 09:00"),  # contacted after the day of the snapshot: not known yet
        ),
        ("a", "2025-07-01", None),
        ("b", "2026-08-01", "2026-09-11"),
        ("c", "2022-01-01", "2026-09-01"),
        ("d", "2025-01-01", "2026-06-01"),
        ("e", "2026-09-01", None),
    )
    follow_up_effect(snapshot, window_months=0)
    (frame,) = caught
    found = {
        (r.exit, r.left, r.contacted_after, r.tenure): r.n for r in frame.fillna({"contacted_after": -1}).itertuples()
    }
    assert found == {
        (51, 0, 3, "1 to 2 years"): 1,
        (11, 1, -1, "under 6 months"): 1,
        (365, 0, 1, "2 years and more"): 1,
        (3, 0, -1, "under 6 months"): 1,
    }


def test_a_study_without_a_log_of_contacts_is_told_so(write_study: WriteStudy, tmp_path: Path) -> None:
    rows = [("a", "2025-08-01", None), ("b", "2026-08-01", "2026-09-11")]
    snapshot = write_study(contracts(*rows)).snapshot(AS_OF)
    assert "no table actions" in follow_up_effect(snapshot).reason
    actions = log(("a", "2026-08-01 09:00", None)).drop(columns="contacted_at")
    assert "no contacted_at" in follow_up_effect(with_actions(write_study, tmp_path, actions, *rows)).reason


def test_in_the_simulated_company_following_up_changes_nothing(tmp_path: Path) -> None:
    snapshot = open_study(simulate.write(tmp_path, customers=2500, months=36)).snapshot("2026-09-30")
    found = follow_up_effect(snapshot, window_months=0)
    assert found.hazard_ratio is not None
    assert found.hazard_ratio.low < 1 < found.hazard_ratio.high
    assert found.states.set_index("state").loc[CONTACTED, "customers"] > 100
    assert "tenure" in found.adjusted
