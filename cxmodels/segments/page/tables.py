"""The tables of the page of segments: how many, what sets them apart, by what rule they are told, who moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cxmodels.look import numbers
from cxmodels.segments.migration.migration import GONE, NEW
from cxmodels.segments.profiles.profile import CATEGORY

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.segments.clusters.assign import Assignment
    from cxmodels.segments.clusters.choose import Choice
    from cxmodels.segments.lifecycle.lifecycle import Lifecycle
    from cxmodels.segments.migration.migration import Migration
    from cxmodels.segments.profiles.profile import Profile
    from cxmodels.segments.profiles.rule import CrmRule
    from cxmodels.study.snapshot import Snapshot

_DIGITS = 6


def choice_table(choice: Choice, k: int) -> pd.DataFrame:
    """The panel by which the number of segments was weighed."""
    return pd.DataFrame(
        [
            {
                "segments": f"{row.k}, used" if row.k == k else f"{row.k}",
                "BIC": numbers.count(row.bic),
                "silhouette": numbers.decimal(row.silhouette, 2),
                "gap ± s": f"{numbers.decimal(row.gap, 2)} ± {numbers.decimal(row.gap_error, 2)}",
                "same in resamples": numbers.decimal(row.stability, 2),
                "weakest segment": numbers.decimal(row.weakest, 2),
                "smallest": numbers.share(row.smallest),
                "may be chosen": "yes" if row.holds else "no",
            }
            for row in choice.panel.itertuples()
        ]
    )


def distinguishing_table(found: Profile, most: int = 3) -> pd.DataFrame:
    """What sets each segment apart: its customers beside all others, and by how many standard deviations."""
    rows, named = [], set()
    for row in found.distinguishing(most).itertuples():
        what = row.feature.replace("_", " ")
        if row.kind == CATEGORY:
            effect = (
                f"V {numbers.decimal(row.v, 2)} ({numbers.decimal(row.v_low, 2)} – {numbers.decimal(row.v_high, 2)})"
            )
        else:
            sides = f"({numbers.decimal(row.low, 2)} – {numbers.decimal(row.high, 2)})"
            effect = f"g {numbers.decimal(row.effect, 2)} {sides}"
        rows.append(
            {
                "segment": f"{row.segment}" if row.segment in named else f"{row.segment}  {row.name}",
                "differs in": f"{what}: {row.level}" if row.level else what,
                "its customers": _amount(row.inside, row.unit),
                "all others": _amount(row.outside, row.unit),
                "size of the difference": effect,
                "q": "<\u00a00.001" if row.q < 0.001 else numbers.decimal(row.q, 3),
            }
        )
        named.add(row.segment)
    return pd.DataFrame(rows)


def rule_table(rule: CrmRule) -> pd.DataFrame:
    """Each leaf of the rule: which segment it tells, its conditions, and how often it is right."""
    return pd.DataFrame(
        [
            {
                "segment": f"{row.segment}  {row.name}",
                "who": row.words,
                "held out": None if row.customers is pd.NA else int(row.customers),
                "of these it is right for": row.precision,
                "of the segment it finds": row.recall,
            }
            for row in rule.leaves.itertuples()
        ],
        dtype=object,
    )


def scores(snapshot: Snapshot, now: Assignment) -> ir.Table:
    """Every customer's segment: ``customer`` (pseudonym), ``segment`` (number), ``label`` (its name), ``certainty``."""
    import ibis

    people = snapshot.pseudonyms.select("number", customer="pseudonym")
    rows = now.table.inner_join(people, "number")
    label = ibis.cases(*((rows.segment == number, name) for number, name in now.model.names.items()))
    return rows.select("customer", "segment", label=label, certainty=rows.certainty.round(_DIGITS))


def moves_table(moves: Migration) -> pd.DataFrame:
    """Every move that may be told and that somebody made: how many, and which share of those who were there."""
    there = moves.moves[(moves.moves["customers"] > 0) & ~moves.moves["suppressed"]]
    words = {NEW: "not a customer", GONE: "not a customer any more"}
    return pd.DataFrame(
        [
            {
                "from": words.get(row.before, row.before),
                "to": "the same" if row.now == row.before else words.get(row.now, row.now),
                "customers": int(row.customers),
                "share of those there": "–" if row.share != row.share else numbers.share(row.share),
                "95 % limits": "–" if row.share != row.share else _limits(row.low, row.high),
            }
            for row in there.itertuples()
        ]
    )


def sizes_table(moves: Migration) -> pd.DataFrame:
    """Each segment's customers then and now."""
    return pd.DataFrame(
        [
            {
                "segment": row.segment,
                "a month ago": _whole(row.before),
                "now": _whole(row.now),
                "change": None if row.net != row.net else numbers.signed(row.net, "customers"),
                "new customers": _whole(row.new),
                "not customers any more": _whole(row.gone),
            }
            for row in moves.flows.itertuples()
        ],
        dtype=object,
    )


def hidden_moves(moves: Migration) -> str:
    """How many moves are not told, in a sentence; empty where all are."""
    away = int(moves.moves["suppressed"].sum())
    if not away:
        return ""
    return f"{away} of {len(moves.moves)} moves are not told: they are of too few customers, or would give such away."


def lifecycle_table(found: Lifecycle) -> pd.DataFrame:
    """Each state with its rule, its customers and how many more or fewer than a month ago."""
    months = list(dict.fromkeys(found.history["month"]))
    now, before = (
        found.history[found.history["month"] == month].set_index("state") for month in (months[-1], months[-2])
    )
    rows = []
    for row in found.rules.itertuples():
        customers, share = now.loc[row.state, ["customers", "share"]]
        change = customers - before.loc[row.state, "customers"]
        rows.append(
            {
                "state": row.state,
                "customers": _whole(customers),
                "share of all ever": "–" if share != share else numbers.share(share),
                "since a month ago": "–" if change != change else numbers.signed(change, "customers"),
                "who": f"{row.rule[:1].upper()}{row.rule[1:]}",
            }
        )
    return pd.DataFrame(rows, dtype=object)


def _limits(low: float, high: float) -> str:
    return f"{numbers.share(low, percent=False)} – {numbers.share(high, percent=False)}"


def _amount(value: float, unit: str) -> str:
    return numbers.share(value) if unit.startswith("share") else numbers.decimal(value)


def _whole(value: Any) -> int | None:
    return None if value is None or value != value else int(value)
