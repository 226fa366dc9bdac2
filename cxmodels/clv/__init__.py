"""What customers are worth: counts of purchases, models, what they will buy, what it means, whether to believe it."""

from cxmodels.clv import figures
from cxmodels.clv.counts.base import Base, customer_base
from cxmodels.clv.counts.from_frame import counted
from cxmodels.clv.counts.held_out import HeldOut, held_out, repeat_purchases
from cxmodels.clv.counts.purchases import PurchaseCounts, purchase_counts
from cxmodels.clv.counts.retention import RetentionCounts, retention_counts
from cxmodels.clv.counts.spend import SpendCounts, counted_spend, spend_counts
from cxmodels.clv.errors import (
    ClvError,
    HugeAmount,
    InvalidCounts,
    InvalidValue,
    NoModel,
    NoMoney,
    NoPurchases,
    NoRepeatPurchases,
    NotConverged,
    TooFewCustomers,
    UnknownColumn,
)
from cxmodels.clv.fits.choice import ModelChoice, choose_regularity, compare_models
from cxmodels.clv.fits.covariates import CovariateFit, fit_covariates
from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.hierarchy import GroupFit, fit_groups
from cxmodels.clv.fits.known import KnownFits, fit_known
from cxmodels.clv.fits.purchases import fit_purchases
from cxmodels.clv.fits.retention import RetentionFit, fit_retention, largest_gap, seen_and_fitted
from cxmodels.clv.fits.spend import SpendFit, fit_spend
from cxmodels.clv.forecasts.forecast import ClvForecast, forecast
from cxmodels.clv.forecasts.scores import Scores, scores
from cxmodels.clv.grading.frequency import FrequencyTable, frequency_table
from cxmodels.clv.grading.grade import Grade
from cxmodels.clv.grading.monthly import last_month
from cxmodels.clv.grading.replay import MODELS, Replay, replay
from cxmodels.clv.grading.tracking import Tracking, tracking
from cxmodels.clv.models.bg_nbd import BgNbd
from cxmodels.clv.models.gamma_gamma import GammaGamma
from cxmodels.clv.models.mbg_cnbd import MbgCnbd
from cxmodels.clv.models.mbg_nbd import MbgNbd
from cxmodels.clv.models.model import PurchaseModel
from cxmodels.clv.models.named import purchase_model
from cxmodels.clv.models.pareto_nbd import ParetoNbd
from cxmodels.clv.models.sbg import ShiftedBetaGeometric
from cxmodels.clv.page.checks import judge
from cxmodels.clv.page.estimates import estimates, history, key_figures, marks, parameters, within_a_year
from cxmodels.clv.page.findings import about, held_likely, lead, stakes, title, what_moved
from cxmodels.clv.page.tables import (
    bridge_table,
    coverage_table,
    fits_in_numbers,
    group_table,
    holdout_in_words,
    holdout_table,
    parameter_table,
)
from cxmodels.clv.posteriors.importance import importance_posterior
from cxmodels.clv.posteriors.posterior import Posterior
from cxmodels.clv.posteriors.prior_predictive import prior_predictive
from cxmodels.clv.posteriors.priors import Prior, prior_of
from cxmodels.clv.value.at_risk import ValueAtRisk, silent_value, value_at_risk
from cxmodels.clv.value.attributes import value_groups
from cxmodels.clv.value.base_value import BaseValue, base_value, value_history
from cxmodels.clv.value.bridge import Bridge, value_bridge
from cxmodels.clv.value.concentration import Concentration, concentration
from cxmodels.clv.value.earlier import Earlier
from cxmodels.clv.value.groups import GroupValue, value_by_group
from cxmodels.clv.value.panel import value_panel
from cxmodels.clv.value.payback import Payback, acquisition_payback
from cxmodels.clv.value.rivals import value_of_rivals

__all__ = [
    "MODELS",
    "Base",
    "BaseValue",
    "BgNbd",
    "Bridge",
    "ClvError",
    "ClvForecast",
    "Concentration",
    "CovariateFit",
    "Earlier",
    "FrequencyTable",
    "GammaGamma",
    "Grade",
    "GroupFit",
    "GroupValue",
    "HeldOut",
    "HugeAmount",
    "InvalidCounts",
    "InvalidValue",
    "KnownFits",
    "MbgCnbd",
    "MbgNbd",
    "ModelChoice",
    "NoModel",
    "NoMoney",
    "NoPurchases",
    "NoRepeatPurchases",
    "NotConverged",
    "ParetoNbd",
    "Payback",
    "Posterior",
    "Prior",
    "PurchaseCounts",
    "PurchaseFit",
    "PurchaseModel",
    "Replay",
    "RetentionCounts",
    "RetentionFit",
    "Scores",
    "ShiftedBetaGeometric",
    "SpendCounts",
    "SpendFit",
    "TooFewCustomers",
    "Tracking",
    "UnknownColumn",
    "ValueAtRisk",
    "about",
    "acquisition_payback",
    "base_value",
    "bridge_table",
    "choose_regularity",
    "compare_models",
    "concentration",
    "counted",
    "counted_spend",
    "coverage_table",
    "customer_base",
    "estimates",
    "figures",
    "fit_covariates",
    "fit_groups",
    "fit_known",
    "fit_purchases",
    "fit_retention",
    "fit_spend",
    "fits_in_numbers",
    "forecast",
    "frequency_table",
    "group_table",
    "held_likely",
    "held_out",
    "history",
    "holdout_in_words",
    "holdout_table",
    "importance_posterior",
    "judge",
    "key_figures",
    "largest_gap",
    "last_month",
    "lead",
    "marks",
    "parameter_table",
    "parameters",
    "prior_of",
    "prior_predictive",
    "purchase_counts",
    "purchase_model",
    "repeat_purchases",
    "replay",
    "retention_counts",
    "scores",
    "seen_and_fitted",
    "silent_value",
    "spend_counts",
    "stakes",
    "title",
    "tracking",
    "value_at_risk",
    "value_bridge",
    "value_by_group",
    "value_groups",
    "value_history",
    "value_of_rivals",
    "value_panel",
    "what_moved",
    "within_a_year",
]
