"""What follow-ups went with: leaving before and after a customer was contacted, free of immortal-time bias."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.churn.counts.covariates import with_covariates
from cxmodels.churn.counts.episodes import MONTH, Episodes
from cxmodels.churn.counts.from_frame import NO_DAY, is_number
from cxmodels.churn.counts.levels import ordered_levels
from cxmodels.churn.models.cox import fit_cox
from cxmodels.errors import without_place
from cxmodels.estimate import Estimate
from cxmodels.look import numbers
from cxmodels.study.months import months_before

if TYPE_CHECKING:
    import ibis.expr.types as ir

FEWEST_DEPARTURES = 30
MONTHS = 12
CONTACTED, WAITING = "contacted", "not contacted"
# no name that a study's own covariate may have
_STATE = "contacted_yet"
_BANDS = ((6, "under 6 months"), (12, "6 to 12 months"), (24, "1 to 2 years"))
_LONGEST = "2 years and more"


@dataclass(frozen=True, eq=False)
class FollowUps:
    """Leaving after a follow-up was opened, by whether the customer had been contacted by then.

    Attributes
    ----------
    reason
        Why it cannot be told, in a sentence; empty where it can.
    told
        The finding and what it does not say, in sentences.
    hazard_ratio
        Of leaving once contacted against not yet contacted, at equal time since the opening, 95 % interval.
    states
        Tidy: ``state, customers, months, departures, rate``: customers who were ever in the state, the months they
        spent in it, departures in it, and departures a customer and month.
    adjusted
        The covariates that are equal on both sides of the ratio.
    """

    reason: str
    told: str = ""
    hazard_ratio: Estimate | None = None
    states: pd.DataFrame = field(default_factory=pd.DataFrame)
    adjusted: tuple[str, ...] = ()


def follow_up_effect(
    snapshot: Any, *, covariates: Iterable[str] | None = None, window_months: int | None = None, months: int = MONTHS
) -> FollowUps:
    """Compare leaving before and after the contact of a follow-up, from the study's action log.

    The clock starts for everybody on the day the first follow-up of their stay is opened. A customer counts as not
    contacted up to and including the day of the first contact, and as contacted from the next: to count as contacted
    from the start whoever was contacted later would give the contact the credit for the days one had to stay to be
    reached (immortal time: Suissa 2008, American Journal of Epidemiology 167).

    Parameters
    ----------
    snapshot
        The study as known on a day; ``actions`` with ``contacted_at`` are needed.
    covariates
        Columns of contracts or customers to hold equal beside tenure. Default: the study's ``churn.covariates``.
    window_months
        Only follow-ups opened in so many months before the day; 0 for all. Default: the study's setting.
    months
        Customers are watched for so long after the opening.

    Returns
    -------
    FollowUps
        With `reason` where a table or column is missing, or fewer than 30 customers left.
    """
    if "actions" not in snapshot.tables:
        return FollowUps("What follow-ups went with cannot be told: the study has no table actions.")
    actions = snapshot.numbered("actions")
    if "contacted_at" not in actions.columns:
        return FollowUps("What follow-ups went with cannot be told: actions have no contacted_at.")
    settings = snapshot.settings
    window = settings.churn.window_months if window_months is None else window_months
    since = (months_before(snapshot.as_of, window) - snapshot.as_of).days if window else None
    names = tuple(settings.churn.covariates if covariates is None else covariates)
    watched = _watched(actions, with_covariates(snapshot, names), names, snapshot.as_of, since, months)
    by = ["exit", "left", "contacted_after", "tenure", *names]
    frame = watched.group_by(by).aggregate(n=watched.count()).execute()
    frame = frame[[*by, "n"]].sort_values(by, ignore_index=True)
    return contact_effect(frame, ("tenure", *names), min_cell=settings.privacy.min_cell)


def contact_effect(frame: pd.DataFrame, covariates: Iterable[str] = (), *, min_cell: int = 1) -> FollowUps:
    """The same from counts.

    Parameters
    ----------
    frame
        One row a group of alike customers: ``exit``, days watched since the opening (1 is the day itself); ``left``, 1
        where they left then; ``contacted_after``, days after which they count as contacted, missing where never; the
        covariates; ``n``, how many.
    covariates
        Columns held equal where the counts allow it.
    min_cell
        The fewest customers a state must hold to be shown.
    """
    names = tuple(covariates)
    parts = states_over_time(frame)
    events = int(parts.loc[parts["event"] == 1, "n"].sum())
    if events < FEWEST_DEPARTURES:
        found = f"fewer than {min_cell}" if 0 < events < min_cell else events
        return FollowUps(
            f"What follow-ups went with cannot be told: {FEWEST_DEPARTURES} departures after one are needed, "
            f"found {found}."
        )
    states = _summary(parts)
    if states["customers"].min() < (fewest := max(min_cell, 1)):
        return FollowUps(
            f"What follow-ups went with cannot be told: fewer than {fewest} customers were in one of the states."
        )
    levels: dict[str, tuple[str, ...]] = {_STATE: (WAITING, CONTACTED)}
    levels |= {name: ordered_levels(parts, name) for name in names if not is_number(parts[name])}
    pooled: dict[str, tuple[str, ...]] = dict.fromkeys(levels, ())
    fit = fit_cox(Episodes(parts, (_STATE, *names), levels, pooled, NO_DAY, 0, 0, min_cell))
    if _STATE in fit.left_out:
        return FollowUps(f"What follow-ups went with cannot be told: {without_place(fit.left_out[_STATE])}.")
    row = fit.coefficients.set_index("term").loc[_STATE]
    ratio = Estimate(float(row["hazard_ratio"]), float(row["low"]), float(row["high"]), "ratio", int(frame["n"].sum()))
    adjusted = tuple(name for name in names if name in fit.covariates)
    return FollowUps("", _told(ratio, states, adjusted, min_cell), ratio, states, adjusted)


def states_over_time(frame: pd.DataFrame) -> pd.DataFrame:
    """Each customer's time since the opening in two episodes, not contacted and contacted: ``entry, exit, event``."""
    never = frame["contacted_after"].isna() | (frame["contacted_after"] >= frame["exit"])
    turn = frame["contacted_after"].where(~never, frame["exit"]).astype(int)
    kept = [column for column in frame.columns if column not in ("exit", "left", "contacted_after", "n")]
    rest = frame[[*kept, "n"]]
    before = rest.assign(**{_STATE: WAITING}, entry=0, exit=turn, event=frame["left"].where(never, 0))
    after = rest.assign(**{_STATE: CONTACTED}, entry=turn, exit=frame["exit"], event=frame["left"])[~never]
    parts = pd.concat([before, after], ignore_index=True).astype({"event": int, "exit": int})
    parts = parts[parts["exit"] > parts["entry"]]
    by = ["entry", "exit", "event", _STATE, *kept]
    parts = parts.groupby(by, as_index=False, sort=True)["n"].sum()
    return parts.assign(cause=np.where(parts["event"] == 1, "unknown", "active"))


