"""What a fit predicts of respondents it has not seen: PLSpredict.

Shmueli, Ray, Velasquez Estrada & Chatla (2016), The elephant in the room: predictive performance of PLS models, Journal
of Business Research 69: 4552-4564; Shmueli et al. (2019), European Journal of Marketing 53: 2322-2347.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.loyalty.answers.accepted import as_answers
from cxmodels.loyalty.errors import InvalidValue, NotConverged, TooFewRespondents
from cxmodels.loyalty.path_fit import NORMAL_95
from cxmodels.loyalty.pls.statistics import Statistics, statistics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.pls.design import Design, Indices
    from cxmodels.loyalty.pls.pls_fit import PlsFit

Antecedents = Literal["direct", "earliest"]
Power = Literal["high", "medium", "low", "none"]
SEED = 20_260_930


@dataclass(frozen=True, eq=False)
class PlsPrediction:
    """How well the items of explained constructs are predicted out of sample.

    Attributes
    ----------
    items
        One row an item: ``construct, item, rmse, mae, q2, linear_rmse, linear_mae, mean_rmse``. Errors are in points of
        the item's scale; ``linear`` is a regression on the items of the antecedents, ``mean`` the mean of the others;
        ``q2`` is one minus the squared errors over those of the mean.
    against_linear, against_mean
        Squared error of the model less that of the other, as share of an item's variance, mean of all items, with 95 %
        limits over respondents; below 0 the model predicts better. Liengaard et al. (2021), Decision Sciences 52:
        362-392, whose losses are on the scales of the items.
    folds, repeats
        How often respondents were parted, and into how many parts.
    """

    items: pd.DataFrame
    against_linear: Estimate
    against_mean: Estimate
    folds: int
    repeats: int

    @property
    def power(self) -> Power:
        """How many items the model predicts better than the regression: all, most, some or none; Shmueli et al. 2019.

        Half of them count as most.
        """
        better = (self.items["rmse"] < self.items["linear_rmse"]).mean()
        if better == 1:
            return "high"
        if better >= 0.5:
            return "medium"
        return "low" if better > 0 else "none"


def predict_items(
    fit: PlsFit,
    data: pd.DataFrame | Answers,
    *,
    antecedents: Antecedents = "direct",
    folds: int = 10,
    repeats: int = 10,
    seed: int = SEED,
) -> PlsPrediction:
    """Predict the items of each respondent from a model fitted to the others.

    Parameters
    ----------
    fit
        The model and how it is fitted. Of a consistent fit the scores are regressed as they are: they, not common
        factors, are known of a new respondent.
    data
        Respondents; those who did not answer every item are left out.
    antecedents
        What is known of a new respondent: the items of the constructs that explain another directly, or only those
        that nothing explains.
    folds, repeats
        Respondents are parted at random into `folds` parts, each predicted from the rest, `repeats` times over.
    seed
        Of the parting.

    Raises
    ------
    InvalidValue
        When an option is none of those allowed.
    InvalidAnswers, TooFewRespondents
        When the data do not fit the model, or are fewer without a part than the items.
    NotConverged
        When the model cannot be fitted without a part.
    """
    if antecedents not in get_args(Antecedents):
        raise InvalidValue(f"predict_items: antecedents must be 'direct' or 'earliest', found {antecedents!r}")
    answers = as_answers(data, fit.design.items)
    kept = answers.frame.dropna(subset=list(fit.design.items))
    n = kept["n"].to_numpy()
    if not 2 <= folds <= n.sum():
        raise InvalidValue(
            f"predict_items: folds must lie between 2 and the {int(n.sum()):,} respondents, found {folds}"
        )
    if repeats < 1:
        raise InvalidValue(f"predict_items: repeats must be at least 1, found {repeats}")
    if (left := int(n.sum() - -(-n.sum() // folds))) <= len(fit.design.items):
        raise TooFewRespondents(
            f"predict_items: {len(fit.design.items)} items need more respondents than that without one of {folds} "
            f"parts, found {left:,}"
        )
    generator = np.random.default_rng(seed)
    parts = (part for _ in range(repeats) for part in _parted(n, folds, generator))
    return predicted(fit, kept, parts, antecedents=antecedents, folds=folds, repeats=repeats)


def predicted(
    fit: PlsFit,
    respondents: pd.DataFrame,
    parts: Iterator[NDArray[np.int64]],
    *,
    antecedents: Antecedents,
    folds: int,
    repeats: int,
) -> PlsPrediction:
    """Predict each part (rows,), how many respondents of each row are in it, from the others; see `predict_items`."""
    design = fit.design
    n = respondents["n"].to_numpy(float)
    each = respondents["weight"].to_numpy(float) / n
    x = respondents[list(design.items)].to_numpy(float)
    # centred, so that sums of products lose no digits
    x = x - (n * each) @ x / (n @ each)
    held = [(np.flatnonzero(part), part[part > 0] * each[part > 0]) for part in parts]
    mean, covariance = _moments_without(x, n * each, held)
    found = statistics(covariance, design, replace(fit.algorithm, consistent=False))
    if found.failed.any():
        raise NotConverged(
            f"predict_items: the model has no solution in {int(found.failed.sum())} of {len(held)} parts of the "
            "respondents; use fewer folds"
        )
    targets = np.concatenate([np.arange(b.start, b.stop) for b in (design.blocks[j] for j in design.endogenous)])
    model = _by_model(found, covariance, design, antecedents)[:, :, targets]
    linear = _by_regression(covariance, design, antecedents)[:, :, targets]
    variance = np.diag(fit.moments.covariance)[targets]
    # of model, regression and mean: sums of errors by item, and of squared ones as shares of variance by row
    squared, absolute, loss = np.zeros((3, len(targets))), np.zeros((3, len(targets))), np.zeros((3, len(x)))
    for (rows, weight), centre, by_model, by_regression in zip(held, mean, model, linear, strict=True):
        off = x[rows] - centre
        actual = off[:, targets]
        for other, error in enumerate((actual - off @ by_model, actual - off @ by_regression, actual)):
            absolute[other] += weight @ np.abs(error)
            error *= error
            squared[other] += weight @ error
            loss[other, rows] += error @ (1 / variance) * weight
    whole = repeats * (n @ each)
    rmse = np.sqrt(squared / whole)
    items = pd.DataFrame(
        {
            "construct": np.array(design.names)[design.construct_of[targets]],
            "item": np.array(design.items)[targets],
            "rmse": rmse[0],
            "mae": absolute[0] / whole,
            "q2": 1 - squared[0] / squared[2],
            "linear_rmse": rmse[1],
            "linear_mae": absolute[1] / whole,
            "mean_rmse": rmse[2],
        }
    )
    loss /= len(targets) * repeats * n * each
    linear_loss, mean_loss = (_difference(loss[0] - other, n, each) for other in loss[1:])
    return PlsPrediction(items, linear_loss, mean_loss, folds, repeats)


def _parted(n: NDArray[np.int64], folds: int, generator: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """(rows,) how many respondents of each row are in each part; sizes differ by one at most."""
    who = generator.permutation(np.repeat(np.arange(len(n)), n))
    for part in np.array_split(who, folds):
        yield np.bincount(part, minlength=len(n))


def _moments_without(x: Array, weight: Array, held: list[tuple[Indices, Array]]) -> tuple[Array, Array]:
    """(parts, items) means and (parts, items, items) covariances of the respondents outside of each part."""
    total, product = weight @ x, (x * weight[:, None]).T @ x
    means, covariances = [], []
    for rows, inside in held:
        some = x[rows]
        left = weight.sum() - inside.sum()
        mean = (total - inside @ some) / left
        means.append(mean)
        covariances.append((product - (some * inside[:, None]).T @ some) / left - np.outer(mean, mean))
    return np.stack(means), np.stack(covariances)


def _by_model(found: Statistics, covariance: Array, design: Design, antecedents: Antecedents) -> Array:
    """(parts, items, items): what a point of each item (row) adds to the prediction of each other by the paths."""
    scale = np.sqrt(np.einsum("bii->bi", covariance))
    place, every = design.construct_of, np.arange(len(design.items))
    effects = found.paths.copy()
    if antecedents == "earliest":
        effects = found.total.copy()
        effects[:, :, design.endogenous] = 0.0
    scores = np.zeros((len(covariance), len(design.items), len(design.names)))
    scores[:, every, place] = found.weights / scale
    return scores @ effects.transpose(0, 2, 1)[:, :, place] * (found.loadings * scale)[:, None, :]


def _by_regression(covariance: Array, design: Design, antecedents: Antecedents) -> Array:
    """(parts, items, items): coefficients of each item (column) on the items of the antecedents of its construct."""
    found = np.zeros_like(covariance)
    earliest = design.exogenous
    for target in design.endogenous:
        sources = design.explained_by[target] if antecedents == "direct" else earliest
        on = np.flatnonzero(np.isin(design.construct_of, sources))
        block = np.arange(design.blocks[target].start, design.blocks[target].stop)
        found[:, on[:, None], block] = np.linalg.solve(
            covariance[:, on[:, None], on], covariance[:, on[:, None], block]
        )
    return found


def _difference(difference: Array, n: Array, each: Array) -> Estimate:
    """Weighted mean over respondents, `n` a row, with normal 95 % limits."""
    weight = n * each
    mean = float(weight @ difference / weight.sum())
    se = np.sqrt(n @ (each * (difference - mean)) ** 2) / weight.sum()
    margin = NORMAL_95 * float(se)
    return Estimate(mean, mean - margin, mean + margin, "share of variance", int(n.sum()))
