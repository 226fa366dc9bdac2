"""A new model's segments under the numbers and names of an earlier one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.segments.clusters.assign import assigned

if TYPE_CHECKING:
    from cxmodels.segments.clusters.model import SegmentModel
    from cxmodels.segments.features.features import Features

SAME = 1 / 3
"""Segments that share less than this of the customers in either are not the same."""
NEAR = 1 / 2
"""Nor are they where the centre has moved by more than this of the way from the earlier one to its next neighbour: all
customers have some nearest segment in the earlier model, however far."""
_TIE = 1e-3


@dataclass(frozen=True, eq=False)
class Matched:
    """A model that goes on from an earlier one.

    Attributes
    ----------
    model
        The new one; segments that were there before have their number and name.
    matches
        One row a segment of either: ``segment``, ``name``, ``overlap`` (of the customers of today in it by either
        model, the share in it by both; 0 for one that is new or vanished) and ``what``: ``"kept"``, ``"new"`` or
        ``"vanished"``.
    """

    model: SegmentModel
    matches: pd.DataFrame


def matched(model: SegmentModel, earlier: SegmentModel, now: Features, then: Features) -> Matched:
    """Find each segment of an earlier model again.

    Parameters
    ----------
    model, earlier
        The new model, and the one whose numbers and names are to stay.
    now, then
        Features of the same customers on the same day, those that `model` and those that `earlier` needs.

    Returns
    -------
    Matched
        Pairs are chosen so that their overlap (Jaccard similarity) adds up to the most (Kuhn 1955, the Hungarian
        method), among those that are near enough (`SAME`, `NEAR`); between equal overlaps the nearer centres decide. A
        segment that is new gets the next number that was never used.

    Raises
    ------
    UnknownColumn
        As for `assigned`.
    """
    from scipy.optimize import linear_sum_assignment

    new, old = assigned(model, now).table, assigned(earlier, then).table
    old = old.select("number", earlier="segment")
    both = new.inner_join(old, "number")
    counted = both.group_by("segment", "earlier").agg(n=both.count()).to_pandas()
    table = counted.pivot(index="earlier", columns="segment", values="n")
    table = table.reindex(index=list(earlier.names), columns=list(model.names)).fillna(0).to_numpy()
    overlap = table / np.maximum(table.sum(axis=1)[:, None] + table.sum(axis=0) - table, 1)
    moved = _distances(earlier, model)
    apart = _distances(earlier, earlier)
    np.fill_diagonal(apart, np.inf)
    likely = (overlap >= SAME) & (moved <= NEAR * apart.min(axis=1)[:, None])
    pairs = linear_sum_assignment(overlap * likely - _TIE * moved / (1 + moved), maximize=True)
    same = [(old, new) for old, new in zip(*pairs, strict=True) if likely[old, new]]
    return _renumbered(model, earlier, same, overlap)


def _renumbered(model: SegmentModel, earlier: SegmentModel, same: list[tuple[int, int]], overlap: NDArray) -> Matched:
    known = {new: earlier.segments[old] for old, new in same}
    highest = max((*earlier.names, *earlier.gone))
    taken = {**earlier.gone, **earlier.names}
    segments, rows = [], []
    for place, one in enumerate(model.segments):
        if place in known:
            before = known[place]
            share = next(overlap[old, new] for old, new in same if new == place)
            segments.append(replace(one, number=before.number, name=before.name, since=before.since))
            rows.append((before.number, before.name, share, "kept"))
        else:
            highest += 1
            name = f"Segment {highest}"
            segments.append(replace(one, number=highest, name=name))
            rows.append((highest, name, 0.0, "new"))
    kept = {one.number for one in known.values()}
    rows += [(number, name, 0.0, "vanished") for number, name in earlier.names.items() if number not in kept]
    found = replace(
        model,
        segments=tuple(sorted(segments, key=lambda one: one.number)),
        gone={number: name for number, name in sorted(taken.items()) if number not in kept},
    )
    matches = pd.DataFrame(rows, columns=["segment", "name", "overlap", "what"])
    return Matched(found, matches.sort_values("segment", ignore_index=True))


def _distances(earlier: SegmentModel, model: SegmentModel) -> NDArray[np.float64]:
    """(earlier, other) distances of the centres over the features that both have, in the earlier scale."""
    old = {one.name: (place, one) for place, one in enumerate(earlier.features)}
    squared = np.zeros((earlier.k, model.k))
    for place, own in enumerate(model.features):
        if own.name in old:
            before, scale = old[own.name]
            there = (model.centres[:, place] * own.sd + own.mean - scale.mean) / scale.sd
            squared += (earlier.centres[:, before][:, None] - there[None, :]) ** 2
    return np.sqrt(squared)
