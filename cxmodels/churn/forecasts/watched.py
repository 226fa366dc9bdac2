"""How many stays were watched, where changes cut a stay into several episodes: what `Episodes.n` does not say."""

from __future__ import annotations

import numpy as np

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.kaplan_meier import at_risk


def stays(episodes: Episodes, name: str = "", level: str = "") -> int:
    """Stays watched, in all or on one level of a category.

    In all, counted in days, it is exact: each stay has one episode that no other follows. On a level from which some
    moved on, how many were there cannot be told from how often they were; it is then the larger of two numbers that it
    cannot be below: those whose last episode is of that level, and the most who were on it at one tenure.

    Parameters
    ----------
    episodes
        Counts.
    name, level
        A category of theirs and one of its levels; all stays when not given.
    """
    frame = episodes.frame
    part = frame[frame[name] == level] if name else frame
    last = int(part.loc[part["cause"] != "switched", "n"].sum())
    if not name or last == int(part["n"].sum()):
        return last
    return max(last, int(at_risk(part, np.unique(part["exit"])).max()))
