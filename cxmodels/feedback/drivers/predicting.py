"""Which score tells best, out of sample, who will leave; and whether any is best."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.estimate import REAL
from cxmodels.feedback.drivers.labels import short
from cxmodels.feedback.drivers.later_leaving import LaterLeaving, later_leaving
from cxmodels.feedback.drivers.out_of_sample import accuracy
from cxmodels.feedback.drivers.sums import DRAWS, SEED
from cxmodels.feedback.errors import InvalidValue, TooFewDepartures
from cxmodels.look import numbers

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

MONTHS = (3, 6, 12)
FEWEST_DEPARTURES = 20
COLUMNS = [
    "months", "metric", "auc", "auc_low", "auc_high", "log_loss", "gain", "gain_low", "gain_high", "behind",
    "behind_low", "behind_high", "first", "responses", "customers", "departures",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class MetricRace:
    """How well each score tells who leaves.

    Attributes
    ----------
    table
        One row a horizon and score, in each horizon the best first: ``months``, ``metric``; ``auc``, chance that a
        leaver is told from a stayer (.5: not at all); ``log_loss`` and its ``gain`` over knowing no score; ``behind``,
        by how much ``auc`` is less than that of the best (0 for the best itself), all out of sample with paired 95 %
        limits; ``first``, the probability that its ``auc`` is the highest; ``responses``, ``customers`` and
        ``departures``, customers who left in this time.
    best
        Horizon → the score whose ``first`` is at least .975 and whose ``auc`` is clear of .5; ``""`` where no metric
        is best.
    told
        The finding, in a sentence for each horizon.
    left_out
        Horizons within which too few left.
    kind, survey, first, last
        As for `DriverWeights`.
    """

    table: pd.DataFrame
    best: dict[int, str]
    told: tuple[str, ...]
    left_out: tuple[int, ...]
    kind: str
    survey: str
    first: date | None
    last: date | None


def which_metric_predicts(
    snapshot: Snapshot,
    metrics: Iterable[str] | None = None,
    *,
    months: Iterable[int] = MONTHS,
    kind: str | None = None,
    survey: str | None = None,
    leaving: ir.Table | pd.DataFrame | None = None,
    latent: ir.Table | pd.DataFrame | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> MetricRace:
    """Compare scores by how well they tell leaving, on the same answers.

    Parameters
    ----------
    snapshot
        A snapshot with responses and answers of named customers.
    metrics
        ``"nps"``, ``"csat"``, ``"ces"``, ``"cxi"``, or items or constructs. Default: those metrics that were answered
        at least half as often as the one answered most.
    months
        Horizons. An answer counts for those that have passed since it.
    kind, survey
        As for `score_counts`.
    leaving
        ``customer`` (or ``number``, or the pseudonym ``customer_id``), ``begun`` and ``left``: first and last day of
        each stay, in days from the day of the snapshot (before it negative), ``left`` null while it lasts. Default: by
        contracts, or else by ``customers.left_on``.
    latent
        Further scores: ``response_id`` and a column each. What a score says must have been known on the day of the
        answer.
    draws, seed
        Bootstraps of customers, the same for every score.

    Raises
    ------
    TooFewDepartures
        When within no horizon at least 20 customers left, or it is not known who answered or left.
    NoScores
        When nobody gave such scores.
    InvalidValue
        When a horizon or the kind is none.
    InvalidScores
        When `leaving` or `latent` lacks a column.
    UnknownMetric, MixedKinds
        As for `score_counts`.

    Notes
    -----
    The clock starts with each answer, given while the customer had not left; nothing later than it is used to predict.
    Logistic regression on the score, ten folds of customers. No metric is best everywhere: van Doorn, Leeflang & Tijs
    (2013), International Journal of Research in Marketing 30(4), 314-318; de Haan, Verhoef & Wiesel (2015), 32(2),
    195-206.
    """
    asked = tuple(months)
    if not asked or any(isinstance(each, bool) or not isinstance(each, int) or each < 1 for each in asked):
        raise InvalidValue(f"months: whole numbers of 1 or more are required, found {asked!r}")
    if kind not in (None, "relational", "transactional"):
        raise InvalidValue(f"kind: 'relational' or 'transactional' is required, found {kind!r}")
    asked = tuple(sorted(set(asked)))
    found = later_leaving(snapshot, metrics, asked, kind=kind, survey=survey, leaving=leaving, latent=latent)
    least = max(FEWEST_DEPARTURES, snapshot.settings.privacy.min_cell)
    told = [each for each in asked if _enough(found.people[each], least)]
    if not told:
        raise TooFewDepartures(
            f"which_metric_predicts: at least {least} customers who left, and as many who stayed, are required within "
            f"{asked[-1]} months after an answer"
        )
    parts = [_race(found, each, draws, seed) for each in told]
    table = pd.concat(parts, ignore_index=True)[COLUMNS]
    best = {each: _best(part) for each, part in zip(told, parts, strict=True)}
    return MetricRace(
        table=table,
        best=best,
        told=tuple(_told(part, best[each]) for each, part in zip(told, parts, strict=True)),
        left_out=tuple(each for each in asked if each not in told),
        kind=found.common.kind,
        survey=found.common.survey,
        first=found.common.first,
        last=found.common.last,
    )


def _enough(people: dict[str, int], least: int) -> bool:
    return min(people["departures"], people["customers"] - people["departures"]) >= least


def _race(found: LaterLeaving, months: int, draws: int, seed: int) -> pd.DataFrame:
    names = [*found.counts]
    blocks = len(found.counts[names[0]][months])
    times = np.random.default_rng(seed).multinomial(blocks, np.full(blocks, 1 / blocks), size=draws).astype(float)
    each = [accuracy(found.counts[name][months], found.levels[name], times) for name in names]
    auc = np.array([one.auc for one in each])
    drawn = np.column_stack([one.auc_drawn for one in each])
    gains = np.column_stack([one.gain_drawn for one in each])
    top = int(auc.argmax())
    behind = drawn[:, [top]] - drawn
    sides = {
        name: np.quantile(values, [0.025, 0.975], axis=0)
        for name, values in (("auc", drawn), ("gain", gains), ("behind", behind))
    }
    # scores that are equal share the first place
    leads = drawn == drawn.max(axis=1, keepdims=True)
    table = pd.DataFrame(
        {
            "months": months,
            "metric": names,
            "auc": auc,
            "log_loss": [one.log_loss for one in each],
            "gain": [one.gain for one in each],
            "behind": auc[top] - auc,
            "first": (leads / leads.sum(axis=1, keepdims=True)).mean(axis=0),
            **{f"{name}_low": low for name, (low, _) in sides.items()},
            **{f"{name}_high": high for name, (_, high) in sides.items()},
            **found.people[months],
        }
    )
    return table.sort_values("auc", ascending=False, ignore_index=True, kind="stable")


def _best(part: pd.DataFrame) -> str:
    top = part.iloc[0]
    return str(top["metric"]) if len(part) > 1 and top["first"] >= REAL and top["auc_low"] > 0.5 else ""


def _told(part: pd.DataFrame, best: str) -> str:
    top, months = part.iloc[0], int(part["months"].iloc[0])
    within = f"Within {months} month{'s' if months > 1 else ''}"
    name, auc = short(top["metric"]), numbers.decimal(top["auc"], 2)
    if best:
        return f"{within} {name} tells best who leaves: it ranks {auc} of pairs rightly, where chance ranks .50."
    if not (part["auc_low"] > 0.5).any():
        return f"{within} no metric tells who leaves better than chance."
    if len(part) == 1:
        return f"{within} {name} ranks {auc} of pairs of leaver and stayer rightly, where chance ranks .50."
    second = part.iloc[1]
    ahead = numbers.decimal(second["behind"], 3)
    limits = f"{numbers.decimal(second['behind_low'], 3)} to {numbers.decimal(second['behind_high'], 3)}"
    return (
        f"{within} no metric is best: {name} ranks {auc} of pairs rightly, {ahead} more than "
        f"{short(second['metric'])} ({limits})."
    )
