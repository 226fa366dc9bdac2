"""Answers to the items of a model from a snapshot: counted by the engine, equal ones once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.checked import refuse_constant, refuse_never_answered, refuse_reserved
from cxmodels.loyalty.answers.from_frame import NO_ANSWER, NO_WEIGHT
from cxmodels.loyalty.answers.respondents import column, in_survey, respondents, scales_of, survey_of
from cxmodels.loyalty.answers.selected import alike
from cxmodels.loyalty.answers.weighting import Weights, attributes, weighted, with_attributes
from cxmodels.loyalty.errors import InvalidAnswers

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

_WHERE = "survey_answers"


def survey_answers(
    snapshot: Snapshot,
    items: Iterable[str],
    *,
    survey: str | None = None,
    by: Iterable[str] | None = None,
    latest: bool = True,
    weights: Weights = None,
) -> Answers:
    """Answers to the items, as known on the day of the snapshot, of those who agree to it.

    Parameters
    ----------
    snapshot
        A snapshot with responses and answers; with `by` or `weights` also with customers.
    items
        The items, such as ``PathModel.items``.
    survey
        The survey that asked them. Default: ``loyalty.survey`` of the settings, else the only one that asked all.
    by
        Attributes of customers to part the respondents by, as text, ``"unknown"`` where missing. Default:
        ``loyalty.groups`` of the settings.
    latest
        Of a customer who answered several times, the latest response only. Each anonymous response counts.
    weights
        An attribute of customers that holds weights; or attributes, such as ``("age_band",)``, whose cells are weighted
        as `weighted` says. Default: ``loyalty.weights`` of the settings; ``()`` for none.

    Returns
    -------
    Answers
        Customers of a weight of 0 or none are left out and counted in ``unusable``, and so are those who answered none
        of the items.

    Raises
    ------
    InvalidAnswers
        When an item or an attribute is not there or is named twice, when it is not clear which survey is meant, when an
        item was never answered or all gave it the same score, or when weights are negative.
    TooFewRespondents
        When nobody answered.
    MissingTable
        When the study has no responses or no answers.
    """
    asked = tuple(items)
    parted = groups_of(snapshot, by, asked)
    scales = scales_of(snapshot, asked)
    chosen = survey_of(snapshot, asked, survey)
    table = respondents(snapshot, asked, chosen, latest=latest)
    by_weights = weights_of(snapshot, weights)
    everybody = with_attributes(snapshot, weighted(snapshot, table, by_weights), parted)
    names = {column(at): item for at, item in enumerate(asked)} | {f"by{at}": name for at, name in enumerate(parted)}
    counted = everybody.group_by([*names, "weight"]).agg(n=everybody.count()).to_pandas().rename(columns=names)
    counted = counted.astype({**dict.fromkeys(asked, "float64"), "weight": "float64", "n": "int64"})
    usable = counted["weight"] > 0
    frame = counted[usable].assign(weight=counted["weight"] * counted["n"])
    refuse_never_answered(frame[list(asked)].to_numpy(), asked, _WHERE)
    refuse_constant(frame[list(asked)].to_numpy(), asked, _WHERE)
    left_out = {
        NO_ANSWER: _asked(snapshot, chosen, latest) - int(counted["n"].sum()),
        NO_WEIGHT: int(counted.loc[~usable, "n"].sum()),
    }
    return Answers(
        alike(frame, asked, parted),
        asked,
        scales=scales,
        by=parted,
        as_of=snapshot.as_of,
        unusable={reason: n for reason, n in left_out.items() if n},
        min_cell=snapshot.settings.privacy.min_cell,
        survey=chosen,
        weights=by_weights or (),
    )


def groups_of(snapshot: Snapshot, by: Iterable[str] | None, items: tuple[str, ...]) -> tuple[str, ...]:
    """The attributes to part respondents by: those asked for, else those of the settings.

    Raises
    ------
    InvalidAnswers
        When one is no attribute of customers, is named twice, or has the name of an item.
    """
    parted = attributes(snapshot, snapshot.settings.loyalty.groups if by is None else by, "by")
    refuse_reserved((*items, *parted), _WHERE)
    if both := [name for name in parted if name in items]:
        raise InvalidAnswers(f"{_WHERE}: {both[0]!r} is an item and cannot part the respondents as well")
    return parted


def weights_of(snapshot: Snapshot, weights: Weights) -> Weights:
    """The weights asked for, else those of the settings."""
    return snapshot.settings.loyalty.weights if weights is None else weights


def _asked(snapshot: Snapshot, survey: str, latest: bool) -> int:
    """How many responded to the survey, whatever they answered."""
    responses: ir.Table = in_survey(snapshot, survey)
    if not latest:
        return int(responses.count().execute())
    found = responses.aggregate(people=responses.customer.nunique(), anonymous=responses.customer.isnull().sum())
    return int(found.to_pandas().fillna(0).sum(axis=1).iloc[0])
