"""Dots and whiskers: total effects, drivers, segments; titles claim no cause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside, row_names, rows_grid
from cxmodels.loyalty.effects.effects import DIRECT
from cxmodels.loyalty.effects.told import capital, in_words
from cxmodels.loyalty.figures.importance import SURE

if TYPE_CHECKING:
    import pandas as pd

    from cxmodels.loyalty.effects.effects import Effects
    from cxmodels.loyalty.effects.segments import Segments
    from cxmodels.relative_importance import Drivers

MOST = 12
_FAR = 1.5
"""Standardised effects beyond are cut off: they belong to no solution that should be read."""


@styled
def total_effects_on(effects: Effects, target: str) -> Figure:
    """Draw the total effects on a construct, and of each the part that is direct.

    Parameters
    ----------
    effects
        From `effects`.
    target
        A construct that paths lead to.
    """
    import matplotlib.pyplot as plt

    table = effects.summary[effects.summary["target"] == target]
    there = effects.table[(effects.table["effect"] == DIRECT) & (effects.table["target"] == target)]
    table = table.assign(has_path=table["source"].isin(there["source"]))
    table = table.sort_values("total", key=abs, ascending=False, ignore_index=True).head(MOST)
    drawing, ax = plt.subplots(figsize=(WIDTH, 1.0 + 0.42 * len(table)))
    place = np.arange(len(table))[::-1]
    for y, row in zip(place, table.itertuples(), strict=True):
        colour = _colour(row.total_low, row.total_high)
        ax.hlines(y, row.total_low, row.total_high, color=colour, lw=2.4)
        # beyond what is drawn, an arrow head says on which side it lies
        shape = "o" if abs(row.total) <= _FAR else ">" if row.total > 0 else "<"
        ax.scatter([np.clip(row.total, -_FAR, _FAR)], [y], color=colour, zorder=3, s=42, marker=shape)
        if row.has_path and abs(row.direct) <= _FAR:
            ax.scatter([row.direct], [y], facecolor="none", edgecolor=palette.SOFT, zorder=2, s=42)
        aside(ax, y, _said(row.total, row.total_low, row.total_high))
    _rows(ax, place, [in_words(name).capitalize() for name in table["source"]])
    _cut(ax, table[["total_low", "total_high", "total"]].to_numpy(float))
    ax.axvline(0, color=palette.SOFT, lw=1)
    ax.set_xlabel(f"Total effect on {in_words(target)}, 95 % interval\n(standard deviations); ring: the direct part")
    clear = table[(table["total_low"] > 0) | (table["total_high"] < 0)]
    title = f"No total effect on {in_words(target)} is told from nought"
    if len(clear):
        first = clear.iloc[0]
        more = "more" if first["total"] > 0 else "less"
        title = (
            f"One standard deviation more {in_words(first['source'])} goes with "
            f"{numbers.decimal(abs(first['total']), 2)} {more} {in_words(target)} in all ({_sides(first)})"
        )
    alt = f"Total effects on {in_words(target)}: " + "; ".join(
        f"{in_words(row.source)} {_said(row.total, row.total_low, row.total_high)}"
        + (f", of it direct {numbers.decimal(row.direct, 2)}" if row.has_path else "")
        for row in table.itertuples()
    )
    note = "Direct path and all ways through other constructs together. Grey: not told from nought."
    ends = table[["total", "total_low", "total_high"]].to_numpy(float)
    return Figure(drawing, title, f"{alt}.", note + _cut_note(ends))


@styled
def driver_shares(drivers: Drivers) -> Figure:
    """Draw how much of the explained variance of a construct belongs to each driver (LMG)."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter

    table = drivers.table.head(MOST)
    drawing, ax = plt.subplots(figsize=(WIDTH, 1.0 + 0.4 * len(table)))
    place = np.arange(len(table))[::-1]
    for y, row in zip(place, table.itertuples(), strict=True):
        ax.barh(y, row.lmg, height=0.6, color=palette.TEAL, alpha=0.35)
        ax.hlines(y, row.lmg_low, row.lmg_high, color=palette.TEAL, lw=2.4)
        first = "" if np.isnan(row.first) else f"   first: P {numbers.decimal(row.first, 2)}"
        aside(ax, y, f"{numbers.share(row.lmg, 0)}{first}")
    _rows(ax, place, [in_words(name).capitalize() for name in table["driver"]])
    ax.set_xlim(left=0)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    word = in_words(drivers.target)
    ax.set_xlabel(f"Share of the variance of {word}, 95 % interval")
    title = _most_explained(table, word, drivers.r2)
    alt = f"{title}. " + "; ".join(
        f"{in_words(row.driver)} {numbers.share(row.lmg, 0)}{_shares(row.lmg_low, row.lmg_high)}"
        for row in table.itertuples()
    )
    note = "LMG: the mean gain of each driver over all orders in which they can enter (Lindeman, Merenda & Gold 1980)."
    return Figure(drawing, title, f"{alt}.", note)


