"""How detractors scored when asked again; the title says whether those who were contacted rose by more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside, row_names, rows_grid

if TYPE_CHECKING:
    from cxmodels.feedback.loop.recovery import Recovery

_SIDES = {"contacted": palette.TEAL, "not_contacted": palette.GREY}


@styled
def recovered(found: Recovery) -> Figure:
    """Change in the score of detractors, contacted and not, a pair of intervals a kind of survey.

    Parameters
    ----------
    found
        From `recovery`, with changes.
    """
    import matplotlib.pyplot as plt

    rows = [*found.changes.itertuples()]
    drawing, ax = plt.subplots(figsize=(WIDTH, 0.9 + 0.95 * len(rows)))
    ax.axvline(0, color=palette.SOFT, lw=1)
    ticks: list[tuple[float, str, bool]] = []
    place = 0.0
    for row in rows:
        ticks.append((place, f"{row.kind} surveys".capitalize(), True))
        for side, colour in _SIDES.items():
            place -= 1
            change = getattr(row, side)
            ax.hlines(place, change.low, change.high, color=colour, lw=2.4)
            ax.scatter([change.value], [place], color=colour, zorder=3, s=42)
            aside(ax, place, f"{numbers.signed(change.value, 'score')}   n {numbers.count(change.n)}")
            ticks.append((place, side.replace("_", " "), False))
        place -= 1.2
    row_names(ax, ticks)
    ax.set_ylim(place + 0.7, 0.6)
    rows_grid(ax)
    ax.set_xlabel("Change in the score, points of 0 to 10, 95 % interval")
    note = (
        "Detractors who answered a survey of the same kind again, at like first scores. Both rise, since a low score "
        "is partly chance (regression to the mean). Who is contacted is not drawn by lot: a difference is no effect."
    )
    return Figure(drawing, _title(found), _alt(found), note)


def _title(found: Recovery) -> str:
    clear = [row for row in found.changes.itertuples() if row.difference.low > 0 or row.difference.high < 0]
    if not clear:
        return "Detractors rise when asked again, whether they were contacted or not: no difference can be told"
    row = max(clear, key=lambda each: abs(each.difference.value))
    size = numbers.decimal(abs(row.difference.value))
    side = "more" if row.difference.value > 0 else "less"
    return f"Contacted detractors rose by {size} points {side} than others in {row.kind} surveys: no proof of an effect"


def _alt(found: Recovery) -> str:
    said = []
    for row in found.changes.itertuples():
        pair = [
            f"{name} {numbers.signed(one.value, 'score')} ({numbers.decimal(one.low)} to {numbers.decimal(one.high)})"
            for name, one in (("contacted", row.contacted), ("not contacted", row.not_contacted))
        ]
        said.append(f"{row.kind} surveys: {', '.join(pair)}")
    return f"Mean change in the score of detractors who were asked again, in points. {'; '.join(said)}."
