"""Time at risk of leaving, as counts of identical episodes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd


@dataclass(frozen=True, eq=False)
class Episodes:
    """Time at risk of leaving, as counts.

    Attributes
    ----------
    frame
        One row per distinct ``entry, exit, event, cause, <covariates>``, with ``n``, the number of such episodes.
        ``entry`` and ``exit`` are days of tenure: at risk after ``entry`` up to and including ``exit``. ``cause`` is
        the reason given for a departure (``"unknown"`` where none is), ``"active"`` for who is still a customer and
        ``"switched"`` for who moved on to the next contract.
    covariates
        Their names, in the order asked for.
    levels
        The levels of each covariate, most frequent first.
    pooled
        The levels of each that were too rare to stand alone and are counted as ``"other"``.
    as_of, window_months
        The day of the snapshot, and how many months before it were watched (0: since the first contract).
    before_window
        Contracts that ended before the window and are out.
    min_cell
        The fewest customers a level must hold to stand alone or be shown.
    """

    frame: pd.DataFrame
    covariates: tuple[str, ...]
    levels: dict[str, tuple[str, ...]]
    pooled: dict[str, tuple[str, ...]]
    as_of: date
    window_months: int
    before_window: int
    min_cell: int

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
        """Today's customers as counts: ``tenure`` (days), the covariates, ``n``."""
        today = self.frame[self.frame["cause"] == "active"].rename(columns={"exit": "tenure"})
        by = ["tenure", *self.covariates]
        return today.groupby(by, as_index=False, sort=True)["n"].sum()
