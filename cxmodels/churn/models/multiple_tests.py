"""Several tests at once: how often any of them would raise a false alarm."""

from __future__ import annotations

import numpy as np
import pandas as pd


def holm(p: pd.Series) -> pd.Series:
    """Probabilities adjusted so that the chance of any false alarm stays at the level they are held against.

    Parameters
    ----------
    p
        One a test; a missing one is not counted and stays missing.

    Notes
    -----
    Holm (1979), Scand. J. Statist. 6: step-down, whatever the dependence between the tests.
    """
    order = p.dropna().sort_values(kind="stable")
    adjusted = (order * np.arange(len(order), 0, -1)).clip(upper=1).cummax()
    return adjusted.reindex(p.index)
