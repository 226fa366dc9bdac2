"""What moved since the month before, and how customers stand; where it cannot be told, why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxmodels.errors import NothingToTell, without_place
from cxmodels.segments.clusters.assign import assigned_on
from cxmodels.segments.lifecycle.lifecycle import Lifecycle, lifecycle
from cxmodels.segments.migration.migration import Migration, migration
from cxmodels.study.months import months_before

if TYPE_CHECKING:
    from cxmodels.segments.clusters.assign import Assignment
    from cxmodels.segments.clusters.kept import KeptModel
    from cxmodels.study.snapshot import Snapshot


@dataclass(frozen=True, eq=False)
class SinceLastMonth:
    """Moves since the month before.

    Attributes
    ----------
    moves
        Between segments; None where there is no month to compare with.
    states
        Of the lifecycle; None where nobody can be said to come or go.
    why_not
        ``"moves"`` or ``"states"`` → why it is not there, or has no move that may be told, a sentence.
    hidden
        Segments by name whose size must not be told.
    """

    moves: Migration | None
    states: Lifecycle | None
    why_not: Mapping[str, str]
    hidden: tuple[str, ...]


def since_last_month(
    snapshot: Snapshot,
    now: Assignment,
    earlier: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    months: int = 6,
) -> SinceLastMonth:
    """Place the customers of a month ago by today's model and by the same rules, and count the moves.

    Parameters
    ----------
    snapshot, now
        A month's end and who is in which segment on it.
    earlier
        What months have left, ``"2026-08"`` → `left_for_later`: what the month before hid stays hidden.
    months
        How many months back the history of states goes.

    Notes
    -----
    Sizes are worth more than moves: where some move could be told only if the size of a segment were not, none is.
    """
    then = months_before(snapshot.as_of, 1)
    before = (earlier or {}).get(f"{then:%Y-%m}", {})
    names = now.model.names
    why_not: dict[str, str] = {}
    away = tuple(names[number] for number in before.get("hidden_segments", ()) if number in names)
    moves: Migration | None = None
    states: Lifecycle | None = None
    try:
        if f"{then:%Y-%m}" < snapshot.study.months()[0]:
            raise NothingToTell("the data have no earlier month to compare with")
        month_ago = snapshot.study.snapshot(then)
        was = assigned_on(month_ago, now.model)
        found = migration((month_ago, was), (snapshot, now), hidden_before=away)
        sizes = now.shown(away)
        if not set(found.hidden) <= set(sizes.loc[sizes["customers"].isna(), "name"]):
            raise NothingToTell("some moves are of so few customers that telling of the others would give them away")
        moves, away = found, found.hidden
        if not found.told:
            raise NothingToTell("no move between segments is of enough customers to be told")
    except NothingToTell as error:
        why_not["moves"] = _sentence(error)
    try:
        states = lifecycle(
            snapshot.study, snapshot, months=months, hidden_before=tuple(before.get("hidden_states", ()))
        )
        if not states.flow.told:
            raise NothingToTell("no move between states is of enough customers to be told")
    except NothingToTell as error:
        why_not["states"] = _sentence(error)
    return SinceLastMonth(moves, states, why_not, away)


def left_for_later(kept: KeptModel, since: SinceLastMonth) -> dict[str, Any]:
    """What later months need of this one: the model, and what was too small to be told."""
    numbers = {name: number for number, name in kept.model.names.items()}
    return {
        **kept.to_dict(),
        "hidden_segments": [numbers[name] for name in since.hidden],
        "hidden_states": list(since.states.hidden) if since.states is not None else [],
    }


def _sentence(error: NothingToTell) -> str:
    said = without_place(str(error))
    return f"{said[:1].upper()}{said[1:]}."
