"""Purchases forecast on an earlier day beside those that came; titles state how far they lie apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmodels.clv.figures.frequency import MANY
from cxmodels.look import Figure, dates, numbers, palette, styled
from cxmodels.look.rows import WIDE, WIDTH, aside, rows_grid
from cxmodels.study.privacy import suppress

if TYPE_CHECKING:
    import pandas as pd

    from cxmodels.clv.grading.grade import Grade
    from cxmodels.clv.grading.replay import Replay


@styled
def holdout_errors(replay: Replay) -> Figure:
    """How far each model and each simple rule was off a customer, best first; the model that is used is marked.

    Parameters
    ----------
    replay
        From `replay`.
    """
    import matplotlib.pyplot as plt

    table = replay.table[replay.table["mae"].notna()].sort_values("mae", kind="stable", ignore_index=True)
    drawing, ax = plt.subplots(figsize=(WIDTH, 0.9 + 0.38 * len(table)))
    place = np.arange(len(table))[::-1]
    models = set(replay.grades)
    colours = [
        palette.TEAL if row.used else palette.BLUE if row.kind in models else palette.GREY for row in table.itertuples()
    ]
    ax.hlines(place, 0, table["mae"], color=colours, lw=2.4)
    ax.scatter(table["mae"], place, color=colours, zorder=3, s=42)
    for y, row in zip(place, table.itertuples(), strict=True):
        related = "–" if np.isnan(row.correlation) else numbers.decimal(row.correlation, 2)
        aside(ax, y, f"{numbers.decimal(row.mae, 3)}   total {numbers.signed(row.total_error, 'share')}   r {related}")
    labels = [f"{row.model}, used" if row.used else row.model for row in table.itertuples()]
    ax.set_yticks(place, labels, color=palette.INK)
    for label, used in zip(ax.get_yticklabels(), table["used"], strict=True):
        label.set_fontweight("bold" if used else "normal")
    ax.set(xlim=(0, 1.08 * table["mae"].max() or 1), ylim=(-0.6, len(table) - 0.4))
    ax.locator_params(axis="x", nbins=4)
    rows_grid(ax)
    ax.set_xlabel("Mean absolute error, purchases a customer")
    said = "; ".join(
        f"{label} {numbers.decimal(row.mae, 3)}, total {numbers.signed(row.total_error, 'share')}"
        for label, row in zip(labels, table.itertuples(), strict=True)
    )
    return Figure(drawing, _errors_title(replay), f"Mean absolute error a customer: {said}.", _errors_note(replay))


@styled
def expected_by_frequency(grade: Grade, min_cell: int = 10) -> Figure:
    """Purchases expected of customers who had bought so often, beside those that came.

    Parameters
    ----------
    grade
        From `grade`, or ``replay.used``.
    min_cell
        Classes with fewer customers are not drawn, nor those that would give them away.
    """
    import matplotlib.pyplot as plt

    shown = ~suppress(grade.classes, ["frequency"], min_cell=min_cell)["suppressed"]
    table = grade.classes[shown].reset_index(drop=True)
    drawing, ax = plt.subplots(figsize=(WIDE, 2.9))
    place = np.arange(len(table))
    ax.vlines(place, table["low"], table["high"], color=palette.GREY, lw=9, alpha=0.45)
    ax.plot(place, table["expected"], color=palette.INK, lw=1.2, marker="_", ms=13, mew=1.8)
    held = (table["low"] <= table["came"]) & (table["came"] <= table["high"])
    ax.scatter(place, table["came"], color=np.where(held, palette.TEAL, palette.RED), zorder=3, s=38)
    ax.set_xticks(place, [f"{row.frequency}\n{numbers.count(row.n)}" for row in table.itertuples()])
    ax.tick_params(axis="x", labelsize=9.5 if len(table) <= MANY else 8)
    ax.set_ylim(0, None)
    ax.set_ylabel("Purchases since, a customer")
    ax.set_xlabel("Repeat purchases by then, customers beneath\n━ forecast, 90 % range    ● came")
    said = "; ".join(
        f"with {row.frequency}, {numbers.decimal(row.expected, 2)} expected ({numbers.decimal(row.low, 2)} to "
        f"{numbers.decimal(row.high, 2)}), {numbers.decimal(row.came, 2)} came"
        for row in table.itertuples()
    )
    alt = f"Purchases a customer by repeat purchases before: {said}." if said else "No class is large enough."
    note = (
        f"{grade.fit.model.title}, fitted to what was known on {dates.day(grade.made_on)}, and what came by "
        f"{dates.day(grade.as_of)}. The range is of the mean that would be counted: the doubt of the parameters and "
        "chance."
    )
    if hidden := len(grade.classes) - len(table):
        note += f" Classes of fewer than {min_cell} customers are left out, and what would give them away ({hidden})."
    return Figure(drawing, _classes_title(table, held), alt, note)


def _errors_title(replay: Replay) -> str:
    rows = replay.table.set_index("kind")
    used, naive = rows.loc[replay.chosen], rows.loc["naive"]
    mae, other = (numbers.decimal(row["mae"], 2) for row in (used, naive))
    if replay.beside_naive < 1:
        return f"{used['model']} was off by {mae} purchases a customer; going on at each one’s rate so far, by {other}"
    return f"No better than each one’s rate so far: {used['model']} was off by {mae} purchases, the rate by {other}"


def _errors_note(replay: Replay) -> str:
    note = (
        f"Fitted to what was known on {dates.day(replay.made_on)}; {numbers.count(replay.customers)} customers, "
        f"{numbers.count(replay.came)} purchases by {dates.day(replay.as_of)}. Total: all purchases expected beside "
        "those that came; r: correlation over customers. The naive rule has each customer go on at the rate so far, "
        f"x·t/T. {replay.why}"
    )
    if replay.all_customers > replay.customers:
        note += f" {numbers.count(replay.customers)} of {numbers.count(replay.all_customers)} customers, drawn."
    missing = replay.table[replay.table["why_not"] != ""]
    if len(missing):
        note += f" Not fitted: {'; '.join(f'{row.model} ({row.why_not})' for row in missing.itertuples())}."
    return note


def _classes_title(table: pd.DataFrame, held: pd.Series) -> str:
    if not len(table):
        return "Too few customers to tell the forecast by how often they had bought"
    most = table.iloc[-1]
    expected, came = (numbers.decimal(most[name], 1 if most["expected"] >= 1 else 2) for name in ("expected", "came"))
    return (
        f"In {int(held.sum())} of {len(table)} classes as much came as was forecast, within its range; with "
        f"{most['frequency']} repeat purchases {came} for {expected}"
    )
