"""Where the value lies: by cohort, channel or segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside, row_names, rows_grid

if TYPE_CHECKING:
    import pandas as pd

    from cxmodels.clv.value.groups import GroupValue


@styled
def value_by_group(value: GroupValue, attribute: str | None = None) -> Figure:
    """Value a customer of each group with its interval, beside the mean of all.

    Parameters
    ----------
    value
        From `value_by_group`.
    attribute
        One of its attributes; None shows all.

    Raises
    ------
    ValueError
        When no group is large enough to be shown.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    table, currency = value.shown(attribute), value.currency
    if not len(table):
        raise ValueError("value_by_group: no group is large enough to be shown")
    names = list(dict.fromkeys(table["attribute"]))
    drawing, ax = plt.subplots(figsize=(WIDTH, 0.9 + 0.32 * (len(table) + 1.3 * len(names))))
    y, ticks = 0.0, []
    for name in names:
        ticks.append((y, _words(name).capitalize(), True))
        for row in table[table["attribute"] == name].itertuples():
            y -= 1
            colour = palette.GREY if not row.clear else palette.TEAL if row.above > 0.5 else palette.RED
            ax.barh(y, row.per_customer, height=0.62, color=colour, alpha=0.35)
            ax.hlines(y, row.each_low, row.each_high, color=colour, lw=2.4)
            aside(
                ax, y,
                f"{numbers.value(row.per_customer, currency)} each   {numbers.share(row.share, 0)} of value",
            )  # fmt: skip
            ticks.append((y, row.level, False))
        y -= 1.3
    mean = _mean(value)
    ax.axvline(mean, color=palette.SOFT, lw=1, ls=":")
    row_names(ax, ticks)
    ax.set_ylim(y + 0.7, 0.7)
    ax.set_xlim(left=0)
    rows_grid(ax)
    ax.xaxis.set_major_locator(MaxNLocator(3))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda amount, _: numbers.value(amount, currency)))
    ax.set_xlabel(f"Value a customer in {value.horizon_months:g} months, 95 % interval")
    said = "; ".join(
        f"{_words(row.attribute)} {row.level} {numbers.value(row.per_customer, currency)} "
        f"({_between(row.each_low, row.each_high, currency, row.per_customer)}), "
        f"{numbers.share(row.share, 0)} of the value with {numbers.share(row.customers_share, 0)} of the customers"
        for row in table.itertuples()
    )
    hidden = f" Groups too small to be shown are left out ({value.hidden})." if value.hidden else ""
    note = (
        f"Dotted: the mean of all, {numbers.value(mean, currency)}. Grey: not told apart from the other customers. "
        f"What groups are worth need not come from what parts them.{hidden}"
    )
    return Figure(drawing, _title(value, table), f"Value a customer by group: {said}.", note)


def _title(value: GroupValue, table: pd.DataFrame) -> str:
    mean, currency = _mean(value), value.currency
    clear = table[table["clear"]]
    if not len(clear):
        return f"A customer is worth {numbers.value(mean, currency)} on average; no group clearly differs"
    furthest = clear.loc[(clear["ratio"] - 1).abs().idxmax()]
    direction = "more" if furthest["ratio"] > 1 else "less"
    name = f"{_words(furthest['attribute'])} {furthest['level']}"
    return (
        f"{name[:1].upper()}{name[1:]}: a customer is worth {numbers.value(furthest['per_customer'], currency)}, "
        f"{numbers.share(abs(furthest['ratio'] - 1), 0)} {direction} than the average of "
        f"{numbers.value(mean, currency)}"
    )


def _mean(value: GroupValue) -> float:
    """A customer of the base; every attribute parts all of them."""
    first = value.groups[value.groups["attribute"] == value.groups["attribute"].iloc[0]]
    return float(value.total / first["n"].sum())


def _words(name: str) -> str:
    return name.replace("_", " ")


def _between(low: float, high: float, currency: str, like: float) -> str:
    return " to ".join(numbers.money(side, currency, like=like) for side in (low, high))
