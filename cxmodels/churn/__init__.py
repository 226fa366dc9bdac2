"""Who leaves and when: counts of time at risk, models, churn to come, what to do, and whether to believe it."""

from cxmodels.churn import figures
from cxmodels.churn.accuracy.brier import BrierScore, brier_score
from cxmodels.churn.accuracy.calibration import Calibration, calibration, calibration_by_decile
from cxmodels.churn.accuracy.censoring import Censoring, censoring
from cxmodels.churn.accuracy.concordance import concordance, concordance_estimate, uno_concordance
from cxmodels.churn.accuracy.roc import DynamicAuc, dynamic_auc
from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.from_frame import counted
from cxmodels.churn.counts.from_study import episodes
from cxmodels.churn.counts.recording import Recording, recording
from cxmodels.churn.decisions.follow_ups import FollowUps, follow_up_effect
from cxmodels.churn.decisions.money import MoneyAtRisk, money_at_risk
from cxmodels.churn.decisions.profit import Profit, expected_maximum_profit, maximum_profit, top_decile_lift
from cxmodels.churn.decisions.ranking import RankingGrade, grade_ranking
from cxmodels.churn.decisions.targeting import Campaign, plan_campaign, responsiveness_note
from cxmodels.churn.decisions.value import CustomerValue, customer_value
from cxmodels.churn.errors import (
    AliasedColumns,
    ChurnError,
    InvalidTimes,
    InvalidValue,
    LeakingCovariate,
    NobodyActive,
    NoEpisodes,
    NoInactivityRule,
    NotConverged,
    NotInMonths,
    Separation,
    TooFewCustomers,
    TooFewEvents,
    TooFewWatched,
    TooManyLevels,
    UnknownCause,
    UnknownColumn,
    UnknownCovariate,
    UnseenLevel,
)
from cxmodels.churn.forecasts.causes import ByCause, CauseFits, by_cause, fit_causes
from cxmodels.churn.forecasts.forecast import Forecast, churn_probability
from cxmodels.churn.forecasts.remaining import Remaining, remaining_months
from cxmodels.churn.forecasts.scores import Scores, scores
from cxmodels.churn.grading.candidates import UNCHALLENGED
from cxmodels.churn.grading.challenge import Challenge, challenge
from cxmodels.churn.grading.grade import Grade, grade, grades
from cxmodels.churn.grading.monthly import monthly_churn
from cxmodels.churn.grading.past import Past
from cxmodels.churn.grading.replay import replay
from cxmodels.churn.models.boosted import BoostedFit, fit_boosted
from cxmodels.churn.models.cause_specific import cause_specific, causes
from cxmodels.churn.models.cox import CoxFit, fit_cox
from cxmodels.churn.models.cumulative_incidence import CumulativeIncidence, cumulative_incidence
from cxmodels.churn.models.grouped import GroupedFit, fit_grouped
from cxmodels.churn.models.kaplan_meier import Survival, fit_survival
from cxmodels.churn.models.model import Model
from cxmodels.churn.models.parametric import ParametricFit, fit_parametric
from cxmodels.churn.models.proportional_hazards import proportional_hazards
from cxmodels.churn.models.residuals import ratio_over_tenure, schoenfeld
from cxmodels.churn.models.stratification import ratios_by_tenure, stratify_where_needed
from cxmodels.churn.models.tenure_only import TenureFit, fit_tenure
from cxmodels.churn.page.checks import judge
from cxmodels.churn.page.drivers import drivers
from cxmodels.churn.page.estimates import estimates, history, key_figures, marks, prospects, stakes
from cxmodels.churn.page.findings import about, lead, moved, ranked, title
from cxmodels.churn.page.tables import (
    diagnostics,
    expected,
    fit_in_numbers,
    least_steady,
    lists,
    offers,
    ratios_in_two,
)

__all__ = [
    "UNCHALLENGED",
    "AliasedColumns",
    "BoostedFit",
    "BrierScore",
    "ByCause",
    "Calibration",
    "Campaign",
    "CauseFits",
    "Censoring",
    "Challenge",
    "ChurnError",
    "CoxFit",
    "CumulativeIncidence",
    "CustomerValue",
    "DynamicAuc",
    "Episodes",
    "FollowUps",
    "Forecast",
    "Grade",
    "GroupedFit",
    "InvalidTimes",
    "InvalidValue",
    "LeakingCovariate",
    "Model",
    "MoneyAtRisk",
    "NoEpisodes",
    "NoInactivityRule",
    "NobodyActive",
    "NotConverged",
    "NotInMonths",
    "ParametricFit",
    "Past",
    "Profit",
    "RankingGrade",
    "Recording",
    "Remaining",
    "Scores",
    "Separation",
    "Survival",
    "TenureFit",
    "TooFewCustomers",
    "TooFewEvents",
    "TooFewWatched",
    "TooManyLevels",
    "UnknownCause",
    "UnknownColumn",
    "UnknownCovariate",
    "UnseenLevel",
    "about",
    "brier_score",
    "by_cause",
    "calibration",
    "calibration_by_decile",
    "cause_specific",
    "causes",
    "censoring",
    "challenge",
    "churn_probability",
    "concordance",
    "concordance_estimate",
    "counted",
    "cumulative_incidence",
    "customer_value",
    "diagnostics",
    "drivers",
    "dynamic_auc",
    "episodes",
    "estimates",
    "expected",
    "expected_maximum_profit",
    "figures",
    "fit_boosted",
    "fit_causes",
    "fit_cox",
    "fit_grouped",
    "fit_in_numbers",
    "fit_parametric",
    "fit_survival",
    "fit_tenure",
    "follow_up_effect",
    "grade",
    "grade_ranking",
    "grades",
    "history",
    "judge",
    "key_figures",
    "lead",
    "least_steady",
    "lists",
    "marks",
    "maximum_profit",
    "money_at_risk",
    "monthly_churn",
    "moved",
    "offers",
    "plan_campaign",
    "proportional_hazards",
    "prospects",
    "ranked",
    "ratio_over_tenure",
    "ratios_by_tenure",
    "ratios_in_two",
    "recording",
    "remaining_months",
    "replay",
    "responsiveness_note",
    "schoenfeld",
    "scores",
    "stakes",
    "stratify_where_needed",
    "title",
    "top_decile_lift",
    "uno_concordance",
]
