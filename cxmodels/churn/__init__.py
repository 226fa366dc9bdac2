"""Who leaves and when: counts of time at risk, survival, hazard ratios, churn to come, and whether to believe it."""

from cxmodels.churn import figures
from cxmodels.churn.counts.contractual import episodes
from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.recording import Recording, recording
from cxmodels.churn.errors import (
    AliasedColumns,
    ChurnError,
    LeakingCovariate,
    NobodyActive,
    Separation,
    TooFewEvents,
    TooManyLevels,
    UnknownCovariate,
    UnseenLevel,
)
from cxmodels.churn.forecasts.forecast import Forecast, churn_probability
from cxmodels.churn.grading.grade import Grade, by_risk, grade
from cxmodels.churn.grading.monthly import monthly_churn, replay
from cxmodels.churn.models.cox import CoxFit, fit_cox
from cxmodels.churn.models.kaplan_meier import Survival, fit_survival
from cxmodels.churn.models.proportional_hazards import proportional_hazards
from cxmodels.churn.page.checks import judge
from cxmodels.churn.page.findings import about, estimates, expected, history, key_figures, lead, moved, title

__all__ = [
    "AliasedColumns",
    "ChurnError",
    "CoxFit",
    "Episodes",
    "Forecast",
    "Grade",
    "LeakingCovariate",
    "NobodyActive",
    "Recording",
    "Separation",
    "Survival",
    "TooFewEvents",
    "TooManyLevels",
    "UnknownCovariate",
    "UnseenLevel",
    "about",
    "by_risk",
    "churn_probability",
    "episodes",
    "estimates",
    "expected",
    "figures",
    "fit_cox",
    "fit_survival",
    "grade",
    "history",
    "judge",
    "key_figures",
    "lead",
    "monthly_churn",
    "moved",
    "proportional_hazards",
    "recording",
    "replay",
    "title",
]
