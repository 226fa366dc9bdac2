"""Who answered the target and all of its drivers: one row a response, in the engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from cxmodels.feedback.counts.answered import Answered, of_survey, refuse_mixed, refuse_unknown
from cxmodels.feedback.counts.parts import parted, parts_of
from cxmodels.feedback.counts.sums import weighted
from cxmodels.feedback.drivers.asked import Question, question_of, target_of, usual_drivers
from cxmodels.feedback.errors import InvalidValue, NoScores, TooFewAnswers, UnknownColumn
from cxmodels.relative_importance import MOST_DRIVERS
from cxmodels.study.once import once_a_snapshot

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from cxmodels.study.snapshot import Snapshot

FEWEST = 30
"""Answers a regression needs at least."""
UNITS = 60
"""Scores are whole sixtieths, of which means of up to six answers are whole: sums are the same in any order."""
TENURE, OUTCOME = "tenure", "outcome"
CONTACT_DAYS = 30
"""A contact counts for an answer that was given within so many days after it."""
NO_CONTACT = "no contact"


@dataclass(frozen=True, eq=False)
class Respondents:
    """Responses with a score for the target and every driver.

    Attributes
    ----------
    table
        Held by the engine: ``cluster`` (from 0; a customer, or an anonymous response), ``weight`` (parts of 1,
        `sums.PARTS`), ``y`` and ``x0``, ``x1`` … (in sixtieths), ``fact0`` … (text; tenure in sixtieths of a year).
    target
        The question of ``y``.
    questions
        Those of ``x0`` ….
    facts
        Names of ``fact0`` ….
    common
        Kind, survey, first and last day.
    responses, customers
        Rows and clusters.
    min_cell
        The fewest customers that may be told of.
    """

    table: ir.Table
    target: Question
    questions: tuple[Question, ...]
    facts: tuple[str, ...]
    common: Answered
    responses: int
    customers: int
    min_cell: int


def respondents(
    snapshot: Snapshot,
    target: str,
    drivers: str | Iterable[str] | None = None,
    *,
    kind: str | None = None,
    survey: str | None = None,
    since: date | None = None,
    until: date | None = None,
    groups: ir.Table | pd.DataFrame | None = None,
    weights: ir.Table | None = None,
    facts: bool = True,
) -> Respondents:
    """Find the responses that hold the target and every driver.

    Parameters
    ----------
    snapshot, target, drivers, kind, survey, since, until, groups, weights
        As for `driver_weights`.
    facts
        Whether drivers may be other than scores.

    Raises
    ------
    UnknownMetric
        When the target is no question.
    UnknownColumn
        When a driver is neither a question nor a fact.
    InvalidValue
        When a driver is the target or is named twice, there are too many, or none; or one must be a score and is not.
    MixedKinds
        When relational and transactional answers would be one.
    NoScores
        When nobody answered the target.
    TooFewAnswers
        When fewer than 30 responses hold all of them, or of fewer customers than may be told of.
    """
    from cxmodels.study.engine import held

    if kind not in (None, "relational", "transactional"):
        raise InvalidValue(f"kind: 'relational' or 'transactional' is required, found {kind!r}")
    aim = target_of(snapshot, target)
    rows = of_survey(_answered(snapshot, aim), survey, kind, since, until)
    if refuse_mixed(rows, f"drivers of {target}").first is None:
        refuse_unknown(snapshot, survey)
        raise NoScores(f"drivers: nobody had given a score for {target} by {snapshot.as_of}")
    names = usual_drivers(snapshot, rows, aim) if drivers is None else drivers
    names = (names,) if isinstance(names, str) else tuple(names)
    scores, known = _parted(snapshot, aim, names)
    if known and not facts:
        raise InvalidValue(f"drivers: scores are required, {known[0]!r} is none")
    places = _places(snapshot, tuple(name for name in known if name not in (TENURE, OUTCOME)), groups)
    rows = with_scores(snapshot, rows, {f"x{at}": question for at, question in enumerate(scores)})
    rows = rows.drop_null([f"x{at}" for at in range(len(scores))]) if scores else rows
    rows = parted(snapshot, rows, places, groups)
    columns = {name: f"by{at}" for at, name in enumerate(places)}
    for name, add in ((TENURE, _tenure), (OUTCOME, _outcome)):
        if name in known:
            rows, columns[name] = add(snapshot, rows), name
    own = {f"fact{at}": rows[columns[name]] for at, name in enumerate(known)}
    rows = weighted(rows.mutate(**own), weights)
    wanted = ["y", *(f"x{at}" for at in range(len(scores))), *own]
    rows = clustered(rows.drop_null(wanted))
    table = held(rows.select("cluster", "kind", "survey", "answered_at", "weight", *wanted))
    n, customers = table.aggregate(n=table.count(), customers=table.cluster.nunique()).to_pandas().iloc[0]
    if n < FEWEST or customers < snapshot.settings.privacy.min_cell:
        raise TooFewAnswers(
            f"drivers: at least {FEWEST} answers that hold {target} and {', '.join(names)} are required, of enough "
            f"customers to be told of, found {'fewer' if n < FEWEST else 'too few customers'}"
        )
    common = refuse_mixed(table, f"drivers of {target}")
    least = snapshot.settings.privacy.min_cell
    return Respondents(table, aim, scores, known, common, int(n), int(customers), least)


@once_a_snapshot
def _answered(snapshot: Snapshot, aim: Question) -> ir.Table:
    """Responses that answered the target, ``y``; ``customer`` is null where nobody is named."""
    import ibis

    from cxmodels.study.engine import held

    rows = snapshot.numbered("responses")
    rows = rows if "customer" in rows.columns else rows.mutate(customer=ibis.null("int64"))
    rows = with_scores(snapshot, rows, {"y": aim})
    return held(rows.filter(rows.y.notnull()))


def _parted(snapshot: Snapshot, aim: Question, names: tuple[str, ...]) -> tuple[tuple[Question, ...], tuple[str, ...]]:
    """Drivers that are scores, and those that are facts."""
    if twice := [name for name in names if names.count(name) > 1]:
        raise InvalidValue(f"drivers: each name once, found {twice[0]!r} {names.count(twice[0])} times")
    if not 1 <= len(names) <= MOST_DRIVERS:
        raise InvalidValue(f"drivers: 1 to {MOST_DRIVERS} are required, found {len(names)}: {', '.join(names)}")
    found = {name: question_of(snapshot, name) for name in names}
    scores = tuple(question for question in found.values() if question is not None)
    for question in scores:
        if set(question.items) & set(aim.items):
            raise InvalidValue(f"drivers: {question.name!r} is the target itself")
    return scores, tuple(name for name, question in found.items() if question is None)


def _places(snapshot: Snapshot, names: tuple[str, ...], groups: ir.Table | pd.DataFrame | None) -> dict[str, str]:
    try:
        return parts_of(snapshot, names, groups)
    except UnknownColumn as error:
        raise UnknownColumn(
            f"{str(error).replace('by:', 'drivers:', 1)}; nor is it {TENURE!r}, {OUTCOME!r}, a metric, an item or a "
            "construct"
        ) from None


def with_scores(snapshot: Snapshot, rows: ir.Table, asked: dict[str, Question]) -> ir.Table:
    """`rows` with the mean score of each question's items in sixtieths, null where none was answered."""
    if not asked:
        return rows
    answers = snapshot.table("answers")
    answers = answers.filter(answers.item.isin([item for question in asked.values() for item in question.items]))
    means = {
        name: (answers.score.mean(where=answers.item.isin(question.items)) * UNITS).round().cast("int64")
        for name, question in asked.items()
    }
    wide = answers.group_by("response_id").agg(**means).rename(**{"given:": "response_id"})
    return rows.left_join(wide, rows.response_id == wide["given:"]).drop("given:")


