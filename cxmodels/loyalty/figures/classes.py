"""The four loyalty classes: how many customers are in each, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDE
from cxmodels.loyalty.customers.quadrants import TITLES

if TYPE_CHECKING:
    from cxmodels.loyalty.customers.classes import LoyaltyClasses

_COLOURS = {"true": palette.TEAL, "latent": palette.BLUE, "spurious": palette.OCHRE, "none": palette.RED}


@styled
def loyalty_map(classes: LoyaltyClasses, currency: str = "") -> Figure:
    """Draw the classes as the quadrants of attitude and behaviour, the larger the more customers.

    Parameters
    ----------
    classes
        From `loyalty_classes`; a class too small to be shown is left empty.
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
    worth = "value" in shown.columns
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
        if worth and currency:
            below += f"\n{numbers.value(row['value'], currency)} each"
        ax.text(x, y - 0.22, below, color=palette.SOFT, fontsize=9.5, **centred)
    ax.set_xlim(-1.02, 1.02)
    ax.set_ylim(-1.02, 1.02)
    ax.grid(visible=False)
    ax.set_xticks([-0.5, 0.5], ["will rather leave", "will rather stay"])
    ax.set_yticks([-0.5, 0.5], ["low", "high"], rotation=90, va="center")
    for edge in ax.spines.values():
        edge.set_visible(False)
    ax.tick_params(length=0)
    ax.set_xlabel("Behaviour: chance to stay")
    ax.set_ylabel("Attitude")
    said = "; ".join(
        f"{TITLES[name]} {numbers.share(row['share'], 0)} ({_between(row['low'], row['high'])})"
        + (f", {numbers.value(row['value'], currency)} each" if worth and currency else "")
        for name, row in shown.iterrows()
    )
    title = f"Loyalty of attitude and behaviour: {said.split(';')[0][:1].lower()}{said.split(';')[0][1:]}"
    if {"true", "spurious"} <= set(shown.index):
        true, spurious = shown.loc["true", "share"], shown.loc["spurious", "share"]
        title = (
            f"{numbers.share(true, 0)} of the customers who answered are truly loyal; {numbers.share(spurious, 0)} "
            "will rather stay without meaning to"
        )
    related = classes.association
    note = (
        f"Expected shares with 95 % limits of {numbers.count(classes.customers)} customers (Dick & Basu 1994). "
        f"{classes.told} Attitude and behaviour go together at r = {numbers.decimal(related.value, 2)} "
        f"({numbers.decimal(related.low, 2)} to {numbers.decimal(related.high, 2)})."
    )
    return Figure(drawing, title, f"Loyalty classes: {said}.", note)


def _between(low: float, high: float) -> str:
    return f"{numbers.share(low, 0, percent=False)} to {numbers.share(high, 0)}"
