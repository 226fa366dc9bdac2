"""Last month's forecast beside what came this month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.clv.counts.from_frame import counted
from cxmodels.clv.counts.held_out import held_out
from cxmodels.clv.errors import ClvError
from cxmodels.clv.fits.purchases import fit_purchases
from cxmodels.clv.grading.grade import DRAWS, SEED, SIZE, Grade, grade
from cxmodels.study.months import months_before

if TYPE_CHECKING:
    from cxmodels.clv.fits.fit import PurchaseFit
    from cxmodels.study.snapshot import Snapshot


def last_month(
    snapshot: Snapshot,
    model: str = "bg_nbd",
    *,
    near: PurchaseFit | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Grade | None:
    """Grade the forecast of a month ago, made from what was known then, on what customers bought since.

    Parameters
    ----------
    snapshot
        The study as known on a day, with orders.
    model
        Name of the purchase model, as `purchase_model` knows it.
    near
        Today's fit, whose posterior is moved to a month ago; see `fit_purchases`.
    draws, seed
        As for `grade`.

    Returns
    -------
    Grade or None
        None where there are no orders, no model can be fitted to what was known a month ago, or fewer had bought
        twice by then than a group must have to be told of.
    """
    if "orders" not in snapshot.tables:
        return None
    made_on = months_before(snapshot.as_of, 1)
    known = ["frequency", "recency", "T"]
    try:
        frame = held_out(snapshot, made_on).frame
        counts = counted(frame.groupby(known, as_index=False)["n"].sum(), n="n")
        fit = fit_purchases(counts, model, size=SIZE, near=near)
    except ClvError:
        return None
    if counts.repeaters < snapshot.settings.privacy.min_cell:
        return None
    cells = frame.groupby([*known, "purchases"], as_index=False)["n"].sum()
    return grade(fit, cells, made_on, snapshot.as_of, draws=draws, seed=seed)
