"""Covariates that change while a customer stays: stays split where one changes, each part with what was known then.

Satisfaction
    The band of the last score given in a survey, relational or transactional, on a question whose metric is ``csat``
    or ``nps``. With nps, 0–6 of 10 is ``"low"``, 7–8 ``"middle"``, 9–10 ``"high"``, and likewise on another scale. With
    csat the middle fifth of the scale is ``"middle"`` (3 of 5, 4 of 7). Of a response with both, csat counts; of
    several on one day, the last. After 365 days without another, and before the first, it is ``"not asked"``.

Incidents
    ``"open or recent"`` for 90 days after a contact of stage ``service`` or with an outcome that failed
    (``unresolved``, ``failed``, ``open``, ``pending``, ``escalated``, ``rejected``, ``complaint``); else ``"none"``.

What is recorded on a day counts from the end of that day, so nothing acts on the day it is recorded: a score given on
the day of leaving explains nothing. Surveys and contacts about leaving itself (their ``survey`` or ``touchpoint``
speaks of exit, leaving, cancelling, terminating, churn or winning back) are outcome and left out, for all alike.
Answers shortly before the end are not left out: which they are is known only afterwards, and taking them from leavers
alone would make those look content.

Landmarks
    A forecast holds what is known today for all the months it looks ahead, while the hazard ratio of a state in force
    is that of the state itself: told by it, risks lie too far apart, because states change. For forecasts, states are
    therefore also counted as known on landmark days, a forecast's length apart and the as-of day the last, and held
    until the next: what is fitted is then what is asked (landmarking; van Houwelingen 2007, Scand. J. Stat. 34; van
    Houwelingen & Putter 2012, Dynamic Prediction in Clinical Survival Analysis). Who joins between two landmarks has
    until the next one what was known of them at the one before, for a newcomer nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from cxmodels.churn.errors import UnknownCovariate
from cxmodels.study.months import months_before

if TYPE_CHECKING:
    import ibis.expr.types as ir

SCORE_LASTS, INCIDENT_LASTS = 365, 90
"""Days for which a score, and an incident, count."""
NOT_ASKED, NONE, RECENT = "not asked", "none", "open or recent"
_NEEDS = {"satisfaction": ("responses", "answers", "items"), "incidents": ("interactions",)}
_FAILED = ("unresolved", "failed", "open", "pending", "escalated", "rejected", "complaint")
_ABOUT_LEAVING = r"exit|leav|left|cancel|terminat|churn|win.?back|goodbye"
_EVER, _NEVER = -1_000_000, 1_000_000
_FARTHEST = 480
"""Months that landmarks reach back at most: a first start of the year 1900 stands for one that is not known."""


def split(
    snapshot: Any, stays: ir.Table, time_varying: tuple[str, ...], landmarks: Sequence[int] | None = None
) -> ir.Table:
    """Split stays where a covariate changes.

    Parameters
    ----------
    snapshot
        The study as known on a day.
    stays
        ``customer, started, until, outcome, final`` in days from the as-of day, one row a contract.
    time_varying
        Of ``"satisfaction"`` and ``"incidents"``.
    landmarks
        Days from the as-of day, that day among them, on which a state is taken as known, to be held until the next; see
        `landmark_days`. Default: every state from the day it is known.

    Returns
    -------
    ibis Table
        The same with a column for each, its value after ``started`` up to and including ``until``. Where it changes,
        a row ends as ``"switched"`` and the next begins; ``final`` is true for the last row of a contract. Who is
        active has a last row that holds what is known at the end of the as-of day, if need be of no length.

    Raises
    ------
    UnknownCovariate
        When a covariate is none of the two, its tables are missing, or the study has an attribute of that name.
    """
    for name in time_varying:
        if name not in _NEEDS:
            raise UnknownCovariate(f"time_varying: allowed are {', '.join(_NEEDS)}; found {name!r}")
        if lacks := [table for table in _NEEDS[name] if table not in snapshot.tables]:
            raise UnknownCovariate(
                f"time_varying {name!r} needs the tables {', '.join(_NEEDS[name])}; this study lacks {', '.join(lacks)}"
            )
        if name in stays.columns:
            raise UnknownCovariate(f"time_varying {name!r}: the study has a column of that name; rename it in its SQL")
    for name in time_varying:
        if name == "satisfaction":
            otherwise, states = NOT_ASKED, _states(_scores(snapshot), NOT_ASKED, SCORE_LASTS)
        else:
            otherwise, states = NONE, _states(_incidents(snapshot), NONE, INCIDENT_LASTS)
        if landmarks is not None:
            states = _held(states, landmarks, otherwise)
        stays = _at_each(stays, states, name, otherwise)
    return stays


def landmark_days(as_of: date, months: int, since: int) -> list[int]:
    """The as-of day and the days every so many months before it, the last on or before the day `since`.

    Days count from the as-of day, newest first: ``landmark_days(date(2026, 9, 30), 12, -400)`` is ``[0, -365, -730]``.
    They reach back 40 years at most.
    """
    days = [0]
    while days[-1] > since and len(days) * months <= _FARTHEST:
        days.append((months_before(as_of, len(days) * months) - as_of).days)
    return days


def _at_each(stays: ir.Table, states: ir.Table, name: str, otherwise: str) -> ir.Table:
    """Cut every stay at the changes of its customer's state."""
    import ibis

    columns = [column for column in stays.columns if column not in ("started", "until", "outcome", "final")]
    # the last day whose state still counts: on the day of leaving only what was known before, today all that is known
    lasting = (stays.outcome == "active") | (stays.started == stays.until)
    stays = stays.mutate(held=ibis.ifelse(lasting, stays.until, stays.until - 1))
    found = stays.left_join(
        states,
        [stays.customer == states["customer:"], states["from:"] <= stays.held, states["to:"] > stays.started],
    )
    ends = found["to:"].fill_null(_NEVER)
    final = ends > found.held
    return found.select(
        *columns,
        started=ibis.greatest(found.started, found["from:"].fill_null(_EVER)),
        until=ibis.ifelse(final, found.until, ends),
        outcome=ibis.ifelse(final, found.outcome, "switched"),
        final=final & found.final,
        **{name: found["state:"].fill_null(otherwise)},
    )


