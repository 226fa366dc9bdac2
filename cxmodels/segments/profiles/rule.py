"""A rule by which another system can tell segments: a shallow tree, and how often each of its leaves is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.estimate import Estimate, share_limits
from cxmodels.look import numbers
from cxmodels.segments.clusters.matrix import MOST, drawn
from cxmodels.segments.errors import InvalidValue, TooFewCustomers
from cxmodels.suppression import hidden_cells

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier

    from cxmodels.segments.clusters.assign import Assignment
    from cxmodels.segments.features.features import Features

HELD_OUT = 0.3
DEEPEST = 3
_DIGITS = 3
_OF_LEAF = ["customers", "precision", "recall"]


class Condition(NamedTuple):
    """``feature <= threshold`` or, not `below`, ``feature > threshold``."""

    feature: str
    below: bool
    threshold: float


@dataclass(frozen=True, eq=False)
class CrmRule:
    """A rule for every customer.

    Attributes
    ----------
    leaves
        One row a leaf: ``segment``, ``name``; ``sql`` (a condition on features in their own units) and ``words``;
        ``customers`` held out that it takes; ``precision``, an Estimate of the share of them that are of the segment;
        ``recall``, of the segment's customers held out the share it takes. Missing where too few were held out.
    segments
        One row a segment: ``segment``, ``name``, ``precision`` and ``recall`` of all its leaves together, and ``sql``;
        a segment that no leaf takes has none.
    accuracy
        Share of the customers held out whose segment the rule tells.
    left_out
        Features the rule cannot use since they are not known of everybody.
    held_out, fitted
        Customers the rule was judged by, and made from.
    """

    leaves: pd.DataFrame
    segments: pd.DataFrame
    accuracy: Estimate
    left_out: tuple[str, ...]
    held_out: int
    fitted: int


def crm_rule(
    features: Features, assignment: Assignment, *, depth: int = DEEPEST, most: int = MOST, seed: int = 0
) -> CrmRule:
    """Write segments as conditions on features, from a decision tree.

    Parameters
    ----------
    features
        In their own units; shares are drawn towards everybody's as `customer_features` says.
    assignment
        Of the same customers.
    depth
        Of the tree, from 1 to 3: a leaf has at most so many conditions.
    most
        Customers drawn where there are more.
    seed
        Of the draw and of who is held out.

    Returns
    -------
    CrmRule
        Thresholds are rounded to three digits, as they are written, before the rule is judged on the 30 % held out.

    Raises
    ------
    InvalidValue
        When the depth is none of those.
    TooFewCustomers
        When too few customers are left to make and to judge a rule.

    Notes
    -----
    CART, Breiman et al. (1984), by entropy: splits by Gini's index part the largest segments off first and leave
    none of three for the smallest. Intervals are Jeffreys'.
    """
    from sklearn.tree import DecisionTreeClassifier

    if depth not in range(1, DEEPEST + 1):
        raise InvalidValue(f"crm_rule: depth must be a whole number from 1 to {DEEPEST}, found {depth}")
    own = assignment.table.select("segment", member="number")
    table = features.table.inner_join(own, features.table.number == own.member).drop("member")
    frame = drawn(table, assignment.customers, most=most, seed=seed)
    known = [name for name in features.names if frame[name].notna().all()]
    values, segment = frame[known].to_numpy(float), frame["segment"].to_numpy()
    away = np.random.default_rng(seed).random(len(frame)) < HELD_OUT
    least = max(assignment.min_cell, 1)
    if min(away.sum(), (~away).sum()) < 2 * least or not known:
        raise TooFewCustomers("crm_rule: too few customers, or none of whom all is known, to make a rule and judge it")
    # small segments count as much as large ones, or no leaf would be theirs
    tree = DecisionTreeClassifier(
        max_depth=depth, min_samples_leaf=least, criterion="entropy", class_weight="balanced", random_state=0
    )
    tree.fit(values[~away], segment[~away])
    found = _leaves(tree, known, values)
    names = assignment.model.names
    rows = []
    for number, conditions in found:
        takes = _holds(conditions, values[away], known)
        rows.append((number, names[number], _sql(conditions), _words(conditions, features), int(takes.sum()),
                     *_judged(takes, segment[away] == number, least)))  # fmt: skip
    leaves = pd.DataFrame(rows, columns=["segment", "name", "sql", "words", *_OF_LEAF])
    # the leaves add up to all who were held out
    small = hidden_cells(leaves["customers"], least, known=[*np.zeros(len(leaves), bool), True])[:-1]
    leaves["customers"] = leaves["customers"].astype("Int64")
    leaves[_OF_LEAF] = leaves[_OF_LEAF].mask(small | leaves["precision"].isna(), axis=0)
    told = np.select(
        [_holds(conditions, values[away], known) for _, conditions in found], [number for number, _ in found]
    )
    right = int((told == segment[away]).sum())
    return CrmRule(
        leaves=leaves.sort_values(["segment", "customers"], ascending=[True, False], ignore_index=True),
        segments=_segments(leaves, told, segment[away], names, least),
        accuracy=_share(right, int(away.sum())),
        left_out=tuple(name for name in features.names if name not in known),
        held_out=int(away.sum()),
        fitted=int((~away).sum()),
    )


def _leaves(
    tree: DecisionTreeClassifier, names: Sequence[str], values: NDArray
) -> list[tuple[int, tuple[Condition, ...]]]:
    """Segment and conditions of each leaf; those of one feature on one side are drawn together."""
    inner = tree.tree_
    whole = [bool((column == np.round(column)).all()) for column in values.T]

    def below(node: int, path: tuple[Condition, ...]) -> list[tuple[int, tuple[Condition, ...]]]:
        left, right = inner.children_left[node], inner.children_right[node]
        if left == right:
            return [(int(tree.classes_[np.argmax(inner.value[node])]), _together(path))]
        at = inner.feature[node]
        threshold = _rounded(float(inner.threshold[node]), whole[at])
        found = [
            *below(left, (*path, Condition(names[at], True, threshold))),
            *below(right, (*path, Condition(names[at], False, threshold))),
        ]
        # a split whose sides are of one segment tells nothing
        alike = len({segment for segment, _ in found}) == 1
        return [(found[0][0], _together(path))] if alike else found

    return below(0, ())


def _rounded(threshold: float, whole: bool) -> float:
    """As it is written; between two whole numbers the lower one says the same."""
    return float(np.floor(threshold)) if whole else float(f"{threshold:.{_DIGITS}g}")


def _together(path: tuple[Condition, ...]) -> tuple[Condition, ...]:
    kept: dict[tuple[str, bool], float] = {}
    for feature, below, threshold in path:
        known = kept.get((feature, below), threshold)
        kept[feature, below] = min(known, threshold) if below else max(known, threshold)
    return tuple(Condition(feature, below, threshold) for (feature, below), threshold in kept.items())


def _holds(conditions: tuple[Condition, ...], values: NDArray, names: Sequence[str]) -> NDArray[np.bool_]:
    met = np.ones(len(values), bool)
    for feature, below, threshold in conditions:
        column = values[:, names.index(feature)]
        met &= (column <= threshold) if below else (column > threshold)
    return met


def _judged(takes: NDArray, own: NDArray, least: int) -> tuple[Estimate | None, Estimate | None]:
    if takes.sum() < least or own.sum() < least:
        return None, None
    both = int((takes & own).sum())
    return _share(both, int(takes.sum())), _share(both, int(own.sum()))


def _share(hits: int, n: int) -> Estimate:
    low, high = map(float, share_limits(hits, n))
    return Estimate(hits / n, low, high, "share", n)


def _segments(leaves: pd.DataFrame, told: NDArray, segment: NDArray, names: dict[int, str], least: int) -> pd.DataFrame:
    rows = []
    for number, name in names.items():
        own = leaves.loc[leaves["segment"] == number, "sql"]
        precision, recall = _judged(told == number, segment == number, least)
        sql = " or ".join(f"({each})" for each in own) if len(own) > 1 else "".join(own)
        rows.append((number, name, precision, recall, sql))
    return pd.DataFrame(rows, columns=["segment", "name", "precision", "recall", "sql"])


def _sql(conditions: tuple[Condition, ...]) -> str:
    return " and ".join(
        f'"{feature.replace(chr(34), chr(34) * 2)}" {"<=" if below else ">"} {threshold:g}'
        for feature, below, threshold in conditions
    )


def _words(conditions: tuple[Condition, ...], features: Features) -> str:
    units = dict(zip(features.names, features.columns["unit"], strict=True))
    said = []
    for feature, below, threshold in conditions:
        side = "at most" if below else "more than"
        unit = units[feature]
        amount = numbers.share(threshold, 0) if unit.startswith("share") else f"{threshold:g}"
        said.append(f"{feature.replace('_', ' ')} {side} {amount}" + (f" ({unit})" if unit else ""))
    return ", ".join(said) or "everybody"
