"""Which score tells who leaves; the title says whether any is best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.feedback.drivers.labels import label, short
from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside, row_names, rows_grid

if TYPE_CHECKING:
    from cxmodels.feedback.drivers.predicting import MetricRace


@styled
def metric_race(found: MetricRace) -> Figure:
    """Draw how well each score tells leavers from stayers, in groups by horizon.

    Parameters
    ----------
    found
        From `which_metric_predicts`.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    horizons = [int(each) for each in found.table["months"].unique()]
    drawing, ax = plt.subplots(figsize=(WIDTH, 0.9 + 0.3 * (len(found.table) + 1.4 * len(horizons))))
    ax.axvline(0.5, color=palette.SOFT, lw=1, ls=(0, (4, 3)))
    y, ticks = 0.0, []
    for months in horizons:
        ticks.append((y, _within(months), True))
        for row in found.table[found.table["months"] == months].itertuples():
            y -= 1
            colour = palette.TEAL if row.metric == found.best[months] else palette.SLATE
            colour = colour if row.auc_low > 0.5 else palette.GREY
            ax.hlines(y, row.auc_low, row.auc_high, color=colour, lw=2.4)
            ax.scatter([row.auc], [y], color=colour, zorder=3, s=40)
            aside(ax, y, f"{numbers.decimal(row.auc, 2)}   best: P {numbers.decimal(row.first, 2)}")
            ticks.append((y, label(row.metric), False))
        y -= 1.4
    row_names(ax, ticks)
    ax.set_ylim(y + 0.8, 0.7)
    rows_grid(ax)
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.set_xlabel("Share of pairs of leaver and stayer ranked rightly,\n95 % interval (dashed: chance)")
    alt = f"How well each score tells who leaves, out of sample. {_alt(found, horizons)}."
    last = found.table[found.table["months"] == horizons[-1]].iloc[0]
    note = (
        f"The same answers for every score, those of {found.kind} surveys; {numbers.count(last['departures'])} of "
        f"{numbers.count(last['customers'])} customers left within {horizons[-1]} months. Each tenth of the customers "
        "is predicted from the others. Grey: not told from chance."
    )
    return Figure(drawing, _title(found, horizons), alt, note)


def _title(found: MetricRace, horizons: list[int]) -> str:
    winners = {months: found.best[months] for months in horizons if found.best[months]}
    if winners:
        months, name = next(iter(winners.items()))
        if len(winners) == len(horizons) and len(set(winners.values())) == 1:
            return f"{short(name)} tells best who leaves, at every horizon"
        return f"{short(name)} tells best who leaves {_within(months).lower()}; not at every horizon is one best"
    if not (found.table["auc_low"] > 0.5).any():
        return "No score tells who leaves better than chance"
    names = [short(name) for name in dict.fromkeys(found.table["metric"])]
    if len(names) == 1:
        row = found.table.iloc[-1]
        return f"{names[0]} ranks {numbers.decimal(row['auc'], 2)} of pairs of leaver and stayer rightly"
    return f"No score is best at telling who leaves: {', '.join(names[:-1])} and {names[-1]} are not told apart"


def _alt(found: MetricRace, horizons: list[int]) -> str:
    said = []
    for months in horizons:
        rows = found.table[found.table["months"] == months].itertuples()
        each = [
            f"{short(row.metric)} {numbers.decimal(row.auc, 2)} ({numbers.decimal(row.auc_low, 2)} to "
            f"{numbers.decimal(row.auc_high, 2)})"
            for row in rows
        ]
        said.append(f"{_within(months)}: {', '.join(each)}")
    return "; ".join(said)


def _within(months: int) -> str:
    return "Within a month" if months == 1 else f"Within {months} months"
