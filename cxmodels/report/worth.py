"""Things to do, each with the money it is worth, how surely, and on what that rests."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.look import escape, numbers
from cxmodels.report.page import Shown
from cxmodels.report.tables import Markup, link, table


@dataclass(frozen=True)
class Action:
    """Something a manager may decide, beside doing nothing.

    Attributes
    ----------
    what
        What to do and with whom, in a few words: ``"Call back detractors of the month"``.
    customers
        With how many.
    worth
        What it brings beyond doing nothing, less what it costs, in money, with its interval.
    pays
        Probability that it brings more than it costs; NaN where nobody knows.
    rests_on
        On what that rests, in a sentence: an experiment, an association, an assumed acceptance.
    """

    what: str
    customers: int
    worth: Estimate
    pays: float
    rests_on: str

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for the summary; a number that cannot be known is None."""
        said = asdict(self)
        said["worth"] = {key: _known(value) for key, value in said["worth"].items()}
        return said | {"pays": _known(self.pays)}

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Action:
        """The inverse of `to_dict`."""
        worth: dict[str, Any] = {key: math.nan if value is None else value for key, value in said["worth"].items()}
        pays = math.nan if said["pays"] is None else said["pays"]
        return cls(said["what"], said["customers"], Estimate(**worth), pays, said["rests_on"])


def actions(found: Iterable[Action]) -> Shown:
    """Actions as a table, those worth most first; the summary of the month takes up the best."""
    kept = by_worth(found)
    shown = as_table((action, "") for action in kept)
    return Shown(shown.html, shown.text, "actions", [action.to_dict() for action in kept])


def by_worth(found: Iterable[Action]) -> list[Action]:
    """Those worth most first."""
    return sorted(found, key=lambda action: (-action.worth.value, action.what))


def as_table(found: Iterable[tuple[Action, str]]) -> Shown:
    """Actions in the order given, each with what it rests on and, where one is named, a link to its page."""
    rows = [
        {
            "action": _named(action, page),
            "customers": action.customers,
            "worth": action.worth,
            "P(pays)": "–" if math.isnan(action.pays) else _probability(action.pays),
        }
        for action, page in found
    ]
    return table(pd.DataFrame(rows))


def _named(action: Action, page: str) -> Markup:
    evidence = f" {link('evidence', page)}" if page else ""
    return Markup(f'{escape(action.what)}<br><span class="range">{escape(action.rests_on)}{evidence}</span>')


def _probability(value: float) -> str:
    """``.93``, never certain."""
    return "> .99" if value > 0.99 else "< .01" if value < 0.01 else numbers.decimal(value, 2).removeprefix("0")


def _known(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
