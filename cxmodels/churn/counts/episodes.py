"""Time at risk of leaving, as counts of identical episodes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd

Unit = Literal["days", "months"]
MONTH: dict[Unit, float] = {"days": 30.4375, "months": 1.0}
"""Length of a month in each unit of tenure."""
ENDED = "the contract ended and none followed within a day"


@dataclass(frozen=True, eq=False)
class Episodes:
    """Time at risk of leaving, as counts.

    Attributes
    ----------
    frame
        One row per distinct ``entry, exit, event, cause, <covariates>``, with ``n``, the number of such episodes.
        ``entry`` and ``exit`` are tenure in `unit`: at risk after ``entry`` up to and including ``exit``. ``cause``
        is how a departure came about: ``"voluntary"``, ``"involuntary"``, or ``"unknown"`` where no reason is on
        record. It is ``"active"`` for who is still a customer and ``"switched"`` for who moved on to another episode,
        of the next contract or after a covariate changed. Further columns (strata, weights, clusters) may be there.
    covariates
        Their names, in the order asked for. One that is not in `levels` is a number.
    levels
        The levels of each covariate that is a category, most frequent first.
    pooled
        The levels of each that were too rare to stand alone and are counted as ``"other"``.
    as_of, window_months
        The day of the snapshot, and how many months before it were watched (0: since the first contract).
    before_window
        Contracts that ended before the window and are out.
    min_cell
        The fewest customers a level must hold to stand alone or be shown.
    unit
        What tenure is counted in: ``"days"`` or ``"months"``.
    rule
        What counts as leaving, to complete "a customer has left when …".
    inactivity_days
        Days without an order after which a customer has left; None where contracts tell.
    time_varying
        The covariates that change while a customer stays.
    held_months
        How many months apart the days are at which these are taken as known, to be held until the next; None where
        each change counts from the day it is known.
    """

    frame: pd.DataFrame
    covariates: tuple[str, ...]
    levels: dict[str, tuple[str, ...]]
    pooled: dict[str, tuple[str, ...]]
    as_of: date
    window_months: int
    before_window: int
    min_cell: int
    unit: Unit = "days"
    rule: str = ENDED
    inactivity_days: int | None = None
    time_varying: tuple[str, ...] = ()
    held_months: int | None = None

    @property
    def numeric(self) -> tuple[str, ...]:
        """The covariates that are numbers."""
        return tuple(name for name in self.covariates if name not in self.levels)

    @property
    def month(self) -> float:
        """Length of a month in `unit`."""
        return MONTH[self.unit]

    @property
    def n(self) -> int:
        """Episodes watched."""
        return int(self.frame["n"].sum())

    @property
    def events(self) -> int:
        """Departures among them."""
        return int(self.frame.loc[self.frame["event"] == 1, "n"].sum())

    @property
    def active(self) -> int:
        """Customers on the as-of day."""
        return int(self.frame.loc[self.frame["cause"] == "active", "n"].sum())

    @property
    def late_entries(self) -> int:
        """Episodes whose first days were not watched (left truncation)."""
        return int(self.frame.loc[self.frame["entry"] > 0, "n"].sum())

    def cells(self) -> pd.DataFrame:
        """Today's customers as counts: ``tenure`` (in `unit`), the covariates, ``n``."""
        today = self.frame[self.frame["cause"] == "active"].rename(columns={"exit": "tenure"})
        by = ["tenure", *self.covariates]
        return today.groupby(by, as_index=False, sort=True)["n"].sum()
