"""A purchase model's posterior from counts."""

from __future__ import annotations

import pandas as pd

from cxmodels.clv.counts.purchases import KEYS, PurchaseCounts
from cxmodels.clv.errors import InvalidValue, NoPurchases, NoRepeatPurchases, require_whole
from cxmodels.clv.fits.fit import PurchaseFit, most_likely
from cxmodels.clv.models.model import PurchaseModel
from cxmodels.clv.models.named import purchase_model
from cxmodels.clv.posteriors.importance import SEED, importance_posterior
from cxmodels.clv.posteriors.posterior import Engine, Posterior
from cxmodels.clv.posteriors.priors import Prior, prior_of


def fit_purchases(
    counts: PurchaseCounts,
    model: str | PurchaseModel = "bg_nbd",
    *,
    engine: Engine = "importance",
    size: int = 1000,
    seed: int = SEED,
    near: PurchaseFit | None = None,
) -> PurchaseFit:
    """Fit a purchase model: the maximum of its likelihood and its posterior.

    Parameters
    ----------
    counts
        Customers by frequency, recency and T.
    model
        A name that `purchase_model` knows, or a model.
    engine
        ``"importance"``: adaptive importance sampling, which hands over to NUTS where its weights are not to be
        believed, and says so in ``posterior.fell_back``. ``"nuts"``: NUTS at once.
    size
        Draws of the posterior.
    seed
        Of the draws.
    near
        The same model fitted to much the same counts, such as those of a month later. The search for the maximum
        starts from its own, and its posterior, `moved`, stands for one drawn anew.

    Raises
    ------
    NoPurchases
        When the counts hold no customer.
    NoRepeatPurchases
        When no customer bought a second time: any rate goes with any chance of dropping out.
    InvalidValue
        When the engine, the number of draws or the seed is none.
    """
    if engine not in ("importance", "nuts"):
        raise InvalidValue(f"fit_purchases: engine must be 'importance' or 'nuts', found {engine!r}")
    require_whole("fit_purchases", size=(size, 1), seed=(seed, 0))
    if counts.customers == 0:
        raise NoPurchases("fit_purchases: at least one customer who bought is required, found none")
    if counts.repeaters == 0:
        raise NoRepeatPurchases(
            "fit_purchases: at least one customer who bought on a second day is required, found none among "
            f"{counts.customers:,}"
        )
    known = purchase_model(model) if isinstance(model, str) else model
    frame = whole_base(counts)
    prior = purchase_prior(known, counts)
    likelihood = known.likelihood(frame)
    if near is not None and near.model != known:
        near = None
    start = known.start(frame)
    if near is not None and near.maximum_likelihood.notna().all():
        start = near.maximum_likelihood.to_numpy()
    best, log_likelihood = most_likely(known, likelihood, start)

    def sampled() -> Posterior:
        from cxmodels.clv.posteriors.nuts import nuts_posterior

        return nuts_posterior(known, frame, prior, size=size, seed=seed)

    if engine == "nuts":
        posterior = sampled()
    else:
        posterior = importance_posterior(
            known,
            likelihood,
            prior,
            start=start if best.isna().any() else best.to_numpy(),
            rows=len(frame),
            size=size,
            seed=seed,
            near=None if near is None else near.posterior,
            otherwise=sampled,
        )
    return PurchaseFit(known, counts, prior, best, log_likelihood, posterior)


def purchase_prior(model: PurchaseModel, counts: PurchaseCounts) -> Prior:
    """The prior of a purchase model: times on the scale of the mean T."""
    frame = counts.frame
    return prior_of(model, time=float(frame["n"] @ frame["T"]) / counts.customers)


def whole_base(counts: PurchaseCounts) -> pd.DataFrame:
    """The counts of all groups together: one row a distinct (frequency, recency, T)."""
    if not counts.by:
        return counts.frame
    return counts.frame.drop(columns=list(counts.by)).groupby(list(KEYS), as_index=False).sum()
