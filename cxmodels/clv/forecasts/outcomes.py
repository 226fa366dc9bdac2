"""Customers' value ahead under draws of the parameters: expected, and in one possible future for each draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.clv.forecasts.contracts import ContractsAhead
from cxmodels.clv.forecasts.orders import Array, OrdersAhead

QUANTITIES = ("purchases", "spent", "clv_orders", "clv_contracts", "clv")
"""What is added up over customers."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Of some cells, all (rows, draws); a quantity that is 0 for all of them, or cannot be told, is absent.

    Attributes
    ----------
    expected
        ``alive`` (the chance still to buy), ``spend`` a purchase and `QUANTITIES`, given the parameters of each draw.
    drawn
        ``spend`` and `QUANTITIES` in one future under each draw.
    """

    expected: dict[str, Array] = field(default_factory=dict)
    drawn: dict[str, Array] = field(default_factory=dict)

    def put(self, rows: NDArray[np.bool_], expected: dict[str, Array], drawn: dict[str, Array]) -> None:
        """Write what was found for some of the rows; the others have 0 where nobody writes theirs."""
        for mine, new in ((self.expected, expected), (self.drawn, drawn)):
            for name, values in new.items():
                if rows.all():
                    mine[name] = values
                else:
                    mine.setdefault(name, np.zeros((len(rows), values.shape[1])))[rows] = values


@dataclass(frozen=True, eq=False)
class Levels[Part]:
    """A model for all customers, or one for each level of an attribute of theirs.

    Attributes
    ----------
    whole
        For everybody, and for levels that have none of their own.
    column
        The attribute; empty where there is none.
    own
        Level → its model.
    """

    whole: Part
    column: str = ""
    own: Mapping[str, Part] = field(default_factory=dict)

    def split(self, cells: pd.DataFrame, rows: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.bool_], Part]]:
        """Yield which of the rows have which model."""
        for level, part in self.own.items():
            held = rows & (cells[self.column] == level).to_numpy()
            rows = rows & ~held
            if held.any():
                yield held, part
        if rows.any():
            yield rows, self.whole


@dataclass(frozen=True, eq=False)
class Ahead:
    """What lies ahead of customers: their orders, their contracts.

    Attributes
    ----------
    orders, contracts
        Draws of the models; None where there is no such part.
    margin_rate
        What a unit of money ordered is worth (`Base.value_rate`).
    draws
        How many.
    """

    orders: Levels[OrdersAhead] | None
    contracts: Levels[ContractsAhead] | None
    margin_rate: float
    draws: int

    def outcomes(self, cells: pd.DataFrame, random: np.random.Generator) -> Outcomes:
        """Expected and drawn outcomes of a customer of each cell.

        Parameters
        ----------
        cells
            As of `Base.cells`; without a frequency there are no orders, without a margin no contract.
        random
            Where chance comes from.
        """
        found = Outcomes()
        if self.orders is not None:
            for rows, orders in self.orders.split(cells, cells["frequency"].notna().to_numpy()):
                found.put(rows, orders.expected(cells[rows]), orders.drawn(cells[rows], random))
        if self.contracts is not None:
            runs = cells[["contract_months", "margin"]].notna().all(axis=1).to_numpy()
            for rows, contracts in self.contracts.split(cells, runs):
                expected, drawn = contracts.expected(cells[rows]), contracts.drawn(cells[rows], random)
                found.put(rows, {"clv_contracts": expected}, {"clv_contracts": drawn})
        for each in (found.expected, found.drawn):
            if "discounted" in each:
                each["clv_orders"] = self.margin_rate * each.pop("discounted")
            parts = [each[name] for name in ("clv_orders", "clv_contracts") if name in each]
            if parts:
                each["clv"] = parts[0] if len(parts) == 1 else parts[0] + parts[1]
        return found
