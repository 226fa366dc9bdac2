"""What customers say: scores with their doubt, who was not heard, what moved, what they write, and who calls back."""

from cxmodels.feedback import figures
from cxmodels.feedback.counts.given import counts_of, given_counts
from cxmodels.feedback.counts.scores import ScoreCounts, score_counts
from cxmodels.feedback.coverage.coverage_map import CoverageMap, coverage_map
from cxmodels.feedback.drivers.driver_weights import DriverWeights, driver_weights
from cxmodels.feedback.drivers.importance_performance import ImportancePerformance, importance_performance
from cxmodels.feedback.drivers.penalty_reward import PenaltyReward, penalty_reward
from cxmodels.feedback.drivers.predicting import MetricRace, which_metric_predicts
from cxmodels.feedback.errors import (
    AliasedDrivers,
    FeedbackError,
    InvalidCounts,
    InvalidScores,
    InvalidValue,
    MixedKinds,
    NobodyToInvite,
    NoComments,
    NoContacts,
    NoInvitations,
    NoScores,
    TooFewAnswers,
    TooFewCustomers,
    TooFewDepartures,
    UnknownColumn,
    UnknownMetric,
)
from cxmodels.feedback.estimates.change import change
from cxmodels.feedback.estimates.planner import sample_size, smallest_visible
from cxmodels.feedback.estimates.posterior import jeffreys, score_draws
from cxmodels.feedback.estimates.scores import ces, csat, cxi, mean_score, nps, score_table
from cxmodels.feedback.loop.call_list import CallList, call_list
from cxmodels.feedback.loop.follow_up import FollowUp, follow_up
from cxmodels.feedback.loop.leaving import LeavingEffect, effect_on_leaving
from cxmodels.feedback.loop.recovery import Recovery, recovery
from cxmodels.feedback.page.attributes import attributes_of, orders_at
from cxmodels.feedback.page.by_group import score_by
from cxmodels.feedback.page.called import called, money_of, offers
from cxmodels.feedback.page.checks import judge
from cxmodels.feedback.page.driven import Driven, driven
from cxmodels.feedback.page.estimates import estimates, history, key_figures, loop_estimates
from cxmodels.feedback.page.findings import about, lead, moved, title
from cxmodels.feedback.page.heard import Heard, heard
from cxmodels.feedback.page.lately import rising_lately
from cxmodels.feedback.page.parts import told
from cxmodels.feedback.page.score import Score
from cxmodels.feedback.page.tables import (
    call_rows,
    driver_rows,
    follow_up_rows,
    group_rows,
    left_out_rows,
    quoted,
    rate_rows,
    rising_rows,
    score_rows,
    state_rows,
    theme_rows,
)
from cxmodels.feedback.page.where import Where, where
from cxmodels.feedback.page.who_answers import (
    heard_from,
    if_silent_differ,
    invited_next,
    not_asked,
    planned,
    who_may_be_asked,
)
from cxmodels.feedback.page.words import name_of
from cxmodels.feedback.planner.invitees import invitees
from cxmodels.feedback.planner.next_wave import NextWave, next_wave
from cxmodels.feedback.planner.sample_plan import SamplePlan, plan_sample
from cxmodels.feedback.planner.standing import standing, standings
from cxmodels.feedback.pooling.partial_pooling import Pooled, pooled
from cxmodels.feedback.trend.trend import Trend, trend
from cxmodels.feedback.verbatims.checks import judge_themes
from cxmodels.feedback.verbatims.comments import Comments, comments
from cxmodels.feedback.verbatims.languages import language_of
from cxmodels.feedback.verbatims.masking import Masked, masked
from cxmodels.feedback.verbatims.quotes import quotes
from cxmodels.feedback.verbatims.rising import rising
from cxmodels.feedback.verbatims.themes import Themes, themes
from cxmodels.feedback.verbatims.written_of import themes_by_customer
from cxmodels.feedback.weights.response_weights import ResponseWeights, response_weights
from cxmodels.feedback.weights.sensitivity import sensitivity, with_doubt_of_weights

__all__ = [
    "AliasedDrivers",
    "CallList",
    "Comments",
    "CoverageMap",
    "Driven",
    "DriverWeights",
    "FeedbackError",
    "FollowUp",
    "Heard",
    "ImportancePerformance",
    "InvalidCounts",
    "InvalidScores",
    "InvalidValue",
    "LeavingEffect",
    "Masked",
    "MetricRace",
    "MixedKinds",
    "NextWave",
    "NoComments",
    "NoContacts",
    "NoInvitations",
    "NoScores",
    "NobodyToInvite",
    "PenaltyReward",
    "Pooled",
    "Recovery",
    "ResponseWeights",
    "SamplePlan",
    "Score",
    "ScoreCounts",
    "Themes",
    "TooFewAnswers",
    "TooFewCustomers",
    "TooFewDepartures",
    "Trend",
    "UnknownColumn",
    "UnknownMetric",
    "Where",
    "about",
    "attributes_of",
    "call_list",
    "call_rows",
    "called",
    "ces",
    "change",
    "comments",
    "counts_of",
    "coverage_map",
    "csat",
    "cxi",
    "driven",
    "driver_rows",
    "driver_weights",
    "effect_on_leaving",
    "estimates",
    "figures",
    "follow_up",
    "follow_up_rows",
    "given_counts",
    "group_rows",
    "heard",
    "heard_from",
    "history",
    "if_silent_differ",
    "importance_performance",
    "invited_next",
    "invitees",
    "jeffreys",
    "judge",
    "judge_themes",
    "key_figures",
    "language_of",
    "lead",
    "left_out_rows",
    "loop_estimates",
    "masked",
    "mean_score",
    "money_of",
    "moved",
    "name_of",
    "next_wave",
    "not_asked",
    "nps",
    "offers",
    "orders_at",
    "penalty_reward",
    "plan_sample",
    "planned",
    "pooled",
    "quoted",
    "quotes",
    "rate_rows",
    "recovery",
    "response_weights",
    "rising",
    "rising_lately",
    "rising_rows",
    "sample_size",
    "score_by",
    "score_counts",
    "score_draws",
    "score_rows",
    "score_table",
    "sensitivity",
    "smallest_visible",
    "standing",
    "standings",
    "state_rows",
    "theme_rows",
    "themes",
    "themes_by_customer",
    "title",
    "told",
    "trend",
    "where",
    "which_metric_predicts",
    "who_may_be_asked",
    "with_doubt_of_weights",
]
