"""The parts of the page that not every study can answer: classes of customers, what they did later, segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxmodels.errors import without_place
from cxmodels.loyalty.answers.from_study import survey_answers
from cxmodels.loyalty.customers.followed import later_departures
from cxmodels.loyalty.customers.from_study import CustomerClasses, loyalty_classes
from cxmodels.loyalty.customers.later_behaviour import AttitudeEffect, staying
from cxmodels.loyalty.effects.measurement import measurement_of
from cxmodels.loyalty.effects.segments import Segments, compare_segments
from cxmodels.loyalty.effects.told import last_construct
from cxmodels.loyalty.errors import InvalidValue, LoyaltyError, NotIdentified, TooFewRespondents
from cxmodels.loyalty.ml.invariance import Invariance, invariance
from cxmodels.loyalty.syntax.path_model import PathModel
from cxmodels.loyalty.syntax.printed import printed

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.bayes.measurement import Measurement
    from cxmodels.loyalty.page.engines import Engines
    from cxmodels.study.snapshot import Snapshot

STAY = "stay"


@dataclass(frozen=True, eq=False)
class Told[T]:
    """A part of the page, or why there is none.

    Attributes
    ----------
    found
        The part; None where it cannot be told.
    reason
        Why it cannot; empty where it can.
    """

    found: T | None
    reason: str = ""


def attitude_of(model: PathModel, name: str = "") -> str:
    """The construct that is the attitude of the classes of loyalty: the one named, else the last of the model.

    Raises
    ------
    InvalidValue
        When there is no such construct.
    """
    if name and name not in model.names:
        raise InvalidValue(f"attitude must be one of {', '.join(model.names)}, found {name!r}")
    return name or last_construct(model)


def classed_customers(
    snapshot: Snapshot,
    answers: Answers,
    engines: Engines,
    leaving: ir.Table | None,
    *,
    attitude: str,
    column: str = "churn_12m",
    value: ir.Table | None = None,
    value_column: str = "clv",
) -> Told[CustomerClasses]:
    """Class the customers who answered by attitude and by their chance to stay.

    Parameters
    ----------
    snapshot, answers, engines
        The study on a day, its answers, the fits.
    leaving
        One row a customer: ``customer`` (pseudonym) and `column`, the chance of leaving, with its limits; None where
        nobody's is known.
    attitude
        From `attitude_of`.
    value, value_column
        One row a customer, and what they are worth.
    """
    if leaving is None:
        return Told(None, "Nobody’s chance to stay is known, so attitude cannot be set beside behaviour.")
    limits = {
        f"{STAY}_{side}": 1 - leaving[f"{column}_{other}"]
        for side, other in (("low", "high"), ("high", "low"))
        if f"{column}_{other}" in leaving.columns
    }
    staying_chance = leaving.select("customer", **{STAY: 1 - leaving[column]}, **limits)
    try:
        found = loyalty_classes(
            snapshot,
            answers,
            _measuring(engines),
            staying_chance,
            attitude=attitude,
            column=STAY,
            value=value,
            value_column=value_column,
        )
    except LoyaltyError as error:
        return Told(None, _sentence(error))
    return Told(found)


def later_staying(snapshot: Snapshot, engines: Engines, *, attitude: str) -> Told[AttitudeEffect]:
    """What an attitude, as stated in every answer so far, says of leaving afterwards."""
    model = engines.used.model
    if "contracts" not in snapshot.tables:
        return Told(None, "The study has no contracts, so who left after an answer is not known.")
    try:
        every = survey_answers(snapshot, model.items, by=(), latest=False, weights=())
        spells = later_departures(snapshot, every, _measuring(engines), attitude=attitude)
        return Told(staying(spells))
    except LoyaltyError as error:
        return Told(None, _sentence(error))


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
    """Compare segments, once it is checked that their items mean the same.

    Parameters
    ----------
    engines, answers
        The fits, and what they are of.
    by
        An attribute the answers are parted by. Empty: the first of them.
    """
    if not answers.by:
        return Told(None, "The study names no attribute of customers to part respondents by (loyalty.groups).")
    attribute, model = by or answers.by[0], _of_each_segment(engines.used.model)
    try:
        if engines.ml is None:
            raise NotIdentified("Whether items mean the same in all segments is checked by maximum likelihood.")
        ladder = invariance(model, answers, attribute)
        compared = compare_segments(model, answers, attribute, comparable=ladder.paths_comparable, engine="ml")
    except LoyaltyError as error:
        return Told(None, _sentence(error))
    return Told(Parted(ladder, compared))


def _of_each_segment(model: PathModel) -> PathModel:
    """The model without labels, which would hold its paths equal in all segments."""
    table = model.table[~model.table["op"].isin((":=", "=="))]
    return PathModel(printed(table.assign(label="", equal="")))


def _measuring(engines: Engines) -> Measurement:
    """How the constructs show in the items, by the first engine whose solution could be that of real constructs."""
    fits: list[Any] = [fit for fit in (engines.ml, engines.bayes) if fit is not None]
    last: LoyaltyError = NotIdentified("No engine tells how the items measure the constructs.")
    for fit in fits:
        try:
            return measurement_of(fit)
        except LoyaltyError as error:
            last = error
    raise last


def _sentence(error: LoyaltyError) -> str:
    said = without_place(str(error))
    if isinstance(error, TooFewRespondents):
        # how many there are may be too few to be told
        said = said.partition(", found")[0]
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith('.') else '.'}"
