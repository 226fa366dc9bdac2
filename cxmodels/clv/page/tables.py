"""The tables of the page of customer value: parameters, errors of earlier forecasts, groups."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.retention import RetentionFit
from cxmodels.clv.fits.spend import SpendFit
from cxmodels.clv.grading.replay import Replay
from cxmodels.clv.value.bridge import Bridge
from cxmodels.clv.value.groups import GroupValue
from cxmodels.estimate import Estimate
from cxmodels.look import dates, numbers


def parameter_table(
    purchases: PurchaseFit | None = None, spend: SpendFit | None = None, retention: RetentionFit | None = None
) -> pd.DataFrame:
    """Every parameter with its posterior mean, 95 % limits and the maximum of its likelihood."""
    rows = []
    for fit in (purchases, spend, retention):
        if fit is None:
            continue
        for row in fit.summary.itertuples():
            best = row.maximum_likelihood
            rows.append(
                {
                    "model": fit.model.title,
                    "parameter": row.parameter,
                    "posterior mean": _short(row.mean),
                    "95 % limits": f"{_short(row.low)} – {_short(row.high)}",
                    "maximum likelihood": "none" if best != best else _short(best),
                }
            )
    return pd.DataFrame(rows)


def fits_in_numbers(
    purchases: PurchaseFit | None = None, spend: SpendFit | None = None, retention: RetentionFit | None = None
) -> str:
    """What a statistician asks of each posterior beside its parameters, in a line."""
    said = []
    for fit in (purchases, spend, retention):
        if fit is None:
            continue
        posterior = fit.posterior
        if posterior.engine == "nuts":
            how = f"NUTS, r̂ {numbers.decimal(posterior.r_hat, 3)}, {posterior.divergences} divergences"
        else:
            how = f"importance sampling, k̂ {numbers.decimal(posterior.k_hat, 2)}"
        unit = f", times in {fit.counts.unit}" if isinstance(fit, PurchaseFit) else ""
        said.append(
            f"{fit.model.title}: log-likelihood {numbers.decimal(fit.log_likelihood, 2)}, {how}, "
            f"{numbers.count(posterior.ess)} effective draws, {numbers.count(len(posterior.draws))} kept{unit}."
        )
    return " ".join(said)


def holdout_table(replay: Replay) -> pd.DataFrame:
    """Each model and each simple rule beside what came: errors a customer, and of all together."""

    def beside_best(row: Any) -> str:
        if row.se != row.se:
            return "–"
        return f"{row.difference:.4f} (se {row.se:.4f})" if row.se else "the best"

    table = replay.table[replay.table["mae"].notna()]
    return pd.DataFrame(
        [
            {
                "forecast": f"{row.model}, used" if row.used else row.model,
                "mean absolute error": numbers.decimal(row.mae, 3),
                "root mean square error": numbers.decimal(row.rmse, 3),
                "correlation": "–" if row.correlation != row.correlation else numbers.decimal(row.correlation, 3),
                "all together": numbers.signed(row.total_error, "share"),
                "CRPS": numbers.decimal(row.score, 4),
                "CRPS beside the best": beside_best(row),
            }
            for row in table.itertuples()
        ]
    )


def coverage_table(replay: Replay) -> pd.DataFrame:
    """How many customers' purchases, and money, lay within their predictive intervals."""
    rows = [_covered("Purchases", row.level, row.held, row.content) for row in replay.used.coverage.itertuples()]
    if replay.spent is not None:
        rows += [_covered("Money spent", row.level, row.held, None) for row in replay.spent.coverage.itertuples()]
    return pd.DataFrame(rows)


def holdout_in_words(replay: Replay) -> str:
    """When and on whom the models were graded, what they spent, and which model is used, in a few sentences."""
    said = (
        f"Fitted to what was known on {dates.day(replay.made_on)}; {numbers.count(replay.customers)} customers made "
        f"{numbers.count(replay.came)} purchases by {dates.day(replay.as_of)}. CRPS: continuous ranked probability "
        f"score, of one number its absolute error. {replay.why}"
    )
    if replay.spent is None:
        return said
    total = replay.spent.total
    return (
        f"{said} They were expected to spend {numbers.value(total.value, total.unit)} ({numbers.interval(total)}, 90 % "
        f"range) and spent {numbers.value(replay.spent.came, total.unit)}."
    )


def group_table(groups: GroupValue) -> pd.DataFrame:
    """The groups that are large enough to be shown: value a customer, in all, and how it compares."""
    currency = groups.currency
    return pd.DataFrame(
        [
            {
                "group": f"{row.attribute.replace('_', ' ').capitalize()}: {row.level}",
                "customers": row.n,
                "value a customer": Estimate(row.per_customer, row.each_low, row.each_high, currency, row.n),
                "value": Estimate(row.value, row.low, row.high, currency, row.n),
                "share of value": numbers.share(row.share),
                "share of customers": numbers.share(row.customers_share),
                "beside all others": ("above" if row.above > 0.5 else "below")
                if row.clear
                else "not clearly different",
            }
            for row in groups.shown().itertuples()
        ]
    )


def bridge_table(bridge: Bridge) -> pd.DataFrame:
    """The steps from last month's value to today's: money, the limits the parameters leave it, and what each step is.

    Raises
    ------
    ValueError
        When the bridge could not be told; the message is its `reason`.
    """
    currency = bridge.currency
    return pd.DataFrame(
        [
            {
                "step": row.title,
                "money": numbers.signed(row.value, currency),
                "95 % limits given the past": "–"
                if row.low == row.high
                else " to ".join(numbers.signed(side, currency) for side in (row.low, row.high)),
                "more than chance": "yes" if row.real else "–" if row.step == "learned" else "no",
                "what it is": f"{row.means[:1].upper()}{row.means[1:]}",
            }
            for row in bridge.moves().itertuples()
        ]
    )


def _covered(what: str, level: float, held: float, content: float | None) -> dict[str, str]:
    return {
        "what": what,
        "interval": numbers.share(level, 0),
        "held": numbers.share(held),
        "expected by the model": "–" if content is None else numbers.share(content),
    }


def _short(value: float) -> str:
    """Four digits that count, so that large and small parameters are told alike."""
    if value == 0 or value != value:
        return numbers.decimal(value, 3)
    digits = max(0, 3 - int(f"{abs(value):e}".split("e")[1]))
    return numbers.decimal(value, min(digits, 6))
