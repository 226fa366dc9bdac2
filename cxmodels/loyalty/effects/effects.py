"""Direct effects, indirect effects by each path, and total effects, with their limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.effects.drawn import limits, path_draws
from cxmodels.loyalty.errors import InvalidModel, InvalidValue

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array, PathFit

ARROW = " → "
DIRECT, SPECIFIC, INDIRECT, TOTAL = "direct", "indirect by path", "indirect", "total"
COLUMNS = ["effect", "source", "target", "path", "coef", "se", "low", "high", "std", "std_se", "std_low", "std_high"]
SUMMARY = [
    "source", "target", "direct", "indirect", "indirect_low", "indirect_high", "total", "total_low", "total_high",
    "mediated", "mediated_low", "mediated_high",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Effects:
    """What moves what, directly and through others.

    Attributes
    ----------
    table
        One row an effect: ``effect`` (``"direct"``, ``"indirect by path"``, ``"indirect"``: the sum of these, or
        ``"total"``), ``source``, ``target``, ``path`` (its constructs parted by arrows; for sums the two ends),
        ``coef, se, low, high`` on the scale of the fit and ``std, std_se, std_low, std_high`` in standard deviations.
        ``se`` is the standard deviation of the draws, limits hold 95 % of them; of a direct path, and of a total that
        is nothing else, both are those of the fit. NaN for a fit without draws.
    summary
        One row a pair with any effect, standardised: ``direct``, ``indirect`` and ``total`` with limits, and
        ``mediated``, the share of the total that is indirect. The share is NaN where direct and indirect effects have
        opposite signs: a share of what partly cancels out is none (MacKinnon, Krull & Lockwood 2000, Prevention
        Science 1). Its limits are NaN unless the total is clear of zero.
    draws
        Draws the limits rest on.
    no_limits
        Why there are no limits, in a sentence; empty where there are.
    """

    table: pd.DataFrame
    summary: pd.DataFrame
    draws: int
    no_limits: str

    def of(self, source: str, target: str) -> pd.DataFrame:
        """The rows of `table` from one construct to another.

        Raises
        ------
        InvalidValue
            When the model has no path between them.
        """
        rows = self.table[(self.table["source"] == source) & (self.table["target"] == target)]
        if not len(rows):
            pairs = ", ".join(f"{a}{ARROW}{b}" for a, b in self.summary[["source", "target"]].itertuples(index=False))
            raise InvalidValue(f"effects: there is no path {source}{ARROW}{target}; there are: {pairs}")
        return rows.reset_index(drop=True)


def path_effects(fit: PathFit) -> Effects:
    """Work out every effect of a fitted path model.

    Parameters
    ----------
    fit
        Of any engine, of one group. Its model must have no cycles, so that every effect is a finite sum over paths
        (Bollen 1987, Sociological Methodology 17): total effects are (I − B)⁻¹ − I.

    Raises
    ------
    InvalidModel
        When the model has no paths, or a cycle.
    NotConverged
        When the fit has draws, but too few of them are numbers.

    Notes
    -----
    Limits are quantiles of products of the drawn paths, which are skewed where a normal approximation is not
    (MacKinnon, Lockwood & Williams 2004, Multivariate Behavioral Research 39; Preacher & Selig 2012).
    """
    chains = tuple(chains_of(fit))
    places = {name: place for place, name in enumerate(fit.names)}
    keys, members = _effects_of(chains)
    told: dict[str, Array] = {}
    drawn: Array | None = None
    for standardised, prefix in ((False, ""), (True, "std")):
        matrix = np.asarray(fit.path_matrix(standardised=standardised), float)[None]
        told[prefix or "coef"] = _along(matrix, chains, places)[0] @ members
        draws, no_limits = path_draws(fit, "effects", standardised=standardised)
        drawn = None if draws is None else _along(draws, chains, places) @ members
        nothing = np.full(len(keys), np.nan)
        low, high = (nothing, nothing) if drawn is None else limits(drawn)
        spread = nothing if drawn is None else drawn.std(axis=0, ddof=1)
        for name, column in (("se", spread), ("low", low), ("high", high)):
            told[f"{prefix}_{name}" if prefix else name] = column
    _as_printed(fit, keys, told)
    table = pd.DataFrame(keys, columns=COLUMNS[:4]).assign(**told)[COLUMNS]
    return Effects(table, _summary(table, drawn), 0 if drawn is None else len(drawn), no_limits)


def _as_printed(fit: PathFit, keys: list[tuple[str, str, str, str]], told: dict[str, Array]) -> None:
    """Give a single path the doubt that its fit prints: one quantity has one interval."""
    rows = fit.estimates[fit.estimates["op"] == "~"].set_index(["rhs", "lhs"])
    through_others = {(source, target) for kind, source, target, _ in keys if kind == INDIRECT}
    for at, (kind, source, target, _) in enumerate(keys):
        alone = kind == DIRECT or (kind == TOTAL and (source, target) not in through_others)
        if alone and (source, target) in rows.index:
            for name in told.keys() & rows.columns:
                if name not in ("coef", "std") and np.isfinite(told[name][at]):
                    told[name][at] = rows.loc[(source, target), name]


def chains_of(fit: PathFit) -> Iterator[tuple[str, ...]]:
    """Every chain of paths of a model, shorter ones first within a source and target, causes before effects.

    Raises
    ------
    InvalidModel
        When there are no paths, or a cycle.
    """
    causes: dict[str, list[str]] = {}
    for source, target in fit.model.paths:
        causes.setdefault(target, []).append(source)
    if not causes:
        raise InvalidModel("effects: a model with at least one path, such as 'Loyalty ~ Satisfaction', is required")
    try:
        order = list(TopologicalSorter(causes).static_order())
    except CycleError as error:
        raise InvalidModel(f"effects: paths must not form a cycle, found {ARROW.join(error.args[1][::-1])}") from None
    rank = {name: place for place, name in enumerate(order)}
    found = [chain for target in causes for chain in _back(target, causes)]
    yield from sorted(found, key=lambda chain: (rank[chain[0]], rank[chain[-1]], len(chain), chain))


def _back(target: str, causes: dict[str, list[str]]) -> Iterator[tuple[str, ...]]:
    for source in causes.get(target, []):
        yield (source, target)
        yield from ((*chain, target) for chain in _back(source, causes))


def _effects_of(chains: tuple[tuple[str, ...], ...]) -> tuple[list[tuple[str, str, str, str]], Array]:
    """The rows of the table, and (chains, rows) which chains each adds up."""
    keys, members = [], []
    for pair in dict.fromkeys((chain[0], chain[-1]) for chain in chains):
        own = np.array([(chain[0], chain[-1]) == pair for chain in chains])
        longer = own & np.array([len(chain) > 2 for chain in chains])
        for place in np.flatnonzero(own):
            kind = SPECIFIC if longer[place] else DIRECT
            keys.append((kind, *pair, ARROW.join(chains[place])))
            members.append(np.arange(len(chains)) == place)
        if longer.any():
            keys.append((INDIRECT, *pair, ARROW.join(pair)))
            members.append(longer)
        keys.append((TOTAL, *pair, ARROW.join(pair)))
        members.append(own)
    return keys, np.array(members, float).T


def _along(paths: Array, chains: tuple[tuple[str, ...], ...], places: dict[str, int]) -> Array:
    """(draws, chains) product of the coefficients along each chain."""
    products = np.ones((len(paths), len(chains)))
    for place, chain in enumerate(chains):
        for source, target in pairwise(chain):
            products[:, place] *= paths[:, places[target], places[source]]
    return products


def _summary(table: pd.DataFrame, draws: Array | None) -> pd.DataFrame:
    rows = []
    for (source, target), part in table.groupby(["source", "target"], sort=False):
        place = {kind: index for index, kind in part["effect"].items() if kind != SPECIFIC}
        nothing = {"std": 0.0, "std_low": 0.0, "std_high": 0.0}
        direct, indirect, total = (
            table.loc[place[kind]] if kind in place else nothing for kind in (DIRECT, INDIRECT, TOTAL)
        )
        share, low, high = (0.0, 0.0, 0.0) if INDIRECT not in place else (np.nan, np.nan, np.nan)
        if INDIRECT in place and direct["std"] * indirect["std"] >= 0 and total["std"] != 0:
            share = indirect["std"] / total["std"]
            if draws is not None and total["std_low"] * total["std_high"] > 0:
                sides = limits(draws[:, place[INDIRECT]] / draws[:, place[TOTAL]])
                low, high = (1.0, 1.0) if DIRECT not in place else (float(side) for side in sides)
        rows.append(
            (
                source, target, direct["std"], indirect["std"], indirect["std_low"], indirect["std_high"],
                total["std"], total["std_low"], total["std_high"], share, low, high,
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=SUMMARY)
