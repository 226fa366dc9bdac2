"""What it is worth to keep a customer, and the money that is at risk of leaving with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.churn.decisions.margins import Margins, monthly_margins
from cxmodels.churn.errors import InvalidValue, NobodyActive
from cxmodels.churn.forecasts.panel import panel
from cxmodels.churn.models.model import Array, Hazard, Model
from cxmodels.look import numbers

if TYPE_CHECKING:
    from cxmodels.study.sections import ChurnSection

DRAWS, SEED = 400, 20260930
WHOLE = 2_000
"""Up to so many cells all are drawn for; of more, a fixed sample (`panel`)."""
MONTHS = 12


@dataclass(frozen=True, eq=False)
class Drawn:
    """What the data leave open about the cells.

    Attributes
    ----------
    places
        (rows,) which cells these are.
    n
        (rows,) customers each stands for; they add up to all.
    chance, at_risk
        (rows, draws) chance of leaving within the campaign's months, and money lost with a customer in expectation.
    """

    places: np.ndarray
    n: Array
    chance: Array
    at_risk: Array


@dataclass(frozen=True, eq=False)
class CustomerValue:
    """What it is worth to keep each of today's customers.

    Attributes
    ----------
    cells
        ``tenure``, the covariates, ``n`` and, for each customer of the cell: ``chance`` of leaving within `months`;
        ``margin`` a month; ``months_kept``, how long one who would have left stays on within `horizon` if kept at
        that moment; ``value``, what keeping that one is worth; ``at_risk``, chance × value.
    reason
        Why there is no value, in a sentence; empty where there is. ``cells`` is empty then.
    told
        How the value was come by, in a sentence.
    currency
        The study's.
    months, horizon
        Leaving is looked for within `months` from today; value is counted up to `horizon` months from today.
    model
        The fitted model of who leaves.
    """

    cells: pd.DataFrame
    reason: str
    told: str
    currency: str
    months: int
    horizon: int
    model: Model = field(repr=False)

    @cached_property
    def drawn(self) -> Drawn:
        """`DRAWS` draws of the model's parameters, the same each time."""
        chosen = panel(self.cells, [], self.cells["at_risk"].to_numpy(float), whole=WHOLE)
        hazard = self.model.sample(DRAWS, SEED)
        rows = chosen.cells
        chance, lost = months_lost(hazard, rows, self.months, self.horizon, self.model.episodes.month)
        if rows["margin"].isna().all():
            at_risk = chance * rows["value"].to_numpy(float)[:, None]
        else:
            at_risk = lost * rows["margin"].to_numpy(float)[:, None]
        return Drawn(chosen.places, chosen.weights[:, 0] * float(self.cells["n"].sum()), chance, at_risk)


def customer_value(snapshot: Any, model: Model, *, months: int = MONTHS) -> CustomerValue:
    """What it is worth to keep each of today's customers, from the study's own figures.

    The setting ``churn.value`` where it is said, the same for all; else margin a month × the months that somebody who
    would have left stays on if kept, up to ``churn.horizon_months`` from today.

    Parameters
    ----------
    snapshot
        The study as known on a day.
    model
        A fitted `Model` of it.
    months
        Leaving is looked for within so many, and no further than the horizon.

    Returns
    -------
    CustomerValue
        With `reason` where nothing is on record.

    Raises
    ------
    NobodyActive
        When there is no customer.
    """
    settings = snapshot.settings
    margins = None
    if settings.churn.value is None:
        margins = monthly_margins(snapshot, model.episodes)
        if not len(margins.groups):
            reason = f"{margins.told} Set churn.value in study.toml to say it."
            return CustomerValue(
                pd.DataFrame(), reason, "", settings.study.currency, months, settings.churn.horizon_months, model
            )
    return valued(model, settings.churn, settings.study.currency, margins, months=months)


def valued(
    model: Model, settings: ChurnSection, currency: str, margins: Margins | None = None, *, months: int = MONTHS
) -> CustomerValue:
    """The same from margins that are known: of `margins`, or ``settings.value`` for every customer.

    Raises
    ------
    NobodyActive
        When there is no customer.
    InvalidValue
        When there are neither margins nor a value, or `months` is less than 1.

    Notes
    -----
    Who would leave after u months is kept then and goes on with the hazard of their cell, h. Given the tenure so far,
    with S the survival from today and H the horizon, the months kept are in expectation
    ∫₀ᵐ h(u) ∫ᵤᴴ S(v) dv du = ∫₀ᴴ S(v) Λ(min(v, m)) dv for each customer, and that divided by the chance 1 - S(m) for
    each who leaves: by the trapezoidal rule on whole months. No discount; the horizon stands for it.
    """
    if months < 1:
        raise InvalidValue(f"customer value: months must be 1 or more, found {months}")
    horizon = settings.horizon_months
    within = min(months, horizon)
    cells = model.episodes.cells()
    if not len(cells):
        raise NobodyActive("no contract runs on the day of the snapshot: there is nobody to keep")
    chance, lost = months_lost(model, cells, within, horizon, model.episodes.month)
    # who cannot leave is never kept; the limit of a small hazard spares a division by nothing
    kept = np.full(len(cells), horizon - within / 2)
    np.divide(lost, chance, out=kept, where=chance > 1e-12)
    if settings.value is not None:
        margin, value = np.full(len(cells), np.nan), np.full(len(cells), settings.value)
        told = f"A kept customer is worth {numbers.value(settings.value, currency)}, as the study says (churn.value)."
    elif margins is not None and len(margins.groups):
        margin = margins.of(cells)
        value = margin * kept
        told = (
            f"A kept customer is worth {margins.told}, times the months they stay on after the day they would have "
            f"left, up to {horizon} months from today."
        )
    else:
        raise InvalidValue("customer value: neither margins nor churn.value is given")
    cells = cells.assign(chance=chance, margin=margin, months_kept=kept, value=value, at_risk=chance * value)
    return CustomerValue(cells, "", told, currency, within, horizon, model)


def months_lost(hazard: Hazard, cells: pd.DataFrame, within: int, horizon: int, month: float) -> tuple[Array, Array]:
    """Chance of leaving `within` months, and months lost by it up to `horizon` in expectation; see `valued`."""
    tenure = cells["tenure"].to_numpy(float)
    so_far = hazard.cumulative_hazard(cells, tenure)
    lost, leaving = np.zeros_like(so_far), np.zeros_like(so_far)
    for ahead in range(1, horizon + 1):
        hazards = hazard.cumulative_hazard(cells, tenure + ahead * month) - so_far
        if ahead <= within:
            leaving = hazards
        lost += np.exp(-hazards) * leaving * (0.5 if ahead == horizon else 1.0)
    return -np.expm1(-leaving), lost
