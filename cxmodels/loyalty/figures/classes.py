"""The four loyalty classes: how many customers are in each, and how sure that is."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDE
from cxmodels.loyalty.customers.quadrants import TITLES

if TYPE_CHECKING:
    from cxmodels.loyalty.customers.classes import LoyaltyClasses
    from cxmodels.loyalty.customers.known_behaviour import Behaviour

_COLOURS = {"true": palette.TEAL, "latent": palette.BLUE, "spurious": palette.OCHRE, "none": palette.RED}
_LINE = 20
"""Letters that find room below a quadrant."""


@styled
def loyalty_map(classes: LoyaltyClasses, behaviour: Behaviour, currency: str = "") -> Figure:
    """Draw the classes as the quadrants of attitude and behaviour, the larger the more customers.

    Parameters
    ----------
    classes
        From `loyalty_classes` or `stated_classes`; a class too small to be shown is left empty.
    behaviour
        What is set beside the attitude.
    currency
        Of what a customer is worth, where that is known.

    Raises
    ------
    ValueError
        When no class is large enough to be shown.
    """
    import matplotlib.pyplot as plt

    shown = classes.shown().dropna(subset=["share"]).set_index("quadrant")
    if not len(shown):
        raise ValueError("loyalty_map: no class is large enough to be shown")
    # a figure shows no difference that is none; the table beside it has every value with its limits
    worth = "value" in shown.columns and bool(currency) and classes.values_differ
    drawing, ax = plt.subplots(figsize=(WIDE, 3.7))
    largest = float(shown["share"].max())
    for name, (right, up) in {"true": (1, 1), "latent": (0, 1), "spurious": (1, 0), "none": (0, 0)}.items():
        x, y = right - 0.5, up - 0.5
        ax.add_patch(plt.Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, edgecolor=palette.LINE, lw=1.2))
        centred: dict[str, Any] = {"ha": "center", "va": "center"}
        if name not in shown.index:
            ax.text(x, y, f"{TITLES[name]}\ntoo few to be shown", color=palette.SOFT, **centred)
            continue
        row = shown.loc[name]
        side = 0.94 * float(np.sqrt(row["share"] / largest))
        ax.add_patch(plt.Rectangle((x - side / 2, y - side / 2), side, side, color=_COLOURS[name], alpha=0.22, lw=0))
        ax.text(x, y + 0.2, TITLES[name], color=palette.INK, fontweight="bold", **centred)
        ax.text(x, y, numbers.share(row["share"], 0), color=palette.INK, fontsize=17, **centred)
        below = _between(row["low"], row["high"])
        if worth:
            below += f"\n{numbers.value(row['value'], currency)} each"
        ax.text(x, y - 0.22, below, color=palette.SOFT, fontsize=9.5, **centred)
    ax.set_xlim(-1.02, 1.02)
    ax.set_ylim(-1.02, 1.02)
    ax.grid(visible=False)
    ax.set_xticks([-0.5, 0.5], [fill(words, _LINE) for words in (behaviour.low, behaviour.high)])
    ax.set_yticks([-0.5, 0.5], ["lower half", "upper half"], rotation=90, va="center")
    for edge in ax.spines.values():
        edge.set_visible(False)
    ax.tick_params(length=0)
    ax.set_xlabel(f"Behaviour: {behaviour.noun}{_parted(classes)}")
    ax.set_ylabel("Attitude")
    said = "; ".join(
        f"{TITLES[name]} {numbers.share(row['share'], 0)} ({_between(row['low'], row['high'])})"
        + (f", {numbers.value(row['value'], currency)} each" if worth else "")
        for name, row in shown.iterrows()
    )
    related = classes.association
    size = (
        f"r = {numbers.decimal(related.value, 2)} ({numbers.decimal(related.low, 2)} to "
        f"{numbers.decimal(related.high, 2)})"
    )
    title = f"That attitude and behaviour go together is not told: the classes are about as large as by chance, {size}"
    if classes.related:
        title = f"Attitude and behaviour go {'together' if related.value > 0 else 'against each other'}, {size}"
        if "true" in shown.index:
            true, chance = (numbers.share(shown.loc["true", name], 0) for name in ("share", "by_chance"))
            title = f"{true} are high in both attitude and behaviour; by chance alone it would be {chance}"
    note = (
        f"Expected shares with 95 % limits of {numbers.count(classes.customers)} who answered (Dick & Basu 1994). "
        f"{classes.told} Attitude and behaviour correlate at {size}; if they had nothing to do with each other, "
        f"{numbers.share(classes.shares['by_chance'].iloc[0], 0)} would be high in both."
    )
    if "value" in shown.columns and not worth:
        note += " That a class is worth more than another is not told."
    return Figure(drawing, title, f"Loyalty classes: {said}.", note)


def _parted(classes: LoyaltyClasses) -> str:
    """Where behaviour is parted, as a reader would say it; a construct of answers has no such unit."""
    cut = classes.behaviour_cut
    said = {"logit": numbers.share(cut, 0), "log": numbers.decimal(cut, 1)}.get(classes.scale)
    return f", parted at {said}" if said else ""


def _between(low: float, high: float) -> str:
    return f"{numbers.share(low, 0, percent=False)} to {numbers.share(high, 0)}"
