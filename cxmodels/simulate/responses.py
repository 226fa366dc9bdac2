"""Answered surveys, and the follow-ups of those who would not recommend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cxmodels.simulate.calendar import Calendar
from cxmodels.simulate.columns import chosen, numbered, timestamp
from cxmodels.simulate.comments import Written, write_comments
from cxmodels.simulate.customers import Customers
from cxmodels.simulate.exchanges import FollowUps
from cxmodels.simulate.parameters import Parameters
from cxmodels.simulate.scores import answer
from cxmodels.simulate.surveys import ANNUAL, BAROMETER, CONTACT, DELIVERY, SURVEYS, Asked

KINDS = ("relational", "transactional")
TOUCHPOINTS = {ANNUAL: "relation", BAROMETER: "relation", DELIVERY: "delivery", CONTACT: "customer care"}
SERVICES = {ANNUAL: "subscription", BAROMETER: "subscription", DELIVERY: "logistics", CONTACT: "customer care"}
TEAMS = ("customer care", "logistics", "shop")
OUTCOMES = ("resolved", "unresolved", "unreachable")


@dataclass(frozen=True)
class Responses:
    """Answered surveys of a block in time order.

    Attributes
    ----------
    asked
        Row of each in the invitations.
    table, answers
        The tables ``responses`` and ``answers``.
    recommendation
        Score on the recommendation question, whether or not it was skipped.
    written
        Theme and tone of the comments.
    """

    asked: np.ndarray
    table: pa.Table
    answers: pa.Table
    recommendation: np.ndarray
    written: Written


def respond(
    customers: Customers, asked: Asked, parameters: Parameters, block: int, random: np.random.Generator
) -> Responses:
    """The tables ``responses`` and ``answers``."""
    rows = np.flatnonzero(asked.status == 1)
    rows = rows[np.argsort(asked.answered[rows], kind="stable")]
    survey, who = asked.survey[rows], asked.customer[rows]
    ids = numbered("R", block, len(rows))
    answers, recommendation = answer(
        customers, asked, rows, ids, parameters.scores, parameters.theories, parameters.satisfaction, random
    )
    written = write_comments(
        asked.felt[rows],
        asked.late[rows],
        survey,
        customers.french[who],
        parameters.comments,
        parameters.scores.noise_sd,
        random,
    )
    by_app = random.random(len(rows)) < 0.3
    table = pa.table(
        {
            "response_id": ids,
            "customer_id": chosen(who, customers.ids),
            "answered_at": timestamp(asked.answered[rows]),
            "survey": chosen(survey, SURVEYS),
            "kind": chosen(survey >= DELIVERY, KINDS),
            "touchpoint": chosen(survey, [TOUCHPOINTS[code] for code in range(len(SURVEYS))]),
            "channel": chosen(by_app, ("Email", "App")),
            "service": chosen(survey, [SERVICES[code] for code in range(len(SURVEYS))]),
            "comment": written.text,
        }
    )
    return Responses(rows, table, answers, recommendation, written)


def actions_table(
    responses: Responses,
    asked: Asked,
    ids: pa.Array,
    parameters: FollowUps,
    calendar: Calendar,
    block: int,
    random: np.random.Generator,
) -> pa.Table:
    """The table ``actions``: what is later than the end of the window is not known yet."""
    detractor = (responses.recommendation <= 6) & (random.random(len(responses.asked)) < parameters.opened_share)
    rows = responses.asked[np.flatnonzero(detractor)]
    hours = random.exponential(1.0, (3, len(rows))) * np.array([[10.0], [40.0], [60.0]])
    opened = asked.answered[rows] + 600 + (np.minimum(hours[0], 48) * 3_600).astype(np.int64)
    keep = opened < calendar.stop_seconds
    rows, opened, hours = rows[keep], opened[keep], hours[:, keep]
    order = np.argsort(opened, kind="stable")
    rows, opened, hours = rows[order], opened[order], hours[:, order]

    contacted = opened + (np.minimum(hours[1], 240) * 3_600).astype(np.int64)
    closed = contacted + (np.minimum(hours[2], 480) * 3_600).astype(np.int64)
    reached = random.random(len(rows)) < parameters.contacted_share
    solved = random.random(len(rows)) < parameters.resolved_share
    outcome = np.where(reached, np.where(solved, 0, 1), 2)
    survey = asked.survey[rows]
    team = np.where(survey == DELIVERY, 1, np.where(random.random(len(rows)) < 0.2, 2, 0))
    open_still = closed >= calendar.stop_seconds
    return pa.table(
        {
            "action_id": numbered("A", block, len(rows)),
            "customer_id": chosen(asked.customer[rows], ids),
            "opened_at": timestamp(opened),
            "contacted_at": timestamp(contacted, missing=~reached | (contacted >= calendar.stop_seconds)),
            "closed_at": timestamp(closed, missing=open_still),
            "team": chosen(team, TEAMS),
            "outcome": chosen(outcome, OUTCOMES, missing=open_still),
        }
    )
