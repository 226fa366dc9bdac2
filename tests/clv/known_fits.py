"""Fits with draws written down here, and bases of customers, so that a forecast is tested without a fit."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import numpy as np
import pandas as pd

from cxmodels.clv.counts.base import Base
from cxmodels.clv.counts.purchases import DAYS, PurchaseCounts, Unit
from cxmodels.clv.counts.retention import RetentionCounts
from cxmodels.clv.counts.spend import SpendCounts
from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.retention import RetentionFit
from cxmodels.clv.fits.spend import SpendFit
from cxmodels.clv.models.gamma_gamma import GammaGamma
from cxmodels.clv.models.named import purchase_model
from cxmodels.clv.models.sbg import ShiftedBetaGeometric
from cxmodels.clv.posteriors.posterior import Posterior
from cxmodels.estimate import Estimate

DRAWS = 400
CENTRES = {
    "bg_nbd": (0.8, 40.0, 0.8, 2.5),
    "mbg_nbd": (0.8, 40.0, 0.8, 2.5),
    "mbg_cnbd_2": (0.8, 20.0, 0.8, 2.5),
    "pareto_nbd": (0.8, 40.0, 0.7, 150.0),
}
IN_DAYS = {"alpha", "beta"}
BASE: dict[str, Any] = {
    "as_of": date(2026, 9, 30),
    "currency": "EUR",
    "margin_rate": 1.0,
    "returned_share": 0.0,
    "fees_alone": 0,
    "without": 0,
}
EMPTY = pd.DataFrame()


def posterior(centre: tuple[float, ...], names: tuple[str, ...], spread: float, seed: int = 1) -> Posterior:
    """Draws around a centre, with an sd of `spread` of each logarithm."""
    noise = np.random.default_rng(seed).normal(size=(DRAWS, len(centre)))
    return Posterior(
        pd.DataFrame(np.array(centre) * np.exp(spread * noise), columns=list(names)), "importance", 0.1, 400
    )


def purchase_fit(
    unit: Unit = "days",
    name: str = "bg_nbd",
    certain: bool = False,
    centre: tuple[float, ...] = (),
) -> PurchaseFit:
    model = purchase_model(name)
    found = posterior(centre or CENTRES[name], model.parameters, 0.0 if certain else 0.05)
    timed = [parameter for parameter in model.parameters if parameter in IN_DAYS and name != "sbg"]
    found.draws[timed] /= DAYS[unit]
    return PurchaseFit(model, PurchaseCounts(EMPTY, unit), None, found.draws.mean(), 0.0, found)  # type: ignore[arg-type]


def spend_fit() -> SpendFit:
    unknown = Estimate(float("nan"), float("nan"), float("nan"), "correlation", 0)
    found = posterior((6.0, 4.0, 15.0), ("p", "q", "v"), 0.03, seed=2)
    return SpendFit(GammaGamma(), SpendCounts(EMPTY, "EUR", 1), None, found.draws.mean(), 0.0, found, unknown)  # type: ignore[arg-type]


def retention_fit(
    theta: np.ndarray | None = None, of: dict[str, np.ndarray] | None = None, by: str = "cohort"
) -> RetentionFit:
    names = ("alpha", "beta")
    whole = posterior((0.7, 12.0), names, 0.05, seed=3)
    if theta is not None:
        whole = Posterior(pd.DataFrame(theta, columns=list(names)), "importance", 0.1, 400)
    own = {
        level: Posterior(pd.DataFrame(drawn, columns=list(names)), "importance", 0.1, 400)
        for level, drawn in (of or {}).items()
    }
    return RetentionFit(ShiftedBetaGeometric(), RetentionCounts(EMPTY), whole.draws.mean(), 0.0, whole, by, EMPTY, own)


def base_of(cells: pd.DataFrame, **options: Any) -> Base:
    """Return a base of these cells; columns that are missing say nothing."""
    for name in ("contract_months", "margin"):
        if name not in cells:
            cells = cells.assign(**{name: np.nan})
    return Base(cells=cells, codes=cells, table=ibis.memtable({"number": [0]}), **(BASE | options))
