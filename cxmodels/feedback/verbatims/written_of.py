"""Who wrote of what: the themes of each customer's own comments, for a list that the company acts on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.feedback.errors import InvalidValue

if TYPE_CHECKING:
    from cxmodels.feedback.verbatims.comments import Comments
    from cxmodels.feedback.verbatims.themes import Themes

BETWEEN = "; "
"""Between two themes of a customer; the name of a theme has commas."""


def themes_by_customer(comments: Comments, themes: Themes) -> pd.DataFrame:
    """The themes each customer wrote of, those of the latest comment first.

    Parameters
    ----------
    comments
        Those the themes were found in.
    themes
        From `themes`.

    Returns
    -------
    pandas.DataFrame
        One row a customer who wrote of a theme of `Themes.table`: ``number`` as in `Snapshot.numbered`, ``themes``,
        their names with `BETWEEN` between. For the company to act on: it belongs on no page.

    Raises
    ------
    InvalidValue
        When these are other comments.
    """
    if not themes.assigned.index.equals(comments.frame.index):
        raise InvalidValue(
            f"comments: those the themes were found in are required, {len(themes.assigned)}; found {len(comments)}"
        )
    rows = comments.frame[["person"]].assign(theme=themes.assigned)
    # an anonymous response is a person below nought
    rows = rows[(rows["theme"] != "") & (rows["person"] >= 0)].iloc[::-1].drop_duplicates()
    named = rows.groupby("person")["theme"].agg(BETWEEN.join)
    return named.rename_axis("number").rename("themes").reset_index()
