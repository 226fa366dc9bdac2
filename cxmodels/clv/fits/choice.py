"""Which of some purchase models the counts speak for, and how clearly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxmodels.clv.counts.purchases import PurchaseCounts
from cxmodels.clv.errors import InvalidValue, UnknownColumn
from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.purchases import fit_purchases
from cxmodels.clv.models.mbg_cnbd import MbgCnbd
from cxmodels.clv.models.model import PurchaseModel
from cxmodels.clv.posteriors.importance import SEED

CLEAR = 0.95
"""A model with at least this posterior probability is called clearly the better."""


@dataclass(frozen=True, eq=False)
class ModelChoice:
    """Purchase models side by side.

    Attributes
    ----------
    frame
        One row a model, in the order asked for: ``model, title, log_likelihood, log_evidence, se, probability, k_hat``.
        ``log_evidence`` is the log marginal likelihood under the stated priors and ``se`` its Monte Carlo error;
        ``probability`` that of the model among these when all were as likely before. NaN where NUTS took over, which
        gives no evidence.
    fits
        Model → its fit.
    """

    frame: pd.DataFrame
    fits: dict[str, PurchaseFit] = field(repr=False)

    @property
    def best(self) -> PurchaseFit:
        """The fit with the most evidence; the first asked for where none has any."""
        evidence = self.frame["log_evidence"].fillna(-np.inf).to_numpy()
        return self.fits[self.frame["model"].iloc[int(evidence.argmax())]]

    @property
    def probability(self) -> float:
        """Of the best among these models; NaN where none has evidence."""
        return float(self.frame.set_index("model").loc[self.best.model.name, "probability"])

    @property
    def clear(self) -> bool:
        """Whether the best is clearly better than the others."""
        return self.probability >= CLEAR


def compare_models(
    counts: PurchaseCounts,
    models: Sequence[str | PurchaseModel] = ("bg_nbd", "mbg_nbd", "pareto_nbd"),
    *,
    seed: int = SEED,
) -> ModelChoice:
    """Fit each of some purchase models and weigh them by their evidence.

    All are densities of the same purchase days, so that their evidences compare; for the regular buyers' clocks this
    holds where the counts have ``log_gaps``.

    Raises
    ------
    InvalidValue
        Without any model, or with one named twice.
    UnknownColumn
        When a clock of several steps is among the models and the counts have no ``log_gaps``.
    """
    fits: dict[str, PurchaseFit] = {}
    for model in models:
        if getattr(model, "k", 1) > 1 or (isinstance(model, str) and model.startswith("mbg_cnbd")):
            _require_gaps(counts)
        fit = fit_purchases(counts, model, seed=seed)
        if fit.model.name in fits:
            raise InvalidValue(f"compare_models: each model once, found {fit.model.name!r} twice")
        fits[fit.model.name] = fit
    if not fits:
        raise InvalidValue("compare_models: at least one model is required, found none")
    evidence = np.array([fit.posterior.log_evidence for fit in fits.values()])
    frame = pd.DataFrame(
        {
            "model": list(fits),
            "title": [fit.model.title for fit in fits.values()],
            "log_likelihood": [fit.log_likelihood for fit in fits.values()],
            "log_evidence": evidence,
            # The relative error of a mean of weights is at most 1 / √ESS.
            "se": [_error(fit) for fit in fits.values()],
            "probability": _probabilities(evidence),
            "k_hat": [fit.posterior.k_hat for fit in fits.values()],
        }
    )
    return ModelChoice(frame, fits)


def choose_regularity(counts: PurchaseCounts, ks: Sequence[int] = (1, 2, 3), *, seed: int = SEED) -> ModelChoice:
    """How regularly customers buy: MBG/CNBD-k for each k, weighed by their evidence.

    k = 1 is a customer who may buy at any time (MBG/NBD); the larger k, the more regular the days between purchases.
    Reutterer, Platzer & Schröder (2021), International Journal of Research in Marketing 38(1).

    Raises
    ------
    UnknownColumn
        When the counts have no ``log_gaps``: ask for them with ``purchase_counts(snapshot, gaps=True)``.
    InvalidValue
        Without any k, or with one named twice.
    """
    _require_gaps(counts)
    return compare_models(counts, [MbgCnbd(k) for k in ks], seed=seed)


def _require_gaps(counts: PurchaseCounts) -> None:
    if "log_gaps" not in counts.frame:
        raise UnknownColumn(
            "compare_models: counts with a column 'log_gaps' are required to compare clocks of several steps, found "
            f"{', '.join(map(repr, counts.frame.columns))}; purchase_counts(snapshot, gaps=True) counts it"
        )


def _error(fit: PurchaseFit) -> float:
    posterior = fit.posterior
    return math.nan if math.isnan(posterior.log_evidence) else 1 / math.sqrt(posterior.ess)


def _probabilities(evidence: np.ndarray) -> np.ndarray:
    if np.isnan(evidence).all():
        return evidence
    weights = np.exp(evidence - np.nanmax(evidence))
    return weights / np.nansum(weights)
