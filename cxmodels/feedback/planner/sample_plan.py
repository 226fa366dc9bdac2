"""How many answers and invitations a score needs, and what this month's could have shown."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.feedback.counts.metrics import metric_of
from cxmodels.feedback.counts.scores import ScoreCounts, score_counts
from cxmodels.feedback.errors import InvalidValue, NoInvitations, NoScores, TooFewCustomers
from cxmodels.feedback.estimates.planner import sample_size, smallest_visible
from cxmodels.feedback.estimates.spread import spread_of
from cxmodels.feedback.loop.shares import share_of
from cxmodels.feedback.planner.answer_rates import answer_rates
from cxmodels.feedback.planner.standing import FREE, quarantine, standings
from cxmodels.study.months import months_before

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

SETTLES = 28
"""Days after which an invitation that was not answered counts as one that will not be."""
_MONTHS = 12
_LITTLE = 1e-9


@dataclass(frozen=True, eq=False)
class SamplePlan:
    """What it takes to know a score within so many points.

    Attributes
    ----------
    metric, kind
        What is asked; ``""`` where the study has one kind of answers.
    error
        Points either side.
    variance
        Of one answer in the last 12 months, on the scale -1 to 1 (nps, cxi) or 0 to 1 (csat, ces).
    design_effect
        How many responses are worth one answer by itself: above 1 where they are weighted or customers answered several
        times, below where a response answers several questions (cxi).
    needed
        Answers.
    surveys
        One row a survey: ``survey``; ``invited``, ``answered`` in 12 months; ``rate``, ``rate_low``, ``rate_high``,
        share of invitations that bring an answer; ``invitations``, ``invitations_low``, ``invitations_high`` that bring
        `needed` answers.
    people
        ``standing``, ``customers``: who may be invited and why others are not; small cells missing.
    quarantine_days
        For how long an invitation protects from the next.
    reachable
        Answers to be expected if everybody who may be invited were, to the survey that is answered best; NaN where
        it is not known.
    answers
        Responses of this month and the month before; missing where too few to be told.
    visible
        The smallest true change since last month that these two samples mostly show (power .8), in points; NaN where
        a month has too few.
    monthly
        Answers a month, two months running, that show a change of `error` points.
    months
        Months together, at this month's number of answers, that hold as many; NaN where it has too few.
    """

    metric: str
    kind: str
    error: float
    variance: float
    design_effect: float
    needed: int
    surveys: pd.DataFrame
    people: pd.DataFrame
    quarantine_days: int
    reachable: float
    answers: tuple[int | None, int | None]
    visible: float
    monthly: int
    months: float

    @property
    def survey(self) -> pd.Series:
        """The row of `surveys` that takes the fewest invitations."""
        return self.surveys.sort_values("invitations", kind="stable").iloc[0]


def plan_sample(
    snapshot: Snapshot,
    metric: str = "nps",
    error: float = 5.0,
    *,
    kind: str | None = None,
    survey: str | None = None,
    weights: ir.Table | None = None,
    level: float = 0.95,
    quarantine_days: int | None = None,
) -> SamplePlan:
    """Plan a sample from what the company's own answers say.

    Parameters
    ----------
    snapshot
        A snapshot with responses, answers, invitations and customers.
    metric, kind, survey, weights
        As `score_counts` takes them.
    error
        Half the interval, in points of 100.
    level
        Probability of the interval.
    quarantine_days
        As `standing` takes it.

    Raises
    ------
    TooFewCustomers
        When fewer customers answered in 12 months than may be told of.
    NoInvitations
        When no invitation of 12 months brought as many answers as may be told of.
    InvalidValue, UnknownMetric, MixedKinds, NoScores, MissingTable
        As `score_counts` and `standing` say.

    Notes
    -----
    `sample_size` and `smallest_visible` with the variance of the last 12 months. Rates are of the invitations of 12
    months that are 28 days old; what did not arrive is among them, since it was sent too. A company of few customers
    needs fewer answers than told here (finite population).
    """
    if not error > 0:
        raise InvalidValue(f"error: a number of points above 0 is required, found {error!r}")
    days = quarantine(snapshot, quarantine_days)
    since = months_before(snapshot.as_of, _MONTHS) + timedelta(days=1)
    year = score_counts(snapshot, metric, kind=kind, survey=survey, since=since, weights=weights)
    least = snapshot.settings.privacy.min_cell
    if year.totals["customers"].iloc[0] < least:
        raise TooFewCustomers(f"plan_sample: at least {least} customers must have answered since {since}")
    variance, effect = _of_one_answer(year)
    needed = math.ceil(effect * sample_size(error, variance=variance, level=level) - _LITTLE)
    until = snapshot.as_of - timedelta(days=SETTLES)
    rates = answer_rates(snapshot, metric_of(metric), kind, months_before(until, _MONTHS) + timedelta(days=1), until)
    rates = rates if survey is None else rates[rates["survey"] == survey]
    # no sum over surveys is told, from which one that is left out would follow
    surveys = _surveys(rates[rates["customers"] >= least], needed)
    if surveys.empty:
        raise NoInvitations(
            f"plan_sample: no survey was answered by {least} of the customers who were invited up to {until}"
        )
    people = standings(snapshot, days)
    free = people.loc[people["standing"] == FREE, "customers"].iloc[0]
    now, before = _months(snapshot, metric, kind, survey, weights)
    visible = np.nan
    if now is not None and before is not None:
        visible = smallest_visible(now / effect, before / effect, variance=variance, level=level)
    # of two months of one answer each; it falls with the root of their number
    alone = smallest_visible(1, variance=variance, level=level)
    monthly = math.ceil(effect * (alone / error) ** 2 - _LITTLE)
    return SamplePlan(
        metric=metric,
        kind=year.kind,
        error=error,
        variance=variance,
        design_effect=effect,
        needed=needed,
        surveys=surveys,
        people=people,
        quarantine_days=days,
        reachable=np.nan if pd.isna(free) else float(free) * float(surveys["rate"].max()),
        answers=(now, before),
        visible=visible,
        monthly=monthly,
        months=monthly / now if now is not None else np.nan,
    )


def _of_one_answer(counts: ScoreCounts) -> tuple[float, float]:
    """Variance of one plain answer, and how many responses are worth one."""
    found = spread_of(counts)
    n = float(counts.totals["responses"].iloc[0])
    against, _, favour = found.effective[0] / found.n[0]
    alone = float(against + favour - found.score[0] ** 2)
    if alone < 1e-12:
        # all answers alike: not certain for that
        return 1 / (n + 2), 1.0
    return min(alone, 1.0), float(found.variance[0]) * n / alone


def _surveys(rates: pd.DataFrame, needed: int) -> pd.DataFrame:
    rows = []
    for row in rates.itertuples():
        rate = share_of(int(row.answered), int(row.invited))
        invitations = [math.ceil(needed / each) for each in (rate.value, rate.high, rate.low)]
        rows.append((row.survey, int(row.invited), int(row.answered), rate.value, rate.low, rate.high, *invitations))
    names = ["survey", "invited", "answered", "rate", "rate_low", "rate_high", "invitations", "invitations_low"]
    return pd.DataFrame(rows, columns=[*names, "invitations_high"])


def _months(
    snapshot: Snapshot, metric: str, kind: str | None, survey: str | None, weights: ir.Table | None
) -> tuple[int | None, int | None]:
    """Responses of the month of the snapshot and of the one before; None where too few answered to be told."""
    this = snapshot.as_of.replace(day=1)
    last = (this - timedelta(days=1)).replace(day=1)
    try:
        counts = score_counts(snapshot, metric, kind=kind, survey=survey, since=last, by="month", weights=weights)
    except NoScores:
        return None, None
    told = counts.totals[counts.totals["customers"] >= counts.min_cell].set_index("month")["responses"]
    now, before = (told.get(f"{month:%Y-%m}") for month in (this, last))
    return (None if now is None else int(now), None if before is None else int(before))
