"""Who was invited, what was known of them then, and what they answered: counts for the model of answering."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cxmodels.feedback.counts.metrics import Metric, questions
from cxmodels.feedback.counts.parts import UNKNOWN
from cxmodels.feedback.errors import UnknownColumn
from cxmodels.study.contract import TABLES
from cxmodels.study.errors import nearest
from cxmodels.study.moments import not_before

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

HABITS = ("answered before", "never answered", "first invitation")
UNDELIVERED = ("bounced",)
_MOST = 5
_STEPS = 2
"""Past scores are told in halves, so that few customers differ."""
_GRADES = 10
"""Steps that a companion score, a share of its scale, is told in."""


def invited(snapshot: Snapshot, metric: Metric, attributes: Iterable[str]) -> ir.Table:
    """Every invitation that was delivered, held by the engine.

    Parameters
    ----------
    snapshot
        A snapshot with invitations, responses and answers.
    metric
        Whose answers are to be weighted.
    attributes
        Attributes of customers.

    Returns
    -------
    ibis Table
        ``survey``; ``by0`` … the attributes, text; ``habit``, the place in `HABITS`; ``past``, the mean score of the
        metric before the invitation in halves, and ``scores``, of how many (up to 5; 0: ``past`` is 0); ``response_id``
        of the answer, null where none; ``companion``, the mean of its other questions in tenths of their scales, null
        where none; ``own``, its score of the metric in tenths of the scale, null where none.

    Raises
    ------
    UnknownColumn
        When a name is no attribute of customers.
    MissingTable
        When the study lacks one of the tables.

    Notes
    -----
    A response belongs to the latest invitation of its customer to its survey before it, the first such response to
    each. Companions are the other questions with a metric; where the response has none, all other questions.
    """
    import ibis

    from cxmodels.study.engine import held

    responses = _scored(snapshot, metric)
    sent = snapshot.numbered("invitations")
    if "status" in sent.columns:
        sent = sent.filter(sent.status.isnull() | ~sent.status.isin(UNDELIVERED))
    turn = ibis.window(group_by=[sent.customer, sent.survey], order_by=sent.sent_at)
    every = ibis.window(group_by=sent.customer, order_by=[sent.sent_at, sent.survey])
    sent = sent.select("customer", "survey", "sent_at").mutate(
        until=sent.sent_at.lead().over(turn), before=ibis.row_number().over(every)
    )
    same = [sent.customer == responses.who, sent.survey == responses.of, not_before(responses.at, sent.sent_at)]
    both = sent.inner_join(responses, same)
    both = both.filter(both.until.isnull() | ~not_before(both["at"], both.until))
    first = ibis.window(group_by=[both.customer, both.survey, both.sent_at], order_by=[both["at"], both.response_id])
    both = both.mutate(place=ibis.row_number().over(first))
    said = both.filter(both.place == 0).select(
        a="customer", b="survey", c="sent_at", response_id="response_id", companion="companion", own="own"
    )
    past = sent.inner_join(responses, [sent.customer == responses.who, responses.at < sent.sent_at])
    past = past.group_by("customer", "survey", "sent_at").agg(
        answers=past.count(), scores=past.own.count(), mean=past.score.mean()
    )
    past = past.select(d="customer", e="survey", f="sent_at", answers="answers", scores="scores", mean="mean")
    rows = sent.left_join(said, [sent.customer == said.a, sent.survey == said.b, sent.sent_at == said.c])
    rows = rows.left_join(past, [rows.customer == past.d, rows.survey == past.e, rows.sent_at == past.f])
    never = ibis.ifelse(rows.before == 0, 2, 1)
    rows = rows.mutate(
        habit=ibis.ifelse(rows.answers.fill_null(0) > 0, 0, never),
        past=(rows["mean"].fill_null(0) * _STEPS).round().cast("int64"),
        scores=ibis.least(rows.scores.fill_null(0), _MOST).cast("int64"),
    )
    names = checked(snapshot, attributes)
    columns = ["survey", *(f"by{at}" for at in range(len(names))), "habit", "past", "scores", "response_id",
               "companion", "own"]  # fmt: skip
    return held(_with(snapshot, rows, names).select(columns))


def checked(snapshot: Snapshot, names: Iterable[str]) -> tuple[str, ...]:
    """The names that are attributes of customers.

    Raises
    ------
    UnknownColumn
        When one is none.
    """
    asked = (names,) if isinstance(names, str) else tuple(names)
    own = {"customer", *TABLES["customers"].names}
    there = snapshot.numbered("customers").columns if "customers" in snapshot.tables else ()
    usable = sorted(name for name in there if name not in own)
    for name in asked:
        if name not in usable:
            raise UnknownColumn(
                f"attributes: {name!r} is no attribute of customers{nearest(name, usable)}; there are: "
                f"{', '.join(usable) or 'none'}"
            )
    return asked


def _with(snapshot: Snapshot, rows: ir.Table, names: tuple[str, ...]) -> ir.Table:
    if not names:
        return rows
    customers = snapshot.numbered("customers")
    text = {f"by{at}": customers[name].cast("string").fill_null(UNKNOWN) for at, name in enumerate(names)}
    people = customers.select(person="customer", **text)
    joined = rows.left_join(people, rows.customer == people.person)
    return joined.mutate(**{name: joined[name].fill_null(UNKNOWN) for name in text})


def _scored(snapshot: Snapshot, metric: Metric) -> ir.Table:
    """Responses of customers: ``who``, ``of`` (survey), ``at``, ``response_id``, ``score``, ``own``, ``companion``."""
    import ibis

    rows = snapshot.numbered("responses")
    customer = rows.customer if "customer" in rows.columns else ibis.null("int64")
    rows = rows.select("response_id", who=customer, of="survey", at="answered_at")
    rows = rows.filter(rows.who.notnull())
    target, low, high = questions(snapshot, metric)
    answers = snapshot.table("answers")
    if "items" in snapshot.tables:
        items = snapshot.table("items")
        metered = items["metric"].notnull() if "metric" in items.columns else ibis.literal(False)
        scale = items.select(asked="item", low="scale_min", high="scale_max", metered=metered)
        answers = answers.inner_join(scale, answers.item == scale.asked)
        share = (answers.score - answers.low) / (answers.high - answers.low)
        other = ~answers.item.isin(target)
        means = {"metered": share.mean(where=other & answers.metered), "others": share.mean(where=other)}
    else:
        # without scales, questions cannot be put together
        means = dict.fromkeys(("metered", "others"), ibis.null("float64"))
    said = answers.group_by("response_id").agg(score=answers.score.mean(where=answers.item.isin(target)), **means)
    said = said.select(given="response_id", score="score", companion=ibis.coalesce(said.metered, said.others))
    rows = rows.left_join(said, rows.response_id == said.given).drop("given")
    return rows.mutate(
        companion=(rows.companion * _GRADES).round().cast("int64"),
        own=((rows.score - low) / (high - low) * _GRADES).round().cast("int64"),
    )
