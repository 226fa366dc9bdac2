"""The table of themes: who wrote of each, how they scored, what they are worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.estimate import share_limits
from cxmodels.feedback.counts.given import counts_of
from cxmodels.feedback.counts.metrics import METRICS
from cxmodels.feedback.estimates.scores import score_table
from cxmodels.feedback.verbatims.factors import STABLE

if TYPE_CHECKING:
    from cxmodels.feedback.verbatims.comments import Comments
    from cxmodels.feedback.verbatims.themes import ThemeModel

COLUMNS = [
    "language", "theme", "words", "comments", "customers", "share", "low", "high", "scored", "score", "score_low",
    "score_high", "value", "value_at_stake", "stability", "stable",
]  # fmt: skip

_UNSCORED = dict.fromkeys(["scored", "score", "score_low", "score_high"], np.nan)


def scored_kind(frame: pd.DataFrame, kind: str | None) -> str:
    """The kind whose scores are told: the one asked for, else the one with more scores."""
    if kind is not None:
        return kind
    there = frame.loc[frame["score"].notna(), "kind"].value_counts()
    return str(there.index[0]) if len(there) else ""


def theme_table(comments: Comments, assigned: pd.Series, models: Mapping[str, ThemeModel], kind: str) -> pd.DataFrame:
    """One row a theme of enough people, as `Themes.table` has it.

    A customer who wrote several times of a theme counts once, with the latest score.
    """
    frame = comments.frame.assign(theme=assigned)
    scores = _scores(frame[frame["theme"] != ""], comments, kind)
    rows = []
    for language, model in models.items():
        of = frame[frame["language"] == language]
        writers = of["person"].nunique()
        for place, name in enumerate(model.names):
            own = of[of["theme"] == name]
            customers = own["person"].nunique()
            if customers < comments.min_cell:
                continue
            low, high = share_limits(customers, writers)
            rows.append(
                {
                    "language": language,
                    "theme": name,
                    "words": model.words[place],
                    "comments": len(own),
                    "customers": customers,
                    "share": customers / writers,
                    "low": float(low),
                    "high": float(high),
                    **scores.get((language, name), _UNSCORED),
                    **_values(own, comments),
                    "stability": float(model.factors.stability[place]),
                    "stable": bool(model.factors.stability[place] >= STABLE),
                }
            )
    table = pd.DataFrame(rows, columns=COLUMNS)
    order = {language: place for place, language in enumerate(models)}
    return table.sort_values(
        ["language", "customers"], key=lambda c: c.map(order) if c.name == "language" else -c, kind="stable"
    ).reset_index(drop=True)


def _scores(about: pd.DataFrame, comments: Comments, kind: str) -> dict[tuple[str, str], dict[str, float]]:
    """Scores of the people who wrote of each theme, by language and theme; none where too few gave one."""
    by = ["language", "theme"]
    latest = about[about["score"].notna() & (about["kind"] == kind)].drop_duplicates([*by, "person"], keep="last")
    latest = latest[latest.groupby(by)["person"].transform("size") >= comments.min_cell]
    if not comments.metric or latest.empty:
        return {}
    table = score_table(counts_of(latest, comments.metric, by=tuple(by), scale=comments.scale))
    return {
        (row.language, row.theme): dict(zip(_UNSCORED, (float(row.n), row.value, row.low, row.high), strict=True))
        for row in table.itertuples()
    }


def _values(own: pd.DataFrame, comments: Comments) -> dict[str, float]:
    """What the people who wrote of a theme are worth; NaN where too few could be told one by one."""
    found = {"value": np.nan, "value_at_stake": np.nan}
    people = own.drop_duplicates("person", keep="last")
    if people["value"].notna().sum() >= comments.min_cell:
        found["value"] = float(people["value"].sum())
    if not comments.metric:
        return found
    against, favour = METRICS[comments.metric].bounds(*comments.scale)
    last = own[own["score"].notna()].drop_duplicates("person", keep="last")
    unhappy = last["score"] <= against if np.isfinite(against) else last["score"] < favour
    at_stake = last.loc[unhappy, "value"].dropna()
    # the others could be told from the value of all
    others = people["value"].notna().sum() - len(at_stake)
    if len(at_stake) >= comments.min_cell and (others == 0 or others >= comments.min_cell):
        found["value_at_stake"] = float(at_stake.sum())
    return found
