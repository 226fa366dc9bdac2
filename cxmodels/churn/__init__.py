"""Who leaves and when: counts of time at risk, survival, hazard ratios, churn to come, and whether to believe it."""

from cxmodels.churn import figures
from cxmodels.churn.checks import judge
from cxmodels.churn.counts import Episodes, episodes
from cxmodels.churn.cox import CoxFit, fit_cox
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
from cxmodels.churn.findings import about, estimates, expected, history, key_figures, lead, moved, title
from cxmodels.churn.forecast import Forecast, churn_probability
from cxmodels.churn.grading import Grade, by_risk, grade
from cxmodels.churn.monthly import monthly_churn, replay
from cxmodels.churn.proportional_hazards import proportional_hazards
from cxmodels.churn.recording import Recording, recording
from cxmodels.churn.survival import Survival, fit_survival

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
