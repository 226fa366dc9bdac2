"""What customers have begun to write of: the last three months beside those before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.errors import Told
from cxmodels.feedback.page.parts import told
from cxmodels.feedback.verbatims.rising import rising
from cxmodels.study.months import months_before

if TYPE_CHECKING:
    from cxmodels.feedback.verbatims.comments import Comments
    from cxmodels.feedback.verbatims.themes import Themes
    from cxmodels.study.snapshot import Snapshot

MONTHS = 3
_NEVER = "Nobody wrote a comment in one of the two times that are compared."


def rising_lately(snapshot: Snapshot, written: Comments | None, themes: Themes | None) -> Told[pd.DataFrame]:
    """Themes by how surely more write of them in the last three months than in the time before they were found in.

    Parameters
    ----------
    snapshot
        The study as known on a day.
    written
        Comments up to that day.
    themes
        Of these; None where nobody wrote enough.
    """
    if written is None or themes is None:
        return Told(None)
    since = pd.Timestamp(months_before(snapshot.as_of, MONTHS) + timedelta(days=1))
    lately = written.frame["day"] >= since
    if lately.all() or not lately.any():
        return Told(None, _NEVER)
    now, before = (replace(written, frame=written.frame[of]) for of in (lately, ~lately))
    return told(rising, themes, now, before)
