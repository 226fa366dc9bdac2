"""Tables for a page: numbers in their units, intervals beneath, words escaped, wide ones scroll in their own place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cxmodels.estimate import Estimate
from cxmodels.look import escape, numbers, prose
from cxmodels.report.page import Shown
from cxmodels.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd


class Markup(str):
    """Text that is HTML already and stays as it is."""

    __slots__ = ()


def link(words: str, page: str) -> Markup:
    """A link to another page of the month."""
    return Markup(f'<a href="{escape(page)}">{escape(words)}</a>')


def chip(words: str, colour: str) -> Markup:
    """A word on a coloured ground: ``"green"``, ``"amber"``, ``"red"`` or ``"grey"``."""
    return Markup(f'<span class="chip {escape(colour)}">{escape(words)}</span>')


def table(
    frame: pd.DataFrame, units: Mapping[str, str] | None = None, title: str = "", hint: str = "", bars: str = ""
) -> Shown:
    """A frame as a table a reader can take in.

    Parameters
    ----------
    frame
        One row a line; the first column names it. A cell may be text, a number, an `Estimate` (its interval stands
        beneath), a `Verdict` (its word), or None (a dash). Column names are shown
        with spaces for underscores and a capital. Without a row nothing is shown.
    units
        Unit of a column of bare numbers, as `Estimate` has it: ``"share"``, ``"rows"``, ``"EUR"``. Whole numbers
        need none; others are shown with one decimal.
    title
        What the table is, shown above it; may be empty where a heading says it.
    hint
        A line below it: how to read it.
    bars
        A column of `Estimate` or numbers not below zero, also drawn as bars beside its figures; a bar is pale
        where the interval lies.
    """
    if not len(frame):
        return Shown("", f"{title}: no rows".removeprefix(": "))
    named = units or {}
    right = {column: _is_numeric(frame[column]) for column in frame.columns}
    longest = max((_reach(cell)[1] for cell in frame[bars]), default=0.0) if bars else 0.0
    caption = f"<caption>{escape(title)}</caption>" if title else ""
    head = "".join(
        f'<th scope="col"{_side(right[column])}>{escape(_heading(column))}</th>{"<td></td>" if column == bars else ""}'
        for column in frame.columns
    )
    body = []
    for line in frame.itertuples(index=False, name=None):
        cells = []
        for place, (column, cell) in enumerate(zip(frame.columns, line, strict=True)):
            written = _written(cell, named.get(str(column), ""))
            tag = 'th scope="row"' if place == 0 else "td"
            cells.append(f"<{tag}{_side(right[column])}>{written}</{tag[:2]}>")
            if column == bars:
                cells.append(f'<td class="b">{_bar(cell, longest)}</td>')
        body.append(f"<tr>{''.join(cells)}</tr>")
    below = f'<p class="hint">{prose(hint)}</p>' if hint else ""
    label = title or ", ".join(_heading(column) for column in frame.columns)
    html = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}"><table>{caption}'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>{below}"
    )
    return Shown(html, f"{label}: {len(frame)} rows")


def _heading(column: object) -> str:
    words = str(column).replace("_", " ")
    return words[:1].upper() + words[1:]


def _side(right: bool) -> str:
    return ' class="n"' if right else ""


def _is_numeric(column: pd.Series) -> bool:
    """Whether a column holds numbers or estimates only (missing ones aside)."""
    kinds = {_kind(cell) for cell in column} - {"missing"}
    return kinds == {"number"}


def _kind(cell: object) -> str:
    if cell is None or (isinstance(cell, float) and cell != cell):
        return "missing"
    if isinstance(cell, Estimate) or _is_number(cell):
        return "number"
    return "text"


def _is_number(cell: object) -> bool:
    return hasattr(cell, "__float__") and not isinstance(cell, (str, bool)) and type(cell).__name__ != "bool"


def _bar(cell: object, longest: float) -> str:
    """A bar up to the low side of the interval, paler up to its high side."""
    low, high = _reach(cell)
    if high <= 0:
        return ""
    sure = f"{100 * low / high:.0f}%"
    pale = "color-mix(in srgb,var(--teal) 40%,transparent)"
    ground = f"linear-gradient(90deg,var(--teal) {sure},{pale} {sure})"
    return f'<span class="bar" style="width:{100 * high / longest:.0f}%;background:{ground}"></span>'


def _reach(cell: object) -> tuple[float, float]:
    if _kind(cell) == "missing":
        return 0.0, 0.0
    if isinstance(cell, Estimate):
        return max(cell.low, 0.0), max(cell.high, 0.0)
    size = max(float(cell), 0.0)  # type: ignore[arg-type]
    return size, size


def _written(cell: object, unit: str) -> str:
    if isinstance(cell, Markup):
        return cell
    if isinstance(cell, Verdict):
        return chip(cell.word, cell.status)
    if _kind(cell) == "missing":
        return "–"
    if isinstance(cell, Estimate):
        beneath = numbers.interval(cell)
        figure = escape(numbers.value(cell.value, cell.unit))
        return f'{figure}<br><span class="range">{escape(beneath)}</span>' if beneath else figure
    if _is_number(cell):
        number = float(cell)  # type: ignore[arg-type]
        if unit:
            return escape(numbers.value(number, unit))
        return numbers.count(number) if hasattr(cell, "__index__") else numbers.decimal(number)
    return escape(cell)
