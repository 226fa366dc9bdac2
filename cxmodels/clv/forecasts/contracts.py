"""What running contracts will still bring: expected under each draw of the parameters, and one possible future."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.clv.models.sbg import ShiftedBetaGeometric

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ContractsAhead:
    """Margin of running contracts within the horizon.

    The next payment is due a month ahead: whoever renews k times pays k times, the last one k months from now.

    Attributes
    ----------
    model
        The retention model.
    theta
        (draws, 2) of it.
    months
        The horizon, whole months.
    factor
        Of discounting, a month: 1 / (1 + d)^(1/12).
    """

    model: ShiftedBetaGeometric
    theta: Array
    months: int
    factor: float

    def expected(self, cells: pd.DataFrame) -> Array:
        """(rows, draws) discounted margin of cells with ``contract_months`` and ``margin`` a month."""
        reached, place = np.unique(cells["contract_months"].to_numpy(float), return_inverse=True)
        paid = self.model.discounted_lifetime(self.theta, reached, 1 / self.factor - 1, self.months)
        return self.factor * paid.T[place] * cells[["margin"]].to_numpy(float)

    def drawn(self, cells: pd.DataFrame, random: np.random.Generator) -> Array:
        """(rows, draws) the same in one future."""
        rows, draws = len(cells), len(self.theta)
        reached = np.repeat(cells["contract_months"].to_numpy(float), draws)
        paid = self.model.futures(np.tile(self.theta, (rows, 1)), reached, self.months, random)
        # worth of k payments, for each k
        worth = np.concatenate([[0.0], np.cumsum(self.factor ** np.arange(1, self.months + 1))])
        return worth[paid.astype(np.intp)].reshape(rows, draws) * cells[["margin"]].to_numpy(float)
