"""A path model fitted by partial least squares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.accepted import as_answers
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue
from cxmodels.loyalty.path_fit import in_short
from cxmodels.loyalty.pls.statistics import Algorithm, Statistics, statistics

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.answers.moments import Moments
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.pls.bootstrap import Bootstrap, Limits
    from cxmodels.loyalty.pls.design import Design
    from cxmodels.loyalty.syntax.path_model import PathModel


@dataclass(frozen=True, eq=False)
class PlsFit:
    """A path model fitted by partial least squares; every construct and item has variance 1.

    Attributes
    ----------
    model
        The model.
    names
        Constructs, then items that stand for themselves in a regression; the order of every matrix of constructs.
    n
        Respondents who answered every item; with weights the effective number.
    estimates
        ``lhs, op, rhs, label, coef, se, low, high, std, std_low, std_high``: loadings (``=~``) of common factors,
        weights (``<~``) of composites, paths (``~``), correlations (``~~``) of constructs that nothing explains, and
        what the text defines (``:=``). Standard errors and 95 % percentile limits are of the bootstrap, NaN without
        one. ``std`` equals ``coef``.
    moments
        Of the items, in the order of `design`.
    design
        Blocks of items, modes, paths.
    algorithm
        Scheme, whether consistent, whether on standardised items.
    statistics
        All that was computed, as arrays; a batch of one.
    bootstrap
        The resamples; None without.
    not_held
        What the text says and this engine does not know, such as a covariance of two residuals.
    """

    model: PathModel
    names: tuple[str, ...]
    n: float
    estimates: pd.DataFrame
    moments: Moments
    design: Design
    algorithm: Algorithm
    statistics: Statistics
    bootstrap: Bootstrap | None
    not_held: tuple[str, ...]
    engine: Literal["pls"] = "pls"

    def __repr__(self) -> str:
        return in_short(self)

    @property
    def iterations(self) -> int:
        """How many the weights took to converge."""
        return int(self.statistics.iterations[0])

    @property
    def admissible(self) -> bool:
        """Whether no correlation, loading or R² is beyond 1, and the correlations are those of some variables."""
        return bool(self.statistics.admissible[0])

    @property
    def weights(self) -> pd.DataFrame:
        """One row an item: ``construct, item, weight, raw_weight``; of the standardised item, and of one point."""
        raw = self.statistics.weights[0] / np.sqrt(np.diag(self.moments.covariance))
        return self._by_item("weight", self.statistics.weights[0]).assign(raw_weight=raw)

    @property
    def loadings(self) -> pd.DataFrame:
        """One row an item: ``construct, item, loading``."""
        return self._by_item("loading", self.statistics.loadings[0])

    @property
    def cross_loadings(self) -> pd.DataFrame:
        """(items, names) correlations of each item with the score of each construct."""
        scale = np.sqrt(np.diag(self.moments.covariance))
        correlation = self.moments.covariance / np.outer(scale, scale)
        return pd.DataFrame(correlation @ self._spread(), list(self.design.items), list(self.names))

    @property
    def construct_correlations(self) -> pd.DataFrame:
        """(names, names) correlations of the constructs; of the common factors themselves where consistent."""
        return pd.DataFrame(self.statistics.correlations[0], list(self.names), list(self.names))

    @property
    def r2(self) -> pd.DataFrame:
        """One row a construct that something explains: ``construct, r2, adjusted``."""
        places = self.design.endogenous
        r2 = self.statistics.r2[0, places]
        predictors = np.array([len(self.design.explained_by[place]) for place in places])
        adjusted = 1 - (1 - r2) * (self.n - 1) / (self.n - predictors - 1)
        return pd.DataFrame({"construct": np.array(self.names)[places], "r2": r2, "adjusted": adjusted})

    @cached_property
    def f2(self) -> pd.DataFrame:
        """One row a path: ``construct, source, f2, f2_refitted``.

        ``f2`` (Cohen 1988) takes the scores as they are, and is the one the bootstrap tells of; ``f2_refitted`` weighs
        the items anew without the path, as SmartPLS and seminr do.
        """
        rows = []
        for place in self.design.endogenous:
            r2 = self.statistics.r2[0, place]
            for source in self.design.explained_by[place]:
                refitted = (r2 - self._r2_without(int(source), int(place))) / (1 - r2)
                f2 = self.statistics.f2[0, place, source]
                rows.append((self.names[place], self.names[source], f2, refitted))
        return pd.DataFrame(rows, columns=["construct", "source", "f2", "f2_refitted"])

    @property
    def reliability(self) -> pd.DataFrame:
        """One row a construct: ``construct, items, mode, rho_a, rho_c, ave``."""
        found = self.statistics
        return pd.DataFrame(
            {
                "construct": self.names,
                "items": self.design.sizes,
                "mode": self.design.modes,
                "rho_a": found.rho_a[0],
                "rho_c": found.rho_c[0],
                "ave": found.ave[0],
            }
        )

    @property
    def rho_a(self) -> pd.Series:
        """(names,) reliability of the scores, 1 of single items and of mode B."""
        return pd.Series(self.statistics.rho_a[0], list(self.names), name="rho_a")

    @property
    def htmt(self) -> pd.DataFrame:
        """(names, names) heterotrait-monotrait ratios of absolute correlations."""
        return pd.DataFrame(self.statistics.htmt[0], list(self.names), list(self.names))

    @property
    def total_effects(self) -> pd.DataFrame:
        """(names, names) direct and indirect effects together, row = what is explained."""
        return pd.DataFrame(self.statistics.total[0], list(self.names), list(self.names))

    def path_matrix(self, *, standardised: bool = True) -> Array:
        """(names, names) direct paths, row = what is explained; standardised either way."""
        return self.statistics.paths[0].copy()

    def path_draws(self, *, standardised: bool = True) -> Array:
        """(draws, names, names) the paths of the resamples that have all of them.

        Raises
        ------
        InvalidValue
            When the model was fitted without a bootstrap.
        """
        paths = self._bootstrapped().drawn.paths
        return paths[np.isfinite(paths).all(axis=(1, 2))]

    def construct_covariance(self) -> Array:
        """(names, names) correlations of the constructs: those found, which paths between composites do not restrict.

        A copy of `construct_correlations`.
        """
        return self.statistics.correlations[0].copy()

    def intervals(self, *, kind: Limits = "percentile", level: float = 0.95) -> pd.DataFrame:
        """Every statistic with its doubt; see `Bootstrap.intervals`.

        Raises
        ------
        InvalidValue
            When the model was fitted without a bootstrap.
        """
        return self._bootstrapped().intervals(kind=kind, level=level)

    def scores(self, data: pd.DataFrame | Answers) -> pd.DataFrame:
        """Scores of respondents: (rows, names), mean 0 and variance 1 among those the model was fitted to.

        One row a row of the table, or of the frame of the answers; missing where an item was not answered.

        Raises
        ------
        InvalidAnswers
            When an item is not there, or the model was fitted to covariances without means.
        """
        if self.moments.mean is None:
            raise InvalidAnswers("scores: the means of the items are needed; the model was fitted to covariances alone")
        frame = data if isinstance(data, pd.DataFrame) else data.frame
        if absent := [item for item in self.design.items if item not in frame.columns]:
            as_answers(data, absent)  # says what is there instead
        x = frame[list(self.design.items)].to_numpy(dtype=float, na_value=np.nan)
        raw = self._spread() / np.sqrt(np.diag(self.moments.covariance))[:, None]
        # an item not answered makes missing only the scores it has a part in
        parts = [(x[:, b] - self.moments.mean[b]) @ raw[b, place] for place, b in enumerate(self.design.blocks)]
        return pd.DataFrame(np.stack(parts, axis=1), frame.index, list(self.names))

    def _by_item(self, what: str, values: Array) -> pd.DataFrame:
        constructs = np.array(self.names)[self.design.construct_of]
        return pd.DataFrame({"construct": constructs, "item": self.design.items, what: values})

    def _spread(self) -> Array:
        """(items, names) weights, 0 of the items of other constructs."""
        spread = np.zeros((len(self.design.items), len(self.names)))
        spread[np.arange(len(self.design.items)), self.design.construct_of] = self.statistics.weights[0]
        return spread

    def _r2_without(self, source: int, target: int) -> float:
        """R² of a construct when one of its paths is left out and the items are weighed anew."""
        without = self.design.without_path(source, target)
        if without is None:
            return 0.0
        kept = [self.design.items.index(item) for item in without.items]
        found = statistics(self.moments.covariance[np.ix_(kept, kept)][None], without, self.algorithm)
        return float(found.r2[0, without.names.index(self.names[target])])

    def _bootstrapped(self) -> Bootstrap:
        if self.bootstrap is None:
            raise InvalidValue("PlsFit: resamples are needed, found none; fit with bootstraps=5000")
        return self.bootstrap
