"""Who leaves and why: the shares that left for each cause, stacked, and what remains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.churn.forecasts.causes import in_words
from cxmodels.churn.models.kaplan_meier import EVERYONE
from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.labels import apart
from cxmodels.look.rows import WIDE

if TYPE_CHECKING:
    from cxmodels.churn.models.cumulative_incidence import CumulativeIncidence

_SHORT = {"voluntary": "own accord", "involuntary": "not by choice", "unknown": "no reason on record"}
_COLOURS = {"voluntary": palette.RED, "involuntary": palette.OCHRE, "unknown": palette.GREY}
_OTHER = "other"
_MARKS = (72, 60, 48, 36, 24, 12, 6, 3, 1)


@styled
def causes_stacked(incidence: CumulativeIncidence, level: str = EVERYONE) -> Figure:
    """Shares that left for each cause, one on top of the other, labelled where they end; above them who remains."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter

    mark = next((m for m in _MARKS if incidence.survival.at(m, level)), None)
    shares = _shares(incidence, level, mark or 0)
    drawing, ax = plt.subplots(figsize=(WIDE - 0.8, 3.2))
    ends: list[tuple[float, str, str]] = []
    below = np.zeros(len(shares))
    others = iter((palette.BLUE, palette.VIOLET, palette.SLATE, *palette.CYCLE))
    for cause in shares.columns:
        top = below + shares[cause].to_numpy()
        colour = _COLOURS.get(cause) or next(others)
        ax.fill_between(shares.index, below, top, step="post", color=colour, alpha=0.75, lw=0)
        label = f"{_SHORT.get(cause, cause)}\n{numbers.share(top[-1] - below[-1], 0)}"
        ends.append(((below[-1] + top[-1]) / 2, label, colour))
        below = top
    ax.step(shares.index, below, where="post", color=palette.INK, lw=1)
    ends.append(((1 + below[-1]) / 2, f"still customers\n{numbers.share(1 - below[-1], 0)}", palette.TEAL))
    longest = mark or 1
    for height, (_, text, colour) in zip(apart([end[0] for end in ends], 0.13), ends, strict=True):
        ax.annotate(
            text, (longest, height), xytext=(6, 0), textcoords="offset points", va="center",
            color=palette.word(colour),
            fontweight="bold", annotation_clip=False,
        )  # fmt: skip
    step = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120) if longest / step <= 7)
    ax.set(
        ylim=(0, 1), xlim=(0, longest), ylabel="Share of all who joined", xlabel="Months since joining",
        xticks=np.arange(0, longest + 0.5, step),
    )  # fmt: skip
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    note = "Aalen–Johansen: each share is of all who joined."
    if _OTHER in shares:
        note += f" Causes with fewer than {incidence.survival.min_cell} departures are told together."
    return Figure(drawing, _title(shares, level, mark), _alt(shares, mark), note)


def _shares(incidence: CumulativeIncidence, level: str, mark: int) -> pd.DataFrame:
    """(months, causes) shares that left up to `mark`, small causes added up so that no cell is below the smallest."""
    told = incidence.told(level)
    told = told[told["months"] <= mark]
    if not len(told):
        return pd.DataFrame(0.0, index=[0.0], columns=[])
    shares = told.pivot(index="months", columns="cause", values="incidence")[list(incidence.causes)]
    small: list[str] = []
    for cause, departures in reversed(incidence.causes.items()):
        pooled = sum(incidence.causes[name] for name in small)
        if departures < incidence.survival.min_cell or 0 < pooled < incidence.survival.min_cell:
            small.append(cause)
    if len(small) > 1:
        shares = shares.drop(columns=small).assign(**{_OTHER: shares[small].sum(axis=1)})
    return shares


def _title(shares: pd.DataFrame, level: str, mark: int | None) -> str:
    if mark is None or shares.columns.empty:
        return "Too few customers are watched for long enough to tell why they leave"
    last = shares.iloc[-1]
    who = "" if level == EVERYONE else f" of {level}"
    after = "After one month" if mark == 1 else f"After {mark} months"
    if [*last.index] == [_OTHER]:
        return f"{after} {numbers.share(last[_OTHER], 0)}{who} have left; causes are too rare to tell apart"
    first, *rest = (f"{numbers.share(share, 0)}{{}} {in_words(cause)}" for cause, share in last.items())
    opening = f"{after} {first.format(f'{who} have left')}"
    return ", ".join([opening, *(each.format("") for each in rest)])


def _alt(shares: pd.DataFrame, mark: int | None) -> str:
    said = []
    for cause in shares.columns:
        marks = [m for m in _MARKS[::-1] if m <= (mark or 0)]
        points = ", ".join(
            f"{numbers.share(shares.loc[shares.index <= m, cause].iloc[-1])} at {m} months" for m in marks if m >= 6
        )
        said.append(f"{in_words(cause)}: {points or 'watched under six months'}")
    remain = numbers.share(1 - float(shares.iloc[-1].sum()), 0)
    opening = "Share of all who joined that has left, by cause and months since joining. "
    return f"{opening}{'; '.join(said) or 'Nobody left'}. In the end {remain} remain."