def clustered(rows: ir.Table) -> ir.Table:
    """`rows` with ``cluster``, a number of the customer, or of the response where nobody is named."""
    import ibis

    who = rows.customer.cast("string")
    rows = rows.mutate(who=who.isnull().ifelse("response " + rows.response_id, "customer " + who))
    return rows.mutate(cluster=ibis.dense_rank().over(order_by=rows.who).cast("int64"))


def _tenure(snapshot: Snapshot, rows: ir.Table) -> ir.Table:
    """Years since joining on the day of the answer, in sixtieths: months to a fifth."""
    people = snapshot.numbered("customers").select(joined="customer", since="joined_on")
    both = rows.left_join(people, rows.customer == people.joined)
    days = both.answered_at.date().delta(both.since, unit="day")
    return both.mutate(tenure=(days * UNITS / 365.25).round().cast("int64")).drop("joined", "since")


def _outcome(snapshot: Snapshot, rows: ir.Table) -> ir.Table:
    """The outcome of the customer's last contact at the touchpoint that is asked about, up to 30 days before."""
    import ibis

    contacts = snapshot.numbered("interactions")
    if "outcome" not in contacts.columns or "touchpoint" not in rows.columns:
        raise InvalidValue("drivers: 'outcome' needs interactions.outcome and responses.touchpoint")
    contacts = contacts.filter(contacts.outcome.notnull(), contacts.customer.notnull())
    contacts = contacts.select(met="customer", place="touchpoint", at="occurred_at", outcome="outcome")
    asked = rows.select("response_id", "customer", "touchpoint", "answered_at")
    near = asked.inner_join(
        contacts,
        [asked.customer == contacts.met, asked.touchpoint == contacts.place, contacts["at"] <= asked.answered_at],
    )
    near = near.filter(near.answered_at.date().delta(near["at"].date(), unit="day") <= CONTACT_DAYS)
    latest = ibis.window(group_by=near.response_id, order_by=[near["at"].desc(), near.outcome])
    near = near.mutate(turn=ibis.row_number().over(latest))
    near = near.filter(near.turn == 0).select(contacted="response_id", outcome="outcome")
    both = rows.left_join(near, rows.response_id == near.contacted).drop("contacted")
    return both.mutate(outcome=both.outcome.fill_null(NO_CONTACT))
