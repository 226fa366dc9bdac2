"""What the numbers say: the figures a month leaves, and the sentences a page opens with."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.decisions.ranking import RankingGrade
from cxmodels.churn.errors import TooFewCustomers
from cxmodels.churn.forecasts.forecast import Forecast
from cxmodels.churn.forecasts.watched import stays
from cxmodels.churn.grading.grade import Grade
from cxmodels.churn.models.cox import CoxFit
from cxmodels.errors import without_place
from cxmodels.estimate import Estimate
from cxmodels.look import dates, numbers


def title(forecast: Forecast) -> str:
    """The finding in one sentence; the group it names is the highest of those clearly above all customers.

    Raises
    ------
    TooFewCustomers
        When there are fewer customers than a group must have to be told of.
    """
    mean = forecast.rates[12]
    if mean.n < forecast.min_cell:
        raise TooFewCustomers(
            f"title: at least {forecast.min_cell} customers are required, as many as a group must have to be told of "
            "(privacy.min_cell), found fewer"
        )
    opening = f"{_in_words(mean.value)} of today’s customers will leave within a year"
    shown = forecast.shown(12)
    above = shown[shown["low"] > mean.high]
    if forecast.contrast() is None or not len(above):
        return opening
    top = above.iloc[0]
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


def ranked(ranking: RankingGrade, currency: str) -> str:
    """What an earlier ranking by chance of leaving turned out to be worth, in two sentences."""
    if ranking.reason or ranking.lift is None or ranking.made_on is None:
        return ranking.reason
    lift = f"{numbers.decimal(ranking.lift.value)} times ({numbers.interval(ranking.lift)})"
    said = (
        f"<b>An earlier ranking.</b> Of the tenth of customers ranked highest on {dates.day(ranking.made_on)}, {lift} "
        "as large a share left as of all customers."
    )
    best, blind = ranking.expected_maximum_profit, ranking.unranked
    if best is None or blind is None:
        return said
    return (
        f"{said} Contacting the best list along it would have earned {best.value:.2f} {currency} a customer, counted "
        f"over all customers, at today’s costs; the best without a ranking (everybody or nobody) {blind.value:.2f}."
    )


def about(
    episodes: Episodes, fit: CoxFit, monthly: pd.DataFrame, grades: Mapping[int, Grade], not_good_for: str = ""
) -> list[str]:
    """What was counted and what was not: the facts a careful reader asks for, and what the study warns of."""
    window = f"the {episodes.window_months} months to" if episodes.window_months else "all history up to"
    frame, watched = episodes.frame, stays(episodes)
    late = max(watched - int(frame.loc[frame["entry"] == 0, "n"].sum()), 0)
    entered = "All are watched from their first day."
    if late:
        entered = f"{numbers.count(late)} of the stays began before the watch; they enter with the tenure they had."
    if episodes.n > watched:
        entered += (
            f" Stays are counted in {numbers.count(episodes.n)} parts: one ends where the contract, or what is known "
            "of the customer, changes."
        )
    quiet = episodes.inactivity_days is not None
    said = [
        f"A customer has left when {episodes.rule}.",
        f"Watched: {window} {dates.day(episodes.as_of)}; {numbers.count(watched)} stays, "
        f"{numbers.count(episodes.events)} departures. {entered}",
    ]
    if quiet:
        said.append(
            "The chance of leaving rests on how long somebody has been a customer, not on how long they have been "
            "quiet: it is right on average, and too coarse for one customer. Whether a quiet customer still buys is "
            "what P(alive) tells, from the purchase models of customer lifetime value."
        )
    if episodes.before_window:
        ended = "stays" if quiet else "contracts"
        said.append(f"{numbers.count(episodes.before_window)} {ended} that ended before the watch are out.")
    for name, levels in episodes.pooled.items():
        if levels:
            said.append(f"{name}: {len(levels)} rare levels are counted as “other”.")
    said += [f"{name} is not in the model: {without_place(why)}." for name, why in fit.left_out.items()]
    if not len(monthly):
        said.append(
            "Departures bear no dates of earlier months, so monthly churn and last year’s forecast cannot be told."
        )
    elif 12 not in grades:
        said.append("Departures do not reach back two years, so last year’s forecast cannot be graded yet.")
    elif unseen := grades[12].unseen:
        said.append(f"{numbers.count(unseen)} customers had a level last year’s model had not seen; not graded.")
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
