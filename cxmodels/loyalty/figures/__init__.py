"""The figures of the page of loyalty; each title states what the numbers say, and claims no cause."""

from cxmodels.loyalty.figures.classes import loyalty_map
from cxmodels.loyalty.figures.diagram import path_diagram
from cxmodels.loyalty.figures.forests import attitude_and_leaving, driver_shares, paths_by_segment, total_effects_on
from cxmodels.loyalty.figures.importance import importance_map

__all__ = [
    "attitude_and_leaving",
    "driver_shares",
    "importance_map",
    "loyalty_map",
    "path_diagram",
    "paths_by_segment",
    "total_effects_on",
]
