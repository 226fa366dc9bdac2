"""How reliably items measure their construct, as one table for every engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.accepted import as_moments
from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.moments import Moments
from cxmodels.loyalty.answers.resampled import SEED, resampled
from cxmodels.loyalty.errors import InvalidValue
from cxmodels.loyalty.pls.pls_fit import PlsFit
from cxmodels.loyalty.quality.measured import loadings, reflective

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array, PathFit

LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Reliability:
    """How reliably items measure their construct.

    Attributes
    ----------
    constructs
        One row a reflective construct: ``construct, items``; ``alpha`` of the sum of its items with limits
        ``alpha_low, alpha_high``; ``alpha_std`` of the sum of standardised items; ``omega``, the share of the variance
        of the sum that the factor explains; ``rho_a`` of the weighted score (partial least squares only); ``rho_c``,
        composite reliability of the sum of standardised items; ``ave``, average variance extracted of standardised
        items, and ``ave_raw`` of items on their own scale. NaN of a single item: one answer cannot tell how
        reliable it is. Omega is NaN where loadings are those of a score (partial least squares that is not
        consistent), not of a factor.
    items
        One row an item: ``construct, item, loading`` (standardised), ``rest_correlation`` with the sum of the other
        items of its construct, ``alpha_without`` the item. A negative correlation is an item asked the other way
        round.
    level
        Share of samples whose limits hold alpha.
    n
        Respondents.
    """

    constructs: pd.DataFrame
    items: pd.DataFrame
    level: float
    n: float


def reliability(
    fit: PathFit,
    data: pd.DataFrame | Answers | Moments,
    *,
    level: float = LEVEL,
    bootstraps: int = 0,
    seed: int = SEED,
) -> Reliability:
    """Work out the reliabilities of the reflective constructs of a fit.

    Parameters
    ----------
    fit
        Of any engine and one group; `measurement_model` is what to fit for reliabilities that do not lean on paths.
    data
        What it was fitted to. Alpha and omega are of those who answered every item.
    level
        Of the limits of alpha.
    bootstraps
        Resamples of respondents for the limits (percentile); 0 for Feldt's, which hold for items that are nearly
        normal and equally reliable.
    seed
        Of the resamples.

    Raises
    ------
    InvalidModel
        When the model has no construct with items.
    InvalidAnswers, TooFewRespondents
        As for `as_moments`, and when resamples are asked of moments.
    InvalidValue
        When an option is none of those allowed, or the fit is of several groups.

    Notes
    -----
    Alpha: Cronbach (1951); its limits: Feldt (1965), Psychometrika 30, by an F distribution. Omega: McDonald (1999);
    the variance of the sum is the observed one, as in compRelSEM of semTools. rho_A: Dijkstra & Henseler (2015).
    rho_C: Jöreskog (1971). Average variance extracted: Fornell & Larcker (1981).
    """
    if not 0 < level < 1:
        raise InvalidValue(f"reliability: level must lie between 0 and 1, found {level}")
    constructs = reflective(fit.model)
    asked = tuple(dict.fromkeys(item for construct in constructs for item in construct.items))
    moments = as_moments(data, asked)
    drawn = np.concatenate([*resampled(data, asked, bootstraps, seed, "reliability")]) if bootstraps else None
    shown = loadings(fit).set_index(["construct", "item"])["loading"]
    rows, parts = [], []
    for construct in constructs:
        place = [asked.index(item) for item in construct.items]
        covariance = moments.covariance[np.ix_(place, place)]
        loading = shown.loc[construct.name].loc[list(construct.items)].to_numpy(float)
        alpha = float(cronbach_alpha(covariance))
        if drawn is None or len(place) == 1:
            low, high = feldt_limits(alpha, n=moments.n, items=len(place), level=level)
        else:
            alphas = cronbach_alpha(drawn[:, np.array(place)[:, None], place])
            low, high = np.nanquantile(alphas, [(1 - level) / 2, (1 + level) / 2])
        rows.append(
            {"construct": construct.name, "items": len(place), "alpha": alpha, "alpha_low": low, "alpha_high": high}
            | _of_construct(covariance, loading)
        )
        parts.append(_of_items(construct.name, construct.items, covariance, loading))
    table = pd.DataFrame(rows)
    weighted = fit.rho_a if isinstance(fit, PlsFit) else pd.Series(np.nan, index=table["construct"])
    rho_a = table["construct"].map(weighted).where(table["items"] > 1)
    table.insert(table.columns.get_loc("rho_c"), "rho_a", rho_a)
    if isinstance(fit, PlsFit) and not fit.algorithm.consistent:
        table["omega"] = np.nan
    return Reliability(table, pd.concat(parts, ignore_index=True), level, moments.n)


def cronbach_alpha(covariance: Array) -> Array:
    """(…,) alpha of the sum of items with (…, items, items) covariances; NaN of one item. Cronbach (1951)."""
    items = covariance.shape[-1]
    if items == 1:
        return np.full(covariance.shape[:-2], np.nan)
    own = np.einsum("...ii->...", covariance)
    with np.errstate(divide="ignore", invalid="ignore"):
        return items / (items - 1) * (1 - own / covariance.sum(axis=(-2, -1)))


def feldt_limits(alpha: float, *, n: float, items: int, level: float = LEVEL) -> tuple[float, float]:
    """Limits of alpha from F distributions with n - 1 and (n - 1)(items - 1) degrees of freedom. Feldt (1965)."""
    from scipy.special import fdtri

    if items == 1:
        return float("nan"), float("nan")
    freedom = n - 1, (n - 1) * (items - 1)
    low, high = (1 - (1 - alpha) * fdtri(*freedom, share) for share in ((1 + level) / 2, (1 - level) / 2))
    return float(low), float(high)


def _of_construct(covariance: Array, loading: Array) -> dict[str, float]:
    variance = np.diag(covariance)
    scale = np.sqrt(variance)
    if len(scale) == 1:
        return dict.fromkeys(("alpha_std", "omega", "rho_c", "ave", "ave_raw"), float("nan"))
    common, raw = loading.sum() ** 2, loading * scale
    return {
        "alpha_std": float(cronbach_alpha(covariance / np.outer(scale, scale))),
        "omega": float(raw.sum() ** 2 / covariance.sum()),
        "rho_c": float(common / (common + (1 - loading**2).sum())),
        "ave": float((loading**2).mean()),
        "ave_raw": float((raw**2).sum() / variance.sum()),
    }


def _of_items(construct: str, items: tuple[str, ...], covariance: Array, loading: Array) -> pd.DataFrame:
    """Loading, correlation with the rest, and alpha without each item; the last needs three items at least."""
    k = len(items)
    rest, without = np.full(k, np.nan), np.full(k, np.nan)
    for at in range(k if k > 1 else 0):
        others = np.delete(np.arange(k), at)
        among = covariance[np.ix_(others, others)]
        rest[at] = covariance[at, others].sum() / np.sqrt(covariance[at, at] * among.sum())
        without[at] = cronbach_alpha(among)
    return pd.DataFrame(
        {
            "construct": construct,
            "item": items,
            "loading": loading,
            "rest_correlation": rest,
            "alpha_without": without,
        }
    )
