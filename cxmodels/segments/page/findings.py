"""What the numbers say: the sentences the page of segments opens with, and what was counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.look import dates, numbers

if TYPE_CHECKING:
    from cxmodels.segments.clusters.assign import Assignment
    from cxmodels.segments.clusters.kept import KeptModel
    from cxmodels.segments.features.features import Features
    from cxmodels.segments.page.since import SinceLastMonth
    from cxmodels.segments.personas.personas import Persona, Personas

EVEN = 0.02
"""Shares of customers and of value that differ by less are told as alike."""


def title(found: Personas) -> str:
    """The finding in one sentence: the segment whose share of the value differs most from its share of customers."""
    card, all_of_them = farthest(found), len(found.cards) + len(found.hidden)
    if card is None or card.size is None or card.value_share is None:
        largest = max((card for card in found.cards if card.size), key=lambda card: card.customers or 0, default=None)
        if largest is None or largest.size is None:
            return f"Customers fall into {all_of_them} segments"
        share = numbers.share(largest.size.value, 0)
        return f"Customers fall into {all_of_them} segments; the largest are “{largest.name}”, {share} of all"
    size, worth = card.size.value, card.value_share
    if abs(worth - size) < EVEN:
        return f"Customers fall into {all_of_them} segments; each holds about as much of the value as of customers"
    only = "only " if worth < size else ""
    share, value = numbers.share(size, 0), numbers.share(worth, 0)
    return f"“{card.name}” are {share} of customers and bring {only}{value} of the value expected of all"


def lead(found: Personas, now: Assignment, since: SinceLastMonth) -> str:
    """At most three sentences: how many fall into how many segments, who is likeliest to leave, what moved."""
    first = (
        f"<b>{numbers.count(now.customers)}</b> customers fall into <b>{now.model.k}</b> segments, by the model of "
        f"{dates.day(now.model.fitted_on)}, which stays in force until it is fitted anew."
    )
    return " ".join(said for said in (first, _leaving(found), moved(since)) if said)


def farthest(found: Personas) -> Persona | None:
    """The card whose share of the value is farthest from its share of the customers; None without values."""
    known = [card for card in found.cards if card.size is not None and card.value_share is not None]
    return max(known, key=lambda card: abs((card.value_share or 0.0) - card.size.value), default=None)  # type: ignore[union-attr]


def likeliest_to_leave(found: Personas) -> Persona | None:
    """The card with the largest chance of leaving; None where no chances are known."""
    known = [card for card in found.cards if card.leaving is not None]
    return max(known, key=lambda card: card.leaving.value, default=None)  # type: ignore[union-attr]


def moved(since: SinceLastMonth) -> str:
    """What moved since the month before, in a sentence; empty where there is none."""
    if since.moves is None:
        return ""
    stayed, day = since.moves.stayed, dates.day(since.moves.then)
    if stayed.value == stayed.value:
        return (
            f"Of the customers here on {day} too, <b>{numbers.share(1 - stayed.value)}</b> "
            f"({numbers.share(1 - stayed.high)} – {numbers.share(1 - stayed.low)}) have changed their segment."
        )
    flows = since.moves.flows.dropna(subset=["net"])
    if flows.empty:
        return f"Too few customers have moved since {day} for their moves to be told."
    row = flows.loc[flows["net"].abs().idxmax()]
    if not row["net"]:
        return f"No segment has grown or shrunk since {day}."
    what = "grown" if row["net"] > 0 else "shrunk"
    return (
        f"Since {day} “{row['segment']}” have {what} most, by {numbers.count(abs(row['net']))} customers; too few "
        "moved between single segments for all moves to be told."
    )


def about(
    features: Features, kept: KeptModel, found: Personas, since: SinceLastMonth, not_good_for: str = ""
) -> list[str]:
    """What was counted, what was assumed and what it cannot tell: the facts a careful reader asks for.

    Parameters
    ----------
    features
        Of today's customers, from `customer_features`.
    kept
        The model in force.
    found
        From `personas`.
    since
        From `since_last_month`.
    not_good_for
        What the study warns of.
    """
    model = kept.model
    aspects = list(dict.fromkeys(feature.aspect for feature in model.features))
    said = [
        f"{numbers.count(features.customers)} customers are here on {dates.day(features.as_of)}: a contract of theirs "
        f"runs, or they ordered within {features.window_months} months.",
        f"They are told apart by {numbers.count(len(model.features))} numbers of these kinds: {', '.join(aspects)}. "
        "Skewed ones enter as logarithms, all on one scale.",
    ]
    if features.gone >= features.min_cell:
        said.append(f"{numbers.count(features.gone)} who are known and not here any more are in no segment.")
    if len(features.left_out):
        without = "; ".join(f"{row.name.replace('_', ' ')} ({row.why})" for row in features.left_out.itertuples(False))
        said.append(f"Not used: {without}.")
    if not any(card.value for card in found.cards):
        said.append("Value is not told: these data give no customer’s expected value in money.")
    else:
        said.append(
            "Value follows the simplest models of purchases and contracts; the page of customer value may use one that "
            "told the past better, and says how well any is known: an interval here is that of customers like these."
        )
    if not any(card.leaving for card in found.cards):
        said.append("The chance of leaving is not told: these data do not say who left.")
    said += _voices(found)
    if found.hidden:
        said.append("Segments too small to be told of, and those that would give them away, are left out.")
    said += list(since.why_not.values())
    said.append(
        "A segment is a way to part customers, not a kind of them: who stands between two is in the nearer one. "
        "Nothing here says that a customer would become another by being treated as one."
    )
    if not_good_for:
        said.append(f"<b>Not good for:</b> {not_good_for}")
    return said


def _voices(found: Personas) -> list[str]:
    """How what segments say was told apart from chance, where they say anything."""
    said = []
    if any(card.nps for card in found.cards):
        said.append(
            "Scores of segments are drawn to each other as far as their answers are few, so that chance alone makes no "
            "segment the worst; they stand for who was silent, too, where invitations allow that."
        )
    if any(len(card.quadrants) for card in found.cards):
        said.append(
            "Loyalty is attitude, as stated, beside behaviour, as expected, of those who answered; the largest class "
            "of a segment is told, and a difference from the others only where it is sure."
        )
    if any(len(card.themes) for card in found.cards):
        said.append(
            "That more customers of a segment than of others write about a theme is told only beyond chance: one such "
            "call in twenty may be wrong. Comments are masked, and stand for their theme alone."
        )
    return said


def _leaving(found: Personas) -> str:
    card = likeliest_to_leave(found)
    if card is None or card.leaving is None:
        return ""
    others = [(one.leaving.value, one.customers or 0) for one in found.cards if one.leaving and one is not card]
    if not others:
        return ""
    rest = sum(chance * n for chance, n in others) / max(sum(n for _, n in others), 1)
    if card.leaving.low <= rest or card.leaving.value - rest < EVEN:
        return "No segment is surely likelier to leave within twelve months than the others."
    return (
        f"Likeliest to leave within twelve months are “{card.name}”: <b>{numbers.share(card.leaving.value)}</b> "
        f"({numbers.interval(card.leaving)}), of the others {numbers.share(rest)}."
    )
