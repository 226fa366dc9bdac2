"""The words of a drawing in another language: labels, ticks, whatever stands in it."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

    from cxmodels.language.sentences import Translator

_LONGEST, _SHORT = 9, 4
"""Lines that may be one text, and that are too many for a name."""


def reworded(drawing: Drawing, say: Translator) -> None:
    """Say every word of a drawing by `say`, in place; what is broken into lines is broken anew."""
    from matplotlib.text import Text

    for text in drawing.findobj(Text):
        text.set_text(_in_lines(text.get_text(), say))
    for ax in drawing.axes:
        for axis in (ax.xaxis, ax.yaxis):
            # axes that are shared have one formatter
            if not hasattr(wrapped := axis.get_major_formatter(), "says"):
                axis.set_major_formatter(_formatter(wrapped, say))


def _formatter(wrapped: Any, say: Translator) -> Any:
    """A formatter of ticks that says what another one writes."""
    from matplotlib.ticker import Formatter

    class Said(Formatter):
        says = say

        def __call__(self, value: float, place: int | None = None) -> str:
            return _in_lines(wrapped(value, place), say)

        def format_ticks(self, values: Any) -> list[str]:
            return [_in_lines(text, say) for text in wrapped.format_ticks(values)]

        def get_offset(self) -> str:
            return say(wrapped.get_offset())

        def set_axis(self, axis: Any) -> None:
            wrapped.set_axis(axis)
            super().set_axis(axis)

        def set_locs(self, locs: Any) -> None:
            wrapped.set_locs(locs)

    return Said()


def _in_lines(text: str, say: Translator) -> str:
    """A text in lines, cut into runs that are understood best; a run of several lines is one text, broken anew.

    A line that goes on with a small letter or in brackets stays with words before it where both ways are understood.
    """
    lines = text.split("\n")
    if _is_name(lines) and say.told(_whole(lines)).unknown == (_whole(lines),):
        return text
    best: list[tuple[int, int, list[list[str]]]] = [(0, 0, [])]
    for end in range(1, len(lines) + 1):
        options = []
        for start in range(max(end - _LONGEST, 0), end):
            (cost, cuts, runs), run = best[start], lines[start:end]
            cut = start > 0 and _goes_on(lines[start - 1], lines[start])
            options.append((cost + say.told(_whole(run)).cost, cuts + cut, [*runs, run]))
        best.append(min(options, key=lambda option: (*option[:2], -len(option[2]))))
    width = round(1.35 * max(map(len, lines)))
    return "\n".join(say(run[0]) if len(run) == 1 else _broken(say(_whole(run)), run, width) for run in best[-1][2])


def _is_name(lines: list[str]) -> bool:
    """Whether lines of a word each may be one name from the data."""
    return 1 < len(lines) < _SHORT and all(line.isalpha() for line in lines)


def _goes_on(before: str, line: str) -> bool:
    return bool(re.search("[a-z]{2}", before)) and (line.lstrip()[:1].islower() or line.lstrip()[:1] == "(")


def _whole(run: list[str]) -> str:
    return " ".join([run[0], *map(str.strip, run[1:])])


def _broken(text: str, run: list[str], width: int) -> str:
    """A text in lines; one that began with a sign, as the next of a legend or a bracket, does so again."""
    indent = " " * (len(run[1]) - len(run[1].lstrip(" ")))
    for line in run[1:]:
        if (sign := line.lstrip()[:1]) and not sign.isalnum():
            text = text.replace(f" {sign}", f"\n{sign}", 1)
    filled = (textwrap.fill(part, width, subsequent_indent=indent, break_on_hyphens=False) for part in text.split("\n"))
    return "\n".join(filled)