@styled
def paths_by_segment(segments: Segments) -> Figure:
    """Draw every path in every segment beside each other."""
    import matplotlib.pyplot as plt

    table = segments.paths
    pairs = list(dict.fromkeys(zip(table["source"], table["target"], strict=True)))
    levels = list(dict.fromkeys(table["level"]))
    differ = segments.differences[segments.differences["verdict"] == "differs"]
    drawing, ax = plt.subplots(figsize=(WIDTH + 0.8, 1.0 + 0.28 * len(pairs) * (len(levels) + 1.4)))
    y, ticks = 0.0, []
    for source, target in pairs:
        told = bool(((differ["source"] == source) & (differ["target"] == target)).any())
        ticks.append((y, f"{in_words(source)} → {in_words(target)}", True))
        for row in table[(table["source"] == source) & (table["target"] == target)].itertuples():
            y -= 1
            colour = palette.TEAL if told else palette.GREY
            ax.hlines(y, row.low, row.high, color=colour, lw=2.4)
            ax.scatter([row.coef], [y], color=colour, zorder=3, s=36)
            aside(ax, y, f"{numbers.decimal(row.coef, 2)}   n {numbers.count(row.n)}")
            ticks.append((y, str(row.level), False))
        y -= 1.4
    row_names(ax, ticks)
    ax.set_ylim(y + 0.8, 0.8)
    ax.axvline(0, color=palette.SOFT, lw=1)
    rows_grid(ax)
    unit = "standard deviations of each" if segments.standardised else "points of the first items"
    ax.set_xlabel(f"Path, 95 % interval\n({unit})")
    words = in_words(segments.by)
    if not segments.comparable:
        title = f"{len(pairs)} paths by {words}, not to be compared: items do not mean the same in all of them"
    elif len(differ):
        row = differ.sort_values("q").iloc[0]
        title = (
            f"{in_words(row['source']).capitalize()} goes with {in_words(row['target'])} "
            f"{'more' if row['difference'] > 0 else 'less'} for {row['first']} than for {row['second']}: by "
            f"{_difference(row, '' if segments.standardised else ' points')}"
        )
    else:
        title = f"None of {len(pairs)} paths is told to differ by {words}"
    alt = f"{title}. " + "; ".join(
        f"{in_words(row.source)} → {in_words(row.target)}, {row.level}: {_said(row.coef, row.low, row.high)}"
        for row in table.itertuples()
    )
    hidden = ""
    if segments.incomplete:
        every = sum(table.groupby("level")["n"].first())
        hidden = (
            f" Of the {numbers.count(every)} who answered every item; {numbers.count(segments.incomplete)} did not."
        )
    hidden += f" Too small to be shown: {len(segments.hidden)} of them." if segments.hidden else ""
    return Figure(drawing, title, f"{alt}.", f"{segments.method} Grey: no difference is told.{hidden}")


def _most_explained(table: pd.DataFrame, word: str, r2: float) -> str:
    """Which driver explains most, where that is sure, in the unit of the bars."""
    top, whole = table.iloc[0], numbers.share(r2, 0)
    name, own = in_words(top["driver"]), numbers.share(top["lmg"], 0, percent=False)
    if len(table) == 1:
        return f"{capital(name)} explains {whole} of how {word} differs"
    if top["first"] >= SURE:
        return f"{capital(name)} explains most of how {word} differs: {own} of the {whole} explained"
    other = table.iloc[1]
    beside = numbers.share(other["lmg"], 0, percent=False)
    doubt = "how surely is not known" if np.isnan(top["first"]) else "which explains more is not sure"
    return (
        f"{capital(name)} and {in_words(other['driver'])} explain {own} and {beside} of the {whole} of {word} that is "
        f"explained; {doubt}"
    )


def _rows(ax: Any, place: Any, labels: Sequence[str]) -> None:
    ax.set_yticks(place, labels, color=palette.INK)
    ax.set_ylim(-0.6, len(labels) - 0.4)
    rows_grid(ax)


def _cut(ax: Any, values: Any) -> None:
    """Limits that go beyond reading are cut off, and the note says so."""
    finite = values[np.isfinite(values)]
    low, high = max(finite.min(initial=0.0), -_FAR), min(finite.max(initial=0.0), _FAR)
    margin = 0.05 * (high - low)
    ax.set_xlim(low - margin, high + margin)


def _cut_note(values: Any) -> str:
    return f" Cut off at {_FAR:g}: some limits lie far beyond." if (np.abs(values) > _FAR).any() else ""


def _colour(low: float, high: float) -> str:
    return palette.TEAL if low > 0 else palette.RED if high < 0 else palette.GREY


def _said(value: float, low: float, high: float) -> str:
    if np.isnan(low):
        return numbers.decimal(value, 2)
    return f"{numbers.decimal(value, 2)} ({numbers.decimal(low, 2)} to {numbers.decimal(high, 2)})"


def _sides(row: pd.Series) -> str:
    return f"{numbers.decimal(row['total_low'], 2)} to {numbers.decimal(row['total_high'], 2)}"


def _difference(row: pd.Series, unit: str) -> str:
    """How far two paths are apart, without its sign, which words say."""
    sign = 1 if row["difference"] > 0 else -1
    low, high = sorted(sign * row[side] for side in ("low", "high"))
    size = numbers.decimal(abs(row["difference"]), 2)
    return f"{size}{unit} ({numbers.decimal(low, 2)} to {numbers.decimal(high, 2)})"


def _shares(low: float, high: float) -> str:
    return "" if np.isnan(low) else f" ({numbers.share(low, 0, percent=False)} to {numbers.share(high, 0)})"
