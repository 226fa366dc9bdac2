"""Who agrees: the latest of somebody's decisions on a purpose."""

from __future__ import annotations

from typing import Literal

import ibis.expr.types as ir


def agreeing(
    people: ir.Table, decisions: ir.Table, purpose: str, consent: Literal["opt_out", "opt_in"], key: str
) -> ir.Table:
    """The rows of `people` whose data may be used for a purpose.

    Parameters
    ----------
    people
        Any table with `key`.
    decisions
        Rows of consents with `key`, known on the day.
    purpose
        A purpose as recorded there.
    consent
        ``"opt_out"``: all but those whose latest decision is a refusal. ``"opt_in"``: only those whose latest decision
        is a yes. A refusal and a grant of the same moment: the refusal holds.
    key
        The column that names a person in both.
    """
    decided = decisions.filter(decisions.purpose == purpose)
    latest = decided.group_by(key).agg(
        yes=decided.recorded_at.max(where=decided.granted), no=decided.recorded_at.max(where=~decided.granted)
    )
    granted = latest.yes.notnull() & (latest.no.isnull() | (latest.yes > latest.no).fill_null(False))
    if consent == "opt_in":
        return people.semi_join(latest.filter(granted), key)
    return people.anti_join(latest.filter(~granted), key)
