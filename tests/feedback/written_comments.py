"""Comments on a few subjects, so many on each, as if they had been read and masked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxmodels.feedback.verbatims.comments import Comments

SUBJECTS = {
    "late": ["parcel came late", "courier late with parcel", "parcel late, courier rude"],
    "taste": ["coffee bitter beans", "beans roasted badly, coffee bitter", "coffee of bitter beans"],
    "site": ["website crashes at checkout", "checkout on website crashes", "crashes: website and checkout"],
}


def written(
    counts: dict[str, int], *, score: dict[str, float] | None = None, first: str = "2026-01-01", min_cell: int = 10
) -> Comments:
    """Return comments on the subjects, one a person, so many on each."""
    rows = [
        (text, (score or {}).get(subject, np.nan))
        for subject, number in counts.items()
        for text in (SUBJECTS[subject] * number)[:number]
    ]
    frame = pd.DataFrame(
        {
            "person": np.arange(len(rows)),
            "day": pd.Timestamp(first),
            "survey": "barometer",
            "kind": "relational",
            "touchpoint": "relation",
            "score": [mark for _, mark in rows],
            "value": 10.0,
            "language": "en",
            "text": [text for text, _ in rows],
        }
    )
    return Comments(frame, pd.DataFrame(), "nps", (0.0, 10.0), min_cell)
