"""Means and covariances of the satisfaction survey of a Spanish credit institution that the R package plspm ships."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from cxmodels.loyalty.answers.given import given_moments
from cxmodels.loyalty.answers.moments import Moments

RESPONDENTS = 250


def bank() -> Moments:
    """Return the moments of 27 items, divided by n."""
    table = pd.read_csv(Path(__file__).with_name("bank_moments.csv"), index_col="item")
    return given_moments(table.drop(columns="mean"), RESPONDENTS, mean=table["mean"])
