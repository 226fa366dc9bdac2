"""What a score counts for in each metric: which answers are for, against, and neither."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxmodels.feedback.errors import InvalidCounts, InvalidValue, UnknownMetric
from cxmodels.study.errors import nearest
from cxmodels.study.once import once_a_snapshot

if TYPE_CHECKING:
    from cxmodels.study.snapshot import Snapshot


@dataclass(frozen=True)
class Metric:
    """A metric: its questions, and what a score on them is worth.

    Attributes
    ----------
    name
        ``"nps"``, ``"csat"``, ``"ces"`` or ``"cxi"``.
    of
        The values of ``items.metric`` that belong to it.
    scale
        Lowest and highest score where the study names no scale.
    net
        Whether answers against are taken off those for it (the metric then runs from -100 to 100 points); else it is
        the share of answers for it.
    """

    name: str
    of: tuple[str, ...]
    scale: tuple[float, float]
    net: bool

    def bounds(self, scale_min: float, scale_max: float) -> tuple[float, float]:
        """The highest score that is against (-inf where none is) and the lowest that is for it.

        nps: 0 to 6 and 9, 10 of 0 to 10 (Reichheld 2003, Harvard Business Review 81(12)). csat: the two highest. ces:
        above the middle, 5 to 7 of 1 to 7 (CES 2.0, CEB 2013). cxi: the two lowest and the two highest (Forrester).

        Raises
        ------
        InvalidCounts
            When nps is asked on another scale than 0 to 10, or another metric on one of fewer than four steps.
        """
        if self.name == "nps":
            if (scale_min, scale_max) != (0, 10):
                raise InvalidCounts(f"nps: the scale is 0 to 10, found {scale_min:g} to {scale_max:g}")
            return 6.0, 9.0
        if scale_max - scale_min < 3:
            raise InvalidCounts(
                f"{self.name}: a scale of at least four steps is required, found {scale_min:g} to {scale_max:g}"
            )
        if self.name == "ces":
            middle = (scale_min + scale_max) / 2
            return -np.inf, float(np.floor(middle) + 1)
        return (scale_min + 1 if self.net else -np.inf), scale_max - 1

    def marks(self, scores: ArrayLike, scale_min: float, scale_max: float) -> NDArray[np.int64]:
        """(answers,) 1 for it, -1 against it, 0 neither."""
        against, favour = self.bounds(scale_min, scale_max)
        found = np.asarray(scores, float)
        return (found >= favour).astype(np.int64) - (found <= against)


METRICS = {
    "nps": Metric("nps", ("nps",), (0, 10), True),
    "csat": Metric("csat", ("csat",), (1, 5), False),
    "ces": Metric("ces", ("ces",), (1, 7), False),
    "cxi": Metric("cxi", ("cxi_needs", "cxi_ease", "cxi_enjoy"), (1, 5), True),
}


def metric_of(name: str) -> Metric:
    """The metric of that name.

    Raises
    ------
    InvalidValue
        When there is none.
    """
    if name not in METRICS:
        raise InvalidValue(f"metric: one of {', '.join(METRICS)} is required, found {name!r}{nearest(name, METRICS)}")
    return METRICS[name]


def first_asked(snapshot: Snapshot) -> Metric:
    """The first of `METRICS` that a study has a question for.

    Raises
    ------
    UnknownMetric
        When it has none for any.
    """
    for metric in METRICS.values():
        with suppress(UnknownMetric):
            questions(snapshot, metric)
            return metric
    raise UnknownMetric(
        f"{snapshot.settings.file}: tables.items: no question has a metric; there may be: "
        f"{', '.join(name for metric in METRICS.values() for name in metric.of)}"
    )


@once_a_snapshot
def questions(snapshot: Snapshot, metric: Metric) -> tuple[tuple[str, ...], float, float]:
    """The items of a metric in a study, lowest and highest score.

    Where no item of the study has a metric, an item called as the metric is (``"nps"``; ``"cxi_needs"`` …) is taken to
    be it; where the study has no items, on the scale the metric usually has.

    Raises
    ------
    UnknownMetric
        When there is no such question.
    InvalidCounts
        When its questions have different scales.
    """
    where = f"{snapshot.settings.file}: tables.items"
    if "items" not in snapshot.tables:
        there = snapshot.table("answers").select("item").distinct().to_pandas()["item"]
        found = tuple(sorted(set(there) & set(metric.of)))
        if not found:
            raise UnknownMetric(
                f"{where}: the study has no items, and no question is called {' or '.join(map(repr, metric.of))}"
            )
        return found, *metric.scale
    items = snapshot.table("items").to_pandas()
    said = items["metric"] if "metric" in items else pd.Series(index=items.index, dtype=object)
    chosen = items[(said if said.notna().any() else items["item"]).isin(metric.of)]
    if chosen.empty:
        known = sorted(set(said.dropna()))
        raise UnknownMetric(
            f"{where}: no question has the metric {' or '.join(map(repr, metric.of))}; there are: "
            f"{', '.join(map(repr, known)) or 'none'}"
        )
    scales = sorted(set(zip(chosen["scale_min"].astype(float), chosen["scale_max"].astype(float), strict=True)))
    if len(scales) > 1:
        raise InvalidCounts(
            f"{where}: the questions of {metric.name} must have one scale, found "
            + " and ".join(f"{low:g} to {high:g}" for low, high in scales)
        )
    return tuple(sorted(chosen["item"])), *scales[0]
