"""Answers of respondents to the items of a model, equal ones once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd


@dataclass(frozen=True, eq=False)
class Answers:
    """Respondents by what they answered.

    Attributes
    ----------
    frame
        One row a distinct set of answers: the items (float; NaN where not answered), the `by` columns (text), ``n``
        respondents (whole) and ``weight``, the sum of their weights (equal to ``n`` without weights).
    items
        In the order of the columns.
    scales
        Item → lowest and highest score; empty where not known.
    by
        Attributes that part the respondents.
    as_of
        The day they are known on; None outside a study.
    unusable
        Why respondents were left out → how many.
    min_cell
        Groups of fewer are not shown.
    survey
        The survey they come from; empty outside a study.
    weights
        The attributes of customers that they are weighted by, as `survey_answers` was asked; empty for none.
    """

    frame: pd.DataFrame
    items: tuple[str, ...]
    scales: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    by: tuple[str, ...] = ()
    as_of: date | None = None
    unusable: Mapping[str, int] = field(default_factory=dict)
    min_cell: int = 1
    survey: str = ""
    weights: str | tuple[str, ...] = ()

    @property
    def respondents(self) -> int:
        """How many."""
        return int(self.frame["n"].sum())
