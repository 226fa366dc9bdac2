"""Whom to invite: drawn by lot, and those more often who answer less."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.feedback.counts.metrics import metric_of
from cxmodels.feedback.counts.parts import UNKNOWN
from cxmodels.feedback.errors import InvalidValue, NobodyToInvite
from cxmodels.feedback.planner.standing import FREE, standing
from cxmodels.feedback.weights.invited import HABITS, UNDELIVERED, checked, invited
from cxmodels.study.engine import held
from cxmodels.study.privacy import pseudonyms

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

MOST_OFTEN = 5.0
"""Who answers least is invited at most so many times as often as who answers most."""
USUAL = 20.0
"""Invitations at the rate of everybody that count beside those of a stratum."""


def invitees(
    snapshot: Snapshot,
    n: int,
    *,
    attributes: str | Iterable[str] = (),
    metric: str = "nps",
    quarantine_days: int | None = None,
) -> ir.Table:
    """Draw whom to invite next, so that the answers to be expected are made up as the customers are.

    Parameters
    ----------
    snapshot
        A snapshot with customers, invitations, responses and answers.
    n
        How many; everybody who may be invited where they are no more.
    attributes
        Attributes of customers to stratify by, beside whether they answered before.
    metric
        A metric of the study.
    quarantine_days
        As `standing` takes it.

    Returns
    -------
    ibis Table
        One row a customer: ``customer``, a pseudonym; the attributes; ``habit``, one of `HABITS`; ``rate``, the
        probability to answer of that stratum; ``chance``, the probability with which its customers were drawn. For the
        company to act on: it belongs on no page.

    Raises
    ------
    InvalidValue
        When `n` is below 1.
    NobodyToInvite
        When nobody may be invited.
    UnknownColumn
        When an attribute is none.
    MissingTable
        When the study lacks one of the tables.

    Notes
    -----
    A stratum is invited in proportion to its customers over its answer rate (of all invitations that arrived, drawn to
    that of everybody as `USUAL` invitations more would), at most `MOST_OFTEN` times as often as that which answers
    most; where it is exhausted, the others take its share. The lot is drawn anew each day, the same on the same day.
    """
    import ibis

    if n < 1:
        raise InvalidValue(f"n: a whole number of at least 1 is required, found {n!r}")
    names = checked(snapshot, attributes)
    keys = [*(f"by{at}" for at in range(len(names))), "habit"]
    free = held(_free(snapshot, names, quarantine_days))
    strata = free.group_by(keys).agg(customers=free.count()).to_pandas().sort_values(keys, ignore_index=True)
    if strata.empty:
        raise NobodyToInvite(f"invitees: no customer may be invited on {snapshot.as_of}")
    past = invited(snapshot, metric_of(metric), names)
    past = past.group_by(keys).agg(sent=past.count(), said=past.response_id.count()).to_pandas()
    strata["rate"] = _rates(strata, past, keys)
    strata["drawn"] = _allotted(strata["customers"].to_numpy(float), strata["rate"].to_numpy(float), n)
    strata["chance"] = strata["drawn"] / strata["customers"]
    given = ibis.memtable(strata[[*keys, "rate", "drawn", "chance"]].rename(columns={key: f"of:{key}" for key in keys}))
    # an order that nobody can foresee from the pseudonyms, nor repeats next month
    lot = pseudonyms(free, "pseudonym", "lot", f"{snapshot.as_of}".encode())
    turn = ibis.window(group_by=[lot[key] for key in keys], order_by=lot.lot)
    lot = lot.mutate(turn=ibis.row_number().over(turn))
    rows = lot.inner_join(given, [lot[key] == given[f"of:{key}"] for key in keys])
    rows = rows.filter(rows.turn < rows.drawn)
    own = {name: rows[key] for name, key in zip(names, keys, strict=False)}
    return rows.select(
        customer="pseudonym", **own, habit=rows.habit.cases(*enumerate(HABITS)), rate="rate", chance="chance"
    ).order_by("customer")


def _free(snapshot: Snapshot, names: tuple[str, ...], quarantine_days: int | None) -> ir.Table:
    """Who may be invited: ``pseudonym``, ``by0`` … the attributes, ``habit`` as a place in `HABITS`."""
    import ibis

    rows = standing(snapshot, quarantine_days)
    people = snapshot.pseudonyms.select("pseudonym", person="number")
    rows = rows.filter(rows.standing == FREE).inner_join(people, rows.customer == people.person)
    customers = snapshot.numbered("customers")
    text = {f"by{at}": customers[name].cast("string").fill_null(UNKNOWN) for at, name in enumerate(names)}
    own = customers.select(customers.customer.name("same"), **text)
    rows = rows.inner_join(own, rows.customer == own.same)
    said, sent = snapshot.numbered("responses"), snapshot.numbered("invitations")
    if "status" in sent.columns:
        sent = sent.filter(sent.status.isnull() | ~sent.status.isin(UNDELIVERED))
    invited_once = sent.select(asked="customer").distinct()
    rows = rows.left_join(invited_once, rows.customer == invited_once.asked)
    habit = ibis.ifelse(rows.asked.isnull(), 2, 1)
    if "customer" in said.columns:
        answered_once = said.filter(said.customer.notnull()).select(answered="customer").distinct()
        rows = rows.left_join(answered_once, rows.customer == answered_once.answered)
        habit = ibis.ifelse(rows.answered.notnull(), 0, ibis.ifelse(rows.asked.isnull(), 2, 1))
    return rows.select("pseudonym", *text, habit=habit.cast("int64"))


def _rates(strata: pd.DataFrame, past: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """(strata,) probability to answer, that of few invitations near that of everybody."""
    every = (past["said"].sum() + 0.5) / (past["sent"].sum() + 1)
    both = strata.merge(past, on=keys, how="left").fillna({"sent": 0, "said": 0})
    return ((both["said"] + USUAL * every) / (both["sent"] + USUAL)).to_numpy(float)


def _allotted(customers: np.ndarray, rate: np.ndarray, n: int) -> np.ndarray:
    """(strata,) how many of each are invited: as many as n in all, or all there are."""
    if n >= customers.sum():
        return customers.astype(np.int64)
    wanted = customers * np.minimum(rate.max() / rate, MOST_OFTEN)
    full = np.zeros(len(customers), bool)
    while True:
        share = np.where(full, customers, wanted * (n - customers[full].sum()) / max(wanted[~full].sum(), 1e-300))
        over = ~full & (share > customers)
        if not over.any():
            break
        full |= over
    whole = np.floor(share + 1e-9).astype(np.int64)
    # what rounding left goes to the largest rests
    whole[np.argsort(whole - share, kind="stable")[: n - whole.sum()]] += 1
    return whole
