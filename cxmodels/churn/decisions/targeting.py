"""Whom to contact: the list that is expected to earn most, what it earns, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxmodels.churn.counts.placed import INVOLUNTARY
from cxmodels.churn.decisions.value import SEED, CustomerValue
from cxmodels.churn.forecasts.causes import ByCause
from cxmodels.churn.forecasts.chances import column
from cxmodels.churn.models.model import Array
from cxmodels.estimate import Estimate
from cxmodels.study.sections import ChurnSection

POINTS = 101


@dataclass(frozen=True, eq=False)
class Campaign:
    """A plan to contact some of today's customers with an offer to stay.

    Attributes
    ----------
    reason
        Why none can be planned, in a sentence; empty where one can. The rest is empty otherwise.
    told
        What the plan assumes, in a sentence.
    cells
        The cells of `CustomerValue` with ``expected_profit`` of contacting one customer and ``contact``, whether they
        are on the list; joined by ``tenure`` and the covariates they mark each customer.
    curve
        ``fraction, customers, expected, low, high``: profit of contacting the best so many, 95 % interval.
    size
        How many to contact. Its interval is where the best size would lie if the chances, the values and the share
        that accepts were known.
    profit
        Expected profit of that list, with its interval.
    pays
        Probability that the expected profit of this list is above zero; 0 where nobody is on it.
    pays_at_all
        Probability that some list along the ranking has one above zero.
    deciles
        By falling chance of leaving: ``decile, customers, departures, rate, lift, captured`` (share of all departures
        up to here), all expected.
    rankings
        The same number of customers chosen three ways: ``ranking, departures, at_risk, profit``, and ``best_size`` and
        ``best_profit`` of that ranking's own best list.
    currency, months
        As in `CustomerValue`.
    min_cell
        The fewest customers a list must have to be shown.
    """

    reason: str
    told: str = ""
    cells: pd.DataFrame = field(default_factory=pd.DataFrame)
    curve: pd.DataFrame = field(default_factory=pd.DataFrame)
    size: Estimate | None = None
    profit: Estimate | None = None
    pays: float = 0.0
    pays_at_all: float = 0.0
    deciles: pd.DataFrame = field(default_factory=pd.DataFrame)
    rankings: pd.DataFrame = field(default_factory=pd.DataFrame)
    currency: str = ""
    months: int = 12
    min_cell: int = 1

    @property
    def shown(self) -> bool:
        """Whether there is a list, and one long enough to be shown."""
        return self.size is not None and self.size.value >= max(self.min_cell, 1)

    def marks(self, cells: pd.DataFrame) -> pd.DataFrame:
        """``contact`` and ``expected_profit`` of each row of `cells`, on the same index; no column without a plan.

        Cells that were not part of the plan are not on the list, and have no expected profit.
        """
        if self.reason:
            return pd.DataFrame(index=cells.index)
        by = ["tenure", *self.cells.columns[: self.cells.columns.get_loc("n")].drop("tenure")]
        planned = self.cells[[*by, "contact", "expected_profit"]]
        marked = cells[by].merge(planned, on=by, how="left").set_axis(cells.index)
        return pd.DataFrame(
            {"contact": marked["contact"].eq(True), "expected_profit": marked["expected_profit"].round(2)}
        )


def plan_campaign(value: CustomerValue, settings: ChurnSection, reasons: ByCause | None = None) -> Campaign:
    """Choose the list that maximises expected profit, with the study's own costs.

    Parameters
    ----------
    value
        What it is worth to keep each customer, from `customer_value`.
    settings
        A study's ``settings.churn``: ``contact_cost``, ``incentive``, ``acceptance``.
    reasons
        From `by_cause` for the same model: who would leave not by their choice is not kept by an offer, so that part of
        each chance earns nothing. None: every departure may be averted.

    Returns
    -------
    Campaign
        With `reason` where a cost or the value is not said.

    Notes
    -----
    Verbraken, Verbeke & Baesens (2013), IEEE TKDE 25(5), equation 4, customer by customer: of those who would leave a
    share γ accepts and is kept, which earns value - incentive; who would stay takes the offer too. Contacting one
    customer with chance p is expected to earn γ p (value - incentive) - incentive (1 - p) - contact cost, p without
    departures that are not by choice (they cost what a stayer costs). It is linear in γ, so the list rests on its mean
    alone and its doubt on the Beta distribution. The intervals come from draws of γ and of the model's parameters; what
    is counted in the end varies around them by chance.
    """
    if value.reason:
        return Campaign(value.reason)
    missing = [name for name in ("contact_cost", "incentive") if getattr(settings, name) is None]
    if missing:
        named = " and ".join(f"churn.{name}" for name in missing)
        return Campaign(f"No campaign can be planned: study.toml does not say {named}.")
    contact, incentive = float(settings.contact_cost or 0), float(settings.incentive or 0)
    alpha, beta = settings.acceptance
    mean = alpha / (alpha + beta)
    cells = value.cells
    chance, at_risk = cells["chance"].to_numpy(float), cells["at_risk"].to_numpy(float)
    open_to = _by_choice(cells, reasons)
    each = _earned(chance * open_to, at_risk * open_to, mean, contact, incentive)
    cells = cells.assign(expected_profit=each, contact=each > 0)
    n = cells["n"].to_numpy(float)
    size, profit = float(n[each > 0].sum()), float((n * each)[each > 0].sum())

    drawn = value.drawn
    draws = drawn.chance.shape[1]
    gamma = np.random.default_rng(SEED).beta(alpha, beta, size=draws)
    order = np.argsort(-each[drawn.places], kind="stable")
    people = np.concatenate([[0.0], drawn.n[order].cumsum()])
    choosing = open_to[drawn.places][order, None]
    earned = _earned(drawn.chance[order] * choosing, drawn.at_risk[order] * choosing, gamma, contact, incentive)
    total = np.vstack([np.zeros(draws), (drawn.n[order, None] * earned).cumsum(axis=0)])
    listed = _along(np.array([size]), people, total)[0]
    choice = "by their own choice " if (open_to < 1).any() else ""
    told = (
        f"{value.told} A contact costs {contact:g} {value.currency}, the offer {incentive:g}; of those who would leave "
        f"{choice}within {value.months} months {100 * mean:.0f} % accept it and stay (Beta {alpha:g}, {beta:g}), of "
        "those who would stay all take it."
    )
    return Campaign(
        "",
        told,
        cells,
        _curve(n, each, people, total),
        _estimate(people[total.argmax(axis=0)], size, "customers", n.sum()),
        _estimate(listed, profit, value.currency, n.sum()),
        float((listed > 0).mean()) if size else 0.0,
        float((total.max(axis=0) > 0).mean()),
        _deciles(n, chance),
        _rankings(n, chance, at_risk, each, size),
        value.currency,
        value.months,
        value.model.episodes.min_cell,
    )


def responsiveness_note() -> str:
    """What a list of those most at risk does not say, for every page that shows one."""
    return (
        "<b>Risk is not responsiveness.</b> The customers most likely to leave are not those most likely to stay "
        "because they are contacted; some leave sooner for being reminded (Ascarza 2018, Journal of Marketing "
        "Research 55). The share that accepts is assumed, the same for all, not measured. To measure it, leave a part "
        "of the list, drawn by lot, without contact, and compare who left: contact those whom that difference favours."
    )


def _by_choice(cells: pd.DataFrame, reasons: ByCause | None) -> Array:
    """(rows,) share of each cell's chance of leaving that is not involuntary."""
    if reasons is None or INVOLUNTARY not in reasons.rates:
        return np.ones(len(cells))
    by = ["tenure", *cells.columns[: cells.columns.get_loc("n")].drop("tenure")]
    parted = {cause: column(reasons.months, cause) for cause in reasons.rates}
    told = cells[by].merge(reasons.cells[[*by, *parted.values()]], on=by, how="left")
    total = told[list(parted.values())].sum(axis=1).to_numpy(float)
    forced = told[parted[INVOLUNTARY]].to_numpy(float)
    return 1 - np.divide(forced, total, out=np.zeros_like(total), where=total > 0)


