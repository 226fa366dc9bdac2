"""Persona cards: all that is told of a segment, in one place, and nothing of a few."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.look import bundle
from cxmodels.personal import find
from cxmodels.segments.clusters.assign import memberships
from cxmodels.segments.errors import InvalidValue, UnknownColumn
from cxmodels.segments.features.from_study import features_for
from cxmodels.segments.personas.journeys import journeys
from cxmodels.segments.personas.worth import concentration, means
from cxmodels.suppression import hidden_cells

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.segments.clusters.assign import Assignment
    from cxmodels.segments.profiles.profile import Profile
    from cxmodels.study.snapshot import Snapshot

QUADRANTS = ("true", "latent", "spurious", "none")
"""Loyalty by attitude and behaviour (Dick and Basu 1994)."""
THEMES, QUOTES = 3, 3


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
    quadrants
        Loyalty class → share of its customers who are classed.
    journey
        Rows of `journeys`, the earliest step first.
    themes, quotes
        What its customers write about, and masked comments.
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
    quadrants: Mapping[str, Estimate] = field(default_factory=dict)
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
    themes: pd.DataFrame | None = None,
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
        One row a customer: ``customer`` (pseudonym) and `value_column` in the study's currency; and `leaving_column`.
    quadrants
        One row a customer who is classed: ``customer`` and ``p_true, p_latent, p_spurious, p_none``.
    nps
        One row a segment: ``segment``, ``value``, ``low``, ``high``, ``n`` and ``customers``, in points.
    themes
        One row a segment and theme: ``segment``, ``theme``, ``customers``, [``share``].
    quotes
        One row a comment: ``segment``, ``quote``, masked. One that still looks personal is left out.
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
    topics = _of_segments(themes, names, "themes", ("theme", "customers"))
    said = _of_segments(quotes, names, "quotes", ("quote",))
    sizes = assignment.shown(hidden)
    told = sizes.loc[sizes["customers"].notna() & (sizes["customers"] > 0)]
    away = [name for name in names.values() if name not in set(told["name"])]
    shares = _sizes(snapshot, assignment, level)
    scores, units = _scores(
        {value_column: value, leaving_column: leaving}, {f"p_{name}": quadrants for name in QUADRANTS}
    )
    units |= {value_column: snapshot.settings.study.currency}
    worth = means(snapshot, assignment, scores, units, hidden=away, level=level) if scores else None
    top = None if value is None else concentration(snapshot, assignment, value_column, value)
    steps = journeys(snapshot, assignment, window_months=assignment.model.window_months)
    cards = []
    for row in told.itertuples():
        own = {} if worth is None else worth.loc[row.segment].to_dict()
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
                nps=_score(marks, row.segment, assignment.min_cell, level),
                quadrants=_classes(own, assignment.min_cell),
                journey=steps[steps["segment"] == row.segment].sort_values("step", ignore_index=True),
                themes=_largest(topics, row.segment, assignment.min_cell),
                quotes=_clean(said, row.segment),
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


def _scores(
    *given: Mapping[str, ir.Table | pd.DataFrame | None],
) -> tuple[dict[str, ir.Table | pd.DataFrame], dict[str, str]]:
    known = {name: table for tables in given for name, table in tables.items() if table is not None}
    return known, dict.fromkeys(known, "share")


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
        f"{row.feature.replace('_', ' ')}{f': {row.level}' if row.level else ''} "
        f"{'above' if row.effect > 0 else 'below'} the others"
        for row in rows.itertuples()
    )


def _classes(own: Mapping[str, object], least: int) -> dict[str, Estimate]:
    """Loyalty classes of which enough customers are expected, and that give no smaller one away."""
    found = [own.get(f"p_{name}") for name in QUADRANTS]
    known = [one for one in found if isinstance(one, Estimate)]
    if len(known) < len(QUADRANTS):
        return {}
    # they add up to all who are classed
    gone = hidden_cells([one.value * one.n for one in known], least, known=[False] * len(known) + [True])
    return {name: one for name, one, away in zip(QUADRANTS, known, gone, strict=False) if not away}


def _known(found: pd.Series | None, segment: int) -> float | None:
    return None if found is None or np.isnan(found[segment]) else float(found[segment])


def _score(marks: pd.DataFrame, segment: int, least: int, level: float) -> Estimate | None:
    own = marks[(marks["segment"] == segment) & (marks["customers"] >= least)]
    if not len(own) or np.isnan(own["value"].iloc[0]):
        return None
    row = own.iloc[0]
    return Estimate(float(row["value"]), float(row["low"]), float(row["high"]), "points", int(row["n"]), level)


def _largest(topics: pd.DataFrame, segment: int, least: int) -> pd.DataFrame:
    own = topics[(topics["segment"] == segment) & (topics["customers"] >= least)]
    own = own.sort_values(["customers", "theme"], ascending=[False, True], ignore_index=True)
    return own.head(THEMES).drop(columns="segment")


def _clean(said: pd.DataFrame, segment: int) -> tuple[str, ...]:
    own = said.loc[said["segment"] == segment, "quote"].dropna()
    return tuple(text for text in own if not find(text, environ={}))[:QUOTES]
