"""Decisions of the customers on what their data may be used for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from cxmodels.simulate.calendar import Calendar
from cxmodels.simulate.columns import chosen, timestamp
from cxmodels.simulate.customers import Customers
from cxmodels.simulate.exchanges import Consent


def decide(
    customers: Customers, parameters: Consent, calendar: Calendar, random: np.random.Generator
) -> tuple[pa.Table, np.ndarray]:
    """The table ``consents``, and whether each customer may be asked in each month of the window (bool)."""
    count = len(customers)
    month = calendar.first + np.arange(calendar.months)
    askable = np.ones((count, calendar.months), bool)
    who, purpose, granted, position = [], [], [], []
    for code, (name, share) in enumerate(parameters.granted.items()):
        recorded = random.random(count) < parameters.recorded_share
        agrees = random.random(count) < share
        changed_at = customers.joined + random.random(count) * (calendar.stop - customers.joined)
        # A change is recorded on a later day than the first decision.
        changes = recorded & (random.random(count) < parameters.change_share)
        changes &= changed_at > customers.joined + 0.1
        for rows, answer, at in (
            (np.flatnonzero(recorded), agrees, customers.joined),
            (np.flatnonzero(changes), ~agrees, changed_at),
        ):
            who.append(rows)
            purpose.append(np.full(len(rows), code))
            granted.append(answer[rows])
            position.append(at[rows])
        if name == "contact":
            refused = recorded & ~agrees
            before_change = ~changes[:, None] | (month < changed_at[:, None])
            after_change = changes[:, None] & ~before_change
            askable = ~np.where(after_change, (recorded & agrees)[:, None], refused[:, None])
            # The month in which a decision is taken counts as refused when either side of it is.
            askable &= ~(changes & agrees)[:, None] | (month + 1 <= changed_at[:, None])
    rows = np.concatenate(who)
    seconds = calendar.seconds(np.concatenate(position))
    order = np.argsort(seconds, kind="stable")
    decided = pa.table(
        {
            "customer_id": chosen(rows[order], customers.ids),
            "purpose": chosen(np.concatenate(purpose)[order], list(parameters.granted)),
            "granted": pa.array(np.concatenate(granted)[order]),
            "recorded_at": timestamp(seconds[order]),
        }
    )
    return decided, askable
