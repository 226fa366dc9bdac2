"""Who is asked, who answers and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from cxmodels.simulate.calendar import Calendar
from cxmodels.simulate.columns import chosen, levels, timestamp
from cxmodels.simulate.customers import Customers
from cxmodels.simulate.exchanges import Scores, Surveys

SURVEYS = ("annual", "barometer", "after_delivery", "after_contact")
ANNUAL, BAROMETER, DELIVERY, CONTACT = range(4)
STATUSES = ("delivered", "answered", "bounced")
LAST_EVENT_DAY = 24
"""Deliveries and contacts happen on days 1 to 25, so that the survey after them is sent in the same month."""


@dataclass(frozen=True)
class Events:
    """What happened in each month of the window (customers × months).

    Attributes
    ----------
    delivered, late
        The box arrived; it arrived late.
    delivery_day
        Customers: day of the month, from 0.
    contacted
        The customer contacted the service.
    contact_day
        Day of the month, from 0.
    """

    delivered: np.ndarray
    late: np.ndarray
    delivery_day: np.ndarray
    contacted: np.ndarray
    contact_day: np.ndarray


@dataclass(frozen=True)
class Asked:
    """Invitations of a block in time order.

    Attributes
    ----------
    customer, month
        Row of the customer, month of the window.
    survey, status
        Codes into `SURVEYS` and `STATUSES`.
    sent, answered
        Seconds since 1970-01-01; `answered` holds for status answered only.
    felt
        The satisfaction felt at that moment.
    late
        Whether the month's delivery was late.
    """

    customer: np.ndarray
    month: np.ndarray
    survey: np.ndarray
    status: np.ndarray
    sent: np.ndarray
    answered: np.ndarray
    felt: np.ndarray
    late: np.ndarray


def happenings(
    customers: Customers,
    subscribed: np.ndarray,
    begin: np.ndarray,
    calendar: Calendar,
    probability: float,
    late_probability: float,
    random: np.random.Generator,
) -> Events:
    """Deliveries and contacts with the service while subscribed."""
    count, months = subscribed.shape
    delivery_day = np.asarray(random.integers(0, LAST_EVENT_DAY - 4, count))
    length = calendar.lengths[calendar.first : calendar.stop].astype(np.float32)
    from_day, to_day = begin * length, (begin + subscribed) * length

    def within(day: np.ndarray) -> np.ndarray:
        # A whole day inside the contract, so that an event never shares the day of joining or leaving.
        return (day >= from_day) & (day + 1 <= to_day)

    delivered = within(delivery_day[:, None])
    late = delivered & customers.feelings.late[:, calendar.first : calendar.stop]
    chance = np.float32(probability) + np.float32(late_probability) * late
    contact_day = delivery_day[:, None] + random.integers(1, 5, (count, months))
    contacted = (random.random((count, months), dtype=np.float32) < chance) & within(contact_day)
    return Events(delivered, late, delivery_day, contacted, contact_day)


def ask(
    customers: Customers,
    subscribed: np.ndarray,
    askable: np.ndarray,
    events: Events,
    parameters: Surveys,
    scores: Scores,
    calendar: Calendar,
    random: np.random.Generator,
) -> Asked:
    """Draw invitations and whether they are answered."""
    survey = _invited(customers, subscribed, askable, events, parameters, calendar, random)
    customer, month = np.nonzero(survey >= 0)
    kind = survey[customer, month]
    size = len(customer)

    day = random.integers(1, 26, size)
    day = np.where(kind == DELIVERY, events.delivery_day[customer] + 2, day)
    day = np.where(kind == CONTACT, events.contact_day[customer, month] + 1, day)
    sent = (calendar.starts[calendar.first + month] + day) * 86_400 + random.integers(8 * 3_600, 20 * 3_600, size)

    late = events.late[customer, month]
    felt = customers.feelings.satisfaction[customer, calendar.first + month].astype(np.float64)
    felt += scores.contact_effect * (kind == CONTACT) + scores.late_effect * ((kind == DELIVERY) & late)

    logit = levels(parameters.survey)[kind] + levels(parameters.age_band)[customers.age_band[customer]]
    logit = logit + parameters.satisfaction * felt + parameters.satisfaction_squared * felt**2
    bounced = random.random(size) < parameters.bounce_share
    answers = ~bounced & (random.random(size) < 1 / (1 + np.exp(-logit)))
    delay = np.minimum(random.exponential(parameters.days_to_answer, size), 20.0) * 86_400
    answered = sent + 60 + delay.astype(np.int64)
    answers &= answered < calendar.stop_seconds
    status = np.where(bounced, 2, answers.astype(int))
    order = np.argsort(sent, kind="stable")
    return Asked(
        customer[order],
        month[order],
        kind[order],
        status[order],
        sent[order],
        answered[order],
        felt[order],
        late[order],
    )


def invitations_table(asked: Asked, ids: pa.Array) -> pa.Table:
    """The table ``invitations``."""
    return pa.table(
        {
            "customer_id": chosen(asked.customer, ids),
            "survey": chosen(asked.survey, SURVEYS),
            "sent_at": timestamp(asked.sent),
            "status": chosen(asked.status, STATUSES),
        }
    )


def _invited(
    customers: Customers,
    subscribed: np.ndarray,
    askable: np.ndarray,
    events: Events,
    parameters: Surveys,
    calendar: Calendar,
    random: np.random.Generator,
) -> np.ndarray:
    """Code of the survey sent to each customer in each month, -1 for none (int8)."""
    count, months = subscribed.shape
    whole_month = subscribed > 0.999
    month = np.arange(months)
    tenure = calendar.first + month[None, :] - np.floor(customers.joined).astype(np.int64)[:, None]
    panel_quarter = np.where(random.random(count) < parameters.panel_share, random.integers(0, 3, count), -1)
    chance = random.random((count, months), dtype=np.float32)

    # Later lines win: a survey about a moment goes before one about the relation.
    survey = np.full((count, months), -1, np.int8)
    survey[whole_month & (month[None, :] % 3 == panel_quarter[:, None])] = BAROMETER
    survey[whole_month & (tenure > 0) & (tenure % 12 == 0)] = ANNUAL
    survey[events.delivered & (chance < parameters.delivery_share)] = DELIVERY
    survey[events.contacted & (chance < parameters.contact_share)] = CONTACT
    survey[~askable] = -1

    for this in range(1, months):
        survey[survey[:, this - 1] >= 0, this] = -1
    return survey
