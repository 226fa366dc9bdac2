"""A persona as HTML and as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cxmodels.look import escape, numbers

if TYPE_CHECKING:
    from cxmodels.estimate import Estimate
    from cxmodels.segments.personas.personas import Persona

_CLASSES = {
    "true": "true (high attitude and behaviour)",
    "latent": "latent (high attitude, low behaviour)",
    "spurious": "spurious (high behaviour, low attitude)",
    "none": "none (low attitude and behaviour)",
}


def html(cards: Iterable[Persona]) -> str:
    """Cards side by side."""
    return f'<ul class="cards personas">{"".join(_card(card) for card in cards)}</ul>'


def text(card: Persona) -> str:
    """One line."""
    return f"{card.name}: {'; '.join([_size(card), *lines(card)])}"


def lines(card: Persona) -> list[str]:
    """What is known of the segment beside its size, a sentence each."""
    said = []
    if card.traits:
        said.append(f"Set apart by {'; '.join(card.traits)}")
    if card.value is not None:
        said.append(f"Worth {_told(card.value)} each")
    if card.value_share is not None:
        said.append(f"{numbers.share(card.value_share, 0)} of the value of all customers")
    if card.top_fifth is not None:
        said.append(f"The most valuable fifth holds {numbers.share(card.top_fifth, 0)} of its value")
    if card.leaving is not None:
        said.append(f"Chance of leaving {_told(card.leaving)}")
    if card.nps is not None:
        beside = f", surely {card.beside} that of all" if card.beside else ""
        said.append(f"NPS {numbers.decimal(card.nps.value)} ({numbers.interval(card.nps)}){beside}")
    said += _loyalty(card)
    return [*said, *_journey(card), *_themes(card)]


def _card(card: Persona) -> str:
    listed = "".join(f"<li>{escape(line)}</li>" for line in lines(card))
    quotes = "".join(f"<li><q>{escape(quote)}</q></li>" for quote in card.quotes)
    quoted = f'<ul class="plain">{quotes}</ul>' if quotes else ""
    size = "" if card.size is None else numbers.share(card.size.value)
    return (
        f'<li><p class="name">{card.segment}\u2002{escape(card.name)}</p><p class="value">{escape(size)}</p>'
        f'<p class="range">{escape(_size(card))}</p><ul class="plain">{listed}</ul>{quoted}</li>'
    )


def _journey(card: Persona) -> list[str]:
    """The commonest contacts before an order; one that is the commonest at every step is told once."""
    steps = card.journey
    if not len(steps):
        return []
    if len(steps) > 1 and steps["touchpoint"].nunique() == 1:
        each = f"{numbers.share(steps['share'].min(), 0, percent=False)} – {numbers.share(steps['share'].max(), 0)}"
        return [
            f"Most often before an order: {steps['touchpoint'].iloc[0]}, each of the last {len(steps)} times ({each})"
        ]
    named = (f"{row.touchpoint} ({numbers.share(row.share, 0)})" for row in steps.itertuples())
    return [f"Most often before an order: {' → '.join(named)} → order"]


def _loyalty(card: Persona) -> list[str]:
    """The class of loyalty that most of those who are classed are in, beside all others."""
    if card.quadrants.empty:
        return []
    row = card.quadrants.iloc[0]
    share = f"{numbers.share(row['share'], 0)} ({_limits(row['low'], row['high'])})"
    others = numbers.share(row["others"], 0)
    beside = f"of the others {others}" if row["differs"] else f"no sure difference from the others ({others})"
    return [f"Largest class of loyalty: {_CLASSES[row['quadrant']]}, {share} of those who answered; {beside}"]


def _themes(card: Persona) -> list[str]:
    """What more of its customers write about than others do; else what they write about most often."""
    if card.themes.empty:
        return []
    more = [
        f"“{row.theme}” ({numbers.share(row.share, 0)}, others {numbers.share(row.others, 0)})"
        for row in card.themes.itertuples()
        if row.more
    ]
    if more:
        return [f"More of them than of others write about {', '.join(more)}"]
    return [f"Write most often about “{card.themes['theme'].iloc[0]}”; no sure difference from the others"]


def _limits(low: float, high: float) -> str:
    return f"{numbers.share(low, 0, percent=False)} – {numbers.share(high, 0, percent=False)}"


def _size(card: Persona) -> str:
    if card.size is None or card.customers is None:
        return ""
    return f"{numbers.count(card.customers)} customers, {numbers.interval(card.size) or 'counted'} % of all"


def _told(found: Estimate) -> str:
    return f"{numbers.value(found.value, found.unit)} ({numbers.interval(found)})"
