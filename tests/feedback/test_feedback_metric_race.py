"""Which score tells who leaves: counted as pandas counts, judged as scikit-learn judges, true where truth is known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from loop_company import AS_OF, days, snapshot_of
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from cxmodels.feedback.drivers.later_leaving import later_leaving
from cxmodels.feedback.drivers.out_of_sample import FOLDS, accuracy
from cxmodels.feedback.drivers.predicting import COLUMNS, MetricRace, which_metric_predicts
from cxmodels.feedback.errors import (
    InvalidScores,
    InvalidValue,
    NoScores,
    TooFewDepartures,
    UnknownMetric,
)
from cxmodels.study.snapshot import Snapshot

PEOPLE = 700


def company(seed: int = 1) -> dict[str, pd.DataFrame]:
    """Customers who leave sooner the lower their csat is; nps tells as much with more noise, ces nothing."""
    draw = np.random.default_rng(seed)
    felt = draw.normal(size=PEOPLE)
    names = [f"c{number:03d}" for number in range(PEOPLE)]
    start = [AS_OF - timedelta(days=int(each)) for each in draw.integers(700, 900, PEOPLE)]
    left = [
        day + timedelta(days=int(each))
        for day, each in zip(start, draw.exponential(700 * np.exp(0.9 * felt)), strict=True)
    ]
    held = pd.DataFrame(
        {"customer_id": names, "started_on": start, "ended_on": [day if day < AS_OF else None for day in left]}
    )
    held.insert(0, "contract_id", [f"k{number}" for number in range(PEOPLE)])
    who = draw.integers(0, PEOPLE, 2 * PEOPLE)
    when = [
        start[each] + timedelta(days=int(day)) for each, day in zip(who, draw.integers(1, 650, len(who)), strict=True)
    ]
    scores = pd.DataFrame(
        {
            "response_id": [f"r{number:04d}" for number in range(len(who))],
            "customer_id": [names[each] for each in who],
            "answered_at": pd.to_datetime(when).astype("datetime64[us]"),
            "csat": np.rint(3 + felt[who] + draw.normal(0, 0.3, len(who))).clip(1, 5),
            "nps": np.rint(6 + 1.2 * felt[who] + draw.normal(0, 4, len(who))).clip(0, 10),
            "ces": draw.integers(1, 8, len(who)).astype(float),
        }
    )
    # nobody answers after leaving
    gone = pd.to_datetime(pd.Series([left[each] for each in who]))
    scores = scores[scores["answered_at"] < gone].reset_index(drop=True)
    keys = ["response_id", "customer_id", "answered_at"]
    return {
        "contracts": days(held.assign(plan="Monthly"), "started_on", "ended_on"),
        "responses": scores[keys].assign(survey="yearly", kind="relational", touchpoint="shop"),
        "answers": scores.drop(columns=keys[1:]).melt("response_id", var_name="item", value_name="score"),
        "scores": scores,
    }


TABLES = company()
SCORES = TABLES.pop("scores")


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    names = [f"c{number:03d}" for number in range(PEOPLE)]
    return snapshot_of(tmp_path_factory.mktemp("company"), names, min_cell=10, **TABLES)


def followed(months: int) -> pd.DataFrame:
    """Answers followed for so many months, and whether the customer left in them, by pandas."""
    rows = SCORES.merge(TABLES["contracts"], on="customer_id")
    day = rows["answered_at"].dt.normalize()
    length = timedelta(days=round(months * 30.4375))
    rows["left"] = (pd.to_datetime(rows["ended_on"]) - day) <= length
    ended = pd.to_datetime(rows["ended_on"])
    return rows[(day + length <= pd.Timestamp(AS_OF)) & (ended.isna() | (ended > day))]


def test_answers_are_counted_with_what_came_after_them(snapshot: Snapshot) -> None:
    found = later_leaving(snapshot, None, (3, 12), kind=None, survey=None, leaving=None, latent=None)
    for months in (3, 12):
        rows = followed(months)
        assert found.people[months] == {
            "responses": len(rows),
            "customers": rows["customer_id"].nunique(),
            "departures": rows[rows["left"]]["customer_id"].nunique(),
        }
        for name in ("nps", "csat", "ces"):
            known = rows.groupby([name, "left"]).size().unstack(fill_value=0)
            assert (found.levels[name] / 60).tolist() == known.index.tolist()
            assert found.counts[name][months].sum(axis=0).tolist() == known.to_numpy().tolist()
    assert (found.common.kind, found.common.survey) == ("relational", "yearly")


def test_out_of_sample_is_what_scikit_learn_finds_fold_by_fold() -> None:
    draw = np.random.default_rng(4)
    counts = draw.poisson(0.7, size=(60, 6, 2)).astype(float)
    counts[..., 1] += draw.poisson(np.linspace(1.0, 0.1, 6), size=(60, 6))
    levels = np.array([0.0, 1, 2, 3, 5, 8])
    times = draw.multinomial(60, np.full(60, 1 / 60), size=2).astype(float)
    found = accuracy(counts, levels, times)
    for which, weight in enumerate([np.ones(60), *times]):
        pairs = concordant = loss = 0.0
        for fold in range(FOLDS):
            mine = np.arange(60) % FOLDS == fold
            model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8)
            y, x = np.repeat([0, 1], 6), np.tile(levels, 2)[:, None]
            model.fit(x, y, counts[~mine].sum(axis=0).T.ravel())
            here = (weight[mine, None, None] * counts[mine]).sum(axis=0).T.ravel()
            chance = model.predict_proba(x)[:, 1]
            own = here[:6].sum() * here[6:].sum()
            pairs, concordant = pairs + own, concordant + own * roc_auc_score(y, chance, sample_weight=here)
            loss += log_loss(y, chance, sample_weight=here, normalize=False)
        auc = found.auc if which == 0 else found.auc_drawn[which - 1]
        assert auc == pytest.approx(concordant / pairs, abs=1e-9)
        if which == 0:
            assert found.log_loss == pytest.approx(loss / counts.sum(), abs=1e-5)


@pytest.fixture(scope="module")
def race(snapshot: Snapshot) -> MetricRace:
    return which_metric_predicts(snapshot, months=(6, 12), draws=400)


def test_the_score_that_tells_most_wins_and_an_idle_one_tells_nothing(race: MetricRace) -> None:
    found = race
    assert found.best == {6: "csat", 12: "csat"}
    assert [*found.table] == COLUMNS
    year = found.table[found.table["months"] == 12].set_index("metric")
    assert year.index[0] == "csat"
    assert year.loc["csat", "first"] > 0.99
    assert year.loc["ces", "auc_low"] < 0.5
    assert year.loc["ces", "auc"] < 0.53
    assert year.loc["ces", "gain"] < 0.002 < year.loc["csat", "gain_low"]
    rows = followed(12)
    assert year.loc["csat", "auc"] == pytest.approx(roc_auc_score(rows["left"], -rows["csat"]), abs=0.01)
    assert found.told[1].startswith("Within 12 months CSAT tells best who leaves")
    assert (found.left_out, found.kind) == ((), "relational")


def test_of_equal_scores_none_is_best(snapshot: Snapshot) -> None:
    same = SCORES[["response_id"]].assign(twin=SCORES["csat"] * 10)
    found = which_metric_predicts(snapshot, ("csat",), months=[12], latent=same, draws=200)
    table = found.table.set_index("metric")
    assert table["auc"]["twin"] == pytest.approx(table["auc"]["csat"])
    assert table["first"].tolist() == [0.5, 0.5]
    assert found.best == {12: ""}
    assert "no metric is best" in found.told[0]


def test_leaving_may_be_worked_out_elsewhere(snapshot: Snapshot, race: MetricRace) -> None:
    own = TABLES["contracts"]
    people = snapshot.pseudonyms.to_pandas().set_index("customer_id")["pseudonym"]
    since = {name: (pd.to_datetime(own[name]) - pd.Timestamp(AS_OF)).dt.days for name in ("started_on", "ended_on")}
    given = pd.DataFrame(
        {
            "customer_id": own["customer_id"].map(people),
            "begun": since["started_on"],
            "left": since["ended_on"].astype("Int64"),
        }
    )
    found = which_metric_predicts(snapshot, months=[12], leaving=given, draws=400)
    pd.testing.assert_frame_equal(found.table, race.table[race.table["months"] == 12].reset_index(drop=True))
    with pytest.raises(InvalidScores, match="leaving lacks 'begun'"):
        which_metric_predicts(snapshot, leaving=given.drop(columns="begun"))


def test_too_short_a_horizon_is_left_out_and_chance_is_called_chance(snapshot: Snapshot) -> None:
    # a latent score that few have leaves few answers to compare on
    some = SCORES[["response_id"]].sample(220, random_state=2)
    some["noise"] = np.random.default_rng(6).normal(size=220)
    found = which_metric_predicts(snapshot, ("ces",), months=(1, 12), latent=some, draws=50)
    assert (found.left_out, found.best) == ((1,), {12: ""})
    assert found.table["metric"].tolist() in (["ces", "noise"], ["noise", "ces"])
    assert found.told == ("Within 12 months no metric tells who leaves better than chance.",)


FEW = SCORES[["response_id"]]
REFUSED: list[tuple[type[Exception], str, Callable[[Snapshot], object]]] = [
    (InvalidValue, "months: whole numbers", lambda s: which_metric_predicts(s, months=(0,))),
    (InvalidValue, "kind: 'relational' or", lambda s: which_metric_predicts(s, kind="related")),
    (UnknownMetric, "no question is called 'mood'", lambda s: which_metric_predicts(s, ("mood",))),
    (UnknownMetric, "no question has the metric", lambda s: which_metric_predicts(s, ("cxi",))),
    (TooFewDepartures, "at least 20 customers who left", lambda s: which_metric_predicts(s, months=[30])),
    (NoScores, "no customer had given", lambda s: which_metric_predicts(s, kind="transactional")),
    (InvalidScores, "need response_id and a column", lambda s: which_metric_predicts(s, latent=FEW)),
    (InvalidValue, "other names than the metrics", lambda s: which_metric_predicts(s, latent=FEW.assign(nps=1.0))),
    (InvalidScores, "'flat' must vary", lambda s: which_metric_predicts(s, latent=FEW.assign(flat=1.0))),
]


@pytest.mark.parametrize(("error", "match", "ask"), REFUSED)
def test_what_cannot_be_asked_is_named(
    snapshot: Snapshot, error: type[Exception], match: str, ask: Callable[[Snapshot], object]
) -> None:
    with pytest.raises(error, match=match):
        ask(snapshot)
