"""What the customers of each segment write about, and what more of them write about than others do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.estimate import share_limits
from cxmodels.segments.errors import UnknownColumn
from cxmodels.segments.profiles.profile import FALSE_SHARE
from cxmodels.suppression import hidden_cells

if TYPE_CHECKING:
    from cxmodels.segments.clusters.assign import Assignment

MOST = 3
"""Themes of a segment."""
MORE = 1.25
"""So many times the share of others a share has to be: of very many customers a smaller difference is sure, too."""
_NUMBERS = ["writers", "share", "low", "high", "others", "q"]
COLUMNS = ["segment", "language", "theme", "customers", *_NUMBERS, "more"]
NOBODY = -1
"""The segment of who is in none."""


@dataclass(frozen=True, eq=False)
class WrittenBy:
    """What segments write about.

    Attributes
    ----------
    shares
        One row a segment and theme that its card tells: those that surely more of its customers write about than
        others do, at most `MOST`, the largest difference first; where there are none, the one that most of them write
        about. ``segment``, ``language``, ``theme``, ``customers`` who wrote of it; of the ``writers`` in the language
        the ``share`` with ``low`` and ``high`` (Jeffreys, 95 %), ``others``, the share of all other writers, and ``q``,
        p for the share of false discoveries, all missing where ``more`` is false: they could give away others.
    segments
        (comments,) the segment of who wrote each, missing where its theme is not one of that segment's: whose comments
        may be quoted on which card.
    """

    shares: pd.DataFrame
    segments: pd.Series = field(repr=False)


def written_by(assignment: Assignment, comments: pd.DataFrame, themes: pd.DataFrame) -> WrittenBy:
    """Compare what the customers of each segment write about with what all others do.

    Parameters
    ----------
    assignment
        Who is in which segment.
    comments
        One row a comment: ``person``, the number of `Snapshot.pseudonyms`, another of who is not known; ``language``;
        ``theme`` (``""`` for none).
    themes
        One row a theme: ``language``, ``theme``, [``stable``]; only stable ones are told.

    Raises
    ------
    UnknownColumn
        When a table lacks a column.

    Notes
    -----
    Customers count, not comments, each once a theme and among those who wrote in its language. More is Fisher's exact
    test (1935), one-sided, over all segments and themes that enough customers could have; of the differences that are
    told one in twenty is expected to be chance (Benjamini and Hochberg 1995). Nothing is told of a theme that fewer
    than ``min_cell`` customers of a segment wrote about, nor a share from which such a number would follow.
    """
    for frame, what, needed in (
        (comments, "comments", ("person", "language", "theme")),
        (themes, "themes", ("language", "theme")),
    ):
        if missing := [name for name in needed if name not in frame.columns]:
            raise UnknownColumn(
                f"{what}: the table lacks the column {missing[0]!r}; it has: {', '.join(frame.columns)}"
            )
    segment = _segment_of(assignment, comments["person"])
    known = themes[themes["stable"]] if "stable" in themes else themes
    people = comments[["person", "language"]].assign(
        segment=segment.fillna(NOBODY).astype(int), theme=comments["theme"]
    )
    tested = _tested(people, known, assignment)
    told = _on_cards(tested, assignment)
    pairs = pd.MultiIndex.from_frame(told[["segment", "language", "theme"]])
    own = pd.MultiIndex.from_frame(people[["segment", "language", "theme"]])
    return WrittenBy(told, segment.where(own.isin(pairs)).rename("segment"))


def _segment_of(assignment: Assignment, person: pd.Series) -> pd.Series:
    """The segment of each person, missing of who is in none; the engine joins those who wrote."""
    import ibis

    wrote = ibis.memtable(pd.DataFrame({"person": person.unique()}))
    found = assignment.table.inner_join(wrote, assignment.table.number == wrote.person).select("number", "segment")
    return person.map(found.to_pandas().set_index("number")["segment"]).astype("Int64")


def _tested(people: pd.DataFrame, themes: pd.DataFrame, assignment: Assignment) -> pd.DataFrame:
    """Every segment and theme with its counts, and the test of more."""
    from scipy.stats import false_discovery_control, hypergeom

    wrote = people.drop_duplicates(["person", "language"]).groupby(["language", "segment"]).size()
    about = people.drop_duplicates(["person", "language", "theme"]).groupby(["language", "theme", "segment"]).size()
    named = pd.MultiIndex.from_frame(themes[["language", "theme"]])
    rows = [
        (segment, *name, about.get((*name, segment), 0), wrote.get((name[0], segment), 0))
        for name in named
        for segment in (*assignment.model.names, NOBODY)
    ]
    table = pd.DataFrame(rows, columns=COLUMNS[:5])
    every = table.groupby(["language", "theme"])[["customers", "writers"]].transform("sum")
    some, of = table["customers"], table["writers"]
    rest = every["writers"] - of
    with np.errstate(invalid="ignore", divide="ignore"):
        table["share"], table["others"] = some / of, (every["customers"] - some) / rest
    table["low"], table["high"] = share_limits(some, of)
    # which are tested must not depend on what is found, only on what could be
    could = np.minimum(every["customers"], of) >= assignment.min_cell
    could &= (table["segment"] != NOBODY) & (rest > 0)
    table["q"] = 1.0
    p = hypergeom.sf(some - 1, every["writers"], every["customers"], of)
    if could.any():
        table.loc[could, "q"] = false_discovery_control(p[could])
    table["more"] = could & (table["q"] < FALSE_SHARE) & (table["share"] >= MORE * table["others"])
    return table


def _on_cards(tested: pd.DataFrame, assignment: Assignment) -> pd.DataFrame:
    """The rows that the cards tell."""
    enough = tested[(tested["customers"] >= assignment.min_cell) & (tested["segment"] != NOBODY)]
    more = enough[enough["more"]]
    named = tested.set_index(["language", "theme"]).index
    for name in dict.fromkeys(more.set_index(["language", "theme"]).index):
        more = more.drop(_giving_away(tested[named == name], assignment.min_cell), errors="ignore")
    more = more.assign(apart=more["share"] - more["others"]).sort_values("apart", ascending=False, kind="stable")
    more = more.groupby("segment").head(MOST)
    most = enough[~enough["segment"].isin(more["segment"])].sort_values("customers", ascending=False, kind="stable")
    most = most.drop_duplicates("segment").assign(more=False, **dict.fromkeys(_NUMBERS, np.nan))
    return pd.concat([more, most])[COLUMNS].sort_values("segment", kind="stable", ignore_index=True)


def _giving_away(whole: pd.DataFrame, least: int) -> pd.Index:
    """Rows of one theme whose share would tell of few, there or in another segment."""
    wrote = whole["customers"].to_numpy(float)
    table = np.column_stack([wrote, whole["writers"].to_numpy(float) - wrote])
    # how many wrote of it, and in the language, stands on other pages
    known = np.zeros((len(table) + 1, 3), bool)
    known[-1] = True
    return whole.index[hidden_cells(table, least, known=known)[:-1].any(axis=1)]
