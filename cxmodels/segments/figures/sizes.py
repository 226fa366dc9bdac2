"""How many customers each segment has beside how much of the value."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside, rows_grid

if TYPE_CHECKING:
    from cxmodels.segments.personas.personas import Personas

EVEN = 0.02
"""Shares that differ by less are told as alike."""


@styled
def segment_sizes_value(found: Personas) -> Figure:
    """Share of customers beside share of value, a pair of bars a segment, the largest first.

    Parameters
    ----------
    found
        From `personas`, with values; without them the bars of customers alone.

    Raises
    ------
    ValueError
        When no segment may be told of.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter

    cards = sorted(
        ((card, card.size) for card in found.cards if card.size is not None), key=lambda pair: -pair[1].value
    )
    if not cards:
        raise ValueError("segment_sizes_value: no segment is large enough to be told of")
    labels = [textwrap.fill(card.name, 24) for card, _ in cards]
    # as high as the longest name, so that none runs into the next
    height = max(0.78, 0.22 * max(1 + label.count("\n") for label in labels))
    drawing, ax = plt.subplots(figsize=(WIDTH, 0.8 + height * len(cards)))
    for place, (card, size) in enumerate(cards):
        ax.barh(place - 0.18, size.value, height=0.3, color=palette.GREY)
        ax.hlines(place - 0.18, size.low, size.high, color=palette.INK, lw=1.6)
        aside(ax, place - 0.2, f"{numbers.share(size.value, 0)} of customers")
        if card.value_share is not None:
            ax.barh(place + 0.18, card.value_share, height=0.3, color=palette.TEAL)
            aside(ax, place + 0.2, f"{numbers.share(card.value_share, 0)} of the value")
    ax.set_yticks(range(len(cards)), labels, color=palette.INK)
    ax.set_ylim(len(cards) - 0.4, -0.6)
    ax.set_xlim(left=0)
    rows_grid(ax)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel("Share of all")
    said = "; ".join(
        f"{card.name}: {numbers.share(size.value, 0)} of customers"
        + (f", {numbers.share(card.value_share, 0)} of the value" if card.value_share is not None else "")
        for card, size in cards
    )
    note = (
        "Grey: customers, counted where each most probably belongs; the line is what membership leaves open (95 %). "
        "Teal: their share of the expected value."
    )
    if found.hidden:
        note += f" Segments too small to be told of are left out ({len(found.hidden)})."
    return Figure(drawing, _title(found), f"Share of customers and of value. {said}.", note)


def _title(found: Personas) -> str:
    cards = [
        (card, card.size.value, card.value_share)
        for card in found.cards
        if card.size is not None and card.value_share is not None
    ]
    if not cards:
        card, size = max(
            ((card, card.size.value) for card in found.cards if card.size is not None), key=lambda pair: pair[1]
        )
        return f"{card.name} are the largest segment, {numbers.share(size, 0)} of customers"
    card, size, worth = max(cards, key=lambda each: abs(each[2] - each[1]))
    if abs(worth - size) < EVEN:
        return "No segment holds much more or less of the value than of the customers"
    return f"{card.name}: {numbers.share(size, 0)} of customers, {numbers.share(worth, 0)} of the value"
