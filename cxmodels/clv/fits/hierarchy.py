"""Groups of customers partially pooled: each has parameters of its own, drawn towards those of all."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxmodels.clv.counts.purchases import PurchaseCounts
from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.fits.activity import QUANTITIES, activity, limits
from cxmodels.clv.fits.chains import chains_of
from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.parted import fit_of_part, parts, place_of
from cxmodels.clv.fits.purchases import purchase_prior, whole_base
from cxmodels.clv.models.model import Array, PurchaseModel
from cxmodels.clv.models.named import purchase_model
from cxmodels.clv.posteriors.compiled import grouped, log_density, pooled
from cxmodels.clv.posteriors.given_spread import given_spread
from cxmodels.clv.posteriors.importance import SEED
from cxmodels.clv.posteriors.nuts import prior_data
from cxmodels.clv.posteriors.priors import Prior
from cxmodels.clv.posteriors.pymc_likelihoods import tensor_likelihood
from cxmodels.sampling import Chains, evenly
from cxmodels.study.privacy import suppress

SPREAD = 0.5
"""Scale of the half-normal prior of the standard deviation over groups of each coordinate: groups whose rates or odds
of dropping out differ by a factor of e are rare."""
FEWEST = 2
"""Groups."""


@dataclass(frozen=True, eq=False)
class GroupFit:
    """A purchase model whose parameters differ between groups.

    Attributes
    ----------
    model
        The model.
    counts
        What it was fitted to.
    by
        The attribute that parts the customers.
    levels
        One row a group: the attribute and ``n`` customers.
    prior
        Of the mean over groups of the unbounded coordinates.
    draws
        (draws, groups, parameters).
    mean
        (draws, coordinates) mean over groups of the coordinates.
    spread
        (draws, coordinates) standard deviation over groups of the coordinates.
    ess, r_hat, divergences
        Of NUTS: the smallest bulk effective sample size and the largest rank-normalised r_hat of a coordinate of a
        group, of the mean or of the logarithm of the spread; steps that left the energy.
    reason
        Why the draws are not to be believed, in a sentence (`chains.R_HAT`, `ESS`, `DIVERGENT`); empty where they are.
    """

    model: PurchaseModel
    counts: PurchaseCounts
    by: str
    levels: pd.DataFrame
    prior: Prior = field(repr=False)
    draws: Array = field(repr=False)
    mean: Array = field(repr=False)
    spread: Array = field(repr=False)
    ess: float
    r_hat: float
    divergences: int
    reason: str = ""

    def of(self, level: str) -> PurchaseFit:
        """The fit of one group.

        Raises
        ------
        InvalidValue
            When there is no such group.
        """
        place = place_of(self.levels, {self.by: level}, "GroupFit.of")
        rows = (self.counts.frame[self.by] == level).to_numpy()
        diagnosis = (self.ess, self.r_hat, self.divergences)
        return fit_of_part(self.model, self.counts, rows, self.prior, self.draws[:, place], diagnosis)

    @property
    def hidden(self) -> int:
        """Groups with too few customers to be shown, and those that would tell them."""
        return int(suppress(self.levels, [self.by], min_cell=self.counts.min_cell)["suppressed"].sum())

    def quantities(self) -> pd.DataFrame:
        """What the parameters mean for new customers: one row a draw and group, `QUANTITIES` as columns.

        Indexed by ``draw`` and the attribute; the groups too small to be shown are among them.
        """
        levels = list(self.levels[self.by])
        drawn = [activity(self.model, self.draws[:, place], self.counts.unit) for place in range(len(levels))]
        return pd.concat(drawn, keys=levels, names=[self.by, "draw"]).swaplevel()

    @property
    def summary(self) -> pd.DataFrame:
        """One row a shown group and quantity: the attribute, ``n, quantity, value, low, high, average, above``.

        Means and 95 % limits; ``average`` is the mean over all customers, ``above`` the probability that the group
        lies above the average of the customers of all other groups.
        """
        drawn = self.quantities().unstack(self.by)
        sizes = self.levels.set_index(self.by)["n"]
        told = suppress(self.levels, [self.by], min_cell=self.counts.min_cell)
        rows = []
        for level in told.loc[~told["suppressed"], self.by]:
            for quantity in QUANTITIES:
                each = drawn[quantity][sizes.index].to_numpy()
                own = drawn[quantity][level].to_numpy()
                total = each @ sizes.to_numpy(float)
                others = (total - own * sizes[level]) / (sizes.sum() - sizes[level])
                average = float(total.mean() / sizes.sum())
                rows.append((level, int(sizes[level]), quantity, *limits(own), average, float((own > others).mean())))
        names = [self.by, "n", "quantity", "value", "low", "high", "average", "above"]
        return pd.DataFrame(rows, columns=names)


def fit_groups(
    counts: PurchaseCounts,
    model: str | PurchaseModel = "bg_nbd",
    *,
    by: str | None = None,
    size: int = 1000,
    seed: int = SEED,
) -> GroupFit:
    """Fit a purchase model whose parameters differ between groups, as far as the counts say that they do.

    Parameters
    ----------
    counts
        Customers by frequency, recency, T and an attribute, such as the channel or the quarter they came in.
    model
        A name that `purchase_model` knows, or a model.
    by
        The attribute; may be left out where the counts are parted by one only.
    size
        Draws.
    seed
        Of the chains.

    Raises
    ------
    UnknownColumn
        When the counts are not parted by the attribute.
    NoPurchases, NoRepeatPurchases
        When nobody bought, or nobody a second time.
    InvalidValue
        When there are fewer than two groups, or no such model.
    NotConverged
        When the sampler finds no place to start.

    Notes
    -----
    The unbounded coordinates of a group are normal around a mean with a standard deviation of their own (partial
    pooling: Gelman & Hill 2007, chapter 12; for purchases Abe 2009, "Counting your customers" one by one). The mean
    has the model's usual prior, the standard deviation a half-normal one of scale `SPREAD`. Sampled in the coordinates
    of `given_spread`; chains that do not agree are run once more, longer, and `GroupFit.reason` says where that did
    not help.
    """
    known = purchase_model(model) if isinstance(model, str) else model
    if by is None and len(counts.by) > 1:
        raise InvalidValue(f"fit_groups: by must name one of {', '.join(counts.by)}, found none")
    names = counts.by if by is None else (by,)
    parted = parts(counts, names, "fit_groups")
    groups = len(parted.levels)
    if groups < FEWEST:
        raise InvalidValue(f"fit_groups: at least {FEWEST} groups of {names[0]} are required, found {groups}")
    likelihood, prior = tensor_likelihood(known), purchase_prior(known, counts)
    width = len(likelihood.coordinates)
    data = prior_data(known, whole_base(counts), prior) | {
        "spread": np.full(width, SPREAD),
        "directions": _directions(known),
        "groups": np.zeros(groups),
    }
    data |= likelihood.tables(counts.frame, parted.row)
    density = log_density(known, "groups", data)
    white = given_spread(density, data)

    def told(points: Array) -> Array:
        """The coordinates of the groups, of their mean, and the logarithms of the spreads."""
        drawn = white.placed(points)
        point, log_spread = drawn[..., :width], drawn[..., width : 2 * width]
        away = drawn[..., 2 * width :].reshape(*drawn.shape[:2], width, groups)
        coordinates = grouped(point, log_spread, away, data).reshape(*drawn.shape[:2], -1)
        return np.concatenate([coordinates, pooled(point, data)[..., 0], log_spread], axis=2)

    what = f"How customers differ by {names[0].replace('_', ' ')}"
    found = chains_of(white, (2 + groups) * width, told, what, size=size, seed=seed)
    drawn = evenly(Chains(told(found.points), 0).mixed, size)
    each, mean, log_spread = np.split(drawn, [groups * width, (groups + 1) * width], axis=1)
    theta = known.theta(each.reshape(-1, width, groups).swapaxes(1, 2))
    return GroupFit(
        known, counts, names[0], parted.levels, prior, theta, mean, SPREAD * np.exp(log_spread),
        found.ess, found.r_hat, found.divergences, found.reason,
    )  # fmt: skip


def _directions(model: PurchaseModel) -> Array:
    """(coordinates, directions): in which groups differ, with one standard deviation each.

    A step in log r leaves the mean rate r/alpha where it is (customers become more alike), a step in the logarithm of
    the mean rate leaves r; so for s and beta. Purchases tell a group's mean rate much better than its alpha.
    """
    directions = np.eye(len(model.coordinates))
    for shape, scale in (("log r", "log alpha"), ("log s", "log beta")):
        if scale in model.coordinates:
            row, column = model.coordinates.index(scale), model.coordinates.index(shape)
            directions[row, column], directions[row, row] = 1.0, -1.0
    return directions
