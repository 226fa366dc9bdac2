"""What every churn model answers, so that forecasts, grades and challenges need not know which one they hold."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.churn.counts.episodes import Episodes

Array = NDArray[np.float64]


class Hazard(Protocol):
    """A cumulative hazard for cells: one set of parameters, or many drawn at once."""

    def cumulative_hazard(self, cells: pd.DataFrame, times: Array) -> Array:
        """Cumulative hazard of each cell up to its own time.

        Parameters
        ----------
        cells
            One row a cell, with the model's covariates.
        times
            (rows,) tenure, in the unit of the episodes.

        Returns
        -------
        (rows,) of a model, (rows, draws) of draws. Beyond `Model.reach` the model's stated policy holds.

        Raises
        ------
        UnseenLevel
            When a cell holds a level the model does not know.
        """
        ...


class Model(Hazard, Protocol):
    """A fitted model of the hazard of leaving.

    Attributes
    ----------
    name
        What pages call it, for example ``"Cox"``.
    episodes
        The counts it was fitted to.
    covariates
        Those in the model.
    levels
        The levels it knows of each categorical covariate, reference first.
    reach
        The longest tenure it has seen enough of, in the unit of the episodes.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def episodes(self) -> Episodes: ...  # noqa: D102

    @property
    def covariates(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def levels(self) -> dict[str, tuple[str, ...]]: ...  # noqa: D102

    @property
    def reach(self) -> float: ...  # noqa: D102

    def log_risk(self, cells: pd.DataFrame) -> Array:
        """(rows,) a score that ranks cells: higher leaves sooner."""
        ...

    def sample(self, size: int, seed: int) -> Hazard:
        """`size` draws of the parameters, the same for the same seed: what the data leave open."""
        ...
