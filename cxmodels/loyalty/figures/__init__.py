"""The figures of the page of loyalty; each title states what the numbers say, and claims no cause."""

from cxmodels.loyalty.figures.attitude import attitude_and_behaviour
from cxmodels.loyalty.figures.classes import loyalty_map
from cxmodels.loyalty.figures.diagram import path_diagram
from cxmodels.loyalty.figures.forests import driver_shares, paths_by_segment, total_effects_on
from cxmodels.loyalty.figures.importance import importance_map
from cxmodels.loyalty.figures.moderated import moderated_slopes

__all__ = [
    "attitude_and_behaviour",
    "driver_shares",
    "importance_map",
    "loyalty_map",
    "moderated_slopes",
    "path_diagram",
    "paths_by_segment",
    "total_effects_on",
]
