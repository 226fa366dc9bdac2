"""Bands from where customers were to where they are: between segments, and between states of the lifecycle."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cxmodels.look import Figure, dates, numbers, palette, styled
from cxmodels.look.rows import WIDE

if TYPE_CHECKING:
    import pandas as pd

    from cxmodels.segments.lifecycle.lifecycle import Lifecycle
    from cxmodels.segments.migration.migration import Migration

_TALL, _GAP, _LINE = 2.6, 0.12, 0.16
"""Inches: everybody, between two bars, a line of a label."""
_BAR, _AXES = 0.045, 0.77
"""Width of a bar as a share of the axes, and height of the axes as a share of the drawing."""
_STATES = {
    "new": palette.BLUE, "active": palette.TEAL, "at risk": palette.OCHRE, "won back": palette.VIOLET,
    "lost": palette.RED,
}  # fmt: skip


@styled
def migration_flow(found: Migration) -> Figure:
    """Moves between segments; only those that may be told are drawn.

    Raises
    ------
    ValueError
        When no move may be told.
    """
    names = list(found.flows["segment"])
    colours = {name: palette.CYCLE[place % len(palette.CYCLE)] for place, name in enumerate(names)}
    said = []
    if not np.isnan(found.stayed.value):
        said.append(
            f"{numbers.share(found.stayed.value, 0)} of customers are in the segment they were in on "
            f"{dates.day(found.then)}"
        )
    largest = _largest(found.moves, set(names))
    if largest is not None:
        count = numbers.count(largest.customers)
        if found.moves["suppressed"].any():
            # a move that is not told may be larger
            said.append(f"{count} moved from “{largest.before}” to “{largest.now}”")
        else:
            said.append(f"most moved from “{largest.before}” to “{largest.now}”: {count}")
    title = "; ".join(said) or f"Of moves between segments since {dates.day(found.then)} too little may be told"
    title = title[0].upper() + title[1:]
    return _drawn(found, colours, title, "Segments")


@styled
def lifecycle_flow(found: Lifecycle) -> Figure:
    """Moves between states of the lifecycle; only those that may be told are drawn.

    Raises
    ------
    ValueError
        When no move may be told.
    """
    flow = found.flow
    cells = flow.moves.set_index(["before", "now"])["customers"]
    said = []
    for before, now, words in (
        ("active", "lost", "{} active customers were lost"),
        ("active", "at risk", "{} came to be at risk"),
        ("at risk", "active", "{} at risk are active again"),
        ("lost", "won back", "{} were won back"),
    ):
        customers = cells.get((before, now), np.nan)
        if customers > 0:
            said.append(words.format(numbers.count(customers)))
    title = "; ".join(said[:3]) or "Too few customers moved between states to be told of"
    return _drawn(flow, _STATES, f"Since {dates.day(flow.then)}: {title}" if said else title, "States")


def _largest(moves: pd.DataFrame, names: set[str]) -> Any:
    rows = moves[moves["before"].isin(names) & moves["now"].isin(names) & (moves["before"] != moves["now"])]
    rows = rows[rows["customers"] > 0]
    return None if rows.empty else rows.loc[rows["customers"].idxmax()]


def _drawn(found: Migration, colours: dict[str, str], title: str, what: str) -> Figure:
    import matplotlib.pyplot as plt

    moves = found.moves[found.moves["customers"] > 0]
    if moves.empty:
        raise ValueError("flow: no move between the two days may be told")
    sides = {side: _bars(found, moves, side) for side in ("before", "now")}
    bottom = min(bar.bottom for bars in sides.values() for bar in bars.values())
    drawing, ax = plt.subplots(figsize=(WIDE - 2.4, -bottom / _AXES))
    scale = sides["before"][moves["before"].iloc[0]].scale
    filled = {side: {name: bar.top for name, bar in bars.items()} for side, bars in sides.items()}
    order = {side: {name: at for at, name in enumerate(bars)} for side, bars in sides.items()}
    across = np.linspace(_BAR, 1 - _BAR, 60)
    for row in sorted(moves.itertuples(), key=lambda each: (order["before"][each.before], order["now"][each.now])):
        start, end = filled["before"][row.before], filled["now"][row.now]
        thick = row.customers * scale
        bend = start + (end - start) * (1 - np.cos(np.pi * (across - _BAR) / (1 - 2 * _BAR))) / 2
        pale = 0.22 if row.before == row.now else 0.6
        colour = colours.get(row.before, palette.GREY)
        ax.fill_between(across, bend - thick, bend, color=colour, alpha=pale, lw=0)
        filled["before"][row.before] -= thick
        filled["now"][row.now] -= thick
    for side, left, x, align, day in (
        ("before", 0.0, -0.03, "right", found.then),
        ("now", 1 - _BAR, 1.03, "left", found.now),
    ):
        beside: dict[str, Any] = {"ha": align, "annotation_clip": False}
        for name, bar in sides[side].items():
            colour = colours.get(name, palette.GREY)
            ax.add_patch(plt.Rectangle((left, bar.top - bar.height), _BAR, bar.height, color=colour, lw=0))
            middle = bar.top - bar.height / 2
            ax.annotate(bar.label, (x, middle), va="center", fontsize=9, color=palette.INK, **beside)
        ax.annotate(dates.day(day), (x, 2 * _LINE), color=palette.SOFT, fontsize=9.5, **beside)
    ax.set_xlim(0, 1)
    ax.set_ylim(bottom, 0)
    ax.axis("off")
    suppressed = int(found.moves["suppressed"].sum())
    said = "; ".join(
        f"“{row.before}” to “{row.now}”: {numbers.count(row.customers)}"
        for row in moves.sort_values("customers", ascending=False, kind="stable").itertuples()
        if row.before != row.now
    )
    stayed = "; ".join(
        f"{row.before}: {numbers.count(row.customers)}" for row in moves.itertuples() if row.before == row.now
    )
    note = "As thick as there are customers; pale: stayed."
    if suppressed:
        note += (
            f" Not drawn are {suppressed} moves of too few customers to be told, or that would give such away; a bar "
            "is longer than its bands by these."
        )
    alt = f"{what} on {dates.day(found.then)} and on {dates.day(found.now)}. Stayed: {stayed or 'not told'}."
    return Figure(drawing, title, f"{alt} Moved: {said or 'not told'}.", note)


class _Bar(NamedTuple):
    """A bar in inches from the upper edge down, and what stands beside it."""

    top: float
    height: float
    bottom: float
    label: str
    scale: float


def _bars(found: Migration, moves: pd.DataFrame, side: str) -> dict[str, _Bar]:
    """Bars of one day from the top down, each with room for its label.

    A size that may be told is drawn whole, though not every move of it may.
    """
    sizes = found.flows.set_index("segment")[["before", "now"]]
    scale = _TALL / max(float(sizes.sum().max()), float(moves["customers"].sum()))
    drawn = moves.groupby(side)["customers"].sum()
    bars, edge = {}, 0.0
    for name in dict.fromkeys(found.moves[side]):
        told = float(sizes[side].get(name, np.nan))
        customers = float(np.fmax(told, drawn.get(name, 0.0)))
        if not customers > 0:
            continue
        label = textwrap.fill(name, 20) + ("" if np.isnan(told) else f"\n{numbers.count(told)}")
        height = customers * scale
        slot = max(height, _LINE * (1 + label.count("\n"))) + _GAP
        bars[name] = _Bar(edge - (slot - height) / 2, height, edge - slot, label, scale)
        edge -= slot
    return bars
