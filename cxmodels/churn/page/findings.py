"""What the numbers say: the figures a month leaves, and the sentences a page opens with."""

from __future__ import annotations

import pandas as pd

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.forecasts.forecast import Forecast
from cxmodels.churn.grading.grade import Grade
from cxmodels.churn.models.cox import CoxFit
from cxmodels.churn.models.kaplan_meier import Survival
from cxmodels.estimate import Estimate
from cxmodels.look import dates, numbers

SURVIVAL_MONTHS = (12, 24, 48, 72)
_HISTORY = ["month", "value", "low", "high"]


def estimates(
    episodes: Episodes, survival: Survival, fit: CoxFit, forecast: Forecast, monthly: pd.DataFrame
) -> dict[str, Estimate]:
    """Every figure the month leaves for results, by name; what the data cannot tell has no name."""
    out = {
        "churn.active": Estimate.exact(episodes.active, "customers", episodes.active),
        "churn.departures": Estimate.exact(episodes.events, "customers", episodes.n),
    }
    if len(monthly):
        now = monthly.iloc[-1]
        active = int(now.active)
        out["churn.left_month"] = Estimate.exact(int(now.left), "customers", active)
        out["churn.rate_month"] = Estimate(float(now.value), float(now.low), float(now.high), "share", active)
    out |= {f"churn.rate_{months}m": rate for months, rate in forecast.rates.items()}
    for months in SURVIVAL_MONTHS:
        if (share := survival.at(months)) is not None:
            out[f"churn.survival_{months}m"] = share
    for row in forecast.shown(12).itertuples():
        out[f"churn.rate_12m.{row.covariate}.{row.level}"] = Estimate(row.value, row.low, row.high, "share", row.n)
    sizes = episodes.frame
    for row in fit.coefficients.itertuples():
        n = int(sizes.loc[sizes[row.term] == row.level, "n"].sum())
        if n >= episodes.min_cell:
            out[f"churn.hazard_ratio.{row.term}.{row.level}"] = Estimate(
                row.hazard_ratio, row.low, row.high, "ratio", n
            )
    if len(fit.coef):
        out["churn.concordance"] = Estimate(fit.concordance, float("nan"), float("nan"), "probability", episodes.n)
    return out


def history(forecast: Forecast, monthly: pd.DataFrame, past: pd.DataFrame, month: str) -> dict[str, pd.DataFrame]:
    """Months in order up to this one, for the figures that have earlier ones."""
    out = {}
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
    """What the page shows as cards: ``title, estimate, history, better`` of each figure that there is."""
    titles: dict[str, tuple[str, str | None]] = {
        "churn.rate_12m": ("Leave within 12 months", "lower"),
        "churn.rate_month": ("Left this month", "lower"),
        "churn.survival_12m": ("Newcomers still there after 12 months", "higher"),
        "churn.active": ("Customers today", None),
    }
    return [
        {"title": name, "estimate": found[key], "history": past.get(key), "better": better}
        for key, (name, better) in titles.items()
        if key in found
    ]


def expected(forecast: Forecast) -> pd.DataFrame:
    """How many and what share of today's customers to expect to leave over each horizon: a table for the page."""
    rows = [
        {
            "horizon": f"{months} months" if months > 1 else "1 month",
            "customers": Estimate(rate.value * rate.n, rate.low * rate.n, rate.high * rate.n, "customers", rate.n),
            "share": rate,
            "beyond_observed_tenure": Estimate.exact(forecast.extrapolated[months], "share", rate.n),
        }
        for months, rate in forecast.rates.items()
    ]
    return pd.DataFrame(rows)


def title(forecast: Forecast) -> str:
    """The finding in one sentence; the group it names is the highest of all that are shown."""
    opening = f"{_in_words(forecast.rates[12].value)} of today’s customers will leave within a year"
    if forecast.contrast() is None:
        return opening
    top = forecast.shown(12).iloc[0]
    return f"{opening}; highest for {top.covariate.replace('_', ' ')} {top.level}, {numbers.share(top.value, 0)}"


