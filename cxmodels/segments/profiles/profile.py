"""Profiles: how each segment differs from everybody else, and which differences set it apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.segments.errors import InvalidValue, UnknownColumn
from cxmodels.segments.features.features import transformed
from cxmodels.segments.features.from_study import customer_features
from cxmodels.segments.profiles.effects import Effect, Moments, cramers_v, hedges_g, share_difference
from cxmodels.segments.profiles.members import attributes_of, level_counts, moments_of, of_the_rest, with_scores
from cxmodels.suppression import hidden_cells

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.segments.clusters.assign import Assignment
    from cxmodels.segments.clusters.model import SegmentModel
    from cxmodels.study.snapshot import Snapshot

NUMBER, CATEGORY = "number", "category"
FALSE_SHARE = 0.05
"""Of the differences that are told, the share that may be chance (Benjamini and Hochberg 1995)."""
SMALL = 0.2
"""A difference of fewer standard deviations is small (Cohen 1988): it is real, and sets nobody apart."""
MIX = "share of orders"
_KEYS = ["segment", "name", "feature", "aspect", "kind", "level", "unit", "of_model"]
_NUMBERS = ["inside", "outside", "effect", "low", "high", "v", "v_low", "v_high", "strength", "p", "q"]


@dataclass(frozen=True, eq=False)
class Profile:
    """How the customers of each segment differ from all others.

    Attributes
    ----------
    differences
        One row a segment and feature, attribute or score: ``segment`` (number), ``name``, ``feature``, ``aspect``,
        ``kind`` (``"number"`` or ``"category"``), ``level`` (of a category the one that differs most, else ``""``),
        ``unit``, ``of_model`` (whether segments were found by it); ``inside`` and ``outside``, mean in `unit` or share
        at the level; ``effect`` with ``low`` and ``high``: Hedges' g of a number as the model sees it, the difference
        of shares of a category; ``v``, ``v_low``, ``v_high``, Cramér's V of a category; ``strength``, the difference
        in standard deviations, by which numbers and categories compare; ``p``; ``q``, p for the share of false
        discoveries among all rows; ``told``, whether q is small and the strength at least `SMALL`. Numbers of what is
        too small to be told are missing.
    model
        Whose segments.
    hidden
        Names of segments that nothing is told of.
    level
        Of the intervals.
    """

    differences: pd.DataFrame
    model: SegmentModel
    hidden: tuple[str, ...]
    level: float

    def distinguishing(self, most: int = 3) -> pd.DataFrame:
        """The rows that set each segment apart, at most so many, the strongest first and one an aspect.

        Of shares that add up to all orders it is one that is larger than elsewhere. Scores that are given are not
        among them: they change from month to month while the segments stay.
        """
        rows = self.differences[self.differences["told"] & (self.differences["aspect"] != "")]
        rows = rows[(rows["effect"] > 0) | ((rows["unit"] != MIX) & (rows["kind"] != CATEGORY))]
        rows = rows.sort_values(["segment", "strength", "feature"], ascending=[True, False, True])
        rows = rows.drop_duplicates(["segment", "aspect"])
        return rows.groupby("segment").head(most).reset_index(drop=True)


def profile(
    snapshot: Snapshot,
    assignment: Assignment,
    *,
    attributes: Sequence[str] | None = None,
    scores: Mapping[str, ir.Table | pd.DataFrame] | None = None,
    hidden: tuple[str, ...] = (),
    level: float = 0.95,
) -> Profile:
    """Compare every segment with everybody else: what its customers do, who they are, what is expected of them.

    Parameters
    ----------
    snapshot, assignment
        A day and who is in which segment on it.
    attributes
        Of customers, and ``"plan"``. Default: all that are text or a truth value, of at most twelve levels.
    scores
        Further numbers, column → table with ``customer`` (a pseudonym) and that column, such as
        ``{"clv": clv.table, "churn_12m": churn.table}``.
    hidden
        Names of segments that must stay hidden, such as `Migration.hidden`.
    level
        Of the intervals.

    Raises
    ------
    UnknownColumn
        When an attribute or a column of scores is not there.
    InvalidValue
        When the level lies outside of (0, 1).

    Notes
    -----
    Segments were made to differ in the features of the model: of these, size and interval say by how much, and p only
    that it is not chance of who is a customer; it is no proof that segments exist (Gao, Bien and Witten 2022). Every
    customer is counted; intervals are those of customers like them.
    """
    if not 0 < level < 1:
        raise InvalidValue(f"profile: level must lie between 0 and 1, found {level}")
    away = assignment.shown(hidden)["customers"].isna().to_numpy()
    rows = [_numbers(snapshot, assignment, dict(scores or {}), away, level)]
    known = attributes_of(snapshot)
    if unknown := [name for name in attributes or () if name not in known]:
        raise UnknownColumn(f"attributes: {unknown[0]!r} is not there; there are: {', '.join(known) or 'none'}")
    for name in known if attributes is None else attributes:
        table = level_counts(snapshot, assignment, name)
        if table is not None:
            rows.append(_categories(name, table, assignment, away, level))
    table = pd.concat(rows, ignore_index=True)
    names = assignment.model.names
    table.insert(1, "name", table["segment"].map(names))
    table["q"] = _false_discoveries(table["p"])
    table["told"] = (table["q"] < FALSE_SHARE) & (table["strength"] >= SMALL)
    order = {number: place for place, number in enumerate(names)}
    table = table.sort_values("segment", key=lambda column: column.map(order), kind="stable", ignore_index=True)
    away_names = tuple(name for name, gone in zip(names.values(), away, strict=True) if gone)
    return Profile(table[[*_KEYS, *_NUMBERS, "told"]], assignment.model, away_names, level)


def _numbers(
    snapshot: Snapshot,
    assignment: Assignment,
    scores: dict[str, ir.Table | pd.DataFrame],
    away: NDArray[np.bool_],
    level: float,
) -> pd.DataFrame:
    """Rows of features and scores."""
    features = customer_features(snapshot, window_months=assignment.model.window_months)
    table = features.table
    if twice := [name for name in scores if name in features.names]:
        raise InvalidValue(f"scores: {twice[0]!r} is a feature already")
    how = dict(zip(features.names, features.columns["transform"], strict=True))
    seen = {f"seen:{name}": transformed(table[name], how[name]) for name in features.names}
    rows = with_scores(snapshot, table.mutate(**seen), scores)
    own = assignment.table.select("segment", member="number")
    rows = rows.inner_join(own, rows.number == own.member)
    columns = (*features.names, *scores)
    segments = tuple(assignment.model.names)
    raw = moments_of(rows, columns, segments)
    scaled = moments_of(rows, (*seen, *scores), segments)
    effect = hedges_g(scaled, of_the_rest(scaled), level=level)
    least = assignment.min_cell
    # who is known of must not follow from sums either
    few = np.column_stack([hidden_cells(each, least)[:-1] for each in raw.n.T]) | away[:, None]
    few |= raw.n.sum(axis=0) - raw.n < least
    described = features.columns.set_index("name")[["aspect", "unit"]].to_dict("index")
    parts = []
    for place, name in enumerate(columns):
        told = described.get(name, {"aspect": "", "unit": ""})
        size, low, high, p = (np.where(few[:, place], np.nan, each[:, place]) for each in effect)
        frame = {
            "segment": segments, "feature": name, **told, "kind": NUMBER, "level": "",
            "of_model": name in assignment.model.inputs,
            "inside": np.where(few[:, place], np.nan, raw.mean[:, place]),
            "outside": np.where(few[:, place], np.nan, of_the_rest(raw).mean[:, place]),
            "effect": size, "low": low, "high": high, "v": np.nan, "v_low": np.nan, "v_high": np.nan,
            "strength": np.abs(size), "p": p,
        }  # fmt: skip
        parts.append(pd.DataFrame(frame))
    return pd.concat(parts, ignore_index=True)


def _categories(
    name: str, counts: pd.DataFrame, assignment: Assignment, away: NDArray[np.bool_], level: float
) -> pd.DataFrame:
    """Rows of an attribute: V of all its levels, and the level that differs most of those that may be told."""
    table = counts.to_numpy(float)
    shape = (table.shape[0] + 1, table.shape[1] + 1)
    must = np.zeros(shape, bool)
    must[:-1, :] = away[:, None]
    # a share tells how many are at the level, and how many are not
    small = hidden_cells(table, assignment.min_cell, hidden=must)[:-1, :-1]
    n, total = table.sum(axis=1), table.sum(axis=0)
    rest = n.sum() - n
    few = small | _too_few(n[:, None] - table, assignment.min_cell) | away[:, None] | (rest == 0)[:, None]
    rows = []
    for place, segment in enumerate(counts.index):
        own, others = table[place], total - table[place]
        row: dict[str, object] = {"segment": segment, "level": ""}
        if not few[place].all():
            difference, low, high = share_difference(own, n[place], others, rest[place], level=level)
            indicator = _indicator(own, n[place], others, rest[place])
            at = int(np.argmax(np.where(few[place], -1.0, np.abs(indicator.size))))
            v, v_low, v_high, p = cramers_v([own, others], level=level)
            row |= {
                "level": counts.columns[at], "inside": own[at] / n[place], "outside": others[at] / rest[place],
                "effect": difference[at], "low": low[at], "high": high[at], "v": v, "v_low": v_low, "v_high": v_high,
                "strength": abs(indicator.size[at]), "p": p,
            }  # fmt: skip
        rows.append(row)
    frame = pd.DataFrame(rows).reindex(columns=["segment", "level", *_NUMBERS[:-1]])
    return frame.assign(feature=name, aspect=name, kind=CATEGORY, unit="share", of_model=False)


def _indicator(own: NDArray, n: float, others: NDArray, rest: float) -> Effect:
    """Hedges' g of being at a level, 1 or 0."""
    group, everybody_else = (
        Moments(np.full(len(share), size), share, share * (1 - share) * size / max(size - 1, 1))
        for share, size in ((own / n, n), (others / rest, rest))
    )
    return hedges_g(group, everybody_else)


def _too_few(counts: NDArray, least: int) -> NDArray[np.bool_]:
    return (counts > 0) & (counts < least)


def _false_discoveries(p: pd.Series) -> NDArray[np.float64]:
    from scipy.stats import false_discovery_control

    found = np.full(len(p), np.nan)
    known = p.notna().to_numpy()
    if known.any():
        found[known] = false_discovery_control(p[known].to_numpy(float))
    return found