def _held(states: ir.Table, landmarks: Sequence[int], otherwise: str) -> ir.Table:
    """States as they were at the end of each landmark day, held until the next at which they are others."""
    import ibis

    seen = states.mutate(day=ibis.array([ibis.literal(day, type="int64") for day in landmarks]).unnest())
    seen = seen.filter((seen["from:"] <= seen.day) & (seen["to:"] > seen.day))
    in_turn = ibis.window(group_by=seen["customer:"], order_by=seen.day)
    seen = seen.mutate(before=seen["state:"].lag().over(in_turn).fill_null(otherwise))
    # a landmark at which nothing changed cuts no stay
    points = seen.filter(seen["state:"] != seen.before)
    points = points.select(customer=points["customer:"], day=points.day, state=points["state:"])
    return _states(points, otherwise, _NEVER - _EVER)


def _states(points: ir.Table, otherwise: str, lasts: int) -> ir.Table:
    """From ``customer, day, state`` to ``customer:, from:, to:, state:`` that cover all time without overlap.

    A state holds from its day for `lasts` days or until the next; before the first and in between is `otherwise`.
    """
    import ibis

    in_turn = ibis.window(group_by=points.customer, order_by=points.day)
    points = points.mutate(
        following=points.day.lead().over(in_turn).fill_null(_NEVER), first=points.day.lag().over(in_turn).isnull()
    )
    fades = points.day + lasts
    parts = [
        points.mutate(begin=points.day, end=ibis.least(points.following, fades)),
        points.filter(points.following > fades).mutate(
            begin=fades, end=points.following, state=ibis.literal(otherwise)
        ),
        points.filter(points["first"]).mutate(
            begin=ibis.literal(_EVER, type="int64"), end=points.day, state=ibis.literal(otherwise)
        ),
    ]
    return ibis.union(
        *(
            part.select(**{"customer:": part.customer, "from:": part.begin, "to:": part.end, "state:": part.state})
            for part in parts
        )
    )


