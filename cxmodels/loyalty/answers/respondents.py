"""Who answered the items of a model, in the engine: one row a respondent, one column an item."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.loyalty.answers.checked import known
from cxmodels.loyalty.errors import InvalidAnswers, TooFewRespondents
from cxmodels.study.errors import nearest
from cxmodels.study.once import once_a_snapshot

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.study.snapshot import Snapshot

_WHERE = "answers"


def column(place: int) -> str:
    """What the item at this place is called in the engine, where Q1 and q1 would be one column."""
    return f"item{place}"


@once_a_snapshot
def respondents(snapshot: Snapshot, items: tuple[str, ...], survey: str, *, latest: bool = True) -> ir.Table:
    """The respondents of a survey who answered at least one of the items; held by the engine.

    Parameters
    ----------
    snapshot
        A snapshot with responses and answers.
    items
        The items, each once.
    survey
        The survey, as `survey_of` found it.
    latest
        Of a customer who answered several times, the latest response only. Each anonymous response counts.

    Returns
    -------
    ibis Table
        ``customer``, the number of `Snapshot.numbered` (null where anonymous); ``response_id``; ``answered_at``; a
        score for each item, called as `column` says, null where not answered.
    """
    import ibis

    from cxmodels.study.engine import held

    answers = snapshot.table("answers")
    answers = answers.filter(answers.item.isin(items))
    scores = {column(at): answers.score.max(where=answers.item == item) for at, item in enumerate(items)}
    wide = answers.group_by("response_id").agg(**scores)
    responses = in_survey(snapshot, survey)
    wide = responses.inner_join(wide, "response_id").select("customer", "response_id", "answered_at", *scores)
    if not latest:
        return held(wide)
    newest = ibis.window(group_by=wide.customer, order_by=[wide.answered_at.desc(), wide.response_id.desc()])
    ranked = wide.mutate(rank=ibis.row_number().over(newest))
    return held(ranked.filter(ranked.customer.isnull() | (ranked["rank"] == 0)).drop("rank"))


def in_survey(snapshot: Snapshot, survey: str) -> ir.Table:
    """``customer``, ``response_id`` and ``answered_at`` of the responses to a survey."""
    import ibis

    responses = snapshot.numbered("responses")
    responses = responses.filter(responses.survey == survey)
    # a study without customers has no such column
    customer = responses.customer if "customer" in responses.columns else ibis.null("int64")
    return responses.select("response_id", "answered_at", customer=customer)


def scales_of(snapshot: Snapshot, items: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Lowest and highest score of each item; empty where the study has no table of items.

    Raises
    ------
    InvalidAnswers
        When an item is none of the study's, or named twice.
    MissingTable
        When the study has no answers.
    """
    listed = _questions(snapshot)
    asked = known(items, items_of(snapshot), _WHERE)
    if "items" not in snapshot.tables:
        return {}
    return {item: (float(low), float(high)) for item, low, high in listed.loc[list(asked)].itertuples()}


def survey_of(snapshot: Snapshot, items: tuple[str, ...], survey: str | None = None) -> str:
    """The survey in which the items were asked.

    Parameters
    ----------
    items
        Items of the study, as `scales_of` checks them.
    survey
        The one that is meant, where several asked them. Default: that of the settings, ``loyalty.survey``.

    Raises
    ------
    InvalidAnswers
        When no survey asked all of the items, or when several did and none was named.
    TooFewRespondents
        When nobody has answered any of them yet.
    MissingTable
        When the study has no responses or no answers.
    """
    chosen = survey or snapshot.settings.loyalty.survey
    counted = _counted(snapshot)
    counted = counted[counted["item"].isin(items)]
    if counted.empty:
        raise TooFewRespondents(f"{_WHERE}: nobody had answered any of the {len(items)} items by {snapshot.as_of}")
    has = {name: set(rows) for name, rows in counted.groupby("survey")["item"]}
    every = sorted(name for name, there in has.items() if there.issuperset(items))
    if chosen is None and len(every) == 1:
        return every[0]
    if chosen is None and every:
        raise InvalidAnswers(
            f"{_WHERE}: several surveys asked these items; name one with survey=..., or as loyalty.survey in the "
            f"settings: {', '.join(map(repr, every))}"
        )
    if chosen is not None and chosen in every:
        return chosen
    if chosen is not None and chosen not in has:
        raise InvalidAnswers(
            f"{_WHERE}: no answer to these items in a survey {chosen!r}{nearest(chosen, has)}; they were answered in: "
            f"{', '.join(map(repr, sorted(has)))}"
        )
    closest = chosen or max(sorted(has), key=lambda name: len(has[name]))
    lacking = [item for item in items if item not in has[closest]]
    aside = set_aside(snapshot, lacking)
    many = ", ".join(f"{n:,} of {item!r}" for item, n in aside.items())
    raise InvalidAnswers(
        f"{_WHERE}: {'no score is left of' if aside else 'nobody answered'} {', '.join(map(repr, lacking))} in the "
        f"survey {closest!r}"
        + ("" if chosen else ", which asked most of the items")
        + (f"; the checks of the study set aside, off their scale, say: {many}" if aside else "")
    )


