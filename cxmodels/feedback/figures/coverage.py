"""Surveys by touchpoints beside contacts; the title says how many contacts fall where nobody is asked."""

from __future__ import annotations

import math
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.feedback.coverage.coverage_map import BLIND, NO_CONTACT
from cxmodels.look import Figure, dates, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside

if TYPE_CHECKING:
    from cxmodels.feedback.coverage.coverage_map import CoverageMap

_FEW = "few"
_NAMED = 3
_NARROW = 4
"""Surveys whose names stand level above their columns."""


@styled
def blind_spots(found: CoverageMap) -> Figure:
    """Answers of each survey about each touchpoint, darker the more there are, contacts beside; blind spots in red.

    Parameters
    ----------
    found
        From `coverage_map`.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    table = found.touchpoints
    surveys = list(dict.fromkeys(found.cells["survey"]))
    wide = found.cells.pivot(index="touchpoint", columns="survey", values="answers").loc[table["touchpoint"], surveys]
    most = float(max(wide.max().max(), 1)) if surveys else 1.0
    place = np.arange(len(table))[::-1]
    across = max(len(surveys), 1)
    drawing, ax = plt.subplots(figsize=(max(WIDTH, 0.86 * across), 0.9 + 0.3 * len(table)))
    for y, (_, row) in zip(place, table.iterrows(), strict=True):
        if row["state"] == BLIND:
            ax.add_patch(Rectangle((-0.47, y - 0.44), across - 0.06, 0.88, color=palette.RED, alpha=0.16, lw=0))
            red = palette.word(palette.RED)
            ax.text(across / 2 - 0.5, y, "never asked", ha="center", va="center", color=red, fontweight="bold")
        else:
            for x, answers in enumerate(wide.loc[row["touchpoint"]]):
                _cell(ax, x, y, answers, most)
        aside(ax, y, _contacts(row))
    ax.set_xlim(-0.5, across - 0.5)
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.set_yticks(place, table["touchpoint"], color=palette.INK)
    ax.xaxis.tick_top()
    level = across <= _NARROW
    labels = [fill(survey.replace("_", " "), 9) if level else survey.replace("_", " ") for survey in surveys]
    ax.set_xticks(
        range(len(surveys)), labels, rotation=0 if level else 60, ha="center" if level else "left", fontsize=9.5
    )
    ax.tick_params(length=0)
    ax.grid(visible=False)
    for side in ax.spines.values():
        side.set_visible(False)
    ax.annotate(
        "Contacts", (1.02, 1), xycoords="axes fraction", xytext=(4, 5.5), textcoords="offset points",
        color=palette.SOFT, fontsize=9.5,
    )  # fmt: skip
    note = (
        f"Answers from {dates.day(found.first)} to {dates.day(found.last)} by survey (columns) and by what they ask "
        "about (rows); contacts with customers in the same time. A dash: asked about, but in no table of contacts."
    )
    if found.anonymous:
        note += f" {numbers.count(found.anonymous)} contacts of nobody known cannot be asked and are left out."
    if found.cells["answers"].isna().any() or (table["contacts"].isna() & (table["state"] != NO_CONTACT)).any():
        note += f" “{_FEW}”: too few people to be told, or they would betray others."
    return Figure(drawing, _title(found), _alt(found), note)


def _cell(ax: Any, x: int, y: float, answers: Any, most: float) -> None:
    from matplotlib.patches import Rectangle

    text = _FEW if pd.isna(answers) else numbers.count(answers) if answers else ""
    # darker by the root, so that a survey of few answers is still seen
    depth = 0.0 if pd.isna(answers) else 0.9 * math.sqrt(float(answers) / most)
    ax.add_patch(Rectangle((x - 0.47, y - 0.44), 0.94, 0.88, color=palette.TEAL, alpha=max(depth, 0.04), lw=0))
    ax.text(x, y, text, ha="center", va="center", color="white" if depth > 0.65 else palette.INK)


def _contacts(row: pd.Series) -> str:
    if row["state"] == NO_CONTACT:
        return "–"
    return _FEW if pd.isna(row["contacts"]) else numbers.count(row["contacts"])


def _title(found: CoverageMap) -> str:
    blind = found.blind_spots
    if not blind:
        return "Wherever customers are met, somebody was asked"
    others = f" and {len(blind) - _NAMED} more" if len(blind) > _NAMED else ""
    named = ", ".join(blind[:_NAMED])
    if math.isnan(found.uncovered.value):
        return f"Customers are met where nobody was asked: {named}{others}"
    return f"{numbers.share(found.uncovered.value, 0)} of contacts are where nobody was asked: {named}{others}"


def _alt(found: CoverageMap) -> str:
    said = []
    asked = found.cells[found.cells["answers"].fillna(1) > 0]
    for _, row in found.touchpoints.iterrows():
        surveys = asked.loc[asked["touchpoint"] == row["touchpoint"]]
        answers = ", ".join(
            f"{each.survey.replace('_', ' ')} {_FEW if pd.isna(each.answers) else numbers.count(each.answers)}"
            for each in surveys.itertuples()
        )
        met = "" if row["state"] == NO_CONTACT else f"{_contacts(row)} contacts, "
        said.append(f"{row['touchpoint']}: {met}{answers or 'never asked'}")
    return f"Contacts with customers and answers by survey at each touchpoint. {'; '.join(said)}."
