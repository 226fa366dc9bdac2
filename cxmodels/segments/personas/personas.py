"""Persona cards: all that is told of a segment, in one place, and nothing of a few."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.estimate import REAL, Estimate
from cxmodels.look import bundle
from cxmodels.personal import find
from cxmodels.segments.clusters.assign import memberships
from cxmodels.segments.errors import InvalidValue, UnknownColumn
from cxmodels.segments.features.from_study import features_for
from cxmodels.segments.personas.journeys import journeys
from cxmodels.segments.personas.loyalty import largest_classes
from cxmodels.segments.personas.worth import concentration, means

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.segments.clusters.assign import Assignment
    from cxmodels.segments.personas.themes import WrittenBy
    from cxmodels.segments.profiles.profile import Profile
    from cxmodels.study.snapshot import Snapshot

QUOTES = 3
_WORDS = {"monetary": "spending", "frequency": "orders", "recency": "time since the last order"}


@dataclass(frozen=True, eq=False)
class Persona:
    """The card of a segment; what is not known, or of too few to be told, is None or empty.

    Attributes
    ----------
    segment, name
        Its number and name.
    customers
        How many are in it, counted.
    size
        Their share of all customers, each counted where it most probably belongs; the interval is what membership
        probabilities leave open.
    traits
        In words, what sets it apart.
    value
        Mean value of a customer.
    value_share
        Its share of the value of all segments.
    top_fifth
        Share of its value that its most valuable fifth holds.
    leaving
        Mean chance of leaving.
    nps
        Net promoter score.
    beside
        Whether that is surely ``"below"`` or ``"above"`` the score of all; empty where it is not.
    quadrants
        The row of `largest_classes`.
    journey
        Rows of `journeys`, the earliest step first.
    themes, quotes
        Rows of `WrittenBy.shares`, and masked comments on these themes.
    """

    segment: int
    name: str
    customers: int | None
    size: Estimate | None
    traits: tuple[str, ...] = ()
    value: Estimate | None = None
    value_share: float | None = None
    top_fifth: float | None = None
    leaving: Estimate | None = None
    nps: Estimate | None = None
    beside: str = ""
    quadrants: pd.DataFrame = field(default_factory=pd.DataFrame)
    journey: pd.DataFrame = field(default_factory=pd.DataFrame)
    themes: pd.DataFrame = field(default_factory=pd.DataFrame)
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Personas:
    """Cards of all segments that may be told of; a notebook shows them side by side.

    Attributes
    ----------
    cards
        By number of the segment.
    hidden
        Names of segments without a card.
    """

    cards: tuple[Persona, ...]
    hidden: tuple[str, ...]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        from cxmodels.segments.personas.card import html, text

        return bundle(html(self.cards), "\n".join(text(card) for card in self.cards))


def personas(
    snapshot: Snapshot,
    assignment: Assignment,
    *,
    profile: Profile | None = None,
    value: ir.Table | pd.DataFrame | None = None,
    value_column: str = "clv",
    leaving: ir.Table | pd.DataFrame | None = None,
    leaving_column: str = "churn_12m",
    quadrants: ir.Table | pd.DataFrame | None = None,
    nps: pd.DataFrame | None = None,
    themes: WrittenBy | None = None,
    quotes: pd.DataFrame | None = None,
    hidden: tuple[str, ...] = (),
    level: float = 0.95,
) -> Personas:
    """Draw up a card for each segment that may be told of.

    Parameters
    ----------
    snapshot, assignment
        A day and who is in which segment on it.
    profile
        From `profile`, for the traits.
    value, leaving
        One row a customer: ``customer`` (pseudonym) and `value_column` in the study's currency; and `leaving_column`,
        with its limits under the same name and ``_low``, ``_high`` where the model's doubt is known.
    quadrants
        As `largest_classes` takes them.
    nps
        One row a segment: ``segment``, ``value``, ``low``, ``high``, ``n`` and ``customers``, in points; [``below``],
        the probability that it lies below the score of all. Pooled, so that few answers alone make none the worst.
    themes
        From `written_by`.
    quotes
        One row a comment: ``segment``, ``language``, ``theme``, ``quote``, masked, the best first. One that is on no
        theme of the segment, or still looks personal, is left out.
    hidden
        Names of segments that must stay hidden, such as `Migration.hidden`.
    level
        Of the intervals.

    Returns
    -------
    Personas
        Without the segments whose size is hidden. In the frames given, ``segment`` is its number, as a
        number or a text, or its name.

    Raises
    ------
    UnknownColumn
        When a table lacks a column.
    InvalidValue
        When the level lies outside of (0, 1).

    Notes
    -----
    Who belongs is not known for sure: the sum of independent memberships has the variance Σ p (1 − p) (Poisson
    binomial). The interval of a size is its normal limits, widened to hold the count.
    """
    if not 0 < level < 1:
        raise InvalidValue(f"personas: level must lie between 0 and 1, found {level}")
    names = assignment.model.names
    marks = _of_segments(nps, names, "nps", ("value", "low", "high", "n", "customers"))
    said = _of_segments(quotes, names, "quotes", ("language", "theme", "quote"))
    sizes = assignment.shown(hidden)
    told = sizes.loc[sizes["customers"].notna() & (sizes["customers"] > 0)]
    away = [name for name in names.values() if name not in set(told["name"])]
    shares = _sizes(snapshot, assignment, level)
    given = {value_column: value, leaving_column: leaving}
    scores = {name: table for name, table in given.items() if table is not None}
    units = {value_column: snapshot.settings.study.currency, leaving_column: "share"}
    ends = (f"{leaving_column}_low", f"{leaving_column}_high")
    limits = {leaving_column: ends} if leaving is not None and set(ends) <= set(leaving.columns) else {}
    worth = means(snapshot, assignment, scores, units, limits=limits, hidden=away, level=level) if scores else None
    top = None if value is None else concentration(snapshot, assignment, value_column, value)
    steps = journeys(snapshot, assignment, window_months=assignment.model.window_months)
    classes = None if quadrants is None else largest_classes(snapshot, assignment, quadrants, level=level)
    cards = []
    for row in told.itertuples():
        own = {} if worth is None else worth.loc[row.segment].to_dict()
        score = _score(marks, row.segment, assignment.min_cell)
        topics = _rows(None if themes is None else themes.shares, row.segment)
        cards.append(
            Persona(
                segment=row.segment,
                name=row.name,
                customers=int(row.customers),
                size=shares[row.segment],
                traits=() if profile is None else _traits(profile, row.segment),
                value=own.get(value_column),
                value_share=own.get(f"{value_column}:share"),
                top_fifth=_known(top, row.segment) if own.get(value_column) is not None else None,
                leaving=own.get(leaving_column),
                nps=None if score is None else _points(score, level),
                beside="" if score is None else _beside(score),
                quadrants=_rows(classes, row.segment),
                journey=_rows(steps, row.segment).sort_values("step", ignore_index=True),
                themes=topics,
                quotes=_clean(said[said["segment"] == row.segment], topics),
            )
        )
    return Personas(tuple(cards), tuple(away))


def _sizes(snapshot: Snapshot, assignment: Assignment, level: float) -> dict[int, Estimate]:
    model = assignment.model
    features = features_for(snapshot, model.inputs, model.window_months)
    table = memberships(model, features)
    doubt = table.group_by("segment").agg(
        expected=table.probability.sum(), variance=(table.probability * (1 - table.probability)).sum()
    )
    doubt = doubt.to_pandas().set_index("segment").round(6)
    z = NormalDist().inv_cdf((1 + level) / 2)
    found = {}
    for row in assignment.sizes.itertuples():
        expected, variance = doubt.loc[row.segment, ["expected", "variance"]]
        ends = np.clip(expected + z * np.sqrt(variance) * np.array([-1, 1]), 0, assignment.customers)
        low, high = ends / assignment.customers
        found[row.segment] = Estimate(
            row.share, float(min(low, row.share)), float(max(high, row.share)), "share", assignment.customers, level
        )
    return found


def _of_segments(
    frame: pd.DataFrame | None, names: Mapping[int, str], what: str, needed: tuple[str, ...]
) -> pd.DataFrame:
    """A frame by segment number, whichever way it names segments."""
    if frame is None:
        return pd.DataFrame(columns=["segment", *needed])
    if missing := [name for name in ("segment", *needed) if name not in frame.columns]:
        raise UnknownColumn(f"{what}: the table lacks the column {missing[0]!r}; it has: {', '.join(frame.columns)}")
    numbers = {**{str(number): number for number in names}, **{name: number for number, name in names.items()}}
    known = frame.assign(segment=frame["segment"].astype(str).map(numbers))
    return known[known["segment"].notna()]


def _traits(profile: Profile, segment: int) -> tuple[str, ...]:
    rows = profile.distinguishing()
    rows = rows[rows["segment"] == segment]
    return tuple(
        f"{_WORDS.get(row.feature, row.feature.replace('_', ' '))}{f': {row.level}' if row.level else ''} "
        f"{'above' if row.effect > 0 else 'below'} the others"
        for row in rows.itertuples()
    )


def _known(found: pd.Series | None, segment: int) -> float | None:
    return None if found is None or np.isnan(found[segment]) else float(found[segment])


def _rows(frame: pd.DataFrame | None, segment: int) -> pd.DataFrame:
    return pd.DataFrame() if frame is None else frame[frame["segment"] == segment].reset_index(drop=True)


def _score(marks: pd.DataFrame, segment: int, least: int) -> pd.Series | None:
    own = marks[(marks["segment"] == segment) & (marks["customers"] >= least) & marks["value"].notna()]
    return own.iloc[0] if len(own) else None


def _points(score: pd.Series, level: float) -> Estimate:
    value, low, high = (float(score[name]) for name in ("value", "low", "high"))
    return Estimate(value, low, high, "points", int(score["n"]), level)


def _beside(score: pd.Series) -> str:
    below = score.get("below", 0.5)
    return "below" if below >= REAL else "above" if below <= 1 - REAL else ""


def _clean(said: pd.DataFrame, topics: pd.DataFrame) -> tuple[str, ...]:
    """Quotes on the themes of a card, of each theme in turn."""
    if said.empty or topics.empty:
        return ()
    order = {(row.language, row.theme): place for place, row in enumerate(topics.itertuples())}
    said = said.assign(theme=pd.Series(zip(said["language"], said["theme"], strict=True), said.index).map(order))
    said = said[said["theme"].notna() & said["quote"].notna()]
    said = said[[not find(text, environ={}) for text in said["quote"]]]
    said = said.assign(turn=said.groupby("theme").cumcount()).sort_values(["turn", "theme"], kind="stable")
    return tuple(said["quote"].drop_duplicates()[:QUOTES])
