from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_company import AS_OF, contracts, orders, study_of

from cxmodels.churn.counts.from_study import episodes
from cxmodels.churn.counts.placed import leaving, stays_of
from cxmodels.churn.counts.recording import recording
from cxmodels.churn.errors import NoInactivityRule
from cxmodels.study.study import open_study

THIRTY = "window_months = 0\ninactivity_days = 30"


BOUGHT: dict[str, list[tuple[str, float]]] = {
    "ten days apart": [("2026-01-01", 10.0), ("2026-01-11", 10.0)],
    "on the last day": [("2026-01-01", 10.0), ("2026-01-31", 10.0)],
    "a day too late": [("2026-01-01", 10.0), ("2026-02-01", 10.0)],
    "lately": [("2026-09-10", 10.0)],
    "sent back": [("2026-01-01", 10.0), ("2026-01-20", -10.0)],
    "for free": [("2026-01-01", 10.0), ("2026-01-20", 0.0)],
}
Stays = Callable[[str], list[tuple[int, str]]]


@pytest.fixture(scope="module")
def stays(tmp_path_factory: pytest.TempPathFactory) -> Stays:
    """Length and outcome of each stay of a customer by name, when thirty quiet days are enough to have left."""
    made = [(who, day, amount) for who, bought in BOUGHT.items() for day, amount in bought]
    table = orders(*made).assign(channel=[who for who, _, _ in made])
    snapshot = study_of(tmp_path_factory.mktemp("inactivity"), {"orders": table}, THIRTY).snapshot("2026-09")
    found = stays_of(snapshot).execute().sort_values("started")

    def of(who: str) -> list[tuple[int, str]]:
        theirs = found[found["channel"] == who]
        return list(zip((theirs["until"] - theirs["joined"]).tolist(), theirs["outcome"], strict=True))

    return of


def test_a_customer_has_left_after_so_many_days_without_an_order_and_is_dated_then(stays: Stays) -> None:
    assert stays("ten days apart") == [(40, "left")]


def test_without_contracts_the_channel_of_the_first_order_may_explain_leaving(tmp_path: Path) -> None:
    made = [(f"c{i}", f"2026-0{1 + i % 6}-01", 10.0) for i in range(60)]
    table = orders(*made).assign(channel=["Web" if i % 3 else "App" for i in range(60)])
    study = study_of(tmp_path, {"orders": table}, f'{THIRTY}\ncovariates = ["channel"]')
    assert episodes(study.snapshot("2026-06")).levels == {"channel": ("Web", "App")}


def test_an_order_on_the_last_day_keeps_the_customer_and_one_a_day_later_begins_a_new_stay(stays: Stays) -> None:
    assert stays("on the last day") == [(60, "left")]
    assert stays("a day too late") == [(30, "left"), (30, "left")]


def test_who_has_not_been_quiet_for_long_enough_is_a_customer_of_today(stays: Stays) -> None:
    assert stays("lately") == [(20, "active")]


def test_a_return_is_no_purchase_and_a_free_order_is_one(stays: Stays) -> None:
    assert stays("sent back") == [(30, "left")]
    assert stays("for free") == [(49, "left")]


def test_a_departure_is_known_on_its_day_and_not_before(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"orders": orders(("a", "2026-07-01"), ("a", "2026-09-20"))}, THIRTY)
    assert [episodes(study.snapshot(day)).events for day in ("2026-07-30", "2026-07-31", "2026-08-31")] == [0, 1, 1]


def test_what_comes_later_changes_no_departure_that_is_dated(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    bought = [
        (f"c{who}", str(date(2025, 10, 1) + timedelta(days=int(day))))
        for who in range(60)
        for day in np.unique(rng.integers(0, 364, 6))
    ]
    study = study_of(tmp_path, {"orders": orders(*bought)}, THIRTY)
    early, late = (study.snapshot(day) for day in (date(2026, 4, 30), AS_OF))
    dated = [
        table.filter(table.outcome == "left").select("started", "until").execute() + (day - AS_OF).days
        for table, day in ((stays_of(early), early.as_of), (stays_of(late), late.as_of))
    ]
    then = [sorted(map(tuple, frame[frame["until"] <= -153].to_numpy().tolist())) for frame in dated]
    assert (early.as_of - AS_OF).days == -153
    assert len(then[0]) > 50
    assert then[0] == then[1]


def test_without_a_setting_the_days_are_those_that_95_percent_of_gaps_are_shorter_than(tmp_path: Path) -> None:
    # gaps of 1, 2, …, 20 days: 19 of 20 are shorter than 20 days, and fewer are shorter than 19
    days = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.cumsum(np.arange(21)), unit="D")
    study = study_of(tmp_path, {"orders": orders(*(("a", str(day.date())) for day in days))})
    found = episodes(study.snapshot("2026-09"))
    assert found.inactivity_days == 20
    assert (
        found.rule == "20 days have passed without an order; 95 % of the gaps between a customer’s orders are shorter"
    )


def test_where_nobody_ordered_twice_the_setting_is_asked_for(tmp_path: Path) -> None:
    study = study_of(tmp_path, {"orders": orders(("a", "2026-01-01"), ("b", "2026-03-01"))})
    with pytest.raises(NoInactivityRule, match="set inactivity_days"):
        episodes(study.snapshot("2026-09"))


def test_contracts_tell_better_than_orders(tmp_path: Path) -> None:
    tables = {"contracts": contracts(("a", "2026-01-01", None)), "orders": orders(("a", "2026-01-01"))}
    snapshot = study_of(tmp_path, tables, THIRTY).snapshot("2026-09")
    assert episodes(snapshot).active == 1
    assert leaving(snapshot).inactivity_days is None


def test_the_channel_of_the_first_order_is_known_at_entry(tmp_path: Path) -> None:
    table = orders(("a", "2026-01-01"), ("a", "2026-01-20"), ("a", "2026-06-01"))
    table["channel"] = ["Web", "Store", None]
    study = study_of(tmp_path, {"orders": table}, THIRTY)
    frame = episodes(study.snapshot("2026-09"), covariates=["channel"]).frame
    assert frame[["exit", "channel"]].to_numpy().tolist() == [[30, "unknown"], [49, "Web"]]


def test_orders_leave_no_departure_unrecorded(tmp_path: Path) -> None:
    study = study_of(
        tmp_path, {"orders": orders(("a", "2026-01-01"), ("b", "2026-01-01"), ("b", "2026-09-20"))}, THIRTY
    )
    snapshot = study.snapshot("2026-09")
    found = recording(snapshot, episodes(snapshot))
    assert (found.first, found.before, found.expected) == (date(2026, 1, 31), 0.0, 0.0)


def test_the_customers_of_cdnow_leave_after_284_quiet_days(root: Path) -> None:
    # counted apart from the engine, in pandas: days of purchase, their gaps, a new stay after more than 284 days
    found = episodes(open_study(root / "data" / "cdnow").snapshot("1998-06"), window_months=0)
    assert (found.inactivity_days, found.events, found.active) == (284, 18528, 7209)
