"""What fits by group and fits with covariates share: whose parameters a row has, and the fit of one part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cxmodels.clv.counts.purchases import PurchaseCounts
from cxmodels.clv.errors import InvalidValue, NoPurchases, NoRepeatPurchases, UnknownColumn
from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.purchases import whole_base
from cxmodels.clv.models.model import Array, PurchaseModel
from cxmodels.clv.posteriors.posterior import Posterior
from cxmodels.clv.posteriors.priors import Prior


@dataclass(frozen=True, eq=False)
class Parts:
    """Customers parted by attributes.

    Attributes
    ----------
    levels
        One row a combination that occurs: the attributes and ``n``, in their order.
    row
        (rows of the counts,) place of each row's combination in `levels`.
    """

    levels: pd.DataFrame
    row: np.ndarray


def parts(counts: PurchaseCounts, by: tuple[str, ...], what: str) -> Parts:
    """Part the customers of some counts.

    Raises
    ------
    UnknownColumn
        When the counts are not by one of the attributes, or by none.
    NoPurchases, NoRepeatPurchases
        When nobody bought, or nobody a second time.
    """
    if not by or (missing := [name for name in by if name not in counts.by]):
        found = f"not {', '.join(missing)}" if by else "none was asked for"
        raise UnknownColumn(
            f"{what}: by must be attributes the counts are parted by ({', '.join(counts.by) or 'none'}), {found}; "
            "purchase_counts(snapshot, by=…) parts them"
        )
    if counts.customers == 0:
        raise NoPurchases(f"{what}: at least one customer who bought is required, found none")
    if counts.repeaters == 0:
        raise NoRepeatPurchases(f"{what}: at least one customer who bought on a second day is required, found none")
    names = list(by)
    levels = counts.frame.groupby(names, as_index=False, sort=True)["n"].sum()
    place = levels[names].assign(place=np.arange(len(levels)))
    row = counts.frame[names].merge(place, on=names, how="left", validate="many_to_one")["place"].to_numpy(np.int64)
    return Parts(levels, row)


def place_of(levels: pd.DataFrame, wanted: Mapping[str, str], what: str) -> int:
    """The row of a combination.

    Raises
    ------
    InvalidValue
        When it does not occur.
    """
    same = np.ones(len(levels), bool)
    for name in levels.columns.drop("n"):
        same &= (levels[name] == wanted.get(str(name))).to_numpy()
    if not same.any():
        allowed = {str(name): list(levels[name].unique()) for name in levels.columns.drop("n")}
        raise InvalidValue(f"{what}: a combination that occurs is required, of {allowed}, found {dict(wanted)}")
    return int(same.argmax())


def fit_of_part(
    model: PurchaseModel,
    counts: PurchaseCounts,
    rows: np.ndarray,
    prior: Prior,
    theta: Array,
    diagnosis: tuple[float, float, int],
) -> PurchaseFit:
    """The fit of those customers alone, with parameters learned from all; NaN for a maximum of their likelihood.

    Parameters
    ----------
    model, counts, prior
        Of all.
    rows
        Which rows of the counts are theirs.
    theta
        (draws, parameters) of theirs.
    diagnosis
        Smallest effective sample size, largest r_hat, divergences.
    """
    theirs = replace(counts, frame=counts.frame[rows].reset_index(drop=True))
    theirs = replace(theirs, frame=whole_base(theirs), by=())
    ess, r_hat, divergences = diagnosis
    draws = pd.DataFrame(theta, columns=list(model.parameters))
    posterior = Posterior(draws, "nuts", float("nan"), ess, r_hat, divergences)
    unknown = pd.Series(np.nan, index=list(model.parameters))
    return PurchaseFit(model, theirs, prior, unknown, float("nan"), posterior)
