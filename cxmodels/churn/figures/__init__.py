"""The figures of the churn page; each title states what the numbers say, and claims no cause."""

from cxmodels.churn.figures.curves import monthly_trend, survival_curves
from cxmodels.churn.figures.forests import churn_by_group, graded_forecast, hazard_ratios

__all__ = ["churn_by_group", "graded_forecast", "hazard_ratios", "monthly_trend", "survival_curves"]
