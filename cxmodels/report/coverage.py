"""Rows by month, one strip a table: where the data begin, and where they are silent."""

from __future__ import annotations

import pandas as pd

from cxmodels.look import Figure, dates, numbers, palette, styled


def coverage_title(counted: pd.DataFrame) -> str:
    """What the strips say, in a sentence: whether a table is silent in a month it should speak.

    Parameters
    ----------
    counted
        ``table``, ``month`` (a monthly period), ``rows``.
    """
    silent = counted[counted["rows"] == 0]
    reach = f"{counted['month'].nunique()} months"
    if silent.empty:
        return f"Every table has rows in every month since it begins, over {reach}"
    by_table = silent.groupby("table", sort=False).size().sort_values(ascending=False, kind="stable")
    named = [f"{name} in {count}" for name, count in by_table.head(3).items()]
    more = f" and {len(by_table) - 3} more tables" if len(by_table) > 3 else ""
    return f"Of {reach}, these are without rows: {', '.join(named)}{more}"


@styled
def coverage_figure(counted: pd.DataFrame, title: str) -> Figure:
    """One strip a table, each on its own scale, with the rows of its last month beside it.

    Parameters
    ----------
    counted
        ``table``, ``month`` (a monthly period), ``rows``.
    title
        The finding.
    """
    import matplotlib.pyplot as plt

    tables = list(dict.fromkeys(counted["table"]))
    first, last = counted["month"].min(), counted["month"].max()
    drawing, strips = plt.subplots(
        len(tables),
        1,
        figsize=(4.6, 0.4 * len(tables) + 0.5),
        sharex=True,
        squeeze=False,
        gridspec_kw={"hspace": 0.25},
    )
    for name, strip in zip(tables, strips[:, 0], strict=True):
        part = counted[counted["table"] == name]
        place = [(month - first).n for month in part["month"]]
        top = max(int(part["rows"].max()), 1)
        strip.bar(place, part["rows"] / top, width=0.82, color=palette.TEAL)
        silent = [where for where, rows in zip(place, part["rows"], strict=True) if rows == 0]
        strip.scatter(silent, [0.12] * len(silent), marker="x", color=palette.RED, s=22, linewidths=1.4, zorder=3)
        strip.set(xlim=(-0.7, (last - first).n + 0.7), ylim=(0, 1.05), yticks=[])
        strip.grid(False)
        strip.spines["left"].set_visible(False)
        strip.annotate(
            name, (0, 0), xytext=(-8, 1), xycoords=("axes fraction", "axes fraction"), textcoords="offset points",
            ha="right", va="bottom", color=palette.INK,
        )  # fmt: skip
        strip.annotate(
            numbers.count(part["rows"].iloc[-1]), (1, 0), xytext=(8, 1), xycoords=("axes fraction", "axes fraction"),
            textcoords="offset points", ha="left", va="bottom", color=palette.SOFT,
        )  # fmt: skip
    years = [step for step in range((last - first).n + 1) if (first + step).month in (1, 7)] or [0]
    strips[-1, 0].set_xticks(years, [f"{dates.month(str(first + step))[:3]}\n{(first + step).year}" for step in years])
    said = "; ".join(
        f"{name} {numbers.count(part['rows'].iloc[-1])} rows in the last month, "
        f"{numbers.count(part['rows'].min())} to {numbers.count(part['rows'].max())} a month"
        for name, part in counted.groupby("table", sort=False)
    )
    span = f"{dates.month(str(first))} to {dates.month(str(last))}"
    return Figure(
        drawing,
        title,
        f"Rows by month from {span}. {said}.",
        f"{span}, each table on its own scale; at the right, rows of the last month. A cross: no row.",
    )
