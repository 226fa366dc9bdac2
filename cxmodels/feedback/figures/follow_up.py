"""How long follow-ups wait; the title says after how many days half are done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.feedback.loop.follow_up import EVERYONE
from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.labels import apart
from cxmodels.look.rows import WIDTH

if TYPE_CHECKING:
    from cxmodels.feedback.loop.follow_up import FollowUp

MOST_CURVES = 4
"""More would lie upon each other."""
_COLOURS = (palette.TEAL, palette.OCHRE, palette.BLUE, palette.VIOLET)
_DONE = {"close": "closed", "contact": "reached"}
_WHO = {"contact": "customers to be called", "close": "follow-ups"}
_MEDIANS_SHOWN = 4


@styled
def time_to_close(found: FollowUp, step: str = "") -> Figure:
    """Share of follow-ups still waiting by days since they were opened, a curve a team with its 95 % band.

    Parameters
    ----------
    found
        From `follow_up`, with curves.
    step
        ``"close"`` or ``"contact"``; empty: the first of them that is known.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter

    step = step or next(each for each in _DONE if (found.curves["step"] == each).any())
    times = found.times[found.times["step"] == step].set_index("team")
    drawn = _drawn(times)
    curves = {team: _curve(found, step, team) for team in drawn}
    reach = _reach(times.loc[drawn], curves)
    drawing, ax = plt.subplots(figsize=(WIDTH, 3.2))
    ends = []
    for (team, curve), colour in zip(curves.items(), _COLOURS, strict=False):
        seen = curve[curve["days"] <= reach]
        # a curve is level up to its next step
        last = seen.tail(1).assign(days=min(reach, float(curve["days"].iloc[-1])))
        seen = pd.concat([seen, last], ignore_index=True)
        ax.step(seen["days"], seen["waiting"], where="post", color=colour)
        ax.fill_between(seen["days"], seen["low"], seen["high"], step="post", color=colour, alpha=0.15, lw=0)
        median = times.loc[team, "median"]
        label = "" if median is None else f"{numbers.decimal(median.value)} days"
        ends.append((float(seen["waiting"].iloc[-1]), label if team == EVERYONE else f"{team}  {label}", colour))
    for height, (_, text, colour) in zip(apart([end[0] for end in ends], 0.075), ends, strict=True):
        ax.annotate(
            text, (reach, height), xytext=(6, 0), textcoords="offset points", va="center",
            color=palette.word(colour), fontweight="bold", annotation_clip=False,
        )  # fmt: skip
    ax.axhline(0.5, color=palette.SOFT, lw=1, ls=(0, (4, 3)))
    ax.set(xlim=(0, reach), ylim=(0, 1.03), xlabel="Days since it was opened")
    ax.set_ylabel(f"Not yet {_DONE[step]}")
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    spacing = next((each for each in (1, 2, 5, 7, 14, 30, 60) if reach / each <= 7), 90)
    ax.set_xticks(np.arange(0, reach + 0.01, spacing))
    note = (
        f"Kaplan–Meier with 95 % bands, follow-ups of {found.months} months; those still open count for as long as "
        f"they have been. Beside a curve: days after which half are {_DONE[step]} (dashed). A curve ends where too few "
        "are still watched."
    )
    others = len(times) - 1 - len(drawn)
    if others > 0:
        note += f" The {len(drawn)} teams with most follow-ups are drawn."
    return Figure(drawing, _title(times, drawn, step), _alt(times, drawn, step), note)


def _drawn(times: pd.DataFrame) -> list[str]:
    """Teams with most follow-ups; all together where there are not two."""
    teams = times.drop(index=EVERYONE).sort_values("n", ascending=False, kind="stable")
    return [str(team) for team in teams.index[:MOST_CURVES]] if len(teams) > 1 else [EVERYONE]


def _curve(found: FollowUp, step: str, team: str) -> pd.DataFrame:
    return found.curves[(found.curves["step"] == step) & (found.curves["team"] == team)]


def _reach(times: pd.DataFrame, curves: dict[str, pd.DataFrame]) -> float:
    """Days drawn: the longest curve, or a few medians where one has a long tail."""
    longest = max(float(curve["days"].iloc[-1]) for curve in curves.values())
    medians = [median.value for median in times["median"] if median is not None]
    return max(min(longest, _MEDIANS_SHOWN * max(medians, default=longest)), 1.0)


def _title(times: pd.DataFrame, drawn: list[str], step: str) -> str:
    """Half of all by when; the slowest team where its interval lies beyond that of the quickest."""
    every = times.loc[EVERYONE, "median"]
    if every is None:
        return f"Fewer than half of the {_WHO[step]} were {_DONE[step]} while they were watched"
    opening = f"Half of the {_WHO[step]} are {_DONE[step]} within {numbers.decimal(every.value)} days"
    known = {team: times.loc[team, "median"] for team in drawn if times.loc[team, "median"] is not None}
    if len(known) < 2:
        return opening
    ranked = sorted(known, key=lambda team: known[team].value)
    quick, slow = (known[team] for team in (ranked[0], ranked[-1]))
    if slow.low > quick.high:
        return (
            f"{opening}; those of {ranked[0]} within {numbers.decimal(quick.value)}, of {ranked[-1]} within "
            f"{numbers.decimal(slow.value)}"
        )
    return f"{opening}; no clear difference between teams"


def _alt(times: pd.DataFrame, drawn: list[str], step: str) -> str:
    said = [f"{'all' if team == EVERYONE else team}: {_in_words(times.loc[team, 'median'])}" for team in drawn]
    return f"Share of {_WHO[step]} not yet {_DONE[step]} by days since the opening; half are after, {'; '.join(said)}."


def _in_words(median: Estimate | None) -> str:
    if median is None:
        return "not reached while watched"
    high = "unknown" if np.isnan(median.high) else numbers.decimal(median.high)
    return f"{numbers.decimal(median.value)} days ({numbers.decimal(median.low)} to {high})"
