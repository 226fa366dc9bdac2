"""When new customers have paid back what they cost; the title names the channel that is quickest."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside, rows_grid

if TYPE_CHECKING:
    from cxmodels.clv.value.payback import Payback


@styled
def payback_by_channel(payback: Payback) -> Figure:
    """Months until a new customer has paid back what it cost to win them, a line a channel, with its interval.

    Parameters
    ----------
    payback
        From `cxmodels.clv.value.payback.acquisition_payback`, with at least one channel.
    """
    import matplotlib.pyplot as plt

    channels, horizon = payback.channels, payback.horizon_months
    drawing, ax = plt.subplots(figsize=(WIDTH, 0.9 + 0.42 * len(channels)))
    places = np.arange(len(channels))[::-1]
    longest = max([*channels["months_high"][np.isfinite(channels["months_high"])], 12])
    edge = min(float(horizon), 1.15 * float(longest)) if np.isfinite(channels["months_high"]).all() else float(horizon)
    ax.axvline(12, color=palette.SOFT, lw=1, ls=(0, (4, 3)))
    for place, row in zip(places, channels.itertuples(), strict=True):
        colour = palette.TEAL if row.within_12m >= 0.5 else palette.RED
        low, high = (min(float(month), edge) for month in (row.months_low, row.months_high))
        ax.plot([low, high], [place, place], color=colour, lw=2.2, solid_capstyle="butt")
        if math.isfinite(row.months):
            ax.plot(row.months, place, "o", color=colour, ms=6)
        ratio = "" if math.isnan(row.ratio) else f" · {numbers.decimal(row.ratio)} ×"
        aside(ax, place, f"{_months(row.months, horizon)}{ratio}")
    ax.set(xlim=(0, edge), ylim=(-0.6, len(channels) - 0.4), xlabel="Months until the cost is paid back")
    step = next(step for step in (1, 2, 3, 6, 12, 24) if edge / step <= 6)
    ax.set_xticks(np.arange(0, edge + 0.01, step))
    ax.set_yticks(places, channels["channel"])
    rows_grid(ax)
    note = (
        "Dot and line: median and 95 % interval of what the parameters leave open, for the average new customer of the "
        f"channel; dashed: a year. ×: expected margin within {horizon} months over the cost of a customer."
    )
    if len(payback.not_shown):
        missing = "; ".join(f"{row.channel} ({row.why})" for row in payback.not_shown.itertuples())
        note += f" Not told: {missing}."
    return Figure(drawing, _title(payback), _alt(payback), note)


def sure(probability: float) -> str:
    """A probability from draws in words, never certain: ``of 64 %``, ``over 99 %``, ``under 1 %``."""
    if not 0.01 <= probability <= 0.99:
        return "over 99\u202f%" if probability > 0.5 else "under 1\u202f%"
    return f"of {numbers.share(probability, 0)}"


def _months(months: float, horizon: int) -> str:
    return f"{numbers.decimal(months)} months" if math.isfinite(months) else f"not in {horizon}"


def _title(payback: Payback) -> str:
    rows = payback.channels.sort_values("months", kind="stable")
    first, last = rows.iloc[0], rows.iloc[-1]
    if not math.isfinite(first["months"]):
        return f"New customers of no channel pay back their cost within {payback.horizon_months} months"
    costs = [numbers.value(float(row["cost_per_customer"]), payback.currency) for row in (first, last)]
    opening = (
        f"A new customer from {first['channel']} pays back {costs[0]} in {numbers.decimal(first['months'])} months"
    )
    if len(rows) == 1:
        return opening
    if not math.isfinite(last["months"]):
        return f"{opening}; one from {last['channel']} not its {costs[1]} within {payback.horizon_months} months"
    return f"{opening}, one from {last['channel']} {costs[1]} in {numbers.decimal(last['months'])}"


def _alt(payback: Payback) -> str:
    said = []
    for row in payback.channels.itertuples():
        cost, value = (numbers.value(amount, payback.currency) for amount in (row.cost_per_customer, row.value))
        months = _months(row.months, payback.horizon_months)
        said.append(
            f"{row.channel}: cost {cost}, expected margin {value}, paid back: {months}, within twelve months with a "
            f"probability {sure(row.within_12m)}"
        )
    return f"Months until the cost of a new customer is paid back. {'; '.join(said)}."
