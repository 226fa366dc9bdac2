"""What the numbers of a forecast leave out, and what they stand for where something is not on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.look import numbers

if TYPE_CHECKING:
    from cxmodels.clv.counts.base import Base
    from cxmodels.clv.fits.fit import PurchaseFit
    from cxmodels.clv.fits.retention import RetentionFit
    from cxmodels.clv.fits.spend import SpendFit


def left_out(
    base: Base, purchases: PurchaseFit | None, spend: SpendFit | None, retention: RetentionFit | None
) -> tuple[str, ...]:
    """What the numbers of a forecast leave out or stand for, a sentence each; the models as `forecast` takes them."""
    cells, said = base.cells, []
    orders = cells.loc[cells["frequency"].notna(), "n"].sum()

    def customers(n: int) -> str:
        return f"{f'fewer than {base.min_cell}' if n < base.min_cell else numbers.count(n)} customers"

    if purchases is None and orders:
        said.append(f"Orders of {customers(orders)} are left out: no purchase model could be fitted.")
    elif purchases is not None and spend is None and orders:
        said.append("Orders are counted, and their money is left out: no spend model could be fitted.")
    elif purchases is not None and base.margin_rate is None and orders:
        said.append("Orders count with their revenue: no margin is on record.")
    if base.returned_share and purchases is not None and spend is not None:
        share = numbers.share(base.returned_share)
        said.append(f"What is sent back, {share} of the money ordered so far, is taken off everybody’s value alike.")
    if without := cells.loc[cells["frequency"].isna(), "n"].sum() if purchases is not None else 0:
        said.append(f"Of {customers(without)} with a contract no orders are expected: they have never ordered.")
    runs = cells["contract_months"].notna()
    if retention is None and (contracts := cells.loc[runs, "n"].sum()):
        said.append(f"Contracts of {customers(contracts)} are left out: no retention model could be fitted.")
    elif unpriced := cells.loc[runs & cells["margin"].isna(), "n"].sum():
        said.append(f"Contracts of {customers(unpriced)} have no monthly fee on record and count as 0.")
    if retention is not None and base.fees_alone:
        said.append(f"Contracts of {customers(base.fees_alone)} count with their whole fee: no margin is on record.")
    return tuple(said)
