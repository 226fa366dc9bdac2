"""What goes with the recommendation score, asked where other questions were asked with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxmodels.errors import Told
from cxmodels.feedback.drivers.driver_weights import DriverWeights, driver_weights
from cxmodels.feedback.drivers.importance_performance import ImportancePerformance, importance_performance
from cxmodels.feedback.drivers.penalty_reward import PenaltyReward, penalty_reward
from cxmodels.feedback.drivers.predicting import MetricRace, which_metric_predicts
from cxmodels.feedback.errors import InvalidValue
from cxmodels.feedback.page.parts import told

if TYPE_CHECKING:
    from cxmodels.feedback.page.heard import Heard
    from cxmodels.study.snapshot import Snapshot

RACED = 400
"""Bootstraps of the race of metrics, which are the dearest: enough for limits to two digits."""
_NONE = "With the score no other question was asked that it could be set beside."


@dataclass(frozen=True, eq=False)
class Driven:
    """What goes with the score.

    Attributes
    ----------
    weights, contrasts, map, race
        From `driver_weights`, `penalty_reward`, `importance_performance` and `which_metric_predicts`, or why not.
    """

    weights: Told[DriverWeights]
    contrasts: Told[PenaltyReward]
    map: Told[ImportancePerformance]
    race: Told[MetricRace]


def driven(snapshot: Snapshot, heard: Heard, names: str = "") -> Driven:
    """Look for drivers of the first score.

    Parameters
    ----------
    snapshot, heard
        The study as known on a day, and what `heard` found in it.
    names
        Drivers with commas between, as `driver_weights` takes them. Default: the other metrics, or constructs, that
        were asked with the score; of the kind of answers that has such, the one with more answers.

    Raises
    ------
    InvalidValue, UnknownColumn
        When a name is none.
    """
    target = heard.first.metric
    asked = [name.strip() for name in names.split(",")] if names else None
    kinds = _kinds(heard)
    weights: Told[DriverWeights] = Told(None, _NONE)
    for kind in kinds:
        try:
            weights = told(driver_weights, snapshot, target, asked, kind=kind)
        except InvalidValue:
            # by default nothing was asked with it, or too much to choose from; a name that is none is a mistake
            if asked and kind == kinds[-1]:
                raise
            continue
        if weights.found is not None:
            break
    race = told(which_metric_predicts, snapshot, kind=kinds[0], draws=RACED)
    if weights.found is None:
        return Driven(weights, Told(None), Told(None), race)
    kind, chosen = weights.found.kind, list(weights.found.table.loc[~weights.found.table["fact"], "driver"])
    contrasts = told(penalty_reward, snapshot, target, chosen, kind=kind) if chosen else Told(None)
    # a map of one driver has no average to compare with
    mapped = told(importance_performance, snapshot, target, chosen, kind=kind) if len(chosen) > 1 else Told(None)
    return Driven(weights, contrasts, mapped, race)


def _kinds(heard: Heard) -> list[str]:
    """Kinds of answers, the one that was asked most metrics first; of equal ones that with more answers."""
    scores = [score for score in heard.scores if not score.place]
    asked = {score.kind: len(heard.asked[score.kind]) for score in scores}
    n = {score.kind: max(one.year.n for one in scores if one.kind == score.kind) for score in scores}
    return sorted(asked, key=lambda kind: (-asked[kind], -n[kind]))
