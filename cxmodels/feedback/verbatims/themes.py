"""Themes: what comments are about, by language, with who wrote of them, how they scored and what they are worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.feedback.errors import InvalidValue, NoComments
from cxmodels.feedback.verbatims.factors import STABLE, Factors, factorised, nearest_theme
from cxmodels.feedback.verbatims.languages import LANGUAGES
from cxmodels.feedback.verbatims.terms import Terms, learn_terms
from cxmodels.feedback.verbatims.theme_table import scored_kind, theme_table

if TYPE_CHECKING:
    from cxmodels.feedback.verbatims.comments import Comments

FEWEST_PEOPLE = 5
"""So many times the smallest group that may be told of must have written in a language to find themes in it."""
NAMED_BY = 3
LISTED = 8


@dataclass(frozen=True, eq=False)
class ThemeModel:
    """The themes of one language, to be found in other comments of it: terms, factors and their names."""

    terms: Terms
    factors: Factors
    names: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Themes:
    """What comments are about.

    Attributes
    ----------
    table
        One row a theme of at least `min_cell` people, largest first within its language: ``language``, ``theme`` (its
        three first words), ``words`` (its eight first), ``comments``, ``customers``, ``share`` of those who wrote in
        the language with ``low`` and ``high`` (Jeffreys, 95 %), ``scored`` customers, ``score`` with ``score_low`` and
        ``score_high`` (the metric's, NaN where fewer than `min_cell` gave one), ``value`` of these customers,
        ``value_at_stake`` of those whose latest score, of either kind, counts against the company (without such scores:
        not for it), ``stability``, ``stable``. Values and scores of fewer than `min_cell` customers are NaN.
    languages
        One row a language, ``"other"`` last: ``comments``, ``customers``, ``themes``, ``told`` (share of comments that
        are about a theme of `table`). Numbers of fewer than `min_cell` customers are NaN.
    panel
        One row a language and number of themes that was tried: `Factors.panel` with ``language``.
    assigned
        (comments,) as the rows of `Comments.frame`: the name of the theme of `table` each is about, ``""`` for none.
    models
        Language → model.
    metric
        Whose score it is, and ``kind`` whose answers it counts: relational and transactional are never one score.
    first, last
        Days of the first and the last comment.
    """

    table: pd.DataFrame
    languages: pd.DataFrame
    panel: pd.DataFrame
    assigned: pd.Series = field(repr=False)
    models: Mapping[str, ThemeModel] = field(repr=False)
    metric: str
    kind: str
    min_cell: int
    first: date
    last: date


def themes(
    comments: Comments,
    *,
    languages: Iterable[str] = LANGUAGES,
    count: int | Mapping[str, int] | None = None,
    kind: str | None = None,
    seed: int = 0,
) -> Themes:
    """Find what comments are about, language by language.

    Words without endings are weighted (TF-IDF) and factorised (NMF); the number of themes is the one that comes back
    from halves of the comments (`factorised`). A comment belongs to the theme it is closest to, where it is close; the
    others, and themes of too few people, are told as about none.

    Parameters
    ----------
    comments
        From `comments`; some months of them, a year rather than one month.
    languages
        ``"fr"``, ``"en"``. One in which few wrote has no themes.
    count
        The number of themes, of all or by language. Default: as many as are stable.
    kind
        Whose scores stand beside the themes, ``"relational"`` or ``"transactional"``. Default: the kind with more
        scores. Themes are those of all comments.
    seed
        Of the halves.

    Raises
    ------
    InvalidValue
        When there is no such language or kind, or a number is below 1.
    NoComments
        When no language has enough comments.
    """
    asked = tuple(languages)
    if not asked or not set(asked) <= set(LANGUAGES):
        raise InvalidValue(f"languages: some of {', '.join(LANGUAGES)} are required, found {asked!r}")
    if kind not in (None, "relational", "transactional"):
        raise InvalidValue(f"kind: 'relational' or 'transactional' is required, found {kind!r}")
    numbers = dict(count) if isinstance(count, Mapping) else {} if count is None else dict.fromkeys(asked, count)
    if wrong := [number for number in numbers.values() if number < 1]:
        raise InvalidValue(f"count: a whole number from 1 is required, found {wrong[0]!r}")
    frame = comments.frame
    models = {
        language: model
        for language in asked
        if (model := _learnt(frame[frame["language"] == language], language, comments.min_cell, numbers, seed))
    }
    if not models:
        raise NoComments(
            f"themes: at least {FEWEST_PEOPLE * comments.min_cell} people must have written in one language of "
            f"{', '.join(asked)}"
        )
    assigned = assign(models, comments)
    scored = scored_kind(frame, kind)
    table = theme_table(comments, assigned, models, scored)
    assigned = assigned.where(_known(table, frame, assigned), "")
    return Themes(
        table=table,
        languages=_languages(table, frame, assigned, comments.min_cell),
        panel=pd.concat(
            [model.factors.panel.assign(language=name) for name, model in models.items()], ignore_index=True
        ),
        assigned=assigned,
        models=models,
        metric=comments.metric,
        kind=scored,
        min_cell=comments.min_cell,
        first=frame["day"].min().date(),
        last=frame["day"].max().date(),
    )


def assign(models: Mapping[str, ThemeModel], comments: Comments) -> pd.Series:
    """(comments,) the name of the theme each is about, ``""`` for none, themes of few people among them."""
    frame = comments.frame
    found = pd.Series("", index=frame.index, dtype=object)
    for language, model in models.items():
        rows = frame.index[frame["language"] == language]
        if len(rows):
            theme, _ = nearest_theme(model.terms.matrix(list(frame.loc[rows, "text"])), model.factors.topics)
            found[rows] = np.array(["", *model.names], dtype=object)[theme + 1]
    return found


def _learnt(
    frame: pd.DataFrame, language: str, min_cell: int, numbers: Mapping[str, int], seed: int
) -> ThemeModel | None:
    texts, people = list(frame["text"]), frame["person"].to_numpy()
    if len(np.unique(people)) < FEWEST_PEOPLE * min_cell:
        return None
    terms = learn_terms(texts, language)
    if terms is None:
        return None
    factors = factorised(terms.matrix(texts), people, fewest=min_cell, count=numbers.get(language), seed=seed)
    names, words = [], []
    for topic in factors.topics:
        said = [terms.names[at] for at in np.argsort(-topic, kind="stable")[:LISTED] if topic[at] > 0]
        # two themes of the same first words are told apart by the next
        reach = next(n for n in range(NAMED_BY, LISTED + 2) if ", ".join(said[:n]) not in names or n > LISTED)
        names.append(", ".join(said[:reach]))
        words.append(", ".join(said))
    return ThemeModel(terms, factors, tuple(names), tuple(words))


def _known(table: pd.DataFrame, frame: pd.DataFrame, assigned: pd.Series) -> pd.Series:
    told = set(zip(table["language"], table["theme"], strict=True))
    return pd.Series(
        [pair in told for pair in zip(frame["language"], assigned, strict=True)], index=frame.index, dtype=bool
    )


def _languages(table: pd.DataFrame, frame: pd.DataFrame, assigned: pd.Series, min_cell: int) -> pd.DataFrame:
    rows = []
    for language in (*LANGUAGES, "other"):
        of = frame["language"] == language
        customers = int(frame.loc[of, "person"].nunique())
        enough = customers >= min_cell
        rows.append(
            {
                "language": language,
                "comments": float(of.sum()) if enough else np.nan,
                "customers": float(customers) if enough else np.nan,
                "themes": int((table["language"] == language).sum()),
                "stable": int(((table["language"] == language) & (table["stability"] >= STABLE)).sum()),
                "told": float((assigned[of] != "").mean()) if enough else np.nan,
            }
        )
    return pd.DataFrame(rows)
