"""Customers side by side for the question who holds how much: past revenue, expectation and futures of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.clv.counts.days import MONEY, purchase_days
from cxmodels.clv.forecasts.panel import drawn
from cxmodels.clv.models.model import Array
from cxmodels.clv.value.concentration import Panel
from cxmodels.clv.value.expected import fewer

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.clv.counts.base import Base
    from cxmodels.clv.forecasts.forecast import ClvForecast
    from cxmodels.study.snapshot import Snapshot

SIZE = 50_000
_NUMBERS, _FEWEST_DRAWS = 4_000_000, 100
_MONTH = 30.4375


def value_panel(snapshot: Snapshot, forecast: ClvForecast, *, size: int = SIZE) -> Panel:
    """All customers of a forecast, or `size` of them taken evenly along their expected value.

    Parameters
    ----------
    snapshot
        The one the forecast was made from.
    forecast
        From `forecast`.
    size
        The most customers; of many, fewer draws are taken, at least 100.

    Returns
    -------
    Panel
        Past revenue is what was paid for orders (days of purchase, before returns) and in monthly fees since the
        start of each contract, over all recorded history.
    """
    rows = min(forecast.customers, size)
    ahead = fewer(forecast.ahead, max(_NUMBERS // max(rows, 1), _FEWEST_DRAWS))
    sample = drawn(ahead, forecast.cells, "clv", size, forecast.seed)
    past = paid_so_far(snapshot, forecast.base)
    return Panel(
        past=spread_over(past, sample.places),
        expected=sample.expected,
        realised=sample.realised,
        customers=forecast.customers,
        currency=forecast.currency,
        min_cell=forecast.min_cell,
    )


def paid_so_far(snapshot: Snapshot, base: Base) -> pd.DataFrame:
    """Past revenue of the customers of each cell: ``cell`` (row of `Base.cells`), ``paid`` (to a hundredth), ``n``."""
    import ibis

    table = base.table
    parts = _payments(snapshot)
    for place, part in enumerate(parts):
        named = part.select(**{f"customer:{place}": part.customer, f"paid:{place}": part.paid})
        table = table.left_join(named, table.number == named[f"customer:{place}"])
    paid = sum((table[f"paid:{place}"].fill_null(0) for place in range(len(parts))), ibis.literal(0.0))
    # so many distinct amounts as there are hundredths: no more rows than customers, and fewer where many paid alike
    table = table.select(*base.keys, cents=(paid * 100 / MONEY).round().cast("int64"))
    counted = table.group_by([*base.keys, "cents"]).agg(n=table.count()).to_pandas()
    cells = base.codes.reset_index(drop=True).rename_axis("cell").reset_index()
    found = counted.merge(cells, on=list(base.keys), validate="many_to_one")
    found = found.assign(paid=found["cents"] / 100)[["cell", "paid", "n"]]
    return found.sort_values(["cell", "paid"], ignore_index=True)


def spread_over(past: pd.DataFrame, places: NDArray[np.intp]) -> Array:
    """(rows,) what each of the drawn customers of a cell has paid: its customers' amounts, evenly chosen.

    Customers of a cell are alike in what is expected of them, so any of them may have paid any of the amounts.

    Parameters
    ----------
    past
        From `paid_so_far`, in its order.
    places
        (rows,) the cell of each drawn customer.
    """
    reach = past["n"].to_numpy().cumsum()
    of_cell = past.groupby("cell")["n"].sum().reindex(range(int(places.max()) + 1), fill_value=0)
    customers = of_cell.to_numpy()
    before = customers.cumsum() - customers
    drawn_of = np.bincount(places, minlength=len(customers))
    order = np.argsort(places, kind="stable")
    turn = np.empty(len(places))
    turn[order] = np.arange(len(places)) - (drawn_of.cumsum() - drawn_of)[places[order]]
    at = before[places] + (turn + 0.5) * customers[places] / drawn_of[places]
    return past["paid"].to_numpy(float)[np.searchsorted(reach, at, side="right")]


def _payments(snapshot: Snapshot) -> list[ir.Table]:
    """``customer`` and ``paid`` so far, in ten-thousandths of the currency, of orders and of contracts."""
    parts = []
    if "orders" in snapshot.tables:
        days = purchase_days(snapshot).table
        parts.append(days.group_by("customer").agg(paid=days.paid.sum().cast("float64")))
    if "contracts" in snapshot.tables:
        import ibis

        table = snapshot.numbered("contracts")
        if "monthly_fee" in table.columns:
            today = ibis.literal(snapshot.as_of)
            until = table.ended_on.cast("date").fill_null(today) if "ended_on" in table.columns else today
            # an end that is announced has not come yet
            days = ibis.least(until, today).delta(table.started_on.cast("date"), unit="day")
            fees = (days / _MONTH).cast("float64") * table.monthly_fee.cast("float64") * MONEY
            parts.append(table.group_by("customer").agg(paid=fees.sum()))
    return parts
