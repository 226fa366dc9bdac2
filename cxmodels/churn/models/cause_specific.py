"""One cause of leaving at a time: who leaves for another is watched until then, and no longer."""

from __future__ import annotations

from dataclasses import replace

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.errors import UnknownCause


def causes(episodes: Episodes) -> dict[str, int]:
    """Departures by cause, most frequent first."""
    left = episodes.frame[episodes.frame["event"] == 1]
    counts = left.groupby("cause", sort=True)["n"].sum().sort_values(ascending=False, kind="stable")
    return {str(cause): int(n) for cause, n in counts.items() if n}


def cause_specific(episodes: Episodes, cause: str) -> Episodes:
    """The episodes with departures of one cause as the event; departures of any other end the watch.

    Any model of the hazard fitted to them is of the cause-specific hazard. It does not say what would happen without
    the other causes, and 1 - exp(-H) of it is no chance of leaving: that is what `cumulative_incidence` is for.

    Raises
    ------
    UnknownCause
        When nobody left for that cause.

    Notes
    -----
    Prentice et al. (1978), Biometrics 34. ``cause`` keeps saying how each episode ended.
    """
    found = causes(episodes)
    if cause not in found:
        raise UnknownCause(f"nobody left for cause {cause!r}; departures on record: {', '.join(found) or 'none'}")
    event = ((episodes.frame["event"] == 1) & (episodes.frame["cause"] == cause)).astype(int)
    return replace(episodes, frame=episodes.frame.assign(event=event))
