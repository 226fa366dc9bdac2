"""Accelerated failure time models: a curve of a given form, and what stretches or shortens its time."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import log_ndtr

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.levels import collapsed
from cxmodels.churn.errors import NotConverged, TooFewEvents
from cxmodels.churn.models.baseline import observed_tenure
from cxmodels.churn.models.coefficients import coefficient_table
from cxmodels.churn.models.design import Design, Designed, design_of
from cxmodels.churn.models.entering import fit_with
from cxmodels.churn.models.estimable import require_distinct
from cxmodels.churn.models.thinned import thinned
from cxmodels.churn.models.time_at_risk import watched_until, with_time_at_risk

Array = NDArray[np.float64]
Family = Literal["log_normal", "weibull"]

MOST_ROWS = 50_000
"""Of more distinct rows than this a part is taken: lifelines differentiates the likelihood row by row."""
_MODEL = "fit_parametric"


@dataclass(frozen=True, eq=False)
class ParametricFit(Designed):
    """A fitted accelerated failure time model.

    Attributes
    ----------
    family
        ``"log_normal"`` or ``"weibull"``.
    coefficients
        Tidy: ``term, level, coef, se, time_ratio, low, high, p``. A time ratio of 2 stretches every tenure to twice
        its length: it takes twice as long until the same share has left.
    location, log_scale
        Log of the reference customer's tenure in months (median of the log-normal, 63rd percentile of the Weibull),
        and the log of its spread: of sigma, or of rho, the Weibull's shape.
    log_likelihood
        Of the rows fitted, tenure in months.
    left_out
        Covariates of the study that could not enter, and why.
    covariance
        Of coefficients, location and log scale, (q + 2, q + 2).
    share
        Share of the episodes fitted, taken at random: below 1 where there are more than 50 000 distinct ones.
    design
        How covariates become the columns of the model.
    episodes
        The counts it was fitted to.
    """

    family: Family
    coefficients: pd.DataFrame
    location: float
    log_scale: float
    log_likelihood: float
    left_out: dict[str, str]
    covariance: Array = field(repr=False)
    share: float
    design: Design = field(repr=False)
    episodes: Episodes = field(repr=False)

    @property
    def name(self) -> str:
        """What pages call it."""
        return {"log_normal": "Log-normal AFT", "weibull": "Weibull AFT"}[self.family]

    @property
    def coef(self) -> Array:
        """(q,) coefficients in the order of `coefficients`."""
        return self.coefficients["coef"].to_numpy(float)

    @cached_property
    def reach(self) -> float:
        """The longest tenure seen enough of, in the unit of the episodes; beyond it the curve goes on."""
        return observed_tenure(self.episodes)

    def log_risk(self, cells: pd.DataFrame) -> Array:
        """(rows,) how much sooner than the reference: minus the log of the time ratio."""
        return -self.design.log_risk(cells, self.coef)

    def cumulative_hazard(self, cells: pd.DataFrame, times: Array) -> Array:
        """(rows,) cumulative hazard of each cell up to its own tenure."""
        stretched = self.location + self.design.log_risk(cells, self.coef)
        return _cumulative(self.family, times / self.episodes.month, stretched, self.log_scale)

    def sample(self, size: int, seed: int) -> ParametricDraws:
        """Draws of all parameters (asymptotic normal)."""
        mean = np.concatenate([self.coef, [self.location, self.log_scale]])
        normal = np.random.default_rng(seed).standard_normal((len(mean), size))
        return ParametricDraws(
            self.family, mean[:, None] + np.linalg.cholesky(self.covariance) @ normal, self.design, self.episodes.month
        )


@dataclass(frozen=True, eq=False)
class ParametricDraws:
    """Draws of a parametric model: (q + 2, draws) coefficients, location and log scale."""

    family: Family
    parameters: Array
    design: Design
    month: float

    def cumulative_hazard(self, cells: pd.DataFrame, times: Array) -> Array:
        """(rows, draws)."""
        stretched = self.design.columns(cells) @ self.parameters[:-2] + self.parameters[-2]
        return _cumulative(self.family, times[:, None] / self.month, stretched, self.parameters[-1])


def fit_parametric(
    episodes: Episodes, family: Family = "log_normal", covariates: Iterable[str] | None = None
) -> ParametricFit:
    """Fit an accelerated failure time model to counts, late entries included.

    Parameters
    ----------
    episodes
        Counts from `cxmodels.churn.episodes`, in either unit; of whole months, a departure is taken at the middle of
        its month.
    family
        ``"log_normal"``: a hazard that rises, then falls for good. ``"weibull"``: one that only rises or only falls.
    covariates
        The covariates to use; each problem with them is then an error. Default: those of the episodes, where one that
        cannot enter is left out and listed in ``left_out``, as in `fit_cox`.

    Raises
    ------
    ValueError
        When the family is neither.
    UnknownCovariate, TooFewEvents, Separation, AliasedColumns
        Named in the message: what, where, what is allowed, what was found.
    NotConverged
        When the likelihood has no maximum that lifelines reaches, or none with a finite doubt.

    Notes
    -----
    Kalbfleisch & Prentice (1980), section 2.3.3; fitted by lifelines' LogNormalAFTFitter and WeibullAFTFitter.
    Identical rows are one row with a weight. Beyond the observed tenure the curve goes on by its own formula, never
    flat.
    """
    if family not in get_args(Family):
        raise ValueError(f"{_MODEL}: family must be one of {', '.join(get_args(Family))}, found {family!r}")
    frame = with_time_at_risk(episodes.frame)
    if not (frame["event"] == 1).any():
        raise TooFewEvents(f"{_MODEL}: at least one departure is required to fit a curve, found none")
    return fit_with(frame, episodes, covariates, _MODEL, partial(_fit, frame, episodes, family))


def _fit(
    frame: pd.DataFrame, episodes: Episodes, family: Family, names: tuple[str, ...], left_out: dict[str, str]
) -> ParametricFit:
    design = design_of(frame, episodes, names)
    rows = collapsed(frame[["entry", "exit", "event", *names, "n"]])
    rows, share = thinned(rows, np.ones(len(rows)), MOST_ROWS)
    if len(rows) < 2:
        raise NotConverged(f"{_MODEL}: {family} has no spread to fit, everybody leaves at {rows['exit'].iloc[0]:g}")
    columns, n = design.columns(rows), rows["n"].to_numpy(float)
    centred = columns - n @ columns / n.sum()
    require_distinct((centred * n[:, None]).T @ centred, design, _MODEL)
    words = [f"x{place:04d}" for place in range(columns.shape[1])]
    table = pd.DataFrame(columns, columns=words).assign(
        exit=watched_until(rows, episodes.unit) / episodes.month,
        entry=rows["entry"].to_numpy(float) / episodes.month,
        event=rows["event"].to_numpy(),
        n=n,
    )
    fitter = _by_lifelines(family, table)
    primary, ancillary = fitter._primary_parameter_name, fitter._ancillary_parameter_name
    order = [*((primary, word) for word in words), (primary, "Intercept"), (ancillary, "Intercept")]
    found = fitter.params_[order].to_numpy(float)
    covariance = fitter.variance_matrix_.loc[order, order].to_numpy(float)
    if not (np.isfinite(covariance).all() and (np.linalg.eigvalsh(covariance) > 0).all()):
        raise NotConverged(f"{_MODEL}: {family} has no finite doubt on these {len(rows):,} rows")
    se = np.sqrt(np.diag(covariance)[:-2])
    return ParametricFit(
        family, coefficient_table(design, found[:-2], se, "time_ratio"), float(found[-2]), float(found[-1]),
        float(fitter.log_likelihood_), left_out, covariance, share, design, episodes,
    )  # fmt: skip


def _by_lifelines(family: Family, table: pd.DataFrame) -> Any:
    import lifelines
    from lifelines.exceptions import ConvergenceError

    fitter = {"log_normal": lifelines.LogNormalAFTFitter, "weibull": lifelines.WeibullAFTFitter}[family]()
    with warnings.catch_warnings():
        # what it warns of on the way is looked at afterwards, in what it found
        warnings.simplefilter("ignore")
        try:
            fitter.fit(table, "exit", "event", weights_col="n", entry_col="entry")
        except (ConvergenceError, np.linalg.LinAlgError, FloatingPointError) as problem:
            said = " ".join(str(problem).split())[:120]
            raise NotConverged(
                f"{_MODEL}: the {family} curve did not converge on {len(table):,} rows: {said}"
            ) from None
    return fitter


def _cumulative(family: Family, months: Array, location: Array, log_scale: Array | float) -> Array:
    with np.errstate(divide="ignore"):
        log_time = np.log(months)
    if family == "weibull":
        return np.exp(np.exp(log_scale) * (log_time - location))
    return -log_ndtr((location - log_time) / np.exp(log_scale))
