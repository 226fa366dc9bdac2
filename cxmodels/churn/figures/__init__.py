"""The figures of the churn page; each title states what the numbers say, and claims no cause."""

from cxmodels.churn.figures.accuracy import calibration_curve
from cxmodels.churn.figures.causes import causes_stacked
from cxmodels.churn.figures.challenge import challenge_ranking
from cxmodels.churn.figures.curves import monthly_trend, survival_curves
from cxmodels.churn.figures.decisions import money_by_group, profit_curve
from cxmodels.churn.figures.forests import churn_by_group, hazard_ratios
from cxmodels.churn.figures.grades import drift_by_segment, graded_forecasts
from cxmodels.churn.figures.residuals import ratio_over_tenure

__all__ = [
    "calibration_curve",
    "causes_stacked",
    "challenge_ranking",
    "churn_by_group",
    "drift_by_segment",
    "graded_forecasts",
    "hazard_ratios",
    "money_by_group",
    "monthly_trend",
    "profit_curve",
    "ratio_over_tenure",
    "survival_curves",
]
