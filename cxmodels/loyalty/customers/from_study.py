"""Loyalty classes of a study's customers: attitudes and behaviour joined by the engine, classes joined back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.loyalty.answers.respondents import each_respondent
from cxmodels.loyalty.bayes.plausible import construct_scores
from cxmodels.loyalty.customers.classes import DRAWS, MEDIAN, PROBABILITIES, SEED, Cut, LoyaltyClasses, classes_of
from cxmodels.loyalty.customers.movement import AFTER, BEFORE, Movement, movement_of
from cxmodels.loyalty.customers.respondent_weights import with_weights
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.bayes.measurement import Measurement
    from cxmodels.loyalty.customers.behaviour import Kind, Scale
    from cxmodels.study.snapshot import Snapshot

CUSTOMER = "customer"
_MEASURED = ("attitude", "attitude_sd", "behaviour")
_DIGITS = 6


@dataclass(frozen=True, eq=False)
class CustomerClasses:
    """Loyalty classes, and of whom.

    Attributes
    ----------
    classes
        Shares and cells.
    table
        An Ibis table, one row a customer who is classed: ``customer`` (pseudonym), ``p_true, p_latent, p_spurious,
        p_none``.
    people
        An Ibis table of the same customers: what was measured of them, ``response_id`` and ``weight``.
    unclassed
        Respondents who are customers and are not classed: no item of the attitude answered, or no behaviour known.
    anonymous
        Respondents who cannot be classed because nobody knows who they are.
    """

    classes: LoyaltyClasses
    table: ir.Table
    people: ir.Table
    unclassed: int
    anonymous: int


def loyalty_classes(
    snapshot: Snapshot,
    answers: Answers,
    measurement: Measurement,
    behaviour: ir.Table | pd.DataFrame,
    *,
    attitude: str,
    column: str,
    value: ir.Table | pd.DataFrame | None = None,
    value_column: str = "clv",
    attitude_cut: Cut = MEDIAN,
    behaviour_cut: Cut = MEDIAN,
    scale: Scale = "logit",
    kind: Kind = "predicted",
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
) -> CustomerClasses:
    """Class the customers who answered.

    Parameters
    ----------
    snapshot
        The one that `answers` come from.
    answers
        To the items of the model, from `answers`, the latest of each customer.
    measurement
        Of a fit: `measurement_of`. To compare two times, the earlier one's for both.
    behaviour
        One row a customer: ``customer`` (pseudonym), `column`, and where there are limits ``column_low`` and
        ``column_high``. The chance to stay is 1 less that to leave; P(alive) and expected purchases are scores of
        customer value.
    attitude
        The construct that is the attitude.
    column
        Of `behaviour`.
    value
        One row a customer: ``customer`` and `value_column`, what a customer is worth.
    attitude_cut, behaviour_cut, scale, kind, level, draws, seed
        As for `classes_of`.

    Raises
    ------
    InvalidValue
        When the attitude is none of the constructs, and as for `classes_of`.
    InvalidAnswers
        When a table lacks a column.
    TooFewRespondents
        When fewer than 30 customers answered and have a behaviour.

    Notes
    -----
    The engine counts the customers of equal answers and equal behaviour, the model classes those groups, and the
    engine gives each customer the classes of the group. Attitudes are Bartlett's scores of the attitude's own items.
    Customers count with the weights of the answers.
    """
    import ibis

    from cxmodels.study.engine import held

    found = _attitudes(answers, measurement, attitude)
    everybody = held(with_weights(snapshot, answers, each_respondent(snapshot, answers, found)))
    people = everybody.inner_join(
        snapshot.pseudonyms.select(customer="number", pseudonym="pseudonym"), "customer"
    ).drop("customer")
    sides = [name for name in (f"{column}_low", f"{column}_high") if name in behaviour.columns]
    known = _table(behaviour, (CUSTOMER, column), "behaviour")
    limits = dict(zip(("low", "high"), sides, strict=False)) if len(sides) == 2 else {}
    known = known.select(
        pseudonym=known[CUSTOMER],
        behaviour=known[column].cast("float64"),
        **{name: known[side].cast("float64") for name, side in limits.items()},
    )
    people = people.inner_join(known.filter(known.behaviour.notnull()), "pseudonym")
    if value is not None:
        worth = _table(value, (CUSTOMER, value_column), "value")
        worth = worth.select(pseudonym=worth[CUSTOMER], value=worth[value_column].cast("float64"))
        people = people.inner_join(worth.filter(worth.value.notnull()), "pseudonym")
    people = held(people)  # it is asked several times, and what it comes from are other rooms' scores
    keys = [*_MEASURED, *limits]
    aggregates = {"n": people.count(), "weight": people.weight.sum()}
    if value is not None:
        aggregates["value"] = (people.value * people.weight).sum() / people.weight.sum()
    cells = people.group_by(keys).agg(**aggregates).to_pandas()
    # engines return groups in any order; the same data must give the same bytes
    cells = cells.sort_values(keys, ignore_index=True)
    classes = classes_of(
        cells,
        attitude_cut=attitude_cut,
        behaviour_cut=behaviour_cut,
        scale=scale,
        kind=kind,
        level=level,
        draws=draws,
        seed=seed,
        min_cell=snapshot.settings.privacy.min_cell,
    )
    told = classes.cells[[*keys, *PROBABILITIES]].round(dict.fromkeys(PROBABILITIES, _DIGITS))
    given = ibis.memtable(told.rename(columns={name: f"key:{name}" for name in keys}))
    joined = people.inner_join(given, [people[name] == given[f"key:{name}"] for name in keys])
    counted = everybody.agg(all=everybody.count(), anonymous=everybody.customer.isnull().sum()).to_pandas().iloc[0]
    anonymous = int(counted["anonymous"])
    own = ("response_id", "weight", *keys)
    return CustomerClasses(
        classes,
        joined.select(**{CUSTOMER: joined.pseudonym}, **{name: joined[name] for name in PROBABILITIES}),
        people.select(**{CUSTOMER: people.pseudonym}, **{name: people[name] for name in own}),
        answers.respondents - anonymous - classes.customers,
        anonymous,
    )


def loyalty_movement(before: CustomerClasses, after: CustomerClasses, *, seed: int = SEED) -> Movement:
    """How customers who answered anew moved between two times.

    Parameters
    ----------
    before, after
        Of two snapshots of one study, with the same measurement, scale and kind of behaviour. The classes are parted
        as `before` was; customers count with the weights of `after`.

    Raises
    ------
    InvalidValue
        When behaviour is not on the same scale, or not of the same kind.
    TooFewRespondents
        When fewer than 30 customers answered anew.
    """
    one, other = before.classes, after.classes
    if (one.scale, one.kind, one.level) != (other.scale, other.kind, other.level):
        raise InvalidValue(
            f"loyalty_movement: behaviour must be measured alike at both times, found {one.scale}, {one.kind}, "
            f"{one.level:g} and {other.scale}, {other.kind}, {other.level:g}"
        )
    sides = [
        each.people.rename({f"{name}_{time}": name for name in each.people.columns if name != CUSTOMER})
        for each, time in ((before, BEFORE), (after, AFTER))
    ]
    pairs = sides[0].inner_join(sides[1], CUSTOMER)
    # who did not answer anew tells nothing of a change of attitude
    pairs = pairs.filter(pairs[f"response_id_{BEFORE}"] != pairs[f"response_id_{AFTER}"])
    keys = [name for name in pairs.columns if name != CUSTOMER and not name.startswith(("response_id", "weight"))]
    counted = pairs.group_by(keys).agg(n=pairs.count(), weight=pairs[f"weight_{AFTER}"].sum())
    frame = counted.to_pandas().sort_values(keys, ignore_index=True)
    return movement_of(
        frame,
        attitude_cut=one.attitude_cut,
        behaviour_cut=one.behaviour_cut,
        scale=one.scale,
        kind=one.kind,
        level=one.level,
        seed=seed,
        min_cell=max(one.min_cell, other.min_cell),
    )


def _attitudes(answers: Answers, measurement: Measurement, attitude: str) -> pd.DataFrame:
    """``attitude`` and ``attitude_sd`` on the index of the answers, of who answered one of its items."""
    if attitude not in measurement.names:
        raise InvalidValue(f"attitude must be one of {', '.join(measurement.names)}, found {attitude!r}")
    scores = construct_scores(measurement, answers.frame, method="bartlett")
    found = pd.DataFrame({"attitude": scores.mean[attitude], "attitude_sd": scores.sd[attitude]})
    return found.dropna().round(_DIGITS)


def _table(given: ir.Table | pd.DataFrame, needed: tuple[str, ...], what: str) -> ir.Table:
    import ibis

    if missing := [name for name in needed if name not in given.columns]:
        raise InvalidAnswers(f"{what}: the table lacks {missing[0]!r}; it has: {', '.join(map(str, given.columns))}")
    return ibis.memtable(given) if isinstance(given, pd.DataFrame) else given
