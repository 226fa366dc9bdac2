"""Every model a study allows, fitted to what is known on a day; what cannot be fitted says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxmodels.clv.counts.purchases import PurchaseCounts, purchase_counts
from cxmodels.clv.counts.retention import retention_counts
from cxmodels.clv.counts.spend import spend_counts
from cxmodels.clv.errors import ClvError, NoModel, TooFewCustomers
from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.purchases import fit_purchases
from cxmodels.clv.fits.retention import RetentionFit, fit_retention
from cxmodels.clv.fits.spend import SpendFit, fit_spend
from cxmodels.clv.models.named import purchase_model
from cxmodels.clv.posteriors.importance import SEED
from cxmodels.errors import without_place

if TYPE_CHECKING:
    from cxmodels.study.snapshot import Snapshot


@dataclass(frozen=True, eq=False)
class KnownFits:
    """The models of a day.

    Attributes
    ----------
    counts
        Purchases; None without orders.
    purchases, spend, retention
        The models; None where the study has no such table, or none could be fitted.
    why_not
        ``"purchases"``, ``"spend"`` or ``"retention"`` → why it could not be fitted, where there was a table.
    """

    counts: PurchaseCounts | None
    purchases: PurchaseFit | None
    spend: SpendFit | None
    retention: RetentionFit | None
    why_not: Mapping[str, str]

    @property
    def all(self) -> tuple[PurchaseFit | None, SpendFit | None, RetentionFit | None]:
        """Purchases, spend and retention, as `forecast` takes them."""
        return self.purchases, self.spend, self.retention


def fit_known(
    snapshot: Snapshot,
    model: str = "bg_nbd",
    *,
    counts: PurchaseCounts | None = None,
    size: int = 1000,
    near: PurchaseFit | None = None,
    seed: int = SEED,
) -> KnownFits:
    """Fit what can be fitted to what a snapshot knows.

    Parameters
    ----------
    snapshot
        The study as known on a day.
    model
        The purchase model, by name.
    counts
        Its purchase counts, if they are at hand.
    size
        Draws of each posterior.
    near
        Today's fit of purchases, where an earlier day is fitted: its posterior is moved there, see `fit_purchases`.
    seed
        Of the draws.

    Raises
    ------
    NoModel
        When neither purchases nor contracts could be fitted; it says why.
    HugeAmount
        When an order's amount is beyond 1e11.
    InvalidValue
        When there is no purchase model of that name.

    Notes
    -----
    What is fitted here is meant to be told. So it rests on as many customers as a group must have to be told of:
    those who bought again, who paid again, who had a contract. The fits themselves take any number.
    """
    named = purchase_model(model)
    least = snapshot.settings.privacy.min_cell
    why_not: dict[str, str] = {}

    def tried[Fit](name: str, told_of: int, who: str, fit: Callable[[], Fit]) -> Fit | None:
        try:
            if 0 < told_of < least:
                raise TooFewCustomers(
                    f"fit_known: at least {least} {who} are required, as many as a group must have to be told of "
                    "(privacy.min_cell), found fewer"
                )
            return fit()
        except ClvError as problem:
            why_not[name] = str(problem)
            return None

    purchases = spend = retention = None
    if "orders" in snapshot.tables:
        counts = purchase_counts(snapshot) if counts is None else counts
        known, paid = counts, spend_counts(snapshot)
        purchases = tried(
            "purchases", known.repeaters, "customers who bought again",
            lambda: fit_purchases(known, named, size=size, near=near, seed=seed),
        )  # fmt: skip
        spend = tried(
            "spend", paid.customers, "customers who paid again", lambda: fit_spend(paid, size=size, seed=seed)
        )
    if "contracts" in snapshot.tables:
        stays = retention_counts(snapshot)
        retention = tried("retention", stays.stays, "contracts", lambda: fit_retention(stays, size=size, seed=seed))
    if purchases is None and retention is None:
        why = "; ".join(f"{name}: {without_place(said)}" for name, said in why_not.items())
        raise NoModel(f"fit_known: no model could be fitted. {why or 'There are neither orders nor contracts'}.")
    return KnownFits(counts, purchases, spend, retention, why_not)
