"""What customers write about: how many do, and how those score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cxmodels.feedback.counts.metrics import METRICS
from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside, rows_grid

if TYPE_CHECKING:
    import pandas as pd

    from cxmodels.feedback.verbatims.themes import Themes

_LANGUAGES = {"fr": "French", "en": "English"}


@styled
def theme_map(themes: Themes, *, language: str, most: int = 12) -> Figure:
    """The largest themes of a language by their score, with the share of people who write of them.

    Parameters
    ----------
    themes
        From `themes`.
    language
        ``"fr"`` or ``"en"``.
    most
        Themes shown, the largest.

    Raises
    ------
    ValueError
        When no theme of the language has a score that may be told.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    every = themes.table[themes.table["language"] == language]
    shown = every[every["score"].notna()].head(most).sort_values("score", kind="stable", ignore_index=True)
    if shown.empty:
        raise ValueError(f"theme_map: no theme in {language!r} has a score that may be told")
    net = METRICS[themes.metric].net
    unit, scale = ("points", 1.0) if net else ("share", 100.0)
    middle = float(np.average(shown["score"], weights=shown["scored"]))
    drawing, ax = plt.subplots(figsize=(WIDTH, 1.0 + 0.36 * len(shown)))
    place = np.arange(len(shown))[::-1]
    ax.axvline(scale * middle, color=palette.SOFT, lw=1, ls=":")
    for y, row in zip(place, shown.itertuples(), strict=True):
        above, below = row.score_low > middle, row.score_high < middle
        colour = palette.TEAL if above else palette.RED if below else palette.GREY
        ax.hlines(y, scale * row.score_low, scale * row.score_high, color=colour, lw=2.4)
        # the area of a dot is the share of people
        ax.scatter([scale * row.score], [y], s=20 + 900 * row.share, color=colour, zorder=3)
        aside(ax, y, f"{_score(row.score, unit)}   {numbers.share(row.share, 0)}")
    ax.set_yticks(place, [_label(row) for row in shown.itertuples()], color=palette.INK)
    ax.set_ylim(-0.6, len(shown) - 0.4)
    rows_grid(ax)
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    ax.set_xlabel(f"{themes.metric.upper()}, {'points' if net else '% of answers'}   (right: score, share of people)")
    said = "; ".join(
        f"{_label(row)} {_score(row.score, unit)} ({_score(row.score_low, unit)} to {_score(row.score_high, unit)}), "
        f"written of by {numbers.share(row.share, 0)}"
        for row in shown.itertuples()
    )
    left = len(every) - len(shown)
    note = (
        f"Score of {themes.kind} answers whose comment is about the theme, with 95 % intervals; a dot is as large as "
        f"the share of those who wrote in {_LANGUAGES[language]}. Dotted: the mean of the themes shown; grey: not told "
        f"apart from it. * Not found again in halves of the comments.{f' {left} smaller left out.' if left else ''}"
    )
    alt = f"Themes of comments in {_LANGUAGES[language]}, lowest {themes.metric.upper()} first. {said}."
    return Figure(drawing, _title(shown, middle, unit, themes.metric, language), alt, note)


def _label(row: Any) -> str:
    return row.theme if row.stable else f"{row.theme} *"


def _title(shown: pd.DataFrame, middle: float, unit: str, metric: str, language: str) -> str:
    lowest = shown[shown["stable"].astype(bool)].head(1)
    if lowest.empty or lowest["score_high"].iloc[0] >= middle:
        return f"No theme in {_LANGUAGES[language]} clearly goes with a lower {metric.upper()} than the others"
    row = lowest.iloc[0]
    return (
        f"“{row['theme']}” goes with the lowest {metric.upper()} of the themes in {_LANGUAGES[language]}, "
        f"{_score(row['score'], unit)}; {numbers.share(row['share'], 0)} of those who wrote name it"
    )


def _score(value: float, unit: str) -> str:
    return numbers.share(value, 0) if unit == "share" else numbers.decimal(value, 0)