def _watched(
    actions: ir.Table, contracts: ir.Table, covariates: tuple[str, ...], as_of: date, since: int | None, months: int
) -> ir.Table:
    """One row a stay with a follow-up: what `contact_effect` counts."""
    import ibis

    day = ibis.literal(as_of)
    opened = actions.select(
        "customer",
        "action_id",
        opened=actions.opened_at.cast("date").delta(day, unit="day").cast("int64"),
        contacted=actions.contacted_at.cast("date").delta(day, unit="day").cast("int64"),
    )
    # the names of covariates may be those of the log, such as team
    under = contracts.select(
        "customer", "started", "joined", "until", "stay_ended", "outcome",
        **{f"covariate:{name}": contracts[name] for name in covariates},
    )  # fmt: skip
    rows = opened.inner_join(under, "customer")
    running = (rows.opened < rows.until) | ((rows.opened == rows.until) & (rows.outcome != "switched"))
    rows = rows.filter((rows.opened >= rows.started) & (running | (rows.outcome == "active")))
    rows = rows.filter(rows.opened <= 0)
    stay = ibis.window(group_by=[rows.customer, rows.joined])
    in_turn = ibis.window(group_by=[rows.customer, rows.joined], order_by=[rows.opened, rows.action_id])
    rows = rows.mutate(first_contact=rows.contacted.min().over(stay), place=ibis.row_number().over(in_turn))
    rows = rows.filter(rows.place == 0)
    if since is not None:
        rows = rows.filter(rows.opened >= since)
    longest = round(months * MONTH["days"])
    gone = (rows.stay_ended <= 0) & (rows.stay_ended - rows.opened < longest)
    seen = ibis.least(ibis.least(rows.stay_ended, 0) - rows.opened + 1, longest)
    tenure = (rows.opened - rows.joined) / MONTH["days"]
    band = ibis.cases(*((tenure < edge, ibis.literal(name)) for edge, name in _BANDS), else_=_LONGEST)
    return rows.select(
        exit=seen.cast("int64"),
        left=gone.cast("int64"),
        contacted_after=(rows.first_contact - rows.opened + 1).cast("float64"),
        tenure=band,
        **{name: rows[f"covariate:{name}"] for name in covariates},
    )


def _summary(parts: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for state in (WAITING, CONTACTED):
        part = parts[parts[_STATE] == state]
        months = float(((part["exit"] - part["entry"]) * part["n"]).sum()) / MONTH["days"]
        departures = int(part.loc[part["event"] == 1, "n"].sum())
        rate = departures / months if months else float("nan")
        rows.append((state, int(part["n"].sum()), months, departures, rate))
    return pd.DataFrame(rows, columns=["state", "customers", "months", "departures", "rate"])


def _told(ratio: Estimate, states: pd.DataFrame, adjusted: tuple[str, ...], min_cell: int) -> str:
    value = f"{ratio.value:.2f} times ({ratio.low:.2f} to {ratio.high:.2f})"
    reached = int(states.set_index("state").loc[CONTACTED, "customers"])
    # the rest who never were can be too few to be told
    contacted = "nearly all" if 0 < ratio.n - reached < min_cell else numbers.count(reached)
    equal = ", ".join(name.replace("_", " ") for name in ("time since the opening", *adjusted))
    opening = (
        f"Of {numbers.count(ratio.n)} customers with a follow-up {contacted} were contacted while they were watched. "
        f"Once contacted they left at {value} the rate of those not yet contacted, at equal {equal}"
    )
    finding = "lower" if ratio.high < 1 else "higher" if ratio.low > 1 else ""
    told = f": a {finding} rate." if finding else ": no difference can be told."
    return (
        f"{opening}{told} Nobody counts as contacted before the contact. Who is contacted is not drawn by lot, so what "
        "made a customer easy to reach may have made them stay or leave: this is an association."
    )
