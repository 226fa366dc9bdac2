"""Moments computed wholly in the engine, for surveys of any size: no answer leaves it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.answers.checked import known, refuse_constant, refuse_too_few
from cxmodels.loyalty.answers.from_study import groups_of, weights_of
from cxmodels.loyalty.answers.moments import Moments
from cxmodels.loyalty.answers.respondents import column, respondents, scales_of, survey_of
from cxmodels.loyalty.answers.weighting import Weights, weighted, with_attributes

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

_WHERE = "engine_moments"


def engine_moments(
    snapshot: Snapshot,
    items: Iterable[str],
    *,
    survey: str | None = None,
    latest: bool = True,
    weights: Weights = None,
) -> Moments:
    """Moments of the respondents who answered every item, as ``moments(answers(...))`` finds them.

    One query sums products over pairs of items, so that it takes any number of respondents. Fourth moments, and with
    them robust standard errors, need the distinct answers: see `answers`.

    Parameters
    ----------
    snapshot, items, survey, latest, weights
        As for `answers`.

    Raises
    ------
    InvalidAnswers, TooFewRespondents, MissingTable
        As for `answers` and `moments`.
    """
    ((_, sums),) = _sums(snapshot, tuple(items), survey, latest, weights, None)
    return _moments(sums, tuple(items))


def engine_moments_by(
    snapshot: Snapshot,
    items: Iterable[str],
    by: str,
    *,
    survey: str | None = None,
    latest: bool = True,
    weights: Weights = None,
    levels: Iterable[str] | None = None,
) -> tuple[Moments, ...]:
    """The same for each group of an attribute of customers.

    Parameters
    ----------
    levels
        The groups, in the order wanted. Default: all, in the order of their names.

    Raises
    ------
    InvalidAnswers, TooFewRespondents, MissingTable
        As for `answers` and `moments`, naming the group.
    """
    asked = tuple(items)
    sums = dict(_sums(snapshot, asked, survey, latest, weights, by))
    wanted = sums if levels is None else known(levels, sums, f"engine_moments_by {by!r}", "level")
    return tuple(_moments(sums[level], asked, level) for level in wanted)


def _sums(
    snapshot: Snapshot, items: tuple[str, ...], survey: str | None, latest: bool, weights: Weights, by: str | None
) -> list[tuple[str, Mapping[str, float]]]:
    """Level and sums of each group; scores are counted from the middle of their scale, so that sums stay small."""
    scales = scales_of(snapshot, items)
    parted = groups_of(snapshot, () if by is None else (by,), items)
    table = respondents(snapshot, items, survey_of(snapshot, items, survey), latest=latest)
    table = weighted(snapshot, table, weights_of(snapshot, weights))
    names = [column(at) for at in range(len(items))]
    table = with_attributes(snapshot, table.filter(table.weight > 0).drop_null(names), parted)
    middles = [sum(scales.get(item, (0.0, 0.0))) / 2 for item in items]
    table = table.mutate(**{name: table[name] - middle for name, middle in zip(names, middles, strict=True)})
    asked: dict[str, ir.Value] = {"n": table.count(), "weight": table.weight.sum(), "squares": (table.weight**2).sum()}
    for name in names:
        asked |= {f"low:{name}": table[name].min(), f"high:{name}": table[name].max()}
        asked[name] = (table.weight * table[name]).sum()
    for one, other in combinations_with_replacement(names, 2):
        asked[f"{one}:{other}"] = (table.weight * table[one] * table[other]).sum()
    found = table.group_by("by0").agg(**asked) if parted else table.aggregate(**asked)
    rows = found.to_pandas().fillna(0.0)
    middle = {f"middle:{name}": value for name, value in zip(names, middles, strict=True)}
    rows = rows.assign(**middle).sort_values("by0") if parted else rows.assign(**middle)
    return [(str(row.get("by0", "")), row) for row in rows.to_dict("records")]


def _moments(sums: Mapping[str, float], items: tuple[str, ...], group: str = "") -> Moments:
    where = f"{_WHERE} of {group!r}" if group else _WHERE
    names = [column(at) for at in range(len(items))]
    refuse_too_few(sums["n"], items, where)
    middle = np.array([sums[f"middle:{name}"] for name in names])
    ends = np.array([[sums[f"{end}:{name}"] for name in names] for end in ("low", "high")])
    refuse_constant(ends + middle, items, where)
    weight = sums["weight"]
    mean = np.array([sums[name] for name in names]) / weight
    products = np.zeros((len(items), len(items)))
    for one, other in combinations_with_replacement(range(len(items)), 2):
        products[one, other] = products[other, one] = sums[f"{names[one]}:{names[other]}"]
    covariance = products / weight - np.outer(mean, mean)
    return Moments(items, float(weight**2 / sums["squares"]), covariance, mean + middle, group=group)
