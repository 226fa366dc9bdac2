"""How few customers hold how much, and how sure it is who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDE

if TYPE_CHECKING:
    from cxmodels.clv.value.concentration import Concentration


@styled
def concentration_curves(found: Concentration) -> Figure:
    """Share of the money that the best customers hold, best first: of the past, and of what is to come.

    Raises
    ------
    ValueError
        When it could not be told; the message is its `reason`.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter

    if found.reason or found.curve is None or found.named_share is None or found.hindsight_share is None:
        raise ValueError(f"concentration_curves: {found.reason}")
    curve, top = found.curve, found.top
    drawing, ax = plt.subplots(figsize=(WIDE, 3.4))
    ax.plot([0, 1], [0, 1], color=palette.LINE, lw=1.2)
    ax.fill_between(curve["customers"], curve["named_low"], curve["named_high"], color=palette.TEAL, alpha=0.2, lw=0)
    ax.plot(curve["customers"], curve["named"], color=palette.TEAL, lw=2.2)
    ax.plot(curve["customers"], curve["hindsight"], color=palette.TEAL, lw=1.4, ls=(0, (4, 2)))
    if found.past_share is not None:
        ax.plot(curve["customers"], curve["past"], color=palette.BLUE, lw=1.8)
    ax.axvline(top, color=palette.SOFT, lw=1, ls=":")
    ax.scatter([top], [found.named_share.value], color=palette.TEAL, zorder=4, s=42)
    # words where the curves leave room: below them, in their own colours
    told = [
        (f"┅ in hindsight, the best {_percent(top)}: {numbers.share(found.hindsight_share.value, 0)}", palette.TEAL),
        (f"━ named today: {numbers.share(found.named_share.value, 0)} of the value to come", palette.TEAL),
    ]
    if found.past_share is not None:
        told.append((f"━ best payers: {numbers.share(found.past_share.value, 0)} of past revenue", palette.BLUE))
    for place, (text, colour) in enumerate(told):
        ax.annotate(
            text, (0.985, 0.27 - 0.085 * place), xycoords="axes fraction", ha="right", va="center", fontsize=9.5,
            color=colour, fontweight="bold" if place == 1 else "normal",
        )  # fmt: skip
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.01)
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.set_xlabel("Share of customers, most valuable first")
    ax.set_ylabel("Share of the money")
    named = found.named_share
    title = (
        f"The {_percent(top)} of customers worth most today are expected to bring {numbers.share(named.value, 0)} "
        f"({_limits(named.low, named.high)}) of the value to come"
    )
    past = (
        f" The {_percent(top)} who paid most so far hold {numbers.share(found.past_share.value, 0)} of past revenue."
        if found.past_share is not None
        else ""
    )
    alt = (
        f"{title}. With hindsight the best {_percent(top)} will have brought "
        f"{numbers.share(found.hindsight_share.value, 0)} "
        f"({_limits(found.hindsight_share.low, found.hindsight_share.high)}).{past}"
    )
    note = (
        "Band: 95 % interval of what those named today will bring. The dashed curve ranks customers by what they will "
        "have brought: the gap to the band is chance, which nobody can name beforehand. Straight line: all alike."
    )
    return Figure(drawing, title, alt, note)


@styled
def who_is_top(found: Concentration) -> Figure:
    """How probable it is that each customer named among the best will be one, from the surest down.

    Raises
    ------
    ValueError
        When it could not be told; the message is its `reason`.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter

    if found.reason or found.odds is None or found.certainty is None or found.right is None:
        raise ValueError(f"who_is_top: {found.reason}")
    at, top = np.linspace(0, 1, len(found.odds)), found.top
    drawing, ax = plt.subplots(figsize=(WIDE, 3.0))
    ax.fill_between(at, 0, found.odds, color=palette.TEAL, alpha=0.2, lw=0)
    ax.plot(at, found.odds, color=palette.TEAL)
    ax.axhline(top, color=palette.SOFT, lw=1, ls=":")
    ax.annotate(
        f"drawn by lot: {_percent(top)}", (0.01, top), xytext=(0, 3), textcoords="offset points", color=palette.SOFT,
        fontsize=9.5, va="bottom",
    )  # fmt: skip
    listed = numbers.count(top * found.customers)
    sure = {row.probability: _customers(found, row.customers) for row in found.certainty.itertuples()}
    for row in found.certainty.itertuples():
        if 0 < row.share < 1:
            ax.scatter([row.share], [row.probability], color=palette.TEAL, zorder=4, s=30)
            # above the falling curve, or below it where there is no room at its right
            right = row.share < 0.6
            ax.annotate(
                f"{sure[row.probability]}: {_percent(row.probability)} or more", (row.share, row.probability),
                xytext=(6, 5) if right else (-6, -6), textcoords="offset points", fontsize=9.5, color=palette.INK,
                ha="left" if right else "right", va="bottom" if right else "top",
            )  # fmt: skip
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.02)
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.set_xlabel(f"The {listed} customers named, surest first")
    ax.set_ylabel("Chance to be among the best")
    title = (
        f"Of the {listed} customers named among the best {_percent(top)}, {numbers.share(found.right.value, 0)} will "
        f"turn out to be; {sure[0.9]} are 90\u202f% sure or more"
    )
    said = "; ".join(f"{customers} with {_percent(probability)} or more" for probability, customers in sure.items())
    alt = (
        f"Chance of each named customer to be among the best {_percent(top)} within the horizon: {said}. In all "
        f"{numbers.share(found.right.value, 0)} ({_limits(found.right.low, found.right.high)}) of them will be."
    )
    return Figure(drawing, title, alt, _note(found))


def _note(found: Concentration) -> str:
    said = "Named: highest expected value. Best: most brought within the horizon, as it will turn out."
    if found.overlap is not None and found.past_named_share is not None:
        said += (
            f" {numbers.share(found.overlap.value, 0)} of those who paid most so far are on the list; had they been "
            f"the list, it would bring {numbers.share(found.past_named_share.value, 0)} of the value to come."
        )
    return said


def _customers(found: Concentration, customers: int) -> str:
    """How many, unless they are too few to be spoken of."""
    if not customers:
        return "none"
    return numbers.count(customers) if customers >= found.min_cell else f"fewer than {found.min_cell}"


def _percent(share: float) -> str:
    return numbers.share(share, 0)


def _limits(low: float, high: float) -> str:
    return f"{numbers.share(low, 0, percent=False)} to {numbers.share(high, 0)}"