def _earned(chance: Array, at_risk: Array, gamma: Array | float, contact: float, incentive: float) -> Array:
    """Expected profit of contacting one customer; `at_risk` is chance × value."""
    return gamma * (at_risk - incentive * chance) - incentive * (1 - chance) - contact


def _along(sizes: Array, people: Array, total: Array) -> Array:
    """(sizes, draws) profit of lists of these sizes along the ranking, straight between cells."""
    right = np.clip(np.searchsorted(people, sizes), 1, len(people) - 1)
    part = np.clip((sizes - people[right - 1]) / (people[right] - people[right - 1]), 0, 1)[:, None]
    return total[right - 1] + part * (total[right] - total[right - 1])


def _curve(n: Array, each: Array, people: Array, total: Array) -> pd.DataFrame:
    fraction = np.linspace(0, 1, POINTS)
    order = np.argsort(-each, kind="stable")
    sizes = fraction * n.sum()
    expected = np.interp(sizes, np.append(0, n[order].cumsum()), np.append(0, (n * each)[order].cumsum()))
    low, high = np.quantile(_along(sizes, people, total), [0.025, 0.975], axis=1)
    low, high = np.minimum(low, expected), np.maximum(high, expected)
    return pd.DataFrame({"fraction": fraction, "customers": sizes, "expected": expected, "low": low, "high": high})


def _deciles(n: Array, chance: Array) -> pd.DataFrame:
    order = np.argsort(-chance, kind="stable")
    edges = np.linspace(0, n.sum(), 11)
    gone = np.interp(edges, np.append(0, n[order].cumsum()), np.append(0, (n * chance)[order].cumsum()))
    departures, customers = np.diff(gone), np.diff(edges)
    everyone = max(gone[-1], np.finfo(float).tiny)
    frame = {"decile": np.arange(1, 11), "customers": customers, "departures": departures}
    frame |= {"rate": departures / customers, "lift": departures / customers * n.sum() / everyone}
    return pd.DataFrame(frame | {"captured": gone[1:] / everyone})


def _rankings(n: Array, chance: Array, at_risk: Array, each: Array, size: float) -> pd.DataFrame:
    rows = []
    for name, score in (("expected profit", each), ("money at risk", at_risk), ("chance of leaving", chance)):
        order = np.argsort(-score, kind="stable")
        people = np.append(0, n[order].cumsum())
        sums = {
            what: np.append(0, (n * column)[order].cumsum())
            for what, column in (("departures", chance), ("at_risk", at_risk), ("profit", each))
        }
        best = int(sums["profit"].argmax())
        reached = {what: float(np.interp(size, people, column)) for what, column in sums.items()}
        rows.append({"ranking": name, **reached, "best_size": people[best], "best_profit": sums["profit"][best]})
    return pd.DataFrame(rows)


def _estimate(draws: Array, value: float, unit: str, n: float) -> Estimate:
    low, high = np.quantile(draws, [0.025, 0.975])
    return Estimate(value, min(float(low), value), max(float(high), value), unit, int(n))
