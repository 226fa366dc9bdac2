"""The figures of the page of customer value; each title states what the numbers say, and claims no cause."""

from cxmodels.clv.figures.bridge import value_bridge
from cxmodels.clv.figures.concentration import concentration_curves, who_is_top
from cxmodels.clv.figures.frequency import repeat_frequency
from cxmodels.clv.figures.grades import expected_by_frequency, holdout_errors
from cxmodels.clv.figures.groups import activity_by_group
from cxmodels.clv.figures.payback import payback_by_channel
from cxmodels.clv.figures.purchases import who_still_buys
from cxmodels.clv.figures.retention import retention_by_cohort
from cxmodels.clv.figures.tracking import repeat_purchases_tracked
from cxmodels.clv.figures.value import value_by_group

__all__ = [
    "activity_by_group",
    "concentration_curves",
    "expected_by_frequency",
    "holdout_errors",
    "payback_by_channel",
    "repeat_frequency",
    "repeat_purchases_tracked",
    "retention_by_cohort",
    "value_bridge",
    "value_by_group",
    "who_is_top",
    "who_still_buys",
]
