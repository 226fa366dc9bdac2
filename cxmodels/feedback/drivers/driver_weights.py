"""How much of a score each driver goes with, where drivers go together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.feedback.drivers.respondents import TENURE, UNITS, Respondents, respondents
from cxmodels.feedback.drivers.sums import DRAWS, SEED, BlockSums, block_sums
from cxmodels.feedback.errors import AliasedDrivers
from cxmodels.relative_importance import drivers as divided

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot


@dataclass(frozen=True, eq=False)
class DriverWeights:
    """What goes with a score, and how much of it.

    Attributes
    ----------
    target
        What is explained.
    r2
        Share of its variance that all drivers explain together.
    table
        One row a driver, the strongest first: ``driver``, ``fact`` (whether it is no score but a known fact),
        ``correlation``, ``lmg``, ``lmg_low``, ``lmg_high``, ``lmg_share``, ``weight``, ``weight_low``, ``weight_high``,
        ``weight_share``, ``first``, as `cxmodels.relative_importance.Drivers` says.
    kind, survey, first, last
        Kind of the answers; the survey where it is one, else ``""``; days of the first and last.
    responses, customers
        How many answered the target and all drivers.
    """

    target: str
    r2: Estimate
    table: pd.DataFrame
    kind: str
    survey: str
    first: date | None
    last: date | None
    responses: int
    customers: int


def driver_weights(
    snapshot: Snapshot,
    target: str = "nps",
    drivers: str | Iterable[str] | None = None,
    *,
    kind: str | None = None,
    survey: str | None = None,
    since: date | None = None,
    until: date | None = None,
    groups: ir.Table | pd.DataFrame | None = None,
    weights: ir.Table | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> DriverWeights:
    """Divide what is explained of a score among other scores of the same response and known facts.

    Parameters
    ----------
    snapshot
        A snapshot with responses and answers.
    target
        A metric (``"nps"``, ``"csat"``, ``"ces"``, ``"cxi"``), an item, or a construct, the mean of its items. Its
        score is explained, not its share of promoters.
    drivers
        Up to 12 of the same; ``"tenure"``, years since the customer joined; ``"outcome"`` of the customer's last
        contact at the touchpoint that is asked about, at most 30 days before; and whatever `score_counts` parts answers
        by, such as ``"channel"``, ``"plan"``, a column of `groups`. Default: the other metrics that at least half of
        those who answered the target answered too, or else the constructs.
    kind, survey, since, until, groups, weights
        As for `score_counts`.
    draws, seed
        Bootstraps of customers, all answers of one together.

    Raises
    ------
    UnknownMetric, UnknownColumn, InvalidValue, MixedKinds, NoScores
        As for `respondents`.
    TooFewAnswers
        When fewer than 30 responses hold target and drivers, or of fewer customers than may be told of.
    AliasedDrivers
        When a driver never varies or follows from the others.

    Notes
    -----
    LMG (Lindeman, Merenda & Gold 1980; Grömping 2007) and relative weights (Johnson 2000) from moments that the engine
    sums. A fact of several levels is one driver; levels of fewer customers than may be told of go with the commonest.
    It says what goes together, not what a measure would change.
    """
    people = respondents(
        snapshot, target, drivers, kind=kind, survey=survey, since=since, until=until, groups=groups, weights=weights
    )
    sums, together = driver_sums(people)
    table = pd.DataFrame(sums.covariance, sums.names, sums.names)
    found = divided(table, target, draws=sums.drawn(draws, seed)[1], together=together)
    rows = found.table
    rows.insert(1, "fact", rows["driver"].isin(people.facts))
    # draws of an R² lie above it where there are many drivers
    low, high = min(found.r2_low, found.r2), max(found.r2_high, found.r2)
    return DriverWeights(
        target=target,
        r2=Estimate(found.r2, low, high, "share", people.responses),
        table=rows,
        kind=people.common.kind,
        survey=people.common.survey,
        first=people.common.first,
        last=people.common.last,
        responses=people.responses,
        customers=people.customers,
    )


def driver_sums(people: Respondents) -> tuple[BlockSums, dict[str, list[str]]]:
    """Sums of target and drivers; of a fact with levels, a column a level but the commonest, and which these are."""
    table = people.table
    columns: dict[str, ir.Value] = {people.target.name: table.y}
    columns |= {question.name: table[f"x{at}"] for at, question in enumerate(people.questions)}
    together: dict[str, list[str]] = {}
    for at, name in enumerate(people.facts):
        column = table[f"fact{at}"]
        if name == TENURE:
            columns[name] = column
            continue
        levels = _levels(table, column, people.min_cell)
        if not levels:
            raise AliasedDrivers(f"drivers: {name!r} has not two levels of enough customers to be told of")
        together[name] = [f"{name}: {level}" for level in levels]
        columns |= {f"{name}: {level}": (column == level).cast("int64") * UNITS for level in levels}
    return block_sums(table, columns, people.customers), together


def _levels(table: ir.Table, column: ir.Value, least: int) -> list[str]:
    """Levels of enough customers but the commonest, in the order of their names."""
    counted = table.group_by(level=column).agg(customers=table.cluster.nunique()).to_pandas()
    counted = counted.sort_values(["customers", "level"], ascending=[False, True])
    return sorted(counted.loc[counted["customers"] >= least, "level"].iloc[1:])
