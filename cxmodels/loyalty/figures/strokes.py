"""From a layout to the marks of an SVG: boxes, lines with their halo, labels that cover nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmodels.look import escape, numbers
from cxmodels.loyalty.effects.told import capital
from cxmodels.loyalty.figures.layout import Layout, Path, Vertex, layered

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    type Points = NDArray[np.float64]

BOX = (132.0, 48.0)
LABEL = (86.0, 31.0)
_BEND, _GAP, _EDGE = {True: 46.0, False: 22.0}, {True: 14.0, False: 26.0}, 12.0
_BETWEEN = {True: 84.0, False: 140.0}
"""Room between two layers, for the labels."""
_WIDEST, _SCALE, _HEAD = 1.3, 9.0, 9.0
_STEPS = 24


@dataclass(frozen=True)
class _Stroke:
    """A path as cubic curves and straight lines: one (4, 2) array of control points each."""

    curves: tuple[Points, ...]

    @property
    def d(self) -> str:
        first = self.curves[0][0]
        said = [f"M{first[0]:.0f} {first[1]:.0f}"]
        said += ["C" + " ".join(f"{x:.0f} {y:.0f}" for x, y in curve[1:]) for curve in self.curves]
        return "".join(said)

    @property
    def points(self) -> Points:
        """(steps, 2) along the way."""
        t = np.linspace(0, 1, _STEPS)[:, None]
        weights = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
        return np.concatenate([weights @ curve for curve in self.curves])


def drawn(
    told: pd.DataFrame, boxes: Mapping[str, tuple[str, str]], key: str, title: str, alt: str, *, down: bool, only: str
) -> str:
    """Draw as one ``<svg>``.

    Parameters
    ----------
    told
        From `told_paths`.
    boxes
        Construct → the two lines that stand in its box.
    key
        Begins the identifiers, which no other drawing of the page may have.
    title, alt
        What the drawing says.
    down
        From top to bottom; else from left to right.
    only
        ``"broad"`` or ``"narrow"``: the pages it is shown on; empty for all.
    """
    paths = list(zip(told["source"], told["target"], strict=True))
    size = BOX[0] if down else BOX[1]
    layout = layered(list(boxes), paths, construct=size, bend=_BEND[down], gap=_GAP[down])
    low = min(layout.across[name] for name in boxes) - size / 2
    low = min(low, *(place - _BEND[down] / 2 for place in layout.across.values()))
    middles = {vertex: _middle(layout, vertex, low, down) for vertex in layout.across}
    strokes = _strokes(layout, middles, down)
    corner = np.array(list(middles.values())).max(axis=0) + np.array(BOX) / 2 + _EDGE
    labels = _labels(strokes, [middles[name] for name in boxes])
    marks = [_path(row, strokes[row.source, row.target]) for row in told.itertuples()]
    # above every line, so that none runs through a number
    marks += [_label(row, labels[row.source, row.target]) for row in told.itertuples()]
    shown = f" {only}" if only else ""
    return (
        f'<svg class="paths{shown}" viewBox="0 0 {corner[0]:.0f} {corner[1]:.0f}" style="max-width:{corner[0]:.0f}px" '
        f'role="group" aria-labelledby="{key}t {key}s"><title id="{key}t">{escape(title)}</title>'
        f'<desc id="{key}s">{escape(alt)}</desc>{"".join(marks)}'
        f"{''.join(_box(middles[name], *lines) for name, lines in boxes.items())}</svg>"
    )


def _middle(layout: Layout, vertex: Vertex, low: float, down: bool) -> Points:
    layer = next(at for at, row in enumerate(layout.layers) if vertex in row)
    depth = BOX[1] if down else BOX[0]
    along = _EDGE + depth / 2 + layer * (depth + _BETWEEN[down])
    across = _EDGE + layout.across[vertex] - low
    return np.array([across, along] if down else [along, across])


def _strokes(layout: Layout, middles: Mapping[Vertex, Points], down: bool) -> dict[Path, _Stroke]:
    depth = BOX[1] if down else BOX[0]
    forward = np.array([0.0, 1.0] if down else [1.0, 0.0])
    ports = _ports(layout, middles, down)
    found = {}
    for path, chain in layout.chains.items():
        curves: list[Points] = []
        for place, (one, other) in enumerate(pairwise(chain)):
            start = middles[one] + forward * depth / 2 + (ports[path, "out"] if place == 0 else 0.0)
            end = middles[other] - forward * depth / 2
            last = place == len(chain) - 2
            if last:
                end = end + ports[path, "in"] - forward * _HEAD
            reach = forward * ((end - start) @ forward) / 2
            curves.append(np.array([start, start + reach, end - reach, end]))
            if not last:
                curves.append(np.linspace(end, end + forward * depth, 4))
        found[path] = _Stroke(tuple(curves))
    return found


def _ports(layout: Layout, middles: Mapping[Vertex, Points], down: bool) -> dict[tuple[Path, str], Points]:
    """Where along the side of its box each path leaves and arrives, in the order of where it goes or comes from."""
    side = np.array([1.0, 0.0] if down else [0.0, 1.0])
    room = 0.62 * (BOX[0] if down else BOX[1])
    found: dict[tuple[Path, str], Points] = {}
    for way, end, step in (("out", 0, 1), ("in", -1, -2)):
        beside: dict[Vertex, list[Path]] = {}
        for path, chain in layout.chains.items():
            beside.setdefault(chain[end], []).append(path)
        for some in beside.values():
            some.sort(key=lambda path, step=step: float(middles[layout.chains[path][step]] @ side))  # type: ignore[misc]
            apart = min(26.0 if down else 16.0, room / len(some))
            for at, path in enumerate(some):
                found[path, way] = side * (at - (len(some) - 1) / 2) * apart
    return found


def _labels(strokes: Mapping[Path, _Stroke], boxes: Sequence[Points]) -> dict[Path, Points]:
    """The middle of each label: on its path, away from boxes and other labels, and from other paths where it can be."""
    ways = {path: stroke.points for path, stroke in strokes.items()}
    found: dict[Path, Points] = {}
    reach = np.array(LABEL) / 2
    # short paths have the least choice
    for path in sorted(ways, key=lambda path: len(ways[path])):
        way = ways[path]
        others = np.concatenate([points for other, points in ways.items() if other != path] or [np.empty((0, 2))])
        cost = np.abs(np.linspace(-1, 1, len(way)))
        for at, point in enumerate(way):
            over = [_overlap(point - box, reach + np.array(BOX) / 2) for box in boxes]
            over += [_overlap(point - label, 2 * reach) for label in found.values()]
            cost[at] += 50 * sum(over) + (np.abs(others - point) < reach).all(axis=1).sum()
        found[path] = way[int(cost.argmin())]
    return found


def _overlap(apart: Points, reach: Points) -> float:
    """How deep two rectangles lie in each other, 0 to 1, from how far apart their middles are."""
    left = 1 - np.abs(apart) / reach
    return float(left.min()) if (left > 0).all() else 0.0


def _path(row: Any, stroke: _Stroke) -> str:
    colour = "var(--soft)" if not row.clear else "var(--teal)" if row.std > 0 else "var(--red)"
    width = _width(row.std)
    far = np.nanmax([abs(row.std), abs(row.low), abs(row.high)])
    broken = "" if row.clear else f' stroke-dasharray="{max(6, 1.5 * width):.0f} {max(4, 0.8 * width):.0f}"'
    tip, before = stroke.points[-1], stroke.points[-3]
    ahead = (tip - before) / np.linalg.norm(tip - before)
    side = np.array([-ahead[1], ahead[0]])
    half = max(width / 2 + 3, 5.0)
    corners = [tip + side * half, tip - side * half, tip + ahead * _HEAD]
    said = escape(row.sentence)
    return (
        f'<g class="path" tabindex="0" role="img" aria-label="{said}"><title>{said}</title>'
        f'<path d="{stroke.d}" fill="none" stroke="{colour}" stroke-opacity=".2" stroke-width="{_width(far):.1f}"/>'
        f'<path d="{stroke.d}" fill="none" stroke="{colour}" stroke-width="{width:.1f}"{broken}/>'
        f'<path d="M{"L".join(f"{x:.0f} {y:.0f}" for x, y in corners)}Z" fill="{colour}"/></g>'
    )


def _width(size: float) -> float:
    return 1.2 + _SCALE * min(abs(size), _WIDEST)


def _label(row: Any, middle: Points) -> str:
    limits = "" if np.isnan(row.low) else f"{numbers.decimal(row.low, 2)} – {numbers.decimal(row.high, 2)}"
    weight = ' class="sure"' if row.clear else ""
    wide = 4 + max(5.7 * len(limits), 8.2 * len(numbers.decimal(row.std, 2)))
    return (
        f'<g aria-hidden="true" transform="translate({middle[0]:.0f} {middle[1]:.0f})">'
        f'<rect class="ground" x="{-wide / 2:.0f}" y="-14" width="{wide:.0f}" height="{29 if limits else 18}"/>'
        f'<text y="-2"{weight}>'
        f'{numbers.decimal(row.std, 2)}</text><text y="11" class="limits">{limits}</text></g>'
    )


def _box(middle: Points, name: str, beneath: str) -> str:
    x, y = middle - np.array(BOX) / 2
    shown = capital(name)
    high = 0 if beneath else 5
    below = f'<text y="15" class="limits">{escape(beneath)}</text>' if beneath else ""
    fit = f' textLength="{BOX[0] - 12:.0f}" lengthAdjust="spacingAndGlyphs"' if len(shown) > 16 else ""
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{BOX[0]:.0f}" height="{BOX[1]:.0f}" rx="7"/>'
        f'<g transform="translate({middle[0]:.0f} {middle[1]:.0f})"><text y="{high - 2}" class="name"{fit}>'
        f"{escape(shown)}</text>{below}</g>"
    )
