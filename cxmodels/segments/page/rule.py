"""The rule by which another system can tell segments; where none can be made, why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxmodels.errors import NothingToTell, without_place
from cxmodels.look import numbers
from cxmodels.segments.profiles.rule import CrmRule, crm_rule

if TYPE_CHECKING:
    from cxmodels.segments.clusters.assign import Assignment
    from cxmodels.segments.features.features import Features


@dataclass(frozen=True, eq=False)
class RuleToTell:
    """A rule, or why there is none.

    Attributes
    ----------
    found
        From `crm_rule`; None where too few customers are there to make one and judge it.
    told
        How often it is right in all, or why there is none, in a sentence or two.
    """

    found: CrmRule | None
    told: str


def rule_to_tell(features: Features, now: Assignment) -> RuleToTell:
    """`crm_rule` with what is said of it."""
    try:
        rule = crm_rule(features, now)
    except NothingToTell as error:
        said = without_place(str(error))
        return RuleToTell(None, f"{said[:1].upper()}{said[1:]}.")
    without = (rule.segments["sql"] == "").sum()
    missing = "" if not without else " One segment has no condition." if without == 1 else " Some have no condition."
    told = (
        f"It tells the segment of {numbers.share(rule.accuracy.value)} ({numbers.interval(rule.accuracy)}) of "
        f"{numbers.count(rule.held_out)} customers who were held out when it was made.{missing}"
    )
    return RuleToTell(rule, told)
