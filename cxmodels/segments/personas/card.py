"""A persona as HTML and as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cxmodels.look import escape, numbers

if TYPE_CHECKING:
    from cxmodels.estimate import Estimate
    from cxmodels.segments.personas.personas import Persona

_CLASSES = {"true": "true loyalty", "latent": "latent loyalty", "spurious": "spurious loyalty", "none": "no loyalty"}


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
        said.append(f"NPS {numbers.decimal(card.nps.value)} ({numbers.interval(card.nps)})")
    if card.quadrants:
        classes = (f"{_CLASSES[name]} {numbers.share(one.value, 0)}" for name, one in card.quadrants.items())
        said.append(f"Of those who answered: {', '.join(classes)}")
    if len(card.journey):
        steps = (f"{row.touchpoint} ({numbers.share(row.share, 0)})" for row in card.journey.itertuples())
        said.append(f"Most often before an order: {' → '.join(steps)} → order")
    if len(card.themes):
        said.append(f"Writes about {', '.join(card.themes['theme'])}")
    return said


def _card(card: Persona) -> str:
    listed = "".join(f"<li>{escape(line)}</li>" for line in lines(card))
    quoted = "".join(f"<p><q>{escape(quote)}</q></p>" for quote in card.quotes)
    size = "" if card.size is None else numbers.share(card.size.value, 0)
    return (
        f'<li><p class="name">{card.segment}\u2002{escape(card.name)}</p><p class="value">{escape(size)}</p>'
        f'<p class="range">{escape(_size(card))}</p><ul class="plain">{listed}</ul>{quoted}</li>'
    )


def _size(card: Persona) -> str:
    if card.size is None or card.customers is None:
        return ""
    return f"{numbers.count(card.customers)} customers, {numbers.interval(card.size) or 'counted'} % of all"


def _told(found: Estimate) -> str:
    return f"{numbers.value(found.value, found.unit)} ({numbers.interval(found)})"