def _scores(snapshot: Any) -> ir.Table:
    """The last band each customer gave on a day: ``customer, day, state``."""
    import ibis

    responses = snapshot.numbered("responses")
    if "customer" not in responses.columns:
        raise UnknownCovariate("time_varying 'satisfaction' needs responses.customer_id; here every answer is nobody's")
    responses = _not_about_leaving(responses.filter(responses.customer.notnull()), ("survey", "touchpoint"))
    items = snapshot.numbered("items")
    if "metric" not in items.columns:
        raise UnknownCovariate("time_varying 'satisfaction' needs items.metric; no question is marked as nps or csat")
    items = items.filter(items.metric.isin(["nps", "csat"]), items.scale_max > items.scale_min)
    answers = snapshot.numbered("answers").inner_join(items, "item")
    place = (answers.score - answers.scale_min) / (answers.scale_max - answers.scale_min)
    given = answers.mutate(place=place).group_by("response_id")
    given = given.aggregate(
        csat=lambda t: t.place.mean(where=t.metric == "csat"), nps=lambda t: t.place.mean(where=t.metric == "nps")
    )
    contented = ibis.cases((given.csat < 0.4, "low"), (given.csat <= 0.6, "middle"), else_="high")
    loyal = ibis.cases((given.nps < 0.65, "low"), (given.nps < 0.85, "middle"), else_="high")
    banded = given.select(given.response_id, state=ibis.ifelse(given.csat.notnull(), contented, loyal))
    rows = responses.inner_join(banded, "response_id")
    rows = rows.select(
        rows.customer, rows.answered_at, rows.response_id, rows.state, day=_day(rows.answered_at, snapshot)
    )
    latest = ibis.window(
        group_by=[rows.customer, rows.day], order_by=[ibis.desc(rows.answered_at), ibis.desc(rows.response_id)]
    )
    rows = rows.mutate(place=ibis.row_number().over(latest))
    return rows.filter(rows.place == 0).select("customer", "day", "state")


def _incidents(snapshot: Any) -> ir.Table:
    """Days with an incident: ``customer, day, state``."""
    import ibis

    rows = snapshot.numbered("interactions")
    if not {"customer", "stage"} <= set(rows.columns) and not {"customer", "outcome"} <= set(rows.columns):
        raise UnknownCovariate("time_varying 'incidents' needs interactions.customer_id and stage or outcome")
    rows = _not_about_leaving(rows.filter(rows.customer.notnull()), ("touchpoint",))
    service, failed = ibis.literal(False), ibis.literal(False)
    if "stage" in rows.columns:
        service = (rows.stage.strip().lower() == "service").fill_null(False)
    if "outcome" in rows.columns:
        failed = rows.outcome.strip().lower().isin(_FAILED).fill_null(False)
    rows = rows.filter(service | failed)
    days = rows.select(rows.customer, day=_day(rows.occurred_at, snapshot)).distinct()
    return days.mutate(state=ibis.literal(RECENT))


def _day(moment: ir.Value, snapshot: Any) -> ir.Value:
    import ibis

    return moment.date().delta(ibis.literal(snapshot.as_of), unit="day").cast("int64")


def _not_about_leaving(rows: ir.Table, columns: tuple[str, ...]) -> ir.Table:
    for column in columns:
        if column in rows.columns:
            rows = rows.filter(~rows[column].lower().re_search(_ABOUT_LEAVING).fill_null(False))
    return rows
