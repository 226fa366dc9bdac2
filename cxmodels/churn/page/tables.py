"""The tables of the churn page: departures to expect, lists to contact, the model in numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxmodels.churn.decisions.targeting import Campaign
from cxmodels.churn.forecasts.causes import ByCause, in_words
from cxmodels.churn.forecasts.forecast import Forecast
from cxmodels.churn.forecasts.watched import stays
from cxmodels.churn.models.cox import CoxFit
from cxmodels.churn.models.proportional_hazards import GLOBAL, proportional_hazards
from cxmodels.churn.models.stratification import ratios_by_tenure
from cxmodels.estimate import Estimate
from cxmodels.look import numbers


def expected(forecast: Forecast, reasons: ByCause | None = None) -> pd.DataFrame:
    """How many and what share of today's customers to expect to leave over each horizon, and for which cause."""
    rows = [
        {
            "horizon": f"{months} months" if months > 1 else "1 month",
            "customers": _customers(rate),
            "share": rate,
            "beyond_observed_tenure": Estimate.exact(forecast.extrapolated[months], "share", rate.n),
        }
        for months, rate in forecast.rates.items()
    ]
    if reasons is not None and len(reasons.rates) > 1:
        rows += [
            {"horizon": f"{reasons.months} months, {in_words(cause)}", "customers": _customers(rate), "share": rate}
            for cause, rate in reasons.told.items()
        ]
    return pd.DataFrame(rows).astype(object).where(lambda cell: cell.notna(), None)


def offers(campaign: Campaign) -> list[dict[str, Any]]:
    """What could be done, as `cxmodels.report.Action` takes it; empty where no list is worth its cost or shown."""
    if not campaign.shown or campaign.size is None or campaign.profit is None:
        return []
    return [
        {
            "what": "Make an offer to those likely to leave whom it pays to keep",
            "customers": int(campaign.size.value),
            "worth": campaign.profit,
            "pays": campaign.pays,
            "rests_on": "The share that accepts is assumed, not measured; a trial on half of the list would tell.",
        }
    ]


def lists(campaign: Campaign) -> pd.DataFrame:
    """As many customers as the best list has, chosen three ways: what each is expected to hold and to earn.

    Ways that say the same are one row. Empty where no list pays, or the best one is too small to be shown.
    """
    if not campaign.shown:
        return pd.DataFrame()
    unit = campaign.currency
    told = pd.DataFrame(
        [
            {
                "chosen by": row.ranking,
                "departures on it": round(row.departures),
                "money at risk on it": numbers.money(row.at_risk, unit),
                "expected profit": numbers.money(row.profit, unit),
                "its own best length": round(row.best_size),
                "profit at that length": numbers.money(row.best_profit, unit),
            }
            for row in campaign.rankings.itertuples()
        ]
    )
    alike = told.groupby([*told.columns[1:]], sort=False)["chosen by"].agg(", or ".join).reset_index()
    return alike[[*told.columns]].assign(**{"chosen by": alike["chosen by"].str.capitalize()})


def diagnostics(fit: CoxFit) -> pd.DataFrame:
    """Coefficients as a statistician reads them, with the p of the proportional hazards test of each covariate."""
    steady = proportional_hazards(fit).set_index("term")["p"]
    shown = [row for row in fit.coefficients.itertuples() if _enough(fit, row.term, row.level)]
    return pd.DataFrame(
        [
            {
                "term": f"{row.term.replace('_', ' ')} {row.level}".strip(),
                "coefficient": numbers.decimal(row.coef, 3),
                "standard error": numbers.decimal(row.se, 3),
                "hazard ratio": numbers.decimal(row.hazard_ratio, 2),
                "p": _p(row.p),
                "p, one ratio for all tenures": _p(steady[row.term]),
            }
            for row in shown
        ]
    )


def ratios_in_two(fit: CoxFit) -> pd.DataFrame:
    """Ratios that change with tenure, one for the first twelve months and one for later; empty where none does."""
    table = ratios_by_tenure(fit)
    shown = table[np.array([_enough(fit, row.term, row.level) for row in table.itertuples()], bool)]
    return pd.DataFrame(
        [
            {
                "term": f"{term.replace('_', ' ')} {level}".strip(),
                **{row.period: f"{row.hazard_ratio:.2f} ({row.low:.2f} – {row.high:.2f})" for row in part.itertuples()},
            }
            for (term, level), part in shown.groupby(["term", "level"], sort=False)
        ]
    )


def fit_in_numbers(fit: CoxFit) -> str:
    """What a statistician asks of a Cox fit beside its coefficients, in a line."""
    steady = proportional_hazards(fit).iloc[-1]
    together = "all covariates together" if steady["term"] == GLOBAL else "it"
    return (
        f"{numbers.count(fit.episodes.events)} departures; partial log-likelihood "
        f"{numbers.decimal(fit.log_likelihood, 2)} ({numbers.decimal(fit.log_likelihood_null, 2)} without covariates); "
        f"concordance {numbers.decimal(fit.concordance, 3)}; test that ratios stay the same over tenure, {together}: "
        f"χ² {numbers.decimal(steady['chi2'], 1)} on {steady['df']:.0f} degrees of freedom, p {_p(steady['p'])}. "
        "Ties after Efron, late entries kept."
    )


def least_steady(fit: CoxFit) -> str:
    """The covariate whose ratio changes most with tenure: the lowest p of the proportional hazards test."""
    tests = proportional_hazards(fit)
    tests = tests[tests["term"] != GLOBAL]
    return str(tests.loc[tests["p"].idxmin(), "term"])


def _customers(rate: Estimate) -> Estimate:
    return Estimate(rate.value * rate.n, rate.low * rate.n, rate.high * rate.n, "customers", rate.n)


def _enough(fit: CoxFit, term: str, level: str) -> bool:
    return term not in fit.levels or stays(fit.episodes, term, level) >= fit.episodes.min_cell


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
