"""The figures a month of segments leaves for results, the cards of its page, and what came before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.estimate import Estimate, share_limits
from cxmodels.segments.lifecycle.states import AT_RISK, LOST
from cxmodels.segments.page.findings import farthest, likeliest_to_leave

if TYPE_CHECKING:
    from cxmodels.segments.clusters.assign import Assignment
    from cxmodels.segments.lifecycle.lifecycle import Lifecycle
    from cxmodels.segments.page.since import SinceLastMonth
    from cxmodels.segments.personas.personas import Personas

MOST_CARDS = 4
LEVEL = 0.95
RISK = "segments.at_risk"


def estimates(found: Personas, now: Assignment, since: SinceLastMonth) -> dict[str, Estimate]:
    """What there is of segments, by name and number; what must not be told has no name.

    Parameters
    ----------
    found
        From `personas`.
    now
        Who is in which segment.
    since
        From `since_last_month`.
    """
    out = {
        "segments.number": Estimate.exact(now.model.k, "segments", now.customers),
        "segments.customers": Estimate.exact(now.customers, "customers", now.customers),
    }
    for card in found.cards:
        told = {"share": card.size, "value": card.value, "churn_12m": card.leaving, "nps": card.nps}
        if card.value_share is not None and card.customers is not None:
            told["value_share"] = Estimate.exact(card.value_share, "share", card.customers)
        out |= {f"segments.{name}.{card.segment}": one for name, one in told.items() if one is not None}
    if since.moves is not None and (stayed := since.moves.stayed).value == stayed.value:
        out["segments.moved"] = Estimate(
            1 - stayed.value, 1 - stayed.high, 1 - stayed.low, "share", stayed.n, stayed.level
        )
    if since.states is not None and len(risk := _at_risk(since.states)):
        row = risk.iloc[-1]
        out[RISK] = Estimate(row["value"], row["low"], row["high"], "share", int(row["n"]), LEVEL)
    return out


def history(since: SinceLastMonth) -> dict[str, pd.DataFrame]:
    """Months in order up to this one, for the figures that have earlier ones."""
    if since.states is None or not len(risk := _at_risk(since.states)):
        return {}
    return {RISK: risk.drop(columns="n")}


def key_figures(
    found: dict[str, Estimate], past: dict[str, pd.DataFrame], cards: Personas
) -> list[dict[str, str | Estimate | pd.DataFrame | None]]:
    """The first four there are, for the page's cards: ``title, estimate, history, better`` of each.

    Parameters
    ----------
    found, past
        From `estimates` and `history`.
    cards
        From `personas`: which segment is told.
    """
    titles: dict[str, tuple[str, str | None]] = {RISK: ("Customers at risk", "lower")}
    if (card := farthest(cards)) is not None:
        titles[f"segments.value_share.{card.segment}"] = (f"Of the value brought by segment {card.segment}", None)
    if (card := likeliest_to_leave(cards)) is not None:
        titles[f"segments.churn_12m.{card.segment}"] = (f"Leaving within a year, of segment {card.segment}", "lower")
    titles |= {
        "segments.moved": ("Changed segment this month", None),
        "segments.number": ("Segments", None),
        "segments.customers": ("Customers in segments", None),
    }
    shown = [key for key in titles if key in found][:MOST_CARDS]
    return [
        {"title": titles[key][0], "estimate": found[key], "history": past.get(key), "better": titles[key][1]}
        for key in shown
    ]


def _at_risk(states: Lifecycle) -> pd.DataFrame:
    """Of who is not lost, the share at risk, month by month, with Jeffreys' limits: ``month, value, low, high, n``."""
    wide = states.history.pivot(index="month", columns="state", values="customers")
    share = states.history.pivot(index="month", columns="state", values="share")
    # who is not lost follows from all and the lost, although single states may be hidden
    total = wide[LOST] / share[LOST]
    here, risk = (total - wide[LOST]).round(), wide[AT_RISK]
    # nobody at risk in any month: no rule tells it
    known = risk.notna() & (here > 0) & bool((risk > 0).any())
    here, risk = here[known], risk[known]
    low, high = share_limits(risk, here, LEVEL)
    frame = pd.DataFrame({"value": risk / here, "low": low, "high": high, "n": here})
    return frame.reset_index(names="month")
