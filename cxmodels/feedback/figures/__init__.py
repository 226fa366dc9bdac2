"""The figures of the page of feedback; each title states what the numbers say, and claims no cause."""

from cxmodels.feedback.figures.coverage import blind_spots
from cxmodels.feedback.figures.drivers import driver_bars, penalty_reward_dots
from cxmodels.feedback.figures.follow_up import time_to_close
from cxmodels.feedback.figures.improve_first import improve_first
from cxmodels.feedback.figures.metric_race import metric_race
from cxmodels.feedback.figures.recovery import recovered
from cxmodels.feedback.figures.theme_map import theme_map
from cxmodels.feedback.figures.touchpoints import score_by_group
from cxmodels.feedback.figures.trend import nps_trend

__all__ = [
    "blind_spots",
    "driver_bars",
    "improve_first",
    "metric_race",
    "nps_trend",
    "penalty_reward_dots",
    "recovered",
    "score_by_group",
    "theme_map",
    "time_to_close",
]
