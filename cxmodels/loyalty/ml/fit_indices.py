"""How closely a model fits, against the moments and against a model in which items have nothing in common."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.errors import NotConverged
from cxmodels.loyalty.ml.baseline import at_moments, independence
from cxmodels.loyalty.ml.fiml_corrected import complete_data_test
from cxmodels.loyalty.ml.fisher import search
from cxmodels.loyalty.ml.objective import discrepancy
from cxmodels.loyalty.ml.robust import scaling_factor

if TYPE_CHECKING:
    from cxmodels.loyalty.ml.ml_fit import MlFit

CLOSE = 0.05
"""Up to here the error of approximation is called close: Browne & Cudeck (1993)."""
_LEVEL = 0.9


@dataclass(frozen=True)
class Closeness:
    """A test of exact fit and the indices that rest on it.

    Attributes
    ----------
    chi_square, p
        Of exact fit, with the degrees of freedom of the model; NaN of the robust indices, which have no test.
    cfi, tli
        Comparative fit index and Tucker-Lewis index, 1 where the model fits exactly.
    rmsea, rmsea_low, rmsea_high
        Root mean square error of approximation with limits of 90 %.
    rmsea_p_close
        Probability of what was seen if the error were .05.
    """

    chi_square: float
    p: float
    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    rmsea_p_close: float


@dataclass(frozen=True, eq=False)
class FitIndices:
    """Fit indices.

    Attributes
    ----------
    df, parameters, n
        Degrees of freedom, free parameters, respondents.
    plain
        From the likelihood ratio as it is.
    scaled
        From the one divided by its scaling factor; None unless the fit is robust.
    robust
        Estimates of the indices of a population that is not normal, or of complete answers; None where neither matters.
    baseline_chi_square, baseline_df
        Of the model in which items have nothing in common.
    scaling, baseline_scaling
        What the two chi² are divided by; NaN unless the fit is robust.
    srmr
        Standardised root mean square residual, of covariances and means where means are modelled.
    log_likelihood, saturated_log_likelihood
        Of the model and of the one without constraints.
    aic, bic, bic_adjusted
        Information criteria; the last with (n + 2) / 24 for n (Sclove 1987).
    """

    df: int
    parameters: int
    n: float
    plain: Closeness
    scaled: Closeness | None
    robust: Closeness | None
    baseline_chi_square: float
    baseline_df: int
    scaling: float
    baseline_scaling: float
    srmr: float
    log_likelihood: float
    saturated_log_likelihood: float
    aic: float
    bic: float
    bic_adjusted: float

    @property
    def best(self) -> Closeness:
        """The indices to report: robust where there are such, plain ones else."""
        return self.robust or self.plain

    @property
    def table(self) -> pd.DataFrame:
        """``measure, plain, scaled, robust``: one row an index; NaN where it does not exist."""
        kinds = {"plain": self.plain, "scaled": self.scaled, "robust": self.robust}
        closeness = pd.DataFrame(
            {kind: asdict(each) if each else {} for kind, each in kinds.items()}, index=list(asdict(self.plain))
        )
        rest = ["df", "parameters", "n", "baseline_chi_square", "baseline_df", "srmr", "log_likelihood"]
        rest += ["saturated_log_likelihood", "aic", "bic", "bic_adjusted"]
        others = pd.DataFrame({"plain": [float(getattr(self, name)) for name in rest]}, index=rest)
        return pd.concat([closeness, others]).astype(float).rename_axis("measure").reset_index()


def fit_indices(fit: MlFit) -> FitIndices:
    """Work out the fit indices of a fit by maximum likelihood.

    Parameters
    ----------
    fit
        Of one group or several, of complete or missing answers, robust or not.

    Raises
    ------
    NotConverged
        When the model in which items have nothing in common cannot be fitted.

    Notes
    -----
    CFI: Bentler (1990); TLI: Tucker & Lewis (1973); RMSEA: Steiger & Lind (1980), over several groups Steiger (1998),
    its limits Browne & Cudeck (1993); SRMR: Bentler (1995). Robust CFI and TLI: Brosseau-Liard & Savalei (2014); robust
    RMSEA: Brosseau-Liard, Savalei & Li (2012); of missing answers: Zhang & Savalei (2023).
    """
    baseline = independence(fit)
    found = search(baseline, fit.samples, at_moments(baseline, fit.moments)[None])
    if not found.converged[0]:
        raise NotConverged("fit_indices: no maximum of the likelihood was found without anything in common")
    theta = found.theta[0]
    # the constant that the discrepancy of every model lacks is in that of the fitted one too
    worse = found.value[0] - discrepancy(fit.matrices, fit.samples, fit.theta[None])[0]
    baseline_chi_square = fit.chi_square + fit.n * float(worse)
    moments = fit.df + len(fit.theta)
    ratios = _Ratios(fit.chi_square, baseline_chi_square, fit.df, moments - baseline.parameters, fit.n, len(fit.groups))
    scaled = robust = None
    baseline_scaling = float("nan")
    if fit.robust:
        baseline_scaling = scaling_factor(baseline, fit.samples, theta, fit.moments, ratios.baseline_df)
        scaled, robust = (kind(fit.scaling, baseline_scaling) for kind in (ratios.scaled, ratios.robust))
    if fit.missing == "fiml":
        model, nothing = complete_data_test(fit, fit.matrices, fit.theta), complete_data_test(fit, baseline, theta)
        complete = replace(ratios, chi_square=model.chi_square, baseline=nothing.chi_square)
        robust = complete.robust(model.scaling, nothing.scaling)
    deviance, q = -2 * fit.log_likelihood, len(fit.theta)
    return FitIndices(
        df=fit.df,
        parameters=q,
        n=fit.n,
        plain=ratios.plain(),
        scaled=scaled,
        robust=robust,
        baseline_chi_square=baseline_chi_square,
        baseline_df=ratios.baseline_df,
        scaling=fit.scaling,
        baseline_scaling=baseline_scaling,
        srmr=srmr(fit),
        log_likelihood=fit.log_likelihood,
        saturated_log_likelihood=fit.saturated_log_likelihood,
        aic=deviance + 2 * q,
        bic=deviance + float(np.log(fit.n)) * q,
        bic_adjusted=deviance + float(np.log((fit.n + 2) / 24)) * q,
    )


def srmr(fit: MlFit) -> float:
    """Root mean square of the differences between observed and implied moments in standard deviations of the items.

    Bentler (1995); over several groups the mean, weighed by respondents.
    """
    found = 0.0
    for moments, (sigma, mu) in zip(fit.moments, fit.implied, strict=True):
        scale = np.sqrt(np.diag(moments.covariance))
        off = ((moments.covariance - sigma) / np.outer(scale, scale))[np.tril_indices(len(scale))]
        if mu is not None and moments.mean is not None:
            off = np.append(off, (moments.mean - mu) / scale)
        found += moments.n / fit.n * float(np.sqrt((off**2).mean()))
    return found


@dataclass(frozen=True)
class _Ratios:
    """The likelihood ratios of the model and of the baseline, and what they are counted in."""

    chi_square: float
    baseline: float
    df: int
    baseline_df: int
    n: float
    groups: int

    def plain(self) -> Closeness:
        """The indices of the ratios as they are."""
        error = _approximation(self.chi_square, self.df, self.groups / (self.n * self.df)) if self.df else _EXACT
        return Closeness(self.chi_square, _p(self.chi_square, self.df), *self._incremental(1.0, 1.0), *error)

    def scaled(self, scaling: float, baseline_scaling: float) -> Closeness:
        """Those of the ratios divided by their scaling, the mean a degree of freedom in a model that fits."""
        test = replace(self, chi_square=self.chi_square / scaling, baseline=self.baseline / baseline_scaling)
        # the error of the ratio itself, as if it had that many degrees of freedom
        df = self.df * scaling
        error = _approximation(self.chi_square, df, self.groups / (self.n * df)) if self.df else _EXACT
        return Closeness(test.chi_square, _p(test.chi_square, self.df), *test._incremental(1.0, 1.0), *error)

    def robust(self, scaling: float, baseline_scaling: float) -> Closeness:
        """Estimates of the plain indices in a population whose ratios have these scalings."""
        unit = scaling * self.groups / self.n
        error = _approximation(self.chi_square / scaling, self.df, unit / self.df) if self.df else _EXACT
        return Closeness(float("nan"), float("nan"), *self._incremental(scaling, baseline_scaling), *error)

    def _incremental(self, scaling: float, baseline_scaling: float) -> tuple[float, float]:
        """CFI and TLI; NaN where a scaling is not known."""
        misfit = self.chi_square - scaling * self.df
        worst = self.baseline - baseline_scaling * self.baseline_df
        if not np.isfinite([misfit, worst]).all():
            return float("nan"), float("nan")
        most = max(misfit, worst, 0.0)
        cfi = 1 - max(misfit, 0.0) / most if most > 0 else 1.0
        return cfi, 1 - misfit * self.baseline_df / (worst * self.df) if worst and self.df else 1.0


_EXACT = (0.0, 0.0, 0.0, float("nan"))


def _approximation(chi_square: float, df: float, unit: float) -> tuple[float, float, float, float]:
    """RMSEA, its limits and the probability of close fit; `unit` is its square for a noncentrality of 1."""
    from scipy.special import chndtr

    if not np.isfinite(chi_square):
        return (float("nan"),) * 4
    low, high = noncentrality_limits(chi_square, df)
    return (
        float(np.sqrt(max(chi_square - df, 0.0) * unit)),
        float(np.sqrt(low * unit)),
        float(np.sqrt(high * unit)),
        float(1 - chndtr(chi_square, df, CLOSE**2 / unit)),
    )


def _p(chi_square: float, df: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, max(chi_square, 0.0))) if df else float("nan")


def noncentrality_limits(chi_square: float, df: float, *, level: float = _LEVEL) -> tuple[float, float]:
    """Limits of the noncentrality of a chi²; 0 where even none makes it as probable as wanted."""
    from scipy.optimize import brentq
    from scipy.special import chndtr

    def limit(share: float) -> float:
        if chndtr(chi_square, df, 0.0) <= share:
            return 0.0
        most = max(chi_square, 1.0)
        while chndtr(chi_square, df, most) > share:
            most *= 2
        return float(brentq(lambda at: chndtr(chi_square, df, at) - share, 0.0, most, xtol=1e-10))

    return limit((1 + level) / 2), limit((1 - level) / 2)
