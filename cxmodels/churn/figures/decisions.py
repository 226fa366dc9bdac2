"""Figures for a decision: what a campaign earns by the length of its list, and where the money at risk lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.estimate import Estimate
from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDE, WIDTH, aside, row_names, rows_grid

if TYPE_CHECKING:
    from cxmodels.churn.decisions.money import MoneyAtRisk
    from cxmodels.churn.decisions.targeting import Campaign


@styled
def profit_curve(campaign: Campaign) -> Figure:
    """Expected profit by the length of the list, with its interval, and the list that earns most.

    Raises
    ------
    ValueError
        When no campaign could be planned; the message is its `reason`.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FuncFormatter, PercentFormatter

    size, profit = campaign.size, campaign.profit
    if size is None or profit is None:
        raise ValueError(f"profit_curve: {campaign.reason}")
    curve, currency = campaign.curve, campaign.currency
    drawing, ax = plt.subplots(figsize=(WIDE, 3.0))
    ax.fill_between(curve["fraction"], curve["low"], curve["high"], color=palette.TEAL, alpha=0.15, lw=0)
    ax.plot(curve["fraction"], curve["expected"], color=palette.TEAL)
    ax.axhline(0, color=palette.SOFT, lw=1)
    if campaign.shown:
        best = size.value / size.n
        ax.scatter([best], [profit.value], color=palette.TEAL, zorder=4, s=42)
        ax.annotate(
            f"{numbers.count(size.value)} customers\n{numbers.value(profit.value, currency)}", (best, profit.value),
            xytext=(0, 9), textcoords="offset points", ha="left" if best < 0.15 else "center", va="bottom",
            color=palette.TEAL, fontweight="bold",
        )  # fmt: skip
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda amount, _: numbers.value(amount, currency)))
    ax.set_xlabel("Share of today’s customers contacted, best first")
    ax.set_ylabel("Expected profit")
    every = curve.iloc[:: max(len(curve) // 5, 1)]
    said = ", ".join(
        f"{numbers.value(row.expected, currency)} ({_between(row.low, row.high, row.expected, currency)}) for "
        f"{numbers.share(row.fraction, 0)}"
        for row in every.itertuples()
    )
    note = f"{campaign.told} Band: 95 % interval of the expected profit; what comes varies around it by chance."
    return Figure(drawing, _profit_title(campaign, size, profit), f"Expected profit by share contacted: {said}.", note)


@styled
def money_by_group(money: MoneyAtRisk) -> Figure:
    """Money at risk of each level, by covariate, with its interval.

    Raises
    ------
    ValueError
        When it could not be told; the message is its `reason`.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    if money.total is None:
        raise ValueError(f"money_by_group: {money.reason}")
    table, currency = money.shown(), money.currency
    names = [name for name in dict.fromkeys(money.groups["covariate"]) if (table["covariate"] == name).any()]
    height = sum((table["covariate"] == name).sum() + 1.3 for name in names) or 1.0
    drawing, ax = plt.subplots(figsize=(WIDTH, 0.9 + 0.32 * height))
    y, ticks = 0.0, []
    for name in names:
        ticks.append((y, name.replace("_", " ").capitalize(), True))
        for row in table[table["covariate"] == name].itertuples():
            y -= 1
            ax.barh(y, row.value, height=0.62, color=palette.TEAL, alpha=0.35)
            ax.hlines(y, row.low, row.high, color=palette.TEAL, lw=2.4)
            each = numbers.value(row.per_customer, currency)
            aside(ax, y, f"{numbers.value(row.value, currency)}   {numbers.share(row.share, 0)}   {each} each")
            ticks.append((y, row.level, False))
        y -= 1.3
    row_names(ax, ticks)
    ax.set_ylim(y + 0.7, 0.7)
    ax.set_xlim(left=0)
    rows_grid(ax)
    ax.xaxis.set_major_locator(MaxNLocator(3))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda amount, _: numbers.value(amount, currency)))
    ax.set_xlabel(f"Money at risk in {money.months} months, 95 % interval")
    said = "; ".join(
        f"{row.covariate.replace('_', ' ')} {row.level} {numbers.value(row.value, currency)} "
        f"({_between(row.low, row.high, row.value, currency)})"
        for row in table.itertuples()
    )
    note = f"{money.told} Beside each bar: amount, share of all, and the amount a customer."
    alt = f"Money at risk within {money.months} months, in all {_told(money.total, currency)}: {said or 'no group'}."
    return Figure(drawing, _money_title(money, money.total), alt, note)


def _profit_title(campaign: Campaign, size: Estimate, profit: Estimate) -> str:
    currency = campaign.currency
    if not size.value:
        return "No list pays at these costs: contacting anybody is expected to cost more than it keeps"
    if not campaign.shown:
        return f"Contacting fewer than {campaign.min_cell} customers is expected to earn most: too few to be shown"
    whom = f"Contacting the best {numbers.count(size.value)} customers is expected to earn most"
    if size.value >= size.n:
        whom = f"Contacting all {numbers.count(size.n)} customers is expected to earn most"
    doubt = f"; it pays with a probability of {_probability(campaign.pays)}" if profit.low < 0 else ""
    return f"{whom}, {_told(profit, currency)}{doubt}"


def _money_title(money: MoneyAtRisk, total: Estimate) -> str:
    opening = f"{_told(total, money.currency)} at risk within {money.months} months"
    if money.top_share is None or not total.value:
        return opening
    return f"{opening}; a tenth of the customers hold {numbers.share(money.top_share.value, 0)} of it"


def _told(amount: Estimate, currency: str) -> str:
    return f"{numbers.value(amount.value, currency)} ({_between(amount.low, amount.high, amount.value, currency)})"


def _between(low: float, high: float, value: float, currency: str) -> str:
    """Both ends in the size the value is said in."""
    return " to ".join(numbers.value(side, currency, bare=True, like=value) for side in (low, high))


def _probability(value: float) -> str:
    """A probability from draws, never nothing or all: ``.72``, ``over .99``."""
    if 0.01 <= value <= 0.99:
        return f"{value:.2f}".replace("0.", ".")
    return "over .99" if value > 0.99 else "under .01"