def each_respondent(snapshot: Snapshot, answers: Answers, found: pd.DataFrame, *, latest: bool = True) -> ir.Table:
    """Give every respondent what was worked out for equal answers.

    Parameters
    ----------
    snapshot
        The snapshot that `answers` come from.
    answers
        Answers of `answers.from_study`.
    found
        Columns on the index of ``answers.frame``, or of some of its rows; equal for equal answers.
    latest
        As `answers` were asked for.

    Returns
    -------
    ibis Table
        ``customer``, the number of `Snapshot.pseudonyms` (null where anonymous); ``response_id``; ``answered_at``; the
        columns of `found`. One row a respondent of these answers.
    """
    import ibis

    table = respondents(snapshot, answers.items, answers.survey, latest=latest)
    scores = answers.frame.loc[found.index, list(answers.items)].set_axis(
        [f"given{at}" for at in range(len(answers.items))], axis=1
    )
    once = ~scores.duplicated()
    # NaN is a value to an engine, not answered is none
    rows = scores[once].astype(object).where(scores[once].notna(), None).join(found[once])
    types = dict.fromkeys(scores, "float64") | dict(ibis.memtable(found.head(1)).schema().items())
    given = ibis.memtable(rows, schema=types)
    same = [table[column(at)].identical_to(given[f"given{at}"]) for at in range(len(answers.items))]
    return table.inner_join(given, same).select("customer", "response_id", "answered_at", *found.columns)


def items_of(snapshot: Snapshot) -> tuple[str, ...]:
    """The items of the study: those of its table of items, else those that were answered."""
    return tuple(sorted(_questions(snapshot).index))


def set_aside(snapshot: Snapshot, items: Iterable[str]) -> dict[str, int]:
    """Item → its scores that the checks of the study set aside, of any day; without items of which none was.

    Parameters
    ----------
    snapshot
        A snapshot of a study with answers.
    items
        The items asked for.
    """
    study, asked = snapshot.study, tuple(items)
    counted = []
    for rows in (study.table("answers"), study.quality().clean("answers", unchecked=("responses",))):
        named = rows.select(item=rows.item.cast("string"))
        named = named.filter(named.item.isin(asked))
        counted.append(named.group_by("item").agg(n=named.count()).to_pandas().set_index("item")["n"])
    lost = counted[0].sub(counted[1], fill_value=0).astype(int)
    return {item: int(lost[item]) for item in asked if lost.get(item, 0) > 0}


@once_a_snapshot
def _questions(snapshot: Snapshot) -> pd.DataFrame:
    """The items of the study as the index: ``scale_min``, ``scale_max``; none where it has no table of items."""
    if "items" in snapshot.tables:
        return snapshot.table("items").select("item", "scale_min", "scale_max").to_pandas().set_index("item")
    return snapshot.table("answers").select("item").distinct().to_pandas().set_index("item")


@once_a_snapshot
def _counted(snapshot: Snapshot) -> pd.DataFrame:
    """How often each item was answered in each survey: ``survey``, ``item``, ``n``."""
    answers, responses = snapshot.table("answers"), snapshot.table("responses")
    both = answers.inner_join(responses.select("response_id", "survey"), "response_id")
    return both.group_by("survey", "item").agg(n=both.count()).to_pandas()
