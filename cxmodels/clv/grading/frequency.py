"""How many customers bought again how often, beside what the fitted model makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.grading.classes import frequency_classes
from cxmodels.clv.grading.grade import DRAWS, SEED
from cxmodels.clv.grading.simulated import newcomers

MOST_CUSTOMERS = 5_000


@dataclass(frozen=True, eq=False)
class FrequencyTable:
    """Customers by repeat purchases, seen and expected.

    Attributes
    ----------
    table
        ``repeats`` ("0" … "7+", see `frequency_classes`), ``seen`` customers, ``expected`` ones with the 90 % range
        ``low, high`` of what the model would make of as many customers.
    miss
        The share of customers who would have to be in another class for the two to agree.
    p
        Chance of a discrepancy as large, if the model was right (posterior predictive). With customers enough no model
        is: `miss` says whether it matters.
    model
        The model, as pages call it.
    """

    table: pd.DataFrame
    miss: float
    p: float
    model: str


def frequency_table(fit: PurchaseFit, *, draws: int = DRAWS, seed: int = SEED) -> FrequencyTable:
    """Set how often customers bought again beside what the model, as fitted, expects of the time each was there.

    Parameters
    ----------
    fit
        The model and the counts it was fitted to.
    draws, seed
        Draws of the parameters and the seed of what is simulated under them.

    Notes
    -----
    Under each draw of the posterior new customers are simulated over the time the real ones have been there. The
    discrepancy is Σ (seen − expected)² / expected over the classes, and its p the share of simulated tables further
    from the expected one than the seen one (Gelman, Meng & Stern 1996, Stat. Sinica 6).
    """
    frame = fit.counts.frame
    n = frame["n"].to_numpy(float)
    size = n.sum()
    classes = frequency_classes(frame["frequency"], n)
    names = classes.names
    seen = np.bincount(classes.of(frame["frequency"]), weights=n, minlength=len(names))
    drawn = newcomers(fit, frame["T"].to_numpy(float), n, most=MOST_CUSTOMERS, draws=draws, seed=seed)
    repeats = classes.of(drawn.purchases)
    tables = np.stack([(repeats == i).mean(axis=1) for i in range(len(names))], axis=1)
    expected = tables.mean(axis=0)
    tables = size * (expected + (tables - expected) * _narrowed(tables, len(drawn.there), size))
    expected = size * expected
    possible = np.maximum(expected, 1 / len(tables))
    far = ((tables - expected) ** 2 / possible).sum(axis=1)
    own = float(((seen - expected) ** 2 / possible).sum())
    low, high = np.quantile(tables, [0.05, 0.95], axis=0)
    return FrequencyTable(
        table=pd.DataFrame(
            {
                "repeats": names,
                "seen": seen.astype(int),
                "expected": expected,
                "low": low,
                "high": high,
            }
        ),
        miss=float(np.abs(seen - expected).sum() / (2 * size)),
        p=float((far >= own).mean()),
        model=fit.model.title,
    )


def _narrowed(tables: np.ndarray, simulated: int, customers: float) -> np.ndarray:
    """(classes,) how much narrower shares lie among all customers than among those simulated."""
    mean, spread = tables.mean(axis=0), tables.var(axis=0)
    chance = mean * (1 - mean)
    among_all = np.maximum(spread - chance / simulated, 0) + chance / customers
    return np.sqrt(np.divide(among_all, spread, out=np.ones_like(spread), where=spread > 0).clip(max=1))
