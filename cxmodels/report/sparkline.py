"""A line the size of a word: how a figure came here, with its doubt as a band."""

from __future__ import annotations

from collections.abc import Sequence

from cxmodels.look import dates, escape, numbers

_WIDTH, _HEIGHT, _EDGE = 180.0, 44.0, 3.0


def sparkline(
    rows: Sequence[tuple[str, float, float | None, float | None]], title: str, unit: str, worse: bool = False
) -> str:
    """An inline SVG of a history; empty when it has fewer than two months.

    Parameters
    ----------
    rows
        Month ``"2026-09"``, value and its interval (None where it has none), in order.
    title, unit
        What is drawn, for the words of the picture.
    worse
        Drawn in the colour of a change to the worse.
    """
    if len(rows) < 2:
        return ""
    lows = [value if low is None else low for _, value, low, _ in rows]
    highs = [value if high is None else high for _, value, _, high in rows]
    bottom, top = min(lows), max(highs)
    span = (top - bottom) or 1.0

    def place(step: int, value: float) -> str:
        across = _EDGE + step * (_WIDTH - 2 * _EDGE) / (len(rows) - 1)
        down = _EDGE + (top - value) / span * (_HEIGHT - 2 * _EDGE) if top > bottom else _HEIGHT / 2
        return f"{across:.0f} {down:.1f}"

    band = [place(step, high) for step, high in enumerate(highs)]
    band += [place(step, low) for step, low in reversed(list(enumerate(lows)))]
    line = [place(step, value) for step, (_, value, _, _) in enumerate(rows)]
    end_x, end_y = line[-1].split()
    (first, start, *_), (last, now, *_) = rows[0], rows[-1]
    words = (
        f"{title}, {len(rows)} months: from {numbers.value(start, unit)} in {dates.month(first)} "
        f"to {numbers.value(now, unit)} in {dates.month(last)}"
    )
    colour = "red" if worse else "teal"
    return (
        f'<svg viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" aria-label="{escape(words)}">'
        f'<path d="M{"L".join(band)}Z" fill="var(--{colour}-soft)"/>'
        f'<polyline points="{",".join(line)}" fill="none" stroke="var(--{colour})" stroke-width="2"/>'
        f'<circle cx="{end_x}" cy="{end_y}" r="2.4" fill="var(--{colour})"/></svg>'
    )
