"""What today's customers will buy and be worth within a horizon, each of them and together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.clv.counts.groups import COHORT, named
from cxmodels.clv.counts.purchases import DAYS
from cxmodels.clv.errors import InvalidValue, NoPurchases, UnknownColumn, require_whole
from cxmodels.clv.forecasts.contracts import ContractsAhead
from cxmodels.clv.forecasts.left_out import left_out
from cxmodels.clv.forecasts.orders import Array, drawn_parameters, orders_ahead
from cxmodels.clv.forecasts.outcomes import QUANTITIES, Ahead, Levels
from cxmodels.clv.forecasts.panel import Drawn, drawn
from cxmodels.clv.forecasts.streamed import stream
from cxmodels.estimate import Estimate

if TYPE_CHECKING:
    from cxmodels.clv.counts.base import Base
    from cxmodels.clv.fits.fit import PurchaseFit
    from cxmodels.clv.fits.retention import RetentionFit
    from cxmodels.clv.fits.spend import SpendFit
    from cxmodels.clv.posteriors.posterior import Posterior

DRAWS, SEED = 400, 20260930
FEWEST_DRAWS = 20
"""With fewer a 90 % interval has no limits."""


@dataclass(frozen=True, eq=False)
class ClvForecast:
    """Customer lifetime value within a horizon.

    Attributes
    ----------
    cells
        The cells of the base, one row each, and what to expect of a customer of the cell:

        ==================  ==============================================================================
        ``p_alive``         chance that the customer still buys; NaN for who never ordered
        ``purchases``       within the horizon
        ``spend``           a purchase, in the long run; NaN for who never ordered
        ``spent``           on orders within the horizon, not discounted
        ``clv_orders``      margin of these orders, discounted
        ``clv_contracts``   margin of the running contract, discounted
        ``clv``             both
        ==================  ==============================================================================

        The value is the mean of the expectations under the draws of the parameters (closed forms, no simulation).
        ``…_low`` and ``…_high`` are the limits of the 90 % predictive interval, ``…_low_50`` and ``…_high_50`` of the
        50 % one: they hold what one customer will do, from one future under each draw, with all three doubts in it:
        whether and how often they buy, when they stop, how much they pay. Limits of purchases are whole numbers. An
        expectation can lie above its interval, where few customers buy a lot.
    totals
        One row a draw of the parameters: the sum over all customers of ``purchases, spent, clv_orders, clv_contracts,
        clv`` as they may come, and ``expected_…`` of each as the parameters alone leave it open, with
        ``expected_alive``, how many still buy.
    groups
        The same for each level of each attribute of `by`: ``group, level, n, draw``, then as `totals`.
    horizon_months, discount_rate
        How far ahead, in months of 30.4375 days; a year's discount.
    margin_rate
        Margin of an order's amount; None: orders count with their revenue. What is sent back is taken off first
        (`Base.value_rate`).
    currency
        The study's.
    by
        The attributes of `groups`.
    min_cell
        The fewest customers a group must have to be shown. No group is left out here.
    told
        What is not in these numbers, a sentence each.
    base
        What it was made for.
    """

    cells: pd.DataFrame
    totals: pd.DataFrame
    groups: pd.DataFrame
    horizon_months: float
    discount_rate: float
    margin_rate: float | None
    currency: str
    by: tuple[str, ...]
    min_cell: int
    told: tuple[str, ...]
    base: Base = field(repr=False)
    ahead: Ahead = field(repr=False)
    seed: int = SEED

    @property
    def customers(self) -> int:
        """Whom it was made for."""
        return int(self.cells["n"].sum())

    @property
    def in_money(self) -> bool:
        """Whether anything that is to come can be told in money; where not, values are 0 for want of knowledge."""
        orders, contracts = self.ahead.orders, self.ahead.contracts
        priced = orders is not None and orders.whole.spend is not None and self.cells["frequency"].notna().any()
        paid = self.cells[["contract_months", "margin"]].notna().all(axis=1).any()
        return bool(priced or (contracts is not None and paid))

    def total(self, quantity: str = "clv", *, level: float = 0.95, predictive: bool = True) -> Estimate:
        """The sum over all customers: its expectation, and limits of what will come (or of the expectation alone).

        Parameters
        ----------
        quantity
            ``purchases, spent, clv_orders, clv_contracts, clv``, or ``alive`` (of which only the expectation is told).
        level
            Probability the interval is meant to hold.
        predictive
            False: the doubt of the parameters alone.
        """
        return self._estimate(self.totals, quantity, self.customers, level, predictive)

    def by_group(self, quantity: str = "clv", *, level: float = 0.95, predictive: bool = True) -> pd.DataFrame:
        """The same by group: ``group, level, n, value, low, high``; none is left out for being small."""
        rows = []
        for (group, name), part in self.groups.groupby(["group", "level"], sort=False):
            n = int(part["n"].iloc[0])
            found = self._estimate(part, quantity, n, level, predictive)
            rows.append((group, name, n, found.value, found.low, found.high))
        return pd.DataFrame(rows, columns=["group", "level", "n", "value", "low", "high"])

    def drawn(self, size: int = 50_000, *, quantity: str = "clv") -> Drawn:
        """Futures and expectations of a fixed sample of customers, customer by customer; see `Drawn`."""
        self._known(quantity)
        return drawn(self.ahead, self.cells, quantity, size, self.seed)

    def _known(self, quantity: str) -> None:
        if quantity not in QUANTITIES:
            raise InvalidValue(f"forecast: quantity must be one of {', '.join(QUANTITIES)}, found {quantity!r}")

    def _estimate(self, draws: pd.DataFrame, quantity: str, n: int, level: float, predictive: bool) -> Estimate:
        if quantity != "alive":
            self._known(quantity)
        expected = draws[f"expected_{quantity}"].to_numpy()
        seen = draws[quantity].to_numpy() if predictive and quantity != "alive" else expected
        low, high = np.quantile(seen, [(1 - level) / 2, (1 + level) / 2])
        value = float(expected.mean())
        unit = {"purchases": "purchases", "alive": "customers"}.get(quantity, self.currency)
        return Estimate(value, min(float(low), value), max(float(high), value), unit, n, level)


def forecast(
    base: Base,
    purchases: PurchaseFit | None,
    spend: SpendFit | None,
    retention: RetentionFit | None,
    *,
    horizon_months: float,
    discount_rate: float,
    draws: int = DRAWS,
    by: str | Sequence[str] = (),
    seed: int = SEED,
    threads: int | None = None,
) -> ClvForecast:
    """What each customer of a base will buy and be worth, with predictive intervals, and all of them together.

    Parameters
    ----------
    base
        Today's customers, from `customer_base`.
    purchases
        A fitted purchase model; None leaves orders out.
    spend
        A fitted spend model; None leaves the money in orders out.
    retention
        A fitted retention model; None leaves contracts out. Levels of an attribute that base and model were both
        counted by are told by their own draws where they have them, all others by those of all contracts together.
    horizon_months
        How far ahead, above 0. Contracts pay by whole months.
    discount_rate
        A year's, 0 or more: money m months ahead is worth (1 + d)^(-m/12) today.
    draws
        Draws of the parameters, at least 20; one future of each customer under each.
    by
        Attributes of the base whose levels are added up; default: all it has.
    seed
        The same seed gives the same numbers, whatever the number of threads.
    threads
        Blocks of cells worked on at a time; default: one a processor.

    Raises
    ------
    InvalidValue
        When an option lies outside of what it may be, or no model is given.
    UnknownColumn
        When the base was not counted by an attribute.
    NoPurchases
        When the base has no customers.

    Notes
    -----
    Orders and contracts of a customer are taken as independent of each other given their past, and so are how often
    somebody buys and how much they pay (`SpendFit.dependence` looks into it). Expected value is the sum of discounted
    margins (Gupta et al. 2006, Modeling customer lifetime value, J. Service Research 9(2), eq. 1), without the cost of
    having acquired the customer. The draws of the models' posteriors are paired one to one.
    """
    for name, value, allowed, right in (
        ("horizon_months", horizon_months, "above 0", 0 < horizon_months < math.inf),
        ("discount_rate", discount_rate, "0 or more", 0 <= discount_rate < math.inf),
    ):
        if not right:
            raise InvalidValue(f"forecast: {name} must be {allowed}, found {value!r}")
    require_whole("forecast", draws=(draws, FEWEST_DRAWS), seed=(seed, 0))
    if purchases is None and retention is None:
        raise InvalidValue("forecast: a purchase model or a retention model is required, found neither")
    by = named(by)
    if missing := [name for name in by if name not in base.by]:
        raise UnknownColumn(
            f"forecast: the base was not counted by {missing[0]!r}; it was by: {', '.join(base.by) or 'nothing'}"
        )
    cells = base.cells
    if not len(cells):
        raise NoPurchases("forecast: nobody has ordered and no contract runs: there is nobody to forecast for")
    ahead = _ahead(base, purchases, spend, retention, horizon_months, discount_rate, draws)
    by = by or base.by
    levels = [(name, level) for name in by for level in sorted(cells[name].unique())]
    masks = [np.ones(len(cells), bool), *((cells[name] == level).to_numpy() for name, level in levels)]
    columns, sums = stream(ahead, cells, masks, seed, threads)
    n = cells["n"].to_numpy()
    groups = [
        pd.DataFrame({"group": name, "level": level, "n": n @ mask, "draw": np.arange(draws), **_row(sums, place)})
        for place, ((name, level), mask) in enumerate(zip(levels, masks[1:], strict=True), start=1)
    ]
    names = ["group", "level", "n", "draw", *sums]
    return ClvForecast(
        cells=pd.concat([cells, columns], axis=1),
        totals=pd.DataFrame(_row(sums, 0)),
        groups=pd.concat(groups, ignore_index=True) if groups else pd.DataFrame(columns=names),
        horizon_months=horizon_months,
        discount_rate=discount_rate,
        margin_rate=base.margin_rate,
        currency=base.currency,
        by=by,
        min_cell=base.min_cell,
        told=left_out(base, purchases, spend, retention),
        base=base,
        ahead=ahead,
        seed=seed,
    )


def _row(sums: dict[str, Array], place: int) -> dict[str, Array]:
    return {name: values[place] for name, values in sums.items()}


def _ahead(
    base: Base,
    purchases: PurchaseFit | None,
    spend: SpendFit | None,
    retention: RetentionFit | None,
    horizon_months: float,
    discount_rate: float,
    draws: int,
) -> Ahead:
    orders = contracts = None
    factor = (1 + discount_rate) ** (-1 / 12)
    if purchases is not None:
        bought = base.cells[base.cells["frequency"].notna()]
        month = DAYS["months"]
        rate = -math.log(factor) / month
        orders = Levels(orders_ahead(purchases, spend, bought, days=horizon_months * month, draws=draws, rate=rate))
    if retention is not None:
        model = retention.model

        def of(posterior: Posterior) -> ContractsAhead:
            return ContractsAhead(model, drawn_parameters(posterior, draws), int(horizon_months), factor)

        # a cohort of the base is one of first purchases, not of contracts
        known = retention.by in base.by and retention.by != COHORT
        own = {level: of(posterior) for level, posterior in retention.posteriors.items()} if known else {}
        contracts = Levels(of(retention.posterior), retention.by if own else "", own)
    return Ahead(orders, contracts, base.value_rate, draws)
