"""What the numbers say: the sentences the page of customer value opens with, and what was counted."""

from __future__ import annotations

import pandas as pd

from cxmodels.clv.counts.purchases import PurchaseCounts
from cxmodels.clv.fits.known import KnownFits
from cxmodels.clv.forecasts.forecast import ClvForecast
from cxmodels.clv.grading.replay import Replay
from cxmodels.clv.value.at_risk import SilentValue, ValueAtRisk
from cxmodels.clv.value.base_value import BaseValue
from cxmodels.clv.value.bridge import Bridge
from cxmodels.clv.value.concentration import Concentration
from cxmodels.clv.value.rivals import agree_on_who_buys
from cxmodels.errors import without_place
from cxmodels.estimate import Estimate
from cxmodels.look import dates, numbers

_MONEY = {
    "margin": "margin",
    "revenue": "revenue (no margin is on record)",
    "both": "margin, and revenue where no margin is on record,",
}
_OFF, _APART = 0.05, 0.05
"""An earlier total off by more, or another model further away, is told at the top of the page."""


def title(value: BaseValue, best: Concentration | None = None) -> str:
    """The finding in one sentence: the value of the base, and how much of it the best fifth hold, as found."""
    worth = numbers.value(value.total.value, value.currency)
    will = "will pay an expected" if value.money == "revenue" else "are worth"
    opening = f"Today’s customers {will} {worth} over {horizon(value.horizon_months)}"
    if best is None or best.named_share is None:
        return opening
    return f"{opening}; the best {numbers.share(best.top, 0)} hold {numbers.share(best.named_share.value, 0)} of it"


def lead(
    value: BaseValue,
    best: Concentration | None,
    past: pd.DataFrame,
    replay: Replay | None = None,
    rivals: pd.DataFrame | None = None,
) -> str:
    """The few sentences with the numbers a reader should take away, and with the doubt that no interval holds.

    Parameters
    ----------
    value, best, past
        From `base_value`, `concentration` and `value_history`.
    replay, rivals
        From `replay` and `value_of_rivals`.
    """
    each = value.per_customer
    first = (
        f"The <b>{numbers.count(value.customers)}</b> customers who ever ordered or have a contract are expected to "
        f"bring <b>{numbers.value(value.total.value, value.currency)}</b> ({numbers.interval(value.total)}) of "
        f"{_MONEY[value.money]} within {horizon(value.horizon_months)}, discounted: "
        f"<b>{numbers.value(each.value, value.currency)}</b> a customer."
    )
    said = (first, doubt(replay, rivals), moved(value, past), _who(best))
    return " ".join(sentence for sentence in said if sentence)


def doubt(replay: Replay | None, rivals: pd.DataFrame | None) -> str:
    """How far an earlier forecast was off, and what another model says, where that is more than the interval holds."""
    said = []
    if replay is not None:
        off = replay.used.errors["total_error"] if replay.spent is None else replay.spent.total_error
        if abs(off) > _OFF:
            level = "high" if off > 0 else "low"
            said.append(f"its forecast of {dates.day(replay.made_on)} was {numbers.share(abs(off), 0)} too {level}")
    if rivals is not None and len(rivals):
        furthest = rivals.loc[rivals["apart"].abs().idxmax()]
        if abs(furthest["apart"]) > _APART:
            more = "more" if furthest["apart"] > 0 else "less"
            told = numbers.share(abs(furthest["apart"]), 0)
            said.append(f"{furthest['model']}, which forecast as well, says {told} {more}")
    return f"The interval takes the model as right: {'; '.join(said)}." if said else ""


def moved(value: BaseValue, past: pd.DataFrame) -> str:
    """What moved since the month before, and whether it is real; or that the data have no earlier month."""
    if not len(past):
        return "The data have no earlier month to compare with."
    before = past.iloc[-1]
    earlier = Estimate(float(before.value), float(before.low), float(before.high), value.currency, value.customers)
    change = value.total.change_from(earlier)
    told = numbers.value(earlier.value, value.currency)
    return f"From what was known in {dates.month(before.month)} it was {told}: {numbers.in_words(change)}."


def horizon(months: float) -> str:
    """``"three years"``, ``"18 months"``."""
    years = {12: "one year", 24: "two years", 36: "three years", 48: "four years", 60: "five years"}
    return years.get(int(months), "one month" if months == 1 else f"{months:g} months")


