"""A score of a month beside its history: what a card and a row of the page tell."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cxmodels.estimate import Change, Estimate
from cxmodels.feedback.counts.parts import MONTH


@dataclass(frozen=True, eq=False)
class Score:
    """A metric from answers of one kind.

    Attributes
    ----------
    metric, kind
        ``"nps"``, ``"relational"`` …
    place
        The touchpoint it is about; ``""`` for all.
    month
        This month's; None where fewer customers answered than may be told of.
    year
        That of twelve months. Both are weighted where `weighted`, and their intervals then hold the doubt of the
        weights.
    raw
        That of twelve months without weights.
    history
        Up to twelve months, this one last: ``month``, ``value``, ``low``, ``high``; months of too few have no row.
    weighted
        Whether weights are used.
    weighable
        Share of the year's answers that have a weight.
    """

    metric: str
    kind: str
    place: str
    month: Estimate | None
    year: Estimate
    raw: Estimate
    history: pd.DataFrame
    weighted: bool
    weighable: float

    @property
    def now(self) -> Estimate:
        """This month's score, or where too few answered that of twelve months."""
        return self.year if self.month is None else self.month

    @property
    def before(self) -> tuple[str, Estimate] | None:
        """The last month before this one with a score; None where this month has none, or there is no other."""
        if self.month is None or len(self.history) < 2:
            return None
        row = self.history.iloc[-2]
        value, low, high = (float(row[name]) for name in ("value", "low", "high"))
        return str(row[MONTH]), Estimate(value, low, high, self.month.unit, self.month.n)

    @property
    def change(self) -> Change | None:
        """What moved since then."""
        return None if self.month is None or self.before is None else self.month.change_from(self.before[1])
