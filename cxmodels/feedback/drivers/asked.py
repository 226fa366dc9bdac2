"""Which questions stand for a target and its drivers: a metric, an item, or the items of a construct."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.feedback.counts.metrics import METRICS, questions
from cxmodels.feedback.errors import InvalidValue, UnknownMetric
from cxmodels.study.errors import nearest
from cxmodels.study.once import once_a_snapshot

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

USUAL = 0.5
"""A question is a driver by default where at least this share of those who answered the target answered it too."""


@dataclass(frozen=True)
class Question:
    """A score from one question or the mean of several, and the scale it lies on."""

    name: str
    items: tuple[str, ...]
    low: float
    high: float


def question_of(snapshot: Snapshot, name: str) -> Question | None:
    """What a name asks for: a metric, a value of ``items.metric``, an item or a construct; None where it is none.

    Raises
    ------
    UnknownMetric
        When it is a metric that the study has no question for.
    InvalidCounts
        When its questions have different scales.
    """
    if name in METRICS:
        return Question(name, *questions(snapshot, METRICS[name]))
    items = _items(snapshot)
    for column in ("metric", "item", "construct"):
        chosen = items[items[column] == name]
        if len(chosen):
            if chosen.duplicated(["scale_min", "scale_max"]).sum() < len(chosen) - 1:
                raise InvalidValue(f"drivers: the questions of {name!r} must have one scale to be one score")
            low, high = chosen[["scale_min", "scale_max"]].iloc[0].astype(float)
            return Question(name, tuple(sorted(chosen["item"])), float(low), float(high))
    return None


def target_of(snapshot: Snapshot, name: str) -> Question:
    """The question of a target.

    Raises
    ------
    UnknownMetric
        When the study has no such question.
    """
    found = question_of(snapshot, name)
    if found is None:
        known = _names(snapshot)
        raise UnknownMetric(f"target: no question is called {name!r}{nearest(name, known)}; there are: {_few(known)}")
    return found


def usual_drivers(snapshot: Snapshot, rows: ir.Table, target: Question) -> tuple[str, ...]:
    """What those who answered the target were asked as well: the other metrics, or else the constructs.

    Parameters
    ----------
    rows
        ``response_id`` of those who answered the target.

    Raises
    ------
    InvalidValue
        When there is nothing else that at least half of them answered.
    """
    answers = snapshot.table("answers").semi_join(rows, "response_id")
    counted = answers.group_by("item").agg(n=answers.count()).to_pandas().set_index("item")["n"]
    enough = set(counted.index[counted >= USUAL * rows.count().execute()]) - set(target.items)
    items = _items(snapshot)
    items = items[items["item"].isin(enough)]
    for column in ("metric", "construct"):
        if found := sorted(set(items[column].dropna())):
            return tuple(found)
    raise InvalidValue(
        f"drivers: at least half of those who answered {target.name!r} answered no other question with a metric or "
        f"construct; name drivers: {_few(sorted(enough)) or 'no other question was answered by so many'}"
    )


@once_a_snapshot
def _items(snapshot: Snapshot) -> pd.DataFrame:
    """``item``, ``metric``, ``construct``, ``scale_min``, ``scale_max``."""
    wanted = ["item", "metric", "construct", "scale_min", "scale_max"]
    if "items" in snapshot.tables:
        found = snapshot.table("items").to_pandas().reindex(columns=wanted)
        if found["metric"].notna().any():
            return found
        named = {part: part for metric in METRICS.values() for part in metric.of}
        return found.assign(metric=found["item"].map(named))
    there = set(snapshot.table("answers").select("item").distinct().to_pandas()["item"])
    rows = [(part, part, None, *metric.scale) for metric in METRICS.values() for part in metric.of if part in there]
    return pd.DataFrame(rows, columns=wanted)


def _names(snapshot: Snapshot) -> list[str]:
    items = _items(snapshot)
    return sorted({*items["metric"].dropna(), *items["item"], *items["construct"].dropna()})


def _few(names: Iterable[str], most: int = 20) -> str:
    every = list(names)
    return ", ".join(map(repr, every[:most])) + (" …" if len(every) > most else "")