def about(made: ClvForecast, known: KnownFits, replay: Replay | None = None, not_good_for: str = "") -> list[str]:
    """What was counted, what was assumed and what it cannot tell: the facts a careful reader asks for.

    Parameters
    ----------
    made
        The forecast the value rests on.
    known
        From `fit_known`.
    replay
        From `replay`.
    not_good_for
        What the study warns of.
    """
    base = made.base
    said = [
        f"Value is the money that the customers of {dates.day(base.as_of)} are expected to bring within "
        f"{horizon(made.horizon_months)}, at a discount of {numbers.share(made.discount_rate, 0)} a year. What it "
        "costs to serve or win them, and customers still to be won, are not in it."
    ]
    if known.counts is not None:
        said.append(_purchases(known.counts))
    if made.ahead.orders is not None and made.margin_rate is not None:
        said.append(f"Of an order’s amount {numbers.share(made.margin_rate)} count as margin.")
    if made.ahead.contracts is not None:
        said.append(
            "A contract goes on month by month at a chance of its customer’s own; an end counts whatever its reason. "
            "Its model is judged on the months it was fitted to: none are held out."
        )
    said += made.told
    said += [f"No model of {name}: {without_place(why)}." for name, why in known.why_not.items()]
    if base.without:
        small = base.without < base.min_cell
        told = f"Fewer than {base.min_cell}" if small else numbers.count(base.without)
        said.append(f"{told} customers never ordered and have no contract that runs; they are left out.")
    if known.spend is not None:
        said.append("What a customer paid on the first day is left out of the spend model: it differs from later days.")
    if replay is None and known.purchases is not None:
        said.append("The history is too short to hold a part of it out, so no earlier forecast is graded.")
    said.append(
        "The models know no seasons, campaigns or prices, and nothing a competitor does: they say what follows if "
        "customers go on as they have."
    )
    if not_good_for:
        said.append(f"<b>Not good for:</b> {not_good_for}")
    return said


def what_moved(bridge: Bridge) -> str:
    """The steps since last month that are more than chance, the largest first, in a sentence; may be empty."""
    if bridge.steps is None:
        return ""
    real = bridge.steps[bridge.steps["real"]].sort_values("value", key=abs, ascending=False)
    told = [
        f"{title[:1].lower()}{title[1:]} {numbers.signed(value, bridge.currency)}"
        for title, value in zip(real["title"], real["value"], strict=True)
    ]
    return f"Of it, {', '.join(told)}." if told else ""


def held_likely(known: KnownFits) -> list[str]:
    """The priors of the models of a day, a sentence each."""
    return [
        f"Held likely before any {what} was seen ({fit.model.title}, 95 % limits): {fit.prior.told}."
        for fit, what in ((known.purchases, "purchase"), (known.spend, "payment"))
        if fit is not None
    ]


def stakes(
    at_risk: ValueAtRisk | None, silent: SilentValue | None = None, rivals: pd.DataFrame | None = None
) -> list[str]:
    """The value that hangs on who may leave, and on who has probably stopped buying, a sentence each.

    Parameters
    ----------
    at_risk
        From `value_at_risk`; None where nobody can be said to leave.
    silent
        From `silent_value`; None without orders.
    rivals
        From `value_of_rivals`: where they differ on how many still buy, nobody is called silent.
    """
    said = [at_risk.reason] if at_risk is not None and at_risk.reason else []
    if at_risk is not None and at_risk.total is not None and at_risk.share is not None:
        total, share = at_risk.total, at_risk.share
        told = (
            f"<b>{numbers.value(total.value, total.unit)}</b> ({numbers.interval(total)}) hang on customers who may "
            f"leave within twelve months: {numbers.share(share.value)} of the value of all, each customer’s by their "
            "chance of leaving. It is no loss on top: the value at the top of the page already expects departures."
        )
        if at_risk.top_share is not None:
            share_of_top = numbers.share(at_risk.top_share.value, 0)
            told += f" {share_of_top} of it hangs on the tenth of the customers who have the most at risk."
        said.append(told)
    if silent is not None and rivals is not None and not agree_on_who_buys(rivals):
        told = "; ".join(f"{row.model} {numbers.signed(row.alive_apart, 'share')}" for row in rivals.itertuples())
        said.append(
            "How many have stopped buying cannot be told: models that forecast equally well differ on how many still "
            f"buy ({told} beside the model used)."
        )
    elif silent is not None:
        customers, value = silent.customers, silent.value
        without = " without a contract" if silent.contracts else ""
        if customers.value >= max(silent.min_cell, 1):
            said.append(
                f"<b>{numbers.count(customers.value)}</b> customers{without} have probably stopped buying; "
                f"{numbers.value(value.value, value.unit)} ({numbers.interval(value)}) are still expected of them."
            )
        else:
            said.append(f"Hardly any customer{without} seems to have stopped buying.")
    return said


def _purchases(counts: PurchaseCounts) -> str:
    again = numbers.share(counts.repeaters / counts.customers, 0) if counts.customers else "none"
    told = (
        f"A purchase is a day with at least one order; {numbers.count(counts.customers)} customers bought, {again} of "
        "them on more than one day."
    )
    if counts.free_of_charge:
        told += f" {_orders(counts.free_of_charge)} free of charge: they count as purchases."
    if counts.returns:
        told += f" {numbers.count(counts.returns)} returns are no purchases."
    if counts.before_joining:
        customers = "1 customer" if counts.before_joining == 1 else f"{numbers.count(counts.before_joining)} customers"
        told += f" {customers} ordered before the day they joined: these orders count."
    return told


def _orders(number: int) -> str:
    return "1 order was" if number == 1 else f"{numbers.count(number)} orders were"


def _who(best: Concentration | None) -> str:
    if best is None or best.named_share is None or best.right is None:
        return ""
    fifth = numbers.share(best.top, 0)
    return (
        f"The best {fifth} are expected to bring <b>{numbers.share(best.named_share.value, 0)}</b> of it; of those "
        f"named today, {numbers.share(best.right.value, 0)} will turn out to be among them."
    )
