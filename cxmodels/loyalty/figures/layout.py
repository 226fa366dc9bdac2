"""Where the constructs of a path model stand: in layers, few paths crossing, long ones led around what lies between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

Path = tuple[str, str]
Vertex = str | tuple[str, str, int]
"""A construct; or the place in a layer where a path between others passes it."""
_SWEEPS = 12


@dataclass(frozen=True)
class Layout:
    """Places of constructs and of the bends of paths.

    Attributes
    ----------
    layers
        What stands in each, in order.
    across
        Where along its layer the middle of each vertex lies.
    chains
        Of each path the vertices from source to target, one a layer.
    """

    layers: tuple[tuple[Vertex, ...], ...]
    across: Mapping[Vertex, float]
    chains: Mapping[Path, tuple[Vertex, ...]]


def layered(names: Sequence[str], paths: Sequence[Path], *, construct: float, bend: float, gap: float) -> Layout:
    """Lay out a model without cycles.

    Parameters
    ----------
    names
        The constructs.
    paths
        (source, target) of each path.
    construct, bend, gap
        The room along a layer that a construct and a bend take, and what lies between two of them.

    Notes
    -----
    Layers by the longest path that leads to a construct, bends where a path passes a layer, order by barycentres
    (Sugiyama, Tagawa & Toda 1981, IEEE Transactions on Systems, Man, and Cybernetics 11), places by least squares to
    the neighbours with the order kept.
    """
    rank = ranks(names, paths)
    layers: list[list[Vertex]] = [[] for _ in range(max(rank.values()) + 1)]
    for name in names:
        layers[rank[name]].append(name)
    chains: dict[Path, tuple[Vertex, ...]] = {}
    for source, target in paths:
        bends = [(source, target, layer) for layer in range(rank[source] + 1, rank[target])]
        chains[source, target] = (source, *bends, target)
        for place in bends:
            layers[place[2]].append(place)
    steps = [step for chain in chains.values() for step in pairwise(chain)]
    best, fewest = layers, _crossings(layers, steps)
    for sweep in range(_SWEEPS):
        layers = _swept(layers, steps, down=sweep % 2 == 0)
        if (found := _crossings(layers, steps)) < fewest:
            best, fewest = layers, found
    across = _places(best, steps, construct, bend, gap)
    return Layout(tuple(map(tuple, best)), across, chains)


def ranks(names: Sequence[str], paths: Sequence[Path]) -> dict[str, int]:
    """The layer of each construct: as many paths as the longest way to it has."""
    rank = dict.fromkeys(names, 0)
    for _ in names:
        for source, target in paths:
            rank[target] = max(rank[target], rank[source] + 1)
    return rank


def _neighbours(steps: Sequence[tuple[Vertex, Vertex]], *, down: bool) -> dict[Vertex, list[Vertex]]:
    """Of each vertex those in the layer before (down) or after it."""
    found: dict[Vertex, list[Vertex]] = {}
    for first, second in steps:
        one, other = (second, first) if down else (first, second)
        found.setdefault(one, []).append(other)
    return found


def _swept(layers: list[list[Vertex]], steps: Sequence[tuple[Vertex, Vertex]], *, down: bool) -> list[list[Vertex]]:
    beside = _neighbours(steps, down=down)
    out = [list(layer) for layer in layers]
    order = range(1, len(out)) if down else range(len(out) - 2, -1, -1)
    for number in order:
        fixed = {vertex: place for place, vertex in enumerate(out[number - 1 if down else number + 1])}
        own = {vertex: place for place, vertex in enumerate(out[number])}
        middle = {
            vertex: float(np.mean([fixed[other] for other in beside[vertex]])) if vertex in beside else float(place)
            for vertex, place in own.items()
        }
        out[number].sort(key=lambda vertex, middle=middle, own=own: (middle[vertex], own[vertex]))  # type: ignore[misc]
    return out


def _crossings(layers: list[list[Vertex]], steps: Sequence[tuple[Vertex, Vertex]]) -> int:
    place = {vertex: (layer, at) for layer, row in enumerate(layers) for at, vertex in enumerate(row)}
    ends = [(place[first][0], place[first][1], place[second][1]) for first, second in steps]
    return sum(
        one[0] == other[0] and (one[1] - other[1]) * (one[2] - other[2]) < 0
        for at, one in enumerate(ends)
        for other in ends[at + 1 :]
    )


def _places(
    layers: list[list[Vertex]], steps: Sequence[tuple[Vertex, Vertex]], construct: float, bend: float, gap: float
) -> dict[Vertex, float]:
    """Every vertex as near to the middle of its neighbours as the others of its layer let it."""
    from scipy.optimize import isotonic_regression

    offsets: list[np.ndarray] = []
    across: dict[Vertex, float] = {}
    for layer in layers:
        sizes = np.array([construct if isinstance(vertex, str) else bend for vertex in layer])
        offset = np.concatenate([[0.0], np.cumsum((sizes[1:] + sizes[:-1]) / 2 + gap)])
        offsets.append(offset)
        across |= dict(zip(layer, offset - offset[-1] / 2, strict=True))
    both = [_neighbours(steps, down=down) for down in (True, False)]
    for sweep in range(2 * _SWEEPS):
        order = range(len(layers)) if sweep % 2 == 0 else range(len(layers) - 1, -1, -1)
        for number in order:
            layer, offset = layers[number], offsets[number]
            wanted = np.array(
                [np.mean([across[other] for side in both for other in side.get(vertex, [])] or [across[vertex]])
                 for vertex in layer]
            )  # fmt: skip
            # an order to keep and room to leave: monotone, once the room is taken off
            kept = isotonic_regression(wanted - offset).x + offset
            across |= dict(zip(layer, kept.tolist(), strict=True))
    return across
