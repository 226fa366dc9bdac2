"""Who is concerned: customers by attitude and behaviour, and who moved; each where the study can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.errors import Told
from cxmodels.look import dates, numbers
from cxmodels.loyalty.answers.respondents import respondents
from cxmodels.loyalty.customers.classes import FEWEST, LoyaltyClasses
from cxmodels.loyalty.customers.from_study import CustomerClasses, loyalty_classes, loyalty_movement
from cxmodels.loyalty.customers.known_behaviour import Behaviour, chance_to_stay, coming_purchases, stated_behaviour
from cxmodels.loyalty.customers.movement import Movement
from cxmodels.loyalty.customers.quadrants import TITLES
from cxmodels.loyalty.customers.stated_classes import stated_classes
from cxmodels.loyalty.effects.told import last_construct
from cxmodels.loyalty.errors import InvalidValue, LoyaltyError
from cxmodels.loyalty.page.parts import measuring, reason_of
from cxmodels.loyalty.page.study_model import behaviour_construct

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.page.engines import Engines
    from cxmodels.loyalty.syntax.path_model import PathModel
    from cxmodels.study.snapshot import Snapshot
    from cxmodels.study.study import Study

MONTHS = (12, 24)
"""How long ago customers may have answered before: a relation is asked about once a year."""


@dataclass(frozen=True, eq=False)
class Classed:
    """Classes of loyalty and what they rest on.

    Attributes
    ----------
    classes
        Shares and cells.
    behaviour
        What is set beside the attitude.
    customers
        Each customer's; None where the classes are of respondents by their own words.
    """

    classes: LoyaltyClasses
    behaviour: Behaviour
    customers: CustomerClasses | None = None


def attitude_of(model: PathModel, name: str = "", *, behaviour: str = "") -> str:
    """The construct that is the attitude of the classes of loyalty.

    Parameters
    ----------
    model, name
        The model, and the construct that is asked for. Empty: the last of the model; where that is the behaviour, the
        first that leads to it.
    behaviour
        The construct that is behaviour and no attitude (``loyalty.behaviour``); empty for none.

    Raises
    ------
    InvalidValue
        When there is no such construct.
    """
    if name and name not in model.names:
        raise InvalidValue(f"attitude must be one of {', '.join(model.names)}, found {name!r}")
    last = name or last_construct(model)
    if not name and last == behaviour:
        return next(source for source, target in model.paths if target == behaviour)
    return last


def behaviour_of(
    snapshot: Snapshot, model: PathModel, *, leaving: ir.Table | None = None, worth: ir.Table | None = None
) -> Told[Behaviour]:
    """What the study knows of behaviour: who leaves, else who buys again, else what respondents say they do.

    Parameters
    ----------
    snapshot, model
        The study on a day, and the model; its settings may name a construct as behaviour.
    leaving
        One row a customer: ``customer`` (pseudonym) and ``churn_12m``, the chance of leaving a contract.
    worth
        One row a customer: ``customer`` and ``purchases_36m``, or of as many months.

    Raises
    ------
    WrongSetting
        When the settings name a construct that the model lacks, and nothing else is known.
    """
    if leaving is not None:
        return Told(chance_to_stay(leaving))
    if worth is not None and "orders" in snapshot.tables:
        return Told(coming_purchases(worth))
    if not (named := behaviour_construct(snapshot, model)):
        return Told(
            None,
            "Neither contracts nor orders tell what customers do, and no construct is named that does "
            "(loyalty.behaviour), so attitude cannot be set beside behaviour.",
        )
    return Told(stated_behaviour(named))


def classed_customers(
    snapshot: Snapshot,
    answers: Answers,
    engines: Engines,
    behaviour: Told[Behaviour],
    *,
    attitude: str,
    value: ir.Table | None = None,
    value_column: str = "clv",
) -> Told[Classed]:
    """Class those who answered by attitude and behaviour.

    Parameters
    ----------
    snapshot, answers, engines
        The study on a day, its answers, the fits. For an earlier day the fits of today measure the attitude.
    behaviour
        From `behaviour_of`.
    attitude
        From `attitude_of`.
    value, value_column
        One row a customer, and what they are worth.
    """
    known = behaviour.found
    if known is None:
        return Told(None, behaviour.reason)
    try:
        measurement = measuring(engines)
        if known.table is None:
            words = stated_classes(answers, measurement, attitude=attitude, behaviour=known.construct)
            return Told(Classed(words, known))
        found = loyalty_classes(
            snapshot,
            answers,
            measurement,
            known.table,
            attitude=attitude,
            column=known.column,
            value=value,
            value_column=value_column,
            scale=known.scale,
            kind=known.kind,
            level=known.level,
        )
    except LoyaltyError as error:
        return Told(None, reason_of(error))
    return Told(Classed(found.classes, known, found))


def survey_before(study: Study, snapshot: Snapshot, answers: Answers) -> Snapshot | None:
    """The study a year ago, else two years ago, when customers enough had answered who have answered anew since."""
    first = study.months()[0]
    table = respondents(snapshot, answers.items, answers.survey, latest=False)
    table = table.filter(table.customer.notnull())
    for ago in MONTHS:
        month = pd.Period(snapshot.as_of, "M") - ago
        if str(month) < first:
            break
        by_then = table.answered_at.date() <= month.end_time.date()
        each = table.group_by("customer").agg(before=by_then.any(), since=(~by_then).any())
        if int(each.filter(each.before & each.since).count().execute()) >= FEWEST:
            return study.snapshot(str(month))
    return None


def moved_customers(then: Told[Classed], now: Told[Classed]) -> Told[Movement]:
    """How those who answered at both times moved between the classes; no reason is given where it cannot be told."""
    before, after = (each.found.customers if each.found is not None else None for each in (then, now))
    if before is None or after is None:
        return Told(None)
    try:
        found = loyalty_movement(before, after)
    except LoyaltyError:
        return Told(None)
    return Told(found if found.customers >= found.min_cell else None)


def movement_table(movement: Movement, then: str, now: str) -> pd.DataFrame:
    """The classes at both times, the change with its 95 % limits, and who stayed.

    Classes of few are left out, and where one alone is left, all.

    Parameters
    ----------
    movement
        From `moved_customers`.
    then, now
        What the two times are called.
    """
    same = movement.shown()
    same = same[same["before"] == same["after"]].set_index("before")
    rows = []
    for row in movement.changes_shown().dropna(subset=["before"]).itertuples():
        low, high = (numbers.decimal(100 * side, 0) for side in (row.low, row.high))
        kept = same.loc[row.quadrant, ["of_before", "of_before_low", "of_before_high"]]
        rows.append(
            {
                "class": TITLES[row.quadrant],
                then: numbers.share(row.before, 0),
                now: numbers.share(row.after, 0),
                "change in points": f"{_signed(100 * row.change)} ({low} to {high}), "
                f"{'real' if row.real else 'within noise'}",
                "still there": "–"
                if kept.isna().any()
                else f"{numbers.share(kept.iloc[0], 0)} ({_between(kept.iloc[1], kept.iloc[2])})",
            }
        )
    return pd.DataFrame(rows if len(rows) > 1 else [])


def movement_in_words(movement: Movement, then: date) -> str:
    """Who stayed in the own class since `then`, and which class really grew or shrank."""
    stayed = movement.stayed
    said = (
        f"Of the {numbers.count(movement.customers)} customers who had answered by {dates.day(then)} and answered anew "
        f"since, <b>{numbers.share(stayed.value, 0)}</b> ({_between(stayed.low, stayed.high)}) are in the class they "
        "were in."
    )
    shown = movement.changes_shown().dropna(subset=["before"])
    real = [
        f"{TITLES[row.quadrant].lower()} {'grew' if row.change > 0 else 'shrank'} by "
        f"{numbers.decimal(abs(100 * row.change), 0)} points"
        for row in shown[shown["real"].astype(bool)].itertuples()
    ]
    if real:
        return f"{said} More than noise: {', '.join(real)}."
    return f"{said} That a class grew or shrank is not told from noise." if len(shown) else said


def _between(low: float, high: float) -> str:
    return f"{numbers.share(low, 0, percent=False)} to {numbers.share(high, 0)}"


def _signed(points: float) -> str:
    size = numbers.decimal(abs(points), 0)
    return size if size == "0" else f"{'+' if points > 0 else '−'}{size}"
