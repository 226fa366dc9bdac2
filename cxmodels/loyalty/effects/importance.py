"""The importance–performance map: what moves the target most, and how well it is done today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.accepted import as_moments
from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.effects.drawn import limits, path_draws
from cxmodels.loyalty.effects.item_weights import item_weights
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue
from cxmodels.loyalty.path_fit import NORMAL_95
from cxmodels.loyalty.pls.structural import total_effects

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.moments import Moments
    from cxmodels.loyalty.path_fit import Array, PathFit

CONSTRUCTS = [
    "construct", "importance", "importance_low", "importance_high", "points", "points_low", "points_high",
    "performance", "performance_low", "performance_high", "first", "priority",
]  # fmt: skip
ITEMS = ["construct", "item", "weight", "points", "performance", "performance_low", "performance_high"]
_WHERE = "importance_performance"


@dataclass(frozen=True, eq=False)
class ImportancePerformance:
    """What drives a construct, and how it stands.

    Attributes
    ----------
    target
        What is driven.
    performance, performance_low, performance_high
        Of the target itself, from 0, everybody ticks the lowest score, to 100, everybody the highest; 95 % limits.
    constructs
        One row a construct that the target depends on, the most important first: ``importance``, its standardised
        total effect; ``points``, by how many points the target is higher where it is one point higher, both from 0 to
        100; ``performance``; each with 95 % limits (of importance those of the draws; NaN without). ``first`` is the
        probability that its ``points`` are the most (NaN without draws). ``priority`` marks more than average
        ``points`` with less than average performance, where 95 % limits leave no doubt of either.
    items
        One row an item of these: ``weight``, its part in the score of its construct (they add up to 1), ``points``
        of the target that one point of the item goes with, and ``performance``.
    """

    target: str
    performance: float
    performance_low: float
    performance_high: float
    constructs: pd.DataFrame
    items: pd.DataFrame


def importance_performance(
    fit: PathFit,
    data: pd.DataFrame | Answers | Moments,
    target: str,
    *,
    scales: Mapping[str, tuple[float, float]] | None = None,
) -> ImportancePerformance:
    """Set total effects on a construct beside the scores of what they come from.

    Parameters
    ----------
    fit
        Of any engine.
    data
        The answers it was fitted to, or their moments with means.
    target
        A construct that paths lead to.
    scales
        Item → lowest and highest score possible. Default: those of the answers.

    Raises
    ------
    InvalidValue
        When nothing leads to the target, or an item has no scale.
    InvalidAnswers
        When moments have no means, or as for `as_moments`.

    Notes
    -----
    Ringle & Sarstedt (2016), Industrial Management & Data Systems 116. Items are rescaled to 0–100 by what their scale
    allows, not by what was observed, and weighted within a construct by the unstandardised weights of its score
    (`item_weights`). Limits of performance are those of a mean over respondents, the weights taken as known.
    """
    names = list(fit.names)
    if target not in names:
        raise InvalidValue(f"{_WHERE}: target must be one of {', '.join(names)}, found {target!r}")
    place = names.index(target)
    total = total_effects(np.asarray(fit.path_matrix(), float))[place]
    upstream = [name for name in names if name in _upstream(fit, target)]
    if not upstream:
        raise InvalidValue(f"{_WHERE}: no path leads to {target!r}; paths lead to {', '.join(fit.model.endogenous)}")
    weights = item_weights(fit)
    blocks = {name: weights[weights["construct"] == name] for name in (*upstream, target)}
    items = [item for block in blocks.values() for item in block["item"]]
    moments = as_moments(data, items)
    if moments.mean is None:
        raise InvalidAnswers(f"{_WHERE}: performance needs the means of the items, found covariances alone")
    low, width = _scales(items, data, scales)
    mean = 100 * (moments.mean - low) / width
    covariance = 1e4 * moments.covariance / np.outer(width, width)
    parts = {name: _part(block, items, moments) for name, block in blocks.items()}
    scores = {name: (float(part @ mean), float(np.sqrt(part @ covariance @ part))) for name, part in parts.items()}

    ratio = np.array([scores[target][1] / scores[name][1] for name in upstream])
    columns = [names.index(name) for name in upstream]
    importance = total[columns]
    draws, _ = path_draws(fit, _WHERE)
    first = np.full(len(upstream), np.nan)
    sides, heavy = (first, first), np.zeros(len(upstream), bool)
    if draws is not None:
        drawn = total_effects(draws)[:, place, columns]
        sides, weights_drawn = limits(drawn), drawn * ratio
        first = (weights_drawn.argmax(axis=1)[:, None] == np.arange(len(upstream))).mean(axis=0)
        heavy = limits(weights_drawn - weights_drawn.mean(axis=1, keepdims=True))[0] > 0
    below = _below_average(np.array([parts[name] for name in upstream]), mean, covariance, moments.n)
    performance = np.array([scores[name][0] for name in upstream])
    margin = NORMAL_95 * np.array([scores[name][1] for name in upstream]) / np.sqrt(moments.n)
    points = importance * ratio
    constructs = pd.DataFrame(
        {
            "construct": upstream,
            "importance": importance,
            "importance_low": sides[0],
            "importance_high": sides[1],
            "points": points,
            "points_low": sides[0] * ratio,
            "points_high": sides[1] * ratio,
            "performance": performance,
            "performance_low": np.maximum(performance - margin, 0),
            "performance_high": np.minimum(performance + margin, 100),
            "first": first,
            "priority": heavy & below,
        }
    )
    constructs = constructs.sort_values("importance", ascending=False, ignore_index=True)
    by_item = _items(dict(zip(upstream, points, strict=True)), blocks, items, parts, mean, covariance, moments.n)
    own, off = scores[target][0], NORMAL_95 * scores[target][1] / np.sqrt(moments.n)
    return ImportancePerformance(
        target, own, max(own - off, 0.0), min(own + off, 100.0), constructs[CONSTRUCTS], by_item
    )


def _below_average(parts: Array, mean: Array, covariance: Array, n: float) -> np.ndarray:
    """(k,) whether a score is surely below the mean of the scores, which rest on the same respondents."""
    apart = parts - parts.mean(axis=0)
    se = np.sqrt(np.einsum("ki,ij,kj->k", apart, covariance, apart) / n)
    return np.asarray(apart @ mean + NORMAL_95 * se < 0)


def _upstream(fit: PathFit, target: str) -> set[str]:
    """What a chain of paths leads from."""
    found: set[str] = set()
    waiting = [target]
    while waiting:
        now = waiting.pop()
        new = {source for source, to in fit.model.paths if to == now} - found
        found |= new
        waiting += new
    return found


def _scales(items: list[str], data: object, scales: Mapping[str, tuple[float, float]] | None) -> tuple[Array, Array]:
    """(items,) lowest score and width of each scale."""
    known = scales if scales is not None else data.scales if isinstance(data, Answers) else {}
    if missing := [item for item in items if item not in known]:
        raise InvalidValue(
            f"{_WHERE}: the lowest and highest score of every item are needed, as "
            f"scales={{{missing[0]!r}: (1, 10), …}}; not known: {', '.join(missing)}"
        )
    low, high = np.array([known[item] for item in items], float).T
    if (high <= low).any():
        raise InvalidValue(f"{_WHERE}: scales go up, found {known[items[int((high <= low).argmax())]]}")
    return low, high - low


def _part(block: pd.DataFrame, items: list[str], moments: Moments) -> Array:
    """(items,) share of each item in a construct's score of unstandardised items; shares add up to 1."""
    part = np.zeros(len(items))
    places = [items.index(item) for item in block["item"]]
    spread = np.sqrt(np.diag(moments.covariance)[places])
    share = block["weight"].to_numpy(float) / spread
    part[places] = share / share.sum()
    return part


def _items(
    points: Mapping[str, float],
    blocks: Mapping[str, pd.DataFrame],
    items: list[str],
    parts: Mapping[str, Array],
    mean: Array,
    covariance: Array,
    n: float,
) -> pd.DataFrame:
    margin = NORMAL_95 * np.sqrt(np.diag(covariance) / n)
    rows = []
    for construct, each in points.items():
        for item in blocks[construct]["item"]:
            place = items.index(item)
            share = parts[construct][place]
            low, high = max(mean[place] - margin[place], 0.0), min(mean[place] + margin[place], 100.0)
            rows.append((construct, item, share, each * share, mean[place], low, high))
    return pd.DataFrame(rows, columns=ITEMS).sort_values("points", ascending=False, ignore_index=True)