def lead(episodes: Episodes, forecast: Forecast, monthly: pd.DataFrame, past: pd.DataFrame) -> str:
    """At most three sentences with the numbers a reader should take away."""
    rate = forecast.rates[12]
    expected = numbers.count(rate.value * episodes.active)
    first = (
        f"Of <b>{numbers.count(episodes.active)}</b> customers on {dates.day(episodes.as_of)}, about <b>{expected}</b> "
        f"will leave within twelve months: <b>{numbers.share(rate.value)}</b> ({numbers.interval(rate)})."
    )
    return " ".join(sentence for sentence in (first, moved(forecast, monthly, past), _widest(forecast)) if sentence)


def moved(forecast: Forecast, monthly: pd.DataFrame, past: pd.DataFrame) -> str:
    """What moved since the month before, and whether it is real; or that the data have no earlier month."""
    if len(past):
        before = past.iloc[-1]
        earlier = Estimate(float(before.value), float(before.low), float(before.high), "share", forecast.rates[12].n)
        change = forecast.rates[12].change_from(earlier)
        return (
            f"From what was known in {dates.month(before.month)} it was {numbers.share(earlier.value)}: "
            f"{numbers.in_words(change)}."
        )
    if len(monthly):
        now = monthly.iloc[-1]
        share = numbers.share(now.value)
        return f"{numbers.count(now.left)} left in {dates.month(now.month)}, {share} of those there when it began."
    return "The data have no earlier month to compare with."


def about(
    episodes: Episodes, fit: CoxFit, monthly: pd.DataFrame, grade: Grade | None, not_good_for: str = ""
) -> list[str]:
    """What was counted and what was not: the facts a careful reader asks for, and what the study warns of."""
    window = f"the {episodes.window_months} months to" if episodes.window_months else "all history up to"
    entered = "All are watched from their first day."
    if episodes.late_entries:
        entered = (
            f"{numbers.count(episodes.late_entries)} of the stays began before the watch or with a change of contract; "
            "they enter with the tenure they had."
        )
    said = [
        f"Watched: {window} {dates.day(episodes.as_of)}; {numbers.count(episodes.n)} stays under a contract, "
        f"{numbers.count(episodes.events)} departures. {entered}"
    ]
    if episodes.window_months:
        said.append(f"{numbers.count(episodes.before_window)} contracts that ended before the window are out.")
    for name, levels in episodes.pooled.items():
        if levels:
            said.append(f"{name}: {len(levels)} rare levels are counted as “other”.")
    said += [f"{name} is not in the model: {why}." for name, why in fit.left_out.items()]
    if not len(monthly):
        said.append(
            "Departures bear no dates of earlier months, so monthly churn and last year’s forecast cannot be told."
        )
    elif grade is None:
        said.append("Departures do not reach back two years, so last year’s forecast cannot be graded yet.")
    elif grade.unseen:
        said.append(f"{numbers.count(grade.unseen)} customers had a level last year’s model had not seen; not graded.")
    if not_good_for:
        said.append(f"<b>Not good for:</b> {not_good_for}")
    return said


def _in_words(share: float) -> str:
    for low, high, words in (
        (0.115, 0.135, "One in eight"), (0.135, 0.155, "One in seven"), (0.155, 0.18, "One in six"),
        (0.18, 0.225, "One in five"), (0.225, 0.28, "One in four"), (0.31, 0.36, "One in three"),
        (0.47, 0.53, "Half"), (0.095, 0.105, "One in ten"),
    ):  # fmt: skip
        if low <= share < high:
            return words
    return numbers.share(share)


def _widest(forecast: Forecast) -> str:
    found = forecast.contrast()
    if found is None:
        return "No group clearly differs from the others of its kind." if len(forecast.groups) else ""
    top, bottom = found
    most, least = (f"{numbers.share(level.value)} of {level.level}" for level in (top, bottom))
    return f"The widest difference is by {top.covariate.replace('_', ' ')}: {most} against {least}."
