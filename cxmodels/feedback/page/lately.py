"""What customers have begun to write of: the last three months beside those before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.errors import Told
from cxmodels.feedback.page.parts import told
from cxmodels.feedback.verbatims.comments import comments
from cxmodels.feedback.verbatims.rising import rising
from cxmodels.study.months import months_before

if TYPE_CHECKING:
    from cxmodels.feedback.verbatims.themes import Themes
    from cxmodels.study.snapshot import Snapshot

MONTHS = 3


def rising_lately(snapshot: Snapshot, themes: Themes | None) -> Told[pd.DataFrame]:
    """Themes by how surely more write of them in the last three months than in the time before they were found in.

    Parameters
    ----------
    snapshot
        The study as known on a day.
    themes
        Of the comments up to that day; None where nobody wrote enough.
    """
    if themes is None:
        return Told(None)
    since = months_before(snapshot.as_of, MONTHS) + timedelta(days=1)
    now = told(comments, snapshot, since=since)
    before = told(comments, snapshot, since=themes.first, until=since - timedelta(days=1))
    if now.found is None or before.found is None:
        return Told(None, now.reason or before.reason)
    return told(rising, themes, now.found, before.found)
