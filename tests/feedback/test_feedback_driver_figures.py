"""Figures of drivers: titles say what is sure and what is not, the words say all the numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from cxmodels.estimate import Estimate
from cxmodels.feedback.drivers.driver_weights import DriverWeights
from cxmodels.feedback.drivers.importance_performance import ImportancePerformance
from cxmodels.feedback.drivers.penalty_reward import PenaltyReward
from cxmodels.feedback.drivers.predicting import MetricRace
from cxmodels.feedback.figures.drivers import driver_bars, penalty_reward_dots
from cxmodels.feedback.figures.improve_first import improve_first
from cxmodels.feedback.figures.metric_race import metric_race

WEIGHTS = DriverWeights(
    "nps",
    Estimate(0.5, 0.4, 0.6, "share", 300),
    pd.DataFrame(
        {
            "driver": ["ces", "cxi_needs", "tenure"],
            "fact": [False, False, True],
            "correlation": [0.6, 0.5, 0.1],
            "lmg": [0.3, 0.19, 0.01],
            "lmg_low": [0.25, 0.14, 0.0],
            "lmg_high": [0.35, 0.24, 0.03],
            "lmg_share": [0.6, 0.38, 0.02],
            "first": [0.99, 0.01, 0.0],
        }
    ),
    "transactional", "after_contact", date(2026, 1, 1), date(2026, 9, 1), 300, 280,
)  # fmt: skip
SIDES = PenaltyReward(
    "nps",
    pd.DataFrame(
        {
            "driver": ["ces", "csat"],
            "class": ["must-have", "open"],
            "likeliest": ["must-have", "delighter"],
            "probability": [0.99, 0.6],
            "penalty": [-1.5, -0.3],
            "penalty_low": [-1.9, -0.9],
            "penalty_high": [-1.1, 0.3],
            "reward": [0.2, 0.6],
            "reward_low": [-0.1, 0.2],
            "reward_high": [0.5, 1.0],
        }
    ),
    ("cxi_needs",), "transactional", "after_contact", 300, 280,
)  # fmt: skip
MAP = ImportancePerformance(
    "nps",
    pd.DataFrame(
        {
            "driver": ["ces", "csat"],
            "importance": [0.6, 0.4],
            "importance_low": [0.55, 0.35],
            "importance_high": [0.65, 0.45],
            "performance": [55.0, 70.0],
            "performance_low": [52.0, 68.0],
            "performance_high": [58.0, 72.0],
            "important": [1.0, 0.0],
            "low": [1.0, 0.0],
            "first": [True, False],
        }
    ),
    "transactional", "after_contact", 300, 280,
)  # fmt: skip
RACE = MetricRace(
    pd.DataFrame(
        {
            "months": [3, 3, 12, 12],
            "metric": ["csat", "nps", "csat", "nps"],
            "auc": [0.62, 0.6, 0.63, 0.55],
            "auc_low": [0.55, 0.53, 0.58, 0.49],
            "auc_high": [0.69, 0.67, 0.68, 0.61],
            "first": [0.7, 0.3, 0.99, 0.01],
            "customers": 900,
            "departures": [60, 60, 210, 210],
        }
    ),
    {3: "", 12: "csat"}, ("", ""), (), "relational", "yearly", None, None,
)  # fmt: skip


def test_a_driver_is_called_first_where_that_is_sure() -> None:
    figure = driver_bars(WEIGHTS)
    assert figure.title == "Ease (CES) goes most with the NPS score: 60\u202f% of the 50\u202f% that is explained"
    assert "Needs met 19\u202f% (14 to 24\u202f%), first with probability 0.01" in figure.alt
    assert "Grey: known facts" in figure.note
    torn = WEIGHTS.table.assign(first=[0.7, 0.3, 0.0])
    assert driver_bars(replace(WEIGHTS, table=torn)).title == (
        "Ease (CES) or Needs met goes most with the NPS score: which one is not told"
    )
    alone = driver_bars(replace(WEIGHTS, table=WEIGHTS.table.head(1)))
    assert alone.title == "Ease (CES) goes with 50\u202f% of the variance of the NPS score"


def test_a_class_is_named_where_it_is_told() -> None:
    figure = penalty_reward_dots(SIDES)
    assert figure.title == "Ease (CES) is a must-have for the NPS score: low scores take more than high ones give"
    assert "Satisfaction (CSAT): low −0.3 (−0.9 to 0.3), high 0.6 (0.2 to 1.0), delighter" in figure.alt
    assert "Too few low, middling or high answers: Needs met." in figure.note
    torn = penalty_reward_dots(replace(SIDES, table=SIDES.table.assign(**{"class": "open"}), hidden=()))
    assert torn.title == (
        "Ease (CES) moves the NPS score most, by 1.7 points from low to high; must-have or delighter is not told"
    )
    assert "Too few" not in torn.note


def test_what_to_improve_first_is_named_only_where_both_are_sure() -> None:
    figure = improve_first(MAP)
    assert figure.title == (
        "Ease (CES) first: it weighs 60\u202f% of what is explained of the NPS score, and scores 55 of 100"
    )
    assert "importance 40\u202f% (35 to 45\u202f%), performance 70 (68 to 72)" in figure.alt
    unsure = improve_first(replace(MAP, table=MAP.table.assign(first=False)))
    assert unsure.title == "No driver of the NPS score surely weighs more and scores less than the average"


@pytest.mark.parametrize(
    ("best", "title"),
    [
        ({3: "", 12: "csat"}, "CSAT tells best who leaves within 12 months; not at every horizon is one best"),
        ({3: "csat", 12: "csat"}, "CSAT tells best who leaves, at every horizon"),
        ({3: "", 12: ""}, "No score is best at telling who leaves: CSAT and NPS are not told apart"),
    ],
)
def test_the_race_has_a_winner_only_where_one_is_told(best: dict[int, str], title: str) -> None:
    figure = metric_race(replace(RACE, best=best))
    assert figure.title == title
    assert "Within 12 months: CSAT 0.63 (0.58 to 0.68), NPS 0.55 (0.49 to 0.61)" in figure.alt
    assert "210 of 900 customers left within 12 months" in figure.note


def test_a_race_that_chance_would_run_says_so() -> None:
    table = RACE.table.assign(auc_low=0.45)
    assert metric_race(replace(RACE, table=table, best={3: "", 12: ""})).title == (
        "No score tells who leaves better than chance"
    )
    one = replace(RACE, table=RACE.table[RACE.table["metric"] == "nps"], best={3: "", 12: ""})
    assert metric_race(one).title == "NPS ranks 0.55 of pairs of leaver and stayer rightly"
