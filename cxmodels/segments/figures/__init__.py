"""The figures of the page of segments; each title states what the numbers say, and claims no cause."""

from cxmodels.segments.figures.flow import lifecycle_flow, migration_flow
from cxmodels.segments.figures.profiles import segment_profiles
from cxmodels.segments.figures.sizes import segment_sizes_value

__all__ = ["lifecycle_flow", "migration_flow", "segment_profiles", "segment_sizes_value"]
