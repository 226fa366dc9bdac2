"""Attributes that explain how often customers buy and how soon they stop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxmodels.clv.counts.groups import named
from cxmodels.clv.counts.purchases import PurchaseCounts
from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.fits.chains import chains_of
from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.parted import fit_of_part, parts, place_of
from cxmodels.clv.fits.purchases import purchase_prior, whole_base
from cxmodels.clv.models.model import Array, PurchaseModel
from cxmodels.clv.models.named import purchase_model
from cxmodels.clv.posteriors.compiled import explained, log_density
from cxmodels.clv.posteriors.importance import SEED
from cxmodels.clv.posteriors.nuts import prior_data
from cxmodels.clv.posteriors.peaks import peaks
from cxmodels.clv.posteriors.priors import Prior
from cxmodels.clv.posteriors.pymc_likelihoods import tensor_likelihood
from cxmodels.sampling import Chains, evenly
from cxmodels.study.privacy import suppress

EFFECT = 0.7
"""Standard deviation of the normal prior of an effect on the logarithmic scale: 95 % of ratios within a factor of 4."""
MOVED = {"log alpha": (-1.0, 0.0), "logit a/(a+b)": (0.0, 1.0), "log beta": (0.0, -1.0)}
"""How an effect on the rate and one on dropping out move a coordinate."""
SIDES = ("rate", "dropout")


@dataclass(frozen=True, eq=False)
class CovariateFit:
    """A purchase model with covariates.

    Attributes
    ----------
    model
        The model.
    counts
        What it was fitted to.
    reference
        Covariate → the level that the others are compared with: the most frequent one.
    columns
        One row an effect: ``covariate, level, n``.
    combinations
        One row a combination of levels that occurs, and its ``n``.
    prior
        Of the coordinates of who has all reference levels.
    effects
        (draws, 2, effects) on the logarithms of the purchase rate and of dropping out.
    draws
        (draws, combinations, parameters).
    ess, r_hat, divergences
        Of NUTS: smallest bulk effective sample size and largest rank-normalised r_hat of a coordinate or effect.
    reason
        Why the draws are not to be believed, in a sentence (`chains.R_HAT`, `ESS`, `DIVERGENT`); empty where they are.
    """

    model: PurchaseModel
    counts: PurchaseCounts
    reference: dict[str, str]
    columns: pd.DataFrame
    combinations: pd.DataFrame
    prior: Prior = field(repr=False)
    effects: Array = field(repr=False)
    draws: Array = field(repr=False)
    ess: float
    r_hat: float
    divergences: int
    reason: str = ""

    def of(self, levels: Mapping[str, str]) -> PurchaseFit:
        """The fit of those with these levels, one for each covariate.

        Raises
        ------
        InvalidValue
            When nobody has these levels.
        """
        place = place_of(self.combinations, levels, "CovariateFit.of")
        rows = np.ones(len(self.counts.frame), bool)
        for name in self.reference:
            rows &= (self.counts.frame[name] == levels[name]).to_numpy()
        diagnosis = (self.ess, self.r_hat, self.divergences)
        return fit_of_part(self.model, self.counts, rows, self.prior, self.draws[:, place], diagnosis)

    @property
    def summary(self) -> pd.DataFrame:
        """One row an effect: ``covariate, level, n, on, ratio, low, high``; posterior medians and 95 % limits.

        ``on`` is ``"rate"``, a ratio of purchases while active, or ``"dropout"``: a ratio of the odds to stop after a
        purchase, under Pareto/NBD of the rate of stopping. Levels with fewer customers than may be shown are left
        out, and further ones where they could be told from the rest.
        """
        hidden = self._hidden()
        rows = []
        for place, row in enumerate(self.columns.itertuples()):
            if (row.covariate, row.level) in hidden:
                continue
            for side, on in enumerate(SIDES):
                ratio, low, high = np.exp(np.quantile(self.effects[:, side, place], [0.5, 0.025, 0.975]))
                rows.append((row.covariate, row.level, int(row.n), on, float(ratio), float(low), float(high)))
        return pd.DataFrame(rows, columns=["covariate", "level", "n", "on", "ratio", "low", "high"])

    def _hidden(self) -> set[tuple[str, str]]:
        found = set()
        for name in self.reference:
            sizes = self.combinations.groupby(name, as_index=False)["n"].sum()
            told = suppress(sizes, [name], min_cell=self.counts.min_cell)
            found |= {(name, level) for level in told.loc[told["suppressed"], name]}
        return found


def fit_covariates(
    counts: PurchaseCounts,
    model: str | PurchaseModel = "bg_nbd",
    *,
    covariates: str | Iterable[str] = (),
    size: int = 1000,
    seed: int = SEED,
) -> CovariateFit:
    """Fit a purchase model in which attributes move the purchase rate and dropping out.

    Parameters
    ----------
    counts
        Customers by frequency, recency, T and attributes.
    model
        A name that `purchase_model` knows, or a model.
    covariates
        Which of the attributes, one or several; all the counts are parted by where nothing is said.
    size
        Draws.
    seed
        Of the chains.

    Raises
    ------
    UnknownColumn
        When the counts are not parted by an attribute.
    NoPurchases, NoRepeatPurchases
        When nobody bought, or nobody a second time.
    InvalidValue
        When an attribute has one level only, or the model has nothing to move.
    NotConverged
        When the sampler finds no place to start.

    Notes
    -----
    Fader & Hardie (2007), Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models: with z the
    levels as indicators, alpha = alpha0 exp(-γ'z), so that rates are multiplied by exp(γ'z). Under Pareto/NBD beta =
    beta0 exp(-δ'z) multiplies the rates of stopping. Under the other models the odds a/b of the mean chance to stop are
    multiplied by exp(δ'z) while a + b, how alike customers are, is common: their version moves a and b apart, of which
    the counts seldom tell more than the ratio. An association, not a cause. Chains that do not agree are run once
    more, longer, and `CovariateFit.reason` says where that did not help.
    """
    known = purchase_model(model) if isinstance(model, str) else model
    names = named(covariates) or counts.by
    parted = parts(counts, names, "fit_covariates")
    reference, columns, design = _indicators(parted.levels, names)
    likelihood, prior = tensor_likelihood(known), purchase_prior(known, counts)
    width, effects = len(likelihood.coordinates), len(columns)
    moves = np.array([MOVED.get(name, (0.0, 0.0)) for name in known.coordinates])
    data = prior_data(known, whole_base(counts), prior)
    data |= {"effect_sd": np.array(EFFECT), "moves": moves, "design": design}
    data |= likelihood.tables(counts.frame, parted.row)
    density = log_density(known, "covariates", data)
    dimensions = width + 2 * effects
    start = np.concatenate([data["near"], np.zeros(2 * effects)])
    data |= {"near": np.zeros(width), "root": np.eye(width)}
    # Reference and effects depend on each other: whitened together with the curvature at their mode.
    (mode,), _, (curvature,) = peaks(lambda at: density(at[0], **data)[1][None], start[None])
    root = np.linalg.inv(np.linalg.cholesky(curvature)).T

    def whitened(white: Array) -> tuple[float, Array]:
        value, slope = density(mode + root @ white, **data)
        return value, slope @ root

    def placed(white: Array) -> Array:
        return mode + white @ root.T

    what = f"What {' and '.join(name.replace('_', ' ') for name in names)} explain{'s' if len(names) == 1 else ''}"
    found = chains_of(whitened, dimensions, placed, what, size=size, seed=seed)
    drawn = evenly(Chains(placed(found.points), 0).mixed, size)
    moved = drawn[:, width:].reshape(-1, 2, effects)
    theta = known.theta(explained(drawn[:, :width], moved, data).swapaxes(1, 2))
    return CovariateFit(
        known, counts, reference, columns, parted.levels, prior, EFFECT * moved, theta,
        found.ess, found.r_hat, found.divergences, found.reason,
    )  # fmt: skip


def _indicators(levels: pd.DataFrame, names: tuple[str, ...]) -> tuple[dict[str, str], pd.DataFrame, Array]:
    """The reference levels, what each effect belongs to, and (effects, combinations) who has it."""
    reference: dict[str, str] = {}
    rows, design = [], []
    for name in names:
        sizes = levels.groupby(name, sort=True)["n"].sum()
        if len(sizes) < 2:
            raise InvalidValue(f"fit_covariates: {name} must have at least 2 levels, found {list(sizes.index)}")
        reference[name] = str(sizes.idxmax())
        for level, n in sizes.items():
            if level != reference[name]:
                rows.append((name, level, int(n)))
                design.append((levels[name] == level).to_numpy(float))
    return reference, pd.DataFrame(rows, columns=["covariate", "level", "n"]), np.array(design)
