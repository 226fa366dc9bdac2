"""The parts of the page on what customers did later, and on segments side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxmodels.errors import Told
from cxmodels.loyalty.answers.from_study import survey_answers
from cxmodels.loyalty.customers.followed import later_departures, later_purchases
from cxmodels.loyalty.customers.later_behaviour import AttitudeEffect, buying, staying
from cxmodels.loyalty.effects.segments import Segments, compare_segments
from cxmodels.loyalty.errors import LoyaltyError, NotIdentified
from cxmodels.loyalty.ml.invariance import Invariance, invariance
from cxmodels.loyalty.page.parts import measuring, reason_of

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.page.engines import Engines
    from cxmodels.study.snapshot import Snapshot


def later_behaviour(snapshot: Snapshot, engines: Engines, *, attitude: str) -> Told[AttitudeEffect]:
    """What an attitude, as stated in every answer so far, says of leaving afterwards, or else of buying.

    Weights are of the latest answers alone: who leaves is compared within what respondents are weighted by, and
    purchases are those of respondents as they are.
    """
    model, within = engines.used.model, snapshot.settings.loyalty.weights
    if not {"contracts", "orders"} & set(snapshot.tables):
        return Told(None, "The study has neither contracts nor orders, so what followed an answer is not known.")
    try:
        every = survey_answers(snapshot, model.items, by=(), latest=False, weights=())
        if "contracts" not in snapshot.tables:
            return Told(buying(later_purchases(snapshot, every, measuring(engines), attitude=attitude)))
        spells = later_departures(snapshot, every, measuring(engines), attitude=attitude, by=within)
        return Told(staying(spells, adjust=within))
    except LoyaltyError as error:
        return Told(None, reason_of(error))


@dataclass(frozen=True, eq=False)
class Parted:
    """Segments side by side.

    Attributes
    ----------
    ladder
        How far items mean the same in all segments.
    segments
        Their paths.
    """

    ladder: Invariance
    segments: Segments


def parted(engines: Engines, answers: Answers, by: str = "") -> Told[Parted]:
    """Compare segments, once it is checked that their items mean the same, by who answered every item.

    Parameters
    ----------
    engines, answers
        The fits, and what they are of.
    by
        An attribute the answers are parted by. Empty: the first of them.
    """
    if not answers.by:
        return Told(None, "The study names no attribute of customers to part respondents by (loyalty.groups).")
    attribute, model = by or answers.by[0], engines.used.model
    try:
        if engines.ml is None:
            raise NotIdentified("Whether items mean the same in all segments is checked by maximum likelihood.")
        ladder = invariance(model, answers, attribute)
        compared = compare_segments(model, answers, attribute, comparable=ladder.paths_comparable, engine="ml")
    except LoyaltyError as error:
        return Told(None, reason_of(error))
    return Told(Parted(ladder, compared))
