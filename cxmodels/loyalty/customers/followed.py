"""What customers did after they answered: left or bought, counted by the engine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.respondents import each_respondent
from cxmodels.loyalty.answers.weighting import attributes, with_attributes
from cxmodels.loyalty.bayes.plausible import construct_scores
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.bayes.measurement import Measurement
    from cxmodels.study.snapshot import Snapshot

MONTHS = 12
MONTH_DAYS, YEAR_DAYS = 30.4375, 365.25
TENURE, _LONG = "tenure", 4
_DIGITS = 6
_SAID = ("attitude", "attitude_sd", "score")


def later_departures(
    snapshot: Snapshot,
    answers: Answers,
    measurement: Measurement,
    *,
    attitude: str,
    months: float = MONTHS,
    by: Iterable[str] = (),
) -> pd.DataFrame:
    """Spells from an answer to leaving, of customers who had a contract on the day they answered.

    Parameters
    ----------
    snapshot
        The one that `answers` come from, with contracts.
    answers
        To the items of the model, every response: ``survey_answers(snapshot, items, latest=False, weights=())``. The
        latest alone would not do: who leaves does not answer again, so that they would have been watched the longest.
        Weights are refused: they are of respondents, not of answers. What they stand for is adjusted for instead.
    measurement
        Of a fit: `measurement_of`.
    attitude
        The construct.
    months
        Watched for so long at most.
    by
        What `staying` may adjust for: attributes of customers, as text, ``"unknown"`` where missing; and ``"tenure"``,
        the whole years since joining, from four on ``"4 or more"``.

    Returns
    -------
    pandas.DataFrame
        For `staying`: ``attitude, attitude_sd, score, duration`` (months), ``event``, the columns of `by`, ``n``. A
        spell ends by leaving, by the customer's next answer, with the as-of day or after `months`. Leaving for one of
        the settings' ``churn.involuntary`` reasons ends it without being an event.

    Raises
    ------
    InvalidValue
        When the attitude is none of the constructs, or months are not above 0.
    InvalidAnswers
        When the answers are weighted, or `by` names what is no attribute of customers.
    MissingTable
        When the study has no contracts.

    Notes
    -----
    A contract that another takes over within a day does not end a customer's stay.
    """
    import ibis

    said = _answered(snapshot, answers, measurement, attitude, months)
    said, levels = _with_levels(snapshot, said, tuple(by))
    day = ibis.literal(snapshot.as_of)
    contracts = snapshot.numbered("contracts")
    ended = contracts.ended_on if "ended_on" in contracts.columns else ibis.null("date")
    reason = contracts.end_reason if "end_reason" in contracts.columns else ibis.null("string")
    under = contracts.select(
        holder="customer",
        started=_days(contracts.started_on, day),
        # after the as-of day, when it is not known yet
        ended=_days(ended, day).fill_null(1),
        forced=reason.isin(snapshot.settings.churn.involuntary).fill_null(False),
    )
    other = under.view()
    goes_on = (under.holder == other.holder) & (other.started <= under.ended + 1) & (other.ended > under.ended)
    departures = under.filter(under.ended <= 0).anti_join(other, goes_on)
    departures = departures.group_by("holder", "ended").agg(forced=departures.forced.any())
    at = [said.customer == under.holder, under.started <= said.day, under.ended >= said.day]
    # of two answers on a day the first is followed no longer
    spells = said.filter(said.until >= said.day).semi_join(under, at)
    # the first departure on the day of the answer or after it
    later = spells.left_join(departures, [spells.customer == departures.holder, departures.ended >= spells.day])
    ends = later.group_by("response_id").agg(left=later.ended.min(), forced=later.forced.argmin(later.ended))
    rows = spells.inner_join(ends, "response_id")
    last = rows.left.fill_null(1)
    seen = ibis.least(last, rows.until)
    rows = rows.mutate(
        # a day in which something can happen is watched to its end
        duration=ibis.greatest(seen - rows.day, 0) + 1,
        event=((last <= rows.until) & ~rows.forced.fill_null(False)).cast("int64"),
    )
    return _counted(rows, "event", levels)


def later_purchases(
    snapshot: Snapshot, answers: Answers, measurement: Measurement, *, attitude: str, months: float = MONTHS
) -> pd.DataFrame:
    """Orders after an answer.

    Parameters
    ----------
    snapshot, answers, measurement, attitude, months
        As for `later_departures`; orders are needed in place of contracts.

    Returns
    -------
    pandas.DataFrame
        For `buying`: ``attitude, attitude_sd, score, duration`` (months), ``purchases``, ``n``. Orders are counted from
        the day after the answer to the customer's next one, to the as-of day, or for `months`.

    Raises
    ------
    InvalidValue
        As for `later_departures`.
    MissingTable
        When the study has no orders.
    """
    import ibis

    said = _answered(snapshot, answers, measurement, attitude, months)
    said = said.filter(said.until > said.day)
    orders = snapshot.numbered("orders")
    orders = orders.select(buyer="customer", ordered=_days(orders.ordered_at, ibis.literal(snapshot.as_of)))
    after = [said.customer == orders.buyer, orders.ordered > said.day, orders.ordered <= said.until]
    bought = said.inner_join(orders, after)
    counted = bought.group_by("response_id").agg(purchases=bought.count())
    rows = said.left_join(counted, "response_id").drop("response_id_right")
    rows = rows.mutate(purchases=rows.purchases.fill_null(0), duration=rows.until - rows.day)
    return _counted(rows, "purchases", {})


def _answered(snapshot: Snapshot, answers: Answers, measurement: Measurement, attitude: str, months: float) -> ir.Table:
    """One row an answer of a known customer: what it says, its day, and until when it is followed."""
    import ibis

    if attitude not in measurement.names:
        raise InvalidValue(f"attitude must be one of {', '.join(measurement.names)}, found {attitude!r}")
    if answers.weights:
        named = answers.weights if isinstance(answers.weights, str) else ", ".join(answers.weights)
        raise InvalidAnswers(
            f"later behaviour: answers without weights are required, found those weighted by {named}; ask for "
            "survey_answers(..., weights=()) and adjust for what they are weighted by"
        )
    if not months > 0:
        raise InvalidValue(f"months must be above 0, found {months}")
    column = measurement.names.index(attitude)
    own = [item for item, loads in zip(measurement.items, measurement.loadings[..., column].any(axis=0), strict=True)
           if loads]  # fmt: skip
    scores = construct_scores(measurement, answers.frame)
    found = pd.DataFrame(
        {
            "attitude": scores.mean[attitude],
            "attitude_sd": scores.sd[attitude],
            "score": answers.frame[own].mean(axis=1),
        }
    )
    rows = each_respondent(snapshot, answers, found.dropna().round(_DIGITS), latest=False)
    rows = rows.filter(rows.customer.notnull())
    rows = rows.mutate(day=_days(rows.answered_at, ibis.literal(snapshot.as_of)))
    in_turn = ibis.window(group_by=rows.customer, order_by=[rows.day, rows.response_id])
    following = rows.day.lead().over(in_turn).fill_null(1)
    longest = int(np.ceil(months * MONTH_DAYS))
    return rows.mutate(until=ibis.least(ibis.least(following - 1, 0), rows.day + longest - 1))


def _with_levels(snapshot: Snapshot, said: ir.Table, by: tuple[str, ...]) -> tuple[ir.Table, dict[str, str]]:
    """Each answer with what it is adjusted for, and column → what it is."""
    names = attributes(snapshot, (name for name in by if name != TENURE), "by")
    said = with_attributes(snapshot, said, names)
    columns = {f"by{at}": name for at, name in enumerate(names)}
    if TENURE in by:
        import ibis

        joined = snapshot.numbered("customers").select(
            member="customer", since=lambda table: _days(table.joined_on, ibis.literal(snapshot.as_of))
        )
        said = said.inner_join(joined, said.customer == joined.member).drop("member")
        years = ((said.day - said.since) / YEAR_DAYS).floor().cast("int64").clip(0, _LONG)
        said = said.mutate(**{TENURE: ibis.ifelse(years < _LONG, years.cast("string"), f"{_LONG} or more")})
        columns[TENURE] = TENURE
    return said, columns


def _days(moment: Any, day: Any) -> Any:
    return moment.cast("date").delta(day, unit="day").cast("int64")


def _counted(rows: ir.Table, outcome: str, levels: dict[str, str]) -> pd.DataFrame:
    keys = [*_SAID, "duration", outcome, *levels]
    frame = rows.group_by(keys).agg(n=rows.count()).to_pandas()
    # engines return groups in any order; the same data must give the same bytes
    frame = frame.sort_values(keys, ignore_index=True)
    return frame.assign(duration=frame["duration"] / MONTH_DAYS).rename(columns=levels)
