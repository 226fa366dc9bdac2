"""How detractors are followed up and recover: what is counted, what is told, what the figures say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from loop_company import actions, demo, responses, snapshot_of
from scipy.stats import beta, norm, t

from cxmodels.feedback.figures.follow_up import time_to_close
from cxmodels.feedback.figures.recovery import recovered
from cxmodels.feedback.loop.follow_up import FollowUp, follow_up
from cxmodels.feedback.loop.recovery import _pairs, recovery, score_changes
from cxmodels.feedback.loop.shares import effect_of_customers, share_of

KINDS = ["kind", "first", "second", "contacted", "n"]


@pytest.fixture(scope="module")
def found(root: Path) -> FollowUp:
    return follow_up(demo(root))


def shares(found: FollowUp) -> dict[tuple[str, str], tuple[float, int]]:
    """Share and n by what and within how many days."""
    return {
        (row.what, "ever" if pd.isna(row.within_days) else f"{row.within_days} days"): (row.share.value, row.share.n)
        for row in found.shares.itertuples()
    }


def test_a_share_has_the_interval_of_jeffreys() -> None:
    found = share_of(7, 40)
    assert (found.low, found.high) == pytest.approx(tuple(beta(7.5, 33.5).ppf([0.025, 0.975])))
    assert (share_of(0, 9).low, share_of(9, 9).high) == (0, 1)


def sums(cases: np.ndarray, followed: np.ndarray) -> dict[str, float]:
    """Of customers with so many cases, and so many of them followed up, what the design effect is worked out from."""
    terms = {
        "part": followed,
        "n": cases,
        "part_squares": followed**2,
        "squares": cases**2,
        "products": cases * followed,
    }
    return {"customers": len(cases)} | {name: float(term.sum()) for name, term in terms.items()}


def test_cases_of_one_customer_that_go_the_same_way_are_worth_one() -> None:
    once, twice = np.ones(40), np.full(40, 2.0)
    same = np.repeat([0.0, 1.0], 20)
    # as many customers as cases: what few of them cost alone; pairs that agree: twice that; pairs that differ: no more
    few = 40 / 39 * (t(39).ppf(0.975) / norm.ppf(0.975)) ** 2
    assert effect_of_customers(sums(once, same)) == pytest.approx(few)
    assert effect_of_customers(sums(twice, 2 * same)) == pytest.approx(2 * few)
    assert effect_of_customers(sums(twice, once)) == 1
    # where none or all are nothing is seen of it, and the most is taken: Σn²/Σn
    assert effect_of_customers(sums(np.array([1.0, 3.0]), np.zeros(2))) == 10 / 4
    half = share_of(40, 80, 2.0)
    assert (half.n, half.low) == (80, pytest.approx(beta(20.5, 20.5).ppf(0.025)))


def covered(customers: int, mean: float, alike: float, *, draws: int, seed: int) -> tuple[float, float]:
    """How often the interval of a share holds the true one: ours, and that of as many cases apart."""
    rng = np.random.default_rng(seed)
    ours, naive = [], []
    for _ in range(draws):
        cases = rng.choice([1.0, 2, 3, 4], customers, p=[0.5, 0.25, 0.15, 0.1])
        followed = rng.binomial(cases.astype(int), rng.beta(mean * alike, (1 - mean) * alike, customers)).astype(float)
        of = sums(cases, followed)
        part, n = int(of["part"]), int(of["n"])
        for held, effect in ((ours, effect_of_customers(of)), (naive, 1.0)):
            told = share_of(part, n, effect)
            held.append(told.low <= mean <= told.high)
    return float(np.mean(ours)), float(np.mean(naive))


def test_the_interval_of_a_share_holds_the_true_one_where_customers_are_followed_up_again_and_again() -> None:
    ours, naive = covered(80, 0.7, 0.5, draws=300, seed=1)
    assert 0.92 <= ours <= 0.98
    assert naive < 0.88


@pytest.mark.slow
@pytest.mark.parametrize("mean", [0.3, 0.7, 0.9])
@pytest.mark.parametrize("customers", [20, 60, 200])
def test_it_does_so_for_few_customers_and_for_many(customers: int, mean: float) -> None:
    ours, naive = covered(customers, mean, 0.5, draws=3000, seed=2)
    assert 0.925 <= ours <= 0.985
    assert naive < 0.88


def test_answers_of_few_customers_are_not_told_however_many_they_are(tmp_path: Path) -> None:
    days = [f"2026-0{month}-{day:02} 10:00" for month in (5, 6, 7) for day in (1, 15)]
    rows = [(f"{who}{at}", who, day, 3) for who in "ab" for at, day in enumerate(days)]
    log = actions(*((who, day, day, None) for who in "a" for day in days))
    for least, told in ((3, 0), (2, 4)):
        (folder := tmp_path / str(least)).mkdir()
        found = follow_up(snapshot_of(folder, "ab", least, actions=log, **responses(*rows)))
        assert len(found.shares) == told
    # one customer of two: twelve answers tell next to nothing
    share = found.shares["share"].iloc[0]
    assert (share.value, share.n) == (0.5, 12)
    effect = effect_of_customers(sums(np.array([6.0, 6]), np.array([6.0, 0])))
    assert (share.low, share.high) == pytest.approx((share_of(6, 12, effect).low, share_of(6, 12, effect).high))
    assert share.high - share.low > 0.9


def test_a_follow_up_belongs_to_the_last_answer_before_it_and_young_answers_are_not_judged(tmp_path: Path) -> None:
    said = responses(
        ("r1", "a", "2026-07-01 10:00", 3), ("r2", "a", "2026-08-01 10:00", 6), ("r3", "b", "2026-08-01 10:00", 0),
        ("r4", "c", "2026-09-20 10:00", 5), ("r5", "d", "2026-09-29 10:00", 5), ("r6", "b", "2026-08-20 10:00", 9),
        ("r7", None, "2026-08-01 10:00", 1), ("r8", "e", "2025-08-01 10:00", 1),
    )  # fmt: skip
    log = actions(
        ("a", "2026-08-02 10:00", "2026-08-04 11:00", "2026-08-05 10:00"),
        ("b", "2026-08-02 10:00", "2026-08-03 09:00", "2026-08-05 10:00"),
        ("c", "2026-09-21 10:00", None, None),
        # of an answer long ago, and of none
        ("e", "2026-08-02 10:00", "2026-08-02 12:00", None), ("f", "2026-08-02 10:00", None, None),
    )  # fmt: skip
    snapshot = snapshot_of(tmp_path, "abcdef", actions=log, **said)
    told = follow_up(snapshot)
    assert shares(told) == {
        # r1 was not followed up; r4 is old enough for two days, r5 is not
        ("opened", "2 days"): (0.75, 4),
        ("contacted", "2 days"): (0.25, 4),
        ("opened", "ever"): (pytest.approx(2 / 3), 3),
        ("contacted", "ever"): (pytest.approx(2 / 3), 3),
    }
    assert told.still_open == 3
    assert told.times.set_index("step").loc["close", "n"] == 5
    # a team of its own has no line of its own
    assert set(told.times["team"]) == {"all"}
    curve = told.curves[told.curves["step"] == "contact"].set_index("days")
    assert curve.loc[[2 / 24, 23 / 24, 49 / 24], "waiting"].round(3).tolist() == [0.8, 0.6, 0.4]


def test_a_follow_up_dated_to_the_day_of_the_answer_is_one_of_it(tmp_path: Path) -> None:
    said = responses(
        ("r1", "a", "2026-08-01 10:00", 3), ("r2", "a", "2026-08-20 10:00", 3), ("r3", "b", "2026-08-01 10:00", 3),
        ("r4", "b", "2026-09-20 10:00", 9), kind="relational",
    )  # fmt: skip
    log = actions(("a", "2026-08-20", "2026-08-20", "2026-08-20"), ("b", "2026-08-01", "2026-08-01", "2026-08-03"))
    snapshot = snapshot_of(tmp_path, "ab", actions=log, **said)
    told = follow_up(snapshot)
    # of two answers of one customer the one on the day itself
    assert {what: share for what, share in shares(told).items() if what[1] == "2 days"} == {
        ("opened", "2 days"): (pytest.approx(2 / 3), 3),
        ("contacted", "2 days"): (pytest.approx(2 / 3), 3),
    }
    assert told.curves["days"].min() == 0
    assert _pairs(snapshot, 12)[KINDS].to_numpy().tolist() == [
        ["relational", 3, 3, 0, 1],
        ["relational", 3, 9, 1, 1],
    ]


def test_on_the_demo_the_shares_are_those_that_were_planted(found: FollowUp) -> None:
    # 70 % opened, 78 % of them reached; the mean wait to the contact 40 hours, to the closing 60 more
    known = dict(zip(shares(found), found.shares["share"], strict=True))
    assert known["opened", "ever"].low < 0.7 < known["opened", "ever"].high
    assert known["contacted", "ever"].low < 0.7 * 0.78 < known["contacted", "ever"].high
    every = found.times.set_index(["step", "team"]).loc[("close", "all"), "median"]
    rng = np.random.default_rng(1)
    median = np.median(rng.exponential(40, 200_000) + rng.exponential(60, 200_000)) / 24
    assert every.low < median < every.high


def test_curves_by_team_are_those_of_lifelines_and_end_before_too_few_are_watched(root: Path, found: FollowUp) -> None:
    rows = demo(root).numbered("actions").execute()
    rows = rows[(rows["opened_at"].dt.date > pd.Timestamp("2025-09-30").date()) & (rows["team"] == "logistics")]
    until = rows["closed_at"].fillna(pd.Timestamp("2026-10-01"))
    hours = np.floor((until - rows["opened_at"]).dt.total_seconds() / 3600)
    other = KaplanMeierFitter().fit(hours / 24, rows["closed_at"].notna())
    curve = found.curves.query("step == 'close' and team == 'logistics'")
    np.testing.assert_allclose(curve["waiting"], other.survival_function_.iloc[: len(curve), 0], rtol=1e-9)
    assert found.curves["at_risk"].min() >= 10
    sizes = found.times.query("step == 'close'").set_index("team")["n"]
    assert sizes["all"] == sizes.drop("all").sum()


def test_teams_of_few_customers_and_those_that_would_tell_them_have_no_line(tmp_path: Path) -> None:
    people = [f"c{number}" for number in range(40)]
    teams = ["care"] * 22 + ["shop"] * 14 + ["legal"] * 4
    log = actions(*((who, "2026-08-02", None, None, team) for who, team in zip(people, teams, strict=True)))
    told = follow_up(snapshot_of(tmp_path, people, 10, actions=log, **responses(("r1", "c1", "2026-08-01", 3))))
    assert set(told.times["team"]) == {"all", "care"}
    assert told.shares.empty
    assert told.still_open == 40
    assert told.times["median"].isna().all()
    assert time_to_close(told).title == "Fewer than half of the follow-ups were closed while they were watched"


def test_without_follow_ups_the_reason_is_told(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, "a", **responses(("r1", "a", "2026-08-01", 3)))
    assert "no table actions" in follow_up(snapshot).reason
    assert "no table actions" in recovery(snapshot).reason


def test_a_step_that_nobody_writes_down_is_not_told_as_one_that_never_happens(tmp_path: Path) -> None:
    people = [f"c{number}" for number in range(20)]
    log = actions(*((who, "2026-08-02", "2026-08-04", None) for who in people)).drop(columns="closed_at")
    said = responses(*((who, who, "2026-08-01", 3) for who in people))
    (only_reached := tmp_path / "reached").mkdir()
    found = follow_up(snapshot_of(only_reached, people, actions=log, **said))
    assert set(found.times["step"]) == {"contact"}
    assert found.still_open is None
    assert time_to_close(found).title == "Half of the customers to be called are reached within 2.0 days"
    (neither := tmp_path / "neither").mkdir()
    found = follow_up(snapshot_of(neither, people, actions=log.drop(columns=["contacted_at", "team"]), **said))
    assert "neither contacted_at nor closed_at" in found.reason
    assert shares(found) == {("opened", "2 days"): (1, 20), ("opened", "ever"): (1, 20)}


def test_the_figure_names_a_team_only_where_its_interval_lies_apart(found: FollowUp) -> None:
    figure = time_to_close(found)
    assert figure.title.startswith("Half of the follow-ups are closed within 3.")
    assert figure.title.endswith("no clear difference between teams")
    assert "customer care: 3." in figure.alt
    apart = found.times.copy()
    slow = apart.index[apart["team"] == "shop"]
    for row in slow:
        apart.at[row, "median"] = type(found.times.at[row, "median"])(9.0, 8.0, 11.0, "days", 49)
    told = time_to_close(FollowUp("", found.shares, apart, found.curves))
    assert told.title.endswith("of shop within 9.0")


def pairs(gain: float, n: int, seed: int) -> pd.DataFrame:
    """Detractors with a true mean of 6 and noise: those of the lowest scores are contacted more often."""
    rng = np.random.default_rng(seed)
    level = rng.normal(6, 1.2, 20 * n)
    first = np.rint(level + rng.normal(0, 2, len(level))).clip(0, 10)
    level, first = level[first <= 6][:n], first[first <= 6][:n]
    contacted = (rng.random(n) < np.where(first <= 4, 0.75, 0.35)).astype(int)
    second = np.rint(level + gain * contacted + rng.normal(0, 2, n)).clip(0, 10)
    table = pd.DataFrame({"kind": "relational", "first": first, "second": second, "contacted": contacted})
    return table.groupby(KINDS[:-1], as_index=False).size().rename(columns={"size": "n"})


def test_a_rise_that_is_regression_to_the_mean_is_no_difference() -> None:
    held, crude = [], []
    for seed in range(40):
        frame = pairs(0.0, 300, seed)
        row = score_changes(frame).changes.iloc[0]
        held.append(row["difference"].low <= 0 <= row["difference"].high)
        assert row["not_contacted"].low > 0
        change = (frame["second"] - frame["first"]) * frame["n"]
        sides = [
            change[frame["contacted"] == side].sum() / frame.loc[frame["contacted"] == side, "n"].sum()
            for side in (1, 0)
        ]
        crude.append(sides[0] - sides[1])
    assert 0.9 <= np.mean(held) <= 1
    # at unlike first scores those who were contacted seem to gain
    assert np.mean(crude) > 0.5


def test_a_difference_is_that_of_a_regression_on_the_first_score_as_a_factor() -> None:
    frame = pairs(1.0, 400, seed=5)
    rows = frame.loc[frame.index.repeat(frame["n"])]
    scores = pd.get_dummies(rows["first"], dtype=float)
    design = scores.assign(contacted=rows["contacted"]).to_numpy(float)
    change = (rows["second"] - rows["first"]).to_numpy()
    wanted = np.linalg.lstsq(design, change, rcond=None)[0][-1]
    told = score_changes(frame)
    difference = told.changes["difference"].iloc[0]
    assert difference.value == pytest.approx(wanted, abs=1e-9)
    assert difference.low > 0
    assert "points: more." in told.told
    assert "no effect of the contact" in told.told
    assert "rose by" in recovered(told).title
    assert "no proof of an effect" in recovered(told).title


def test_too_few_on_a_side_or_no_first_score_in_common_is_a_reason() -> None:
    apart = pd.DataFrame([("relational", 2, 5, 1, 40), ("relational", 6, 7, 0, 40)], columns=KINDS)
    few = pd.DataFrame([("relational", 2, 5, 1, 40), ("relational", 2, 4, 0, 12)], columns=KINDS)
    one_side = few[few["contacted"] == 1]
    for frame, least in ((apart, 1), (few, 20), (one_side, 1)):
        assert "cannot be told" in score_changes(frame, min_cell=least).reason
    assert score_changes(few, min_cell=12).reason == ""


def test_only_the_first_pair_of_a_kind_counts_and_a_contact_must_lie_between(tmp_path: Path) -> None:
    relational = responses(
        ("r1", "a", "2026-01-10", 3), ("r2", "a", "2026-03-10", 5), ("r3", "a", "2026-06-10", 9),
        ("r4", "b", "2026-01-10", 8), ("r5", "b", "2026-03-10", 6), ("r6", "b", "2026-06-10", 7),
        ("r7", "c", "2026-03-10", 6),
    )  # fmt: skip
    about_one = responses(("t1", "a", "2026-02-10", 0), ("t2", "a", "2026-04-10", 4), kind="transactional")
    said = {name: pd.concat([relational[name], about_one[name]], ignore_index=True) for name in relational}
    log = actions(("a", "2026-02-11", "2026-02-12", None), ("b", "2026-03-11", "2026-06-11", None))
    found = _pairs(snapshot_of(tmp_path, "abc", actions=log, **said), 24)
    assert found.to_numpy().tolist() == [
        ["relational", 3, 5, 1, 1],
        ["relational", 6, 7, 0, 1],
        ["transactional", 0, 4, 1, 1],
    ]


def test_on_the_demo_both_groups_rise_and_following_up_adds_nothing(root: Path) -> None:
    told = recovery(demo(root))
    assert set(told.changes["kind"]) == {"relational", "transactional"}
    for row in told.changes.itertuples():
        assert row.contacted.low > 0
        assert row.not_contacted.low > 0
        # nothing was planted; of two intervals at 95 % one misses it in every tenth company
        assert abs(row.difference.value) < 3 * row.difference.standard_error
    figure = recovered(replace(told, changes=told.changes[told.changes["kind"] == "relational"]))
    assert "no difference can be told" in figure.title
    assert "regression to the mean" in figure.note
    assert "relational surveys: contacted +" in figure.alt
