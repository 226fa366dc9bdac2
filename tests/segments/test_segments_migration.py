"""Moves between segments are counted person by person, with their doubt, and tell nothing of a few."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxmodels.segments.clusters.assign import Assignment, assigned_on
from cxmodels.segments.clusters.fit import fit_segments
from cxmodels.segments.errors import InvalidValue
from cxmodels.segments.features.from_study import customer_features
from cxmodels.segments.migration.migration import Migration, migration
from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import Study

Day = tuple[Snapshot, Assignment]


@pytest.fixture(scope="module")
def days(study: Study, today: Snapshot) -> tuple[Day, Day]:
    then = study.snapshot("2026-03")
    model = fit_segments(customer_features(today), 5)
    return (then, assigned_on(then, model)), (today, assigned_on(today, model))


@pytest.fixture(scope="module")
def all_told(days: tuple[Day, Day]) -> Migration:
    before, now = days
    return migration(before, (now[0], replace(now[1], min_cell=1)))


def by_person(day: Day) -> pd.Series:
    people = day[0].pseudonyms.to_pandas()
    return day[1].table.to_pandas().merge(people, on="number").set_index("customer_id")["segment"]


def test_moves_are_those_of_the_same_person_although_numbers_differ(days: tuple[Day, Day], all_told: Migration) -> None:
    then, now = (by_person(day) for day in days)
    both = pd.concat([then.rename("then"), now.rename("now")], axis=1)
    names = days[0][1].model.names
    counted = pd.crosstab(both["then"].map(names).fillna("new"), both["now"].map(names).fillna("gone"))
    told = all_told.moves.pivot(index="before", columns="now", values="customers").fillna(0)
    assert (counted.reindex(index=told.index, columns=told.columns, fill_value=0) == told).all(axis=None)
    same = both.dropna()
    assert all_told.stayed.value == pytest.approx((same["then"] == same["now"]).mean())
    assert all_told.stayed.low < all_told.stayed.value < all_told.stayed.high
    flows = all_told.flows.set_index("segment")
    assert flows["before"].sum() == len(then)
    assert flows["now"].sum() == len(now)
    assert (flows["before"] + flows["came"] + flows["new"] - flows["left"] - flows["gone"] == flows["now"]).all()


def test_the_interval_of_a_share_is_that_of_a_dirichlet_with_jeffreys_prior(all_told: Migration) -> None:
    rows = all_told.moves[all_told.moves["before"] == "Segment 1"]
    counts = rows["customers"].to_numpy()
    drawn = stats.dirichlet(counts + 0.5).rvs(40_000, random_state=1)
    seen = counts > 0
    assert rows["low"].to_numpy()[seen] == pytest.approx(np.quantile(drawn, 0.025, axis=0)[seen], abs=0.003)
    assert rows["high"].to_numpy() == pytest.approx(np.quantile(drawn, 0.975, axis=0), abs=0.003)
    assert (rows["low"] <= rows["share"]).all()
    new = all_told.moves[all_told.moves["before"] == "new"]
    assert new["share"].sum() == pytest.approx(1)
    assert "gone" not in set(new["now"])


def test_what_is_shown_of_moves_lets_no_few_be_computed(days: tuple[Day, Day], all_told: Migration) -> None:
    told = migration(*days)
    true = all_told.moves["customers"]
    assert told.moves.loc[(true > 0) & (true < 10), "suppressed"].all()
    shown = told.moves[~told.moves["suppressed"]]
    assert shown["customers"].to_numpy() == pytest.approx(true[~told.moves["suppressed"]].to_numpy())
    assert told.moves.loc[told.moves["suppressed"], ["customers", "share", "low", "high"]].isna().all(axis=None)
    # whatever is told of a segment by flows follows from the moves and sizes that are shown
    flows = told.flows.set_index("segment")
    hidden = told.moves[told.moves["suppressed"]]
    for name in flows.index:
        if "gone" in set(hidden.loc[hidden["before"] == name, "now"]):
            assert np.isnan(flows.loc[name, ["gone", "left"]].astype(float)).all()
        if name in set(hidden.loc[hidden["before"] == "new", "now"]):
            assert np.isnan(flows.loc[name, ["new", "came"]].astype(float)).all()


def test_a_size_hidden_last_month_stays_hidden(days: tuple[Day, Day], all_told: Migration) -> None:
    before, now = days
    open_now = (now[0], replace(now[1], min_cell=2))
    assert "Segment 3" not in migration(before, open_now).hidden
    told = migration(before, open_now, hidden_before=("Segment 3",))
    assert "Segment 3" in told.hidden
    assert told.flows.set_index("segment").loc["Segment 3", ["before", "now", "net"]].isna().all()
    assert np.isnan(now[1].shown(hidden=told.hidden).set_index("name").loc["Segment 3", "customers"])


def test_the_earlier_day_comes_first(days: tuple[Day, Day]) -> None:
    with pytest.raises(InvalidValue, match="2026-09-30 is not before 2026-03-31"):
        migration(days[1], days[0])
    with pytest.raises(InvalidValue, match="between 0 and 1, found 2"):
        migration(*days, level=2)
