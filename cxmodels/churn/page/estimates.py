"""The figures a month of churn leaves for results, the cards of its page, and what came before them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.decisions.money import MoneyAtRisk
from cxmodels.churn.decisions.ranking import RankingGrade
from cxmodels.churn.decisions.targeting import Campaign
from cxmodels.churn.forecasts.causes import ByCause
from cxmodels.churn.forecasts.forecast import Forecast
from cxmodels.churn.forecasts.remaining import Remaining
from cxmodels.churn.forecasts.watched import stays
from cxmodels.churn.grading.grade import Grade
from cxmodels.churn.models.cox import CoxFit
from cxmodels.churn.models.kaplan_meier import Survival
from cxmodels.estimate import Estimate

SURVIVAL_MONTHS = (12, 24, 48, 72)
MOST_CARDS = 4
_HISTORY = ["month", "value", "low", "high"]


def estimates(
    episodes: Episodes, survival: Survival, fit: CoxFit, forecast: Forecast, monthly: pd.DataFrame
) -> dict[str, Estimate]:
    """Every figure the month leaves for results, by name; what the data cannot tell has no name."""
    watched = stays(episodes)
    out = {
        "churn.active": Estimate.exact(episodes.active, "customers", episodes.active),
        "churn.departures": Estimate.exact(episodes.events, "customers", watched),
    }
    if len(monthly):
        now = monthly.iloc[-1]
        active = int(now.active)
        out["churn.left_month"] = Estimate.exact(int(now.left), "customers", active)
        out["churn.rate_month"] = Estimate(float(now.value), float(now.low), float(now.high), "share", active)
    out |= {f"churn.rate_{months}m": rate for months, rate in forecast.rates.items()}
    for months in SURVIVAL_MONTHS:
        if (share := survival.at(months)) is not None:
            out[f"churn.survival_{months}m"] = replace(share, n=watched)
    for row in forecast.shown(12).itertuples():
        out[f"churn.rate_12m.{row.covariate}.{row.level}"] = Estimate(row.value, row.low, row.high, "share", row.n)
    for row in fit.coefficients.itertuples():
        category = row.term in episodes.levels
        n = stays(episodes, row.term, row.level) if category else watched
        if n >= episodes.min_cell:
            name = f"churn.hazard_ratio.{row.term}.{row.level}" if category else f"churn.hazard_ratio.{row.term}"
            out[name] = Estimate(row.hazard_ratio, row.low, row.high, "ratio", n)
    if len(fit.coef):
        out["churn.concordance"] = Estimate(fit.concordance, float("nan"), float("nan"), "probability", watched)
    return out


def prospects(reasons: ByCause | None, remaining: Remaining | None) -> dict[str, Estimate]:
    """What is to come, by name: shares leaving for each cause, and the months still to come."""
    out: dict[str, Estimate] = {}
    if reasons is not None:
        out |= {f"churn.rate_by_cause_{reasons.months}m.{cause}": rate for cause, rate in reasons.told.items()}
    if remaining is not None:
        out["churn.remaining_months"] = remaining.mean
    return out


def stakes(money: MoneyAtRisk, campaign: Campaign, ranking: RankingGrade | None = None) -> dict[str, Estimate]:
    """What is at stake and what could be earned, by name; what the study cannot tell has no name."""
    # that nobody is worth a contact may be said; whom a list of a few holds may not
    told = campaign.shown or (campaign.size is not None and not campaign.size.value)
    found = {
        "churn.money_at_risk": money.total,
        "churn.money_at_risk_top_decile": money.top_share,
        "churn.campaign_size": campaign.size if told else None,
        "churn.campaign_profit": campaign.profit if told else None,
        "churn.top_decile_lift": ranking.lift if ranking is not None else None,
    }
    return {name: estimate for name, estimate in found.items() if estimate is not None}


def marks(grades: Mapping[int, Grade]) -> dict[str, Estimate]:
    """How earlier forecasts did, by name: observed over expected, and the calibration error by decile."""
    out: dict[str, Estimate] = {}
    for months, grade in grades.items():
        out[f"churn.observed_over_expected_{months}m"] = grade.ratio
        error = grade.calibration.mean_absolute_error
        out[f"churn.calibration_error_{months}m"] = Estimate.exact(error, "share", grade.observed.n)
    return out


def history(forecast: Forecast, monthly: pd.DataFrame, past: pd.DataFrame, month: str) -> dict[str, pd.DataFrame]:
    """Months in order up to this one, for the figures that have earlier ones."""
    out: dict[str, pd.DataFrame] = {}
    if len(monthly):
        out["churn.rate_month"] = monthly[_HISTORY]
    if len(past):
        rate = forecast.rates[12]
        this = pd.DataFrame([(month, rate.value, rate.low, rate.high)], columns=_HISTORY)
        out["churn.rate_12m"] = pd.concat([past[_HISTORY], this], ignore_index=True)
    return out


def key_figures(
    found: dict[str, Estimate], past: dict[str, pd.DataFrame]
) -> list[dict[str, str | Estimate | pd.DataFrame | None]]:
    """The first four there are, for the page's cards: ``title, estimate, history, better`` of each."""
    titles: dict[str, tuple[str, str | None]] = {
        "churn.rate_12m": ("Leave within 12 months", "lower"),
        "churn.rate_month": ("Left this month", "lower"),
        "churn.money_at_risk": ("Money at risk, 12 months", "lower"),
        "churn.survival_12m": ("Newcomers still there after 12 months", "higher"),
        "churn.active": ("Customers today", None),
    }
    shown = [key for key in titles if key in found][:MOST_CARDS]
    return [
        {"title": titles[key][0], "estimate": found[key], "history": past.get(key), "better": titles[key][1]}
        for key in shown
    ]
