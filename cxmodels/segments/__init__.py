"""Who they are: customers grouped by what they do, under names that last."""

from cxmodels.segments import figures
from cxmodels.segments.clusters.assign import Assignment, assigned, assigned_on, memberships
from cxmodels.segments.clusters.choose import Choice, choose_k
from cxmodels.segments.clusters.fit import fit_segments
from cxmodels.segments.clusters.kept import KeptModel, model_in_force
from cxmodels.segments.clusters.match import Matched, matched
from cxmodels.segments.clusters.model import SegmentModel
from cxmodels.segments.errors import (
    InvalidModel,
    InvalidValue,
    NoBehaviour,
    SegmentsError,
    TooFewCustomers,
    UnknownColumn,
)
from cxmodels.segments.features.features import Features
from cxmodels.segments.features.from_study import customer_features
from cxmodels.segments.lifecycle.lifecycle import Lifecycle, lifecycle
from cxmodels.segments.migration.migration import Migration, migration
from cxmodels.segments.page.checks import judge
from cxmodels.segments.page.estimates import estimates, history, key_figures
from cxmodels.segments.page.expected import expected_of
from cxmodels.segments.page.findings import about, lead, title
from cxmodels.segments.page.rule import RuleToTell, rule_to_tell
from cxmodels.segments.page.since import SinceLastMonth, left_for_later, since_last_month
from cxmodels.segments.page.tables import (
    choice_table,
    distinguishing_table,
    hidden_moves,
    lifecycle_table,
    moves_table,
    rule_table,
    scores,
    sizes_table,
)
from cxmodels.segments.personas.journeys import journeys
from cxmodels.segments.personas.loyalty import largest_classes
from cxmodels.segments.personas.personas import Persona, Personas, personas
from cxmodels.segments.personas.themes import WrittenBy, written_by
from cxmodels.segments.profiles.naming import named_in_force
from cxmodels.segments.profiles.profile import Profile, profile
from cxmodels.segments.profiles.rule import CrmRule, crm_rule

__all__ = [
    "Assignment",
    "Choice",
    "CrmRule",
    "Features",
    "InvalidModel",
    "InvalidValue",
    "KeptModel",
    "Lifecycle",
    "Matched",
    "Migration",
    "NoBehaviour",
    "Persona",
    "Personas",
    "Profile",
    "RuleToTell",
    "SegmentModel",
    "SegmentsError",
    "SinceLastMonth",
    "TooFewCustomers",
    "UnknownColumn",
    "WrittenBy",
    "about",
    "assigned",
    "assigned_on",
    "choice_table",
    "choose_k",
    "crm_rule",
    "customer_features",
    "distinguishing_table",
    "estimates",
    "expected_of",
    "figures",
    "fit_segments",
    "hidden_moves",
    "history",
    "journeys",
    "judge",
    "key_figures",
    "largest_classes",
    "lead",
    "left_for_later",
    "lifecycle",
    "lifecycle_table",
    "matched",
    "memberships",
    "migration",
    "model_in_force",
    "moves_table",
    "named_in_force",
    "personas",
    "profile",
    "rule_table",
    "rule_to_tell",
    "scores",
    "since_last_month",
    "sizes_table",
    "title",
    "written_by",
]
