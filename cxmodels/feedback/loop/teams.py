"""Which team follows up what, as past follow-ups show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.feedback.loop.unhappy import detractors
from cxmodels.study.moments import not_before

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

WITHIN_DAYS = 14
"""A follow-up opened so many days after an answer is taken to be about it."""
ELSEWHERE = ""
"""The place of what has no place, or one with too few follow-ups to go by."""


def teams_by_place(snapshot: Snapshot) -> pd.DataFrame:
    """The team that past follow-ups of detractors' answers mostly had, by touchpoint, or service where there is none.

    Returns
    -------
    pandas.DataFrame
        ``place, team, share`` of its follow-ups the team had, ``n`` follow-ups; `ELSEWHERE` stands for all of them.
        Places with follow-ups of fewer customers than may be told of are left out. Empty where actions say no team.
    """
    columns = ["place", "team", "share", "n"]
    if "actions" not in snapshot.tables or "team" not in snapshot.numbered("actions").columns:
        return pd.DataFrame(columns=columns)
    counted = _counted(snapshot)
    rows = []
    for place, part in [(ELSEWHERE, counted), *counted.groupby("place")]:
        by_team = part.groupby("team")["n"].sum()
        total = int(by_team.sum())
        if total and (place == ELSEWHERE or total >= snapshot.settings.privacy.min_cell):
            # of equal teams the first by name, the same in every run
            rows.append((place, by_team.idxmax(), float(by_team.max() / total), total))
    return pd.DataFrame(rows, columns=columns)


def place_of(rows: ir.Table) -> ir.StringValue:
    """The touchpoint of an answer, or its service."""
    import ibis

    return ibis.coalesce(rows.touchpoint, rows.service)


def _counted(snapshot: Snapshot) -> pd.DataFrame:
    import ibis

    said = detractors(snapshot)
    actions = snapshot.numbered("actions")
    done = actions.filter(actions.team.notnull()).select("action_id", "team", who="customer", opened="opened_at")
    after = done.opened.epoch_seconds() - said.answered_at.epoch_seconds()
    about = [said.customer == done.who, not_before(done.opened, said.answered_at), after <= WITHIN_DAYS * 86_400]
    both = said.inner_join(done, about)
    latest = ibis.window(group_by=both.action_id, order_by=[both.answered_at.desc(), both.response_id])
    both = both.mutate(turn=ibis.row_number().over(latest), place=place_of(both))
    both = both.filter(both.turn == 0).mutate(place=ibis._.place.fill_null(ELSEWHERE))
    counted = both.group_by("place", "team").agg(n=both.customer.nunique()).execute()
    return counted.sort_values(["place", "team"], ignore_index=True)
