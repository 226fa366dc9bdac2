"""Why customers will leave: the chance of leaving within some months, divided among the causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.forecasts.chances import Unseen, column, known_cells
from cxmodels.churn.forecasts.panel import panel
from cxmodels.churn.models.cause_specific import cause_specific, causes
from cxmodels.churn.models.cox import CoxFit, fit_cox
from cxmodels.churn.models.model import Array, Hazard, Model
from cxmodels.estimate import Estimate

FEWEST = 10
"""Causes with fewer departures are counted together; a single one keeps its name and the doubt it has."""
REST = "other causes"
WORDS = {
    "voluntary": "of their own accord",
    "involuntary": "not by their choice",
    "unknown": "for a reason not on record",
    "other": "for other reasons",
    REST: "for other reasons",
}
"""How a cause is told after "have left"; any other is told as ``for <cause>``."""
DRAWS, SEED, WHOLE = 500, 20260930, 1_000


@dataclass(frozen=True, eq=False)
class CauseFits:
    """The hazard of each cause, from the episodes of one model.

    Attributes
    ----------
    fits
        Cause → its cause-specific Cox fit, most frequent cause first; a covariate that cannot enter one is in its
        ``left_out``.
    departures
        Cause → departures it rests on.
    pooled
        Causes with fewer than 10 departures, counted together as ``"other causes"`` where there are several.
    """

    fits: dict[str, CoxFit]
    departures: dict[str, int]
    pooled: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ByCause:
    """The chance of leaving within some months, by cause.

    Attributes
    ----------
    cells
        The cells asked for, with ``churn_12m_voluntary`` … for each cause; they add up to the model's ``churn_12m``.
    rates
        Cause → expected share of all customers who leave for it, with a 95 % interval.
    months
        The horizon.
    pooled, departures
        As of `CauseFits`.
    min_cell
        The fewest departures a cause must rest on to be shown.
    """

    cells: pd.DataFrame
    rates: dict[str, Estimate]
    months: int
    pooled: tuple[str, ...] = ()
    departures: dict[str, int] = field(default_factory=dict)
    min_cell: int = 1

    @property
    def told(self) -> dict[str, Estimate]:
        """The rates that may be shown: of causes that rest on no fewer departures than the smallest cell."""
        return {cause: rate for cause, rate in self.rates.items() if self.departures[cause] >= self.min_cell}


def in_words(cause: object) -> str:
    """``of their own accord``: how a cause is told after "have left"."""
    return WORDS.get(str(cause), f"for {cause}")


def fit_causes(episodes: Episodes) -> CauseFits:
    """Fit the hazard of each cause by Cox's model, with the covariates that can enter.

    Notes
    -----
    Prentice et al. (1978), Biometrics 34: the cause-specific hazards are all that competing risks can tell.
    """
    counts = causes(episodes)
    rare = [cause for cause, n in counts.items() if n < FEWEST]
    if len(rare) > 1:
        cause, left = episodes.frame["cause"], episodes.frame["event"] == 1
        named = cause.where(~(left & cause.isin(rare)), REST)
        episodes = replace(episodes, frame=episodes.frame.assign(cause=named))
        counts = causes(episodes)
    else:
        rare = []
    fits = {cause: fit_cox(cause_specific(episodes, cause)) for cause in counts}
    return CauseFits(fits, counts, tuple(rare))


def by_cause(
    model: Model,
    cells: pd.DataFrame,
    months: int = 12,
    *,
    fitted: CauseFits | None = None,
    unseen: Unseen = "refuse",
) -> ByCause:
    """Divide each cell's chance of leaving within `months` among the causes.

    Parameters
    ----------
    model
        Any fitted `Model`; its chance of leaving is what is divided.
    cells
        ``tenure``, the model's covariates, ``n``; from `Episodes.cells`.
    months
        The horizon.
    fitted
        From `fit_causes`; default: fitted here to the model's episodes.
    unseen
        As for `churn_probability`.

    Raises
    ------
    UnseenLevel, NobodyActive
        As `churn_probability`.

    Notes
    -----
    In each month k of the horizon the model's chance of leaving in it, S(k-1) (1 - exp(-ΔH_k)) given the tenure, goes
    to the causes in proportion to their cause-specific hazards over that month (Aalen & Johansen 1978, Scand. J.
    Stat. 5, with the model's own survival), so that the causes add up to the chance exactly. Where a cause's share
    cannot be told, because nobody left at such a tenure, it is that among all departures.
    """
    fitted = fitted or fit_causes(model.episodes)
    scored, _ = known_cells(model, cells, unseen)
    month, size = model.episodes.month, int(cells["n"].sum())
    found = divided(model, fitted, fitted.fits, scored, months, month)
    named = {column(months, cause): chance for cause, chance in zip(fitted.fits, found, strict=True)}
    rates = {}
    if found:
        chosen = panel(scored, [], np.sum(found, axis=0), WHOLE)
        draws = {cause: fit.sample(DRAWS, SEED + 1 + place) for place, (cause, fit) in enumerate(fitted.fits.items())}
        whole = model.sample(DRAWS, SEED)
        drawn = chosen.means(lambda part: divided(whole, fitted, draws, part, months, month))
        n = cells["n"].to_numpy(float)
        for cause, chance, share in zip(fitted.fits, found, drawn, strict=True):
            value, shown = float(chance @ n / n.sum()), float(chosen.weights[:, 0] @ chance[chosen.places])
            low, high = np.quantile(share[0] * (value / shown if shown else 1.0), [0.025, 0.975])
            rates[cause] = Estimate(value, min(float(low), value), max(float(high), value), "share", size)
    fewest = model.episodes.min_cell
    return ByCause(cells.assign(**named), rates, months, fitted.pooled, fitted.departures, fewest)


def divided(
    whole: Hazard,
    fitted: CauseFits,
    hazards: Mapping[str, Hazard],
    cells: pd.DataFrame,
    months: int,
    month: float,
) -> Sequence[Array]:
    """Chance of leaving by cause, (rows,) or (rows, draws) each, month by month."""
    tenure = cells["tenure"].to_numpy(float)
    everyone = sum(fitted.departures.values())
    total = begin = whole.cumulative_hazard(cells, tenure)
    before = {cause: hazard.cumulative_hazard(cells, tenure) for cause, hazard in hazards.items()}
    chance = {cause: np.zeros_like(begin) for cause in hazards}
    for ahead in range(1, months + 1):
        time = tenure + ahead * month
        after = whole.cumulative_hazard(cells, time)
        leaving = np.exp(begin - total) * -np.expm1(total - after)
        total = after
        now = {cause: hazard.cumulative_hazard(cells, time) for cause, hazard in hazards.items()}
        rise = {cause: now[cause] - before[cause] for cause in hazards}
        together = np.sum(list(rise.values()), axis=0) if rise else 0.0
        for cause, own in rise.items():
            usual = np.full_like(own, fitted.departures[cause] / everyone)
            chance[cause] += leaving * np.divide(own, together, out=usual, where=together > 0)
        before = now
    return list(chance.values())
