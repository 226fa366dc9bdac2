"""Whether to believe the page of customer value: each check with its threshold and what a failure means."""

from __future__ import annotations

import pandas as pd

from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.retention import FAR, RetentionFit, largest_gap
from cxmodels.clv.fits.spend import SpendFit
from cxmodels.clv.grading.frequency import FrequencyTable
from cxmodels.clv.grading.grade import Grade
from cxmodels.clv.grading.replay import Replay
from cxmodels.clv.grading.spending import SpendGrade
from cxmodels.clv.grading.tracking import Tracking
from cxmodels.clv.page.fit_checks import identified, sampled
from cxmodels.clv.value.rivals import ALIVE_APART, agree_on_who_buys
from cxmodels.look import dates, numbers
from cxmodels.verdict import Check, Status, Verdict

ANSWER = "Customer value"


def judge(
    purchases: PurchaseFit | None = None,
    spend: SpendFit | None = None,
    retention: RetentionFit | None = None,
    *,
    replay: Replay | None = None,
    tracking: Tracking | None = None,
    frequency: FrequencyTable | None = None,
    last_month: Grade | None = None,
    rivals: pd.DataFrame | None = None,
) -> Verdict:
    """The verdict of the page: what the past says of the models, then what they say of themselves.

    Parameters
    ----------
    purchases, spend, retention
        The models the value rests on; at least one.
    replay
        From `replay`; None where the history is too short, which is said where there is a purchase model.
    tracking
        From `tracking`, of the model fitted on the day of the replay.
    frequency
        From `frequency_table`, of `purchases`.
    last_month
        From `last_month`: the forecast made a month ago.
    rivals
        From `value_of_rivals`; not judged where there is none.

    Raises
    ------
    ValueError
        Without any model.
    """
    checks: list[Check] = []
    if replay is not None:
        checks += [_beside_naive(replay), _total(replay.used), _coverage(replay.used), _model_used(replay)]
        if replay.spent is not None:
            checks.append(_spent(replay.spent))
    elif purchases is not None:
        meaning = "The history is too short to hold a part of it out: no forecast of these models has been graded."
        checks.append(Check("Earlier forecasts", "not gradable", "half of the history held out", "amber", meaning))
    if rivals is not None and len(rivals):
        checks += [_rivals(rivals), _who_buys(rivals)]
    if tracking is not None:
        checks.append(_tracked(tracking))
    if last_month is not None:
        checks.append(_last_month(last_month))
    if frequency is not None:
        checks.append(_frequency(frequency))
    if spend is not None:
        checks.append(_independent(spend))
    if retention is not None:
        checks.append(_retained(retention))
    fits = [fit for fit in (purchases, spend, retention) if fit is not None]
    if fits:
        checks += [*sampled(fits), *identified(fits)]
    return Verdict(ANSWER, tuple(checks))


def _beside_naive(replay: Replay) -> Check:
    """A model that does not beat each customer's rate so far is of no use for choosing customers."""
    ratio = replay.beside_naive
    rows = replay.table.set_index("kind")
    mae, naive = (numbers.decimal(rows.loc[kind, "mae"], 3) for kind in (replay.chosen, "naive"))
    status: Status = "green" if ratio <= 0.95 else "amber" if ratio <= 1.05 else "red"
    meaning = {
        "green": "Told customer by customer, the model comes nearer to what came than their rate so far does.",
        "amber": "Customer by customer the model is hardly nearer to what came than their rate so far.",
        "red": "Each customer’s rate so far told better what came: do not pick customers by this model.",
    }[status]
    found = f"{mae} purchases off, naive {naive}"
    return Check("Error beside the naive rule", found, "at most 0.95 times the naive", status, meaning)


def _total(grade: Grade) -> Check:
    day = dates.day(grade.made_on)
    return _off(
        f"Purchases since {day}",
        grade.errors["total_error"],
        f"{numbers.count(grade.errors['total'])} expected, {numbers.count(grade.came)} came",
        "All customers together bought about as much as was forecast.",
        f"Since {day} customers bought {{}} altogether than was forecast; today’s value may be too {{}} by as much.",
    )


def _rivals(rivals: pd.DataFrame) -> Check:
    """What models that told the past as well disagree on is in no interval of one of them."""
    furthest = rivals.loc[rivals["apart"].abs().idxmax()]
    apart = float(furthest["apart"])
    status: Status = "green" if abs(apart) <= 0.05 else "amber" if abs(apart) <= 0.25 else "red"
    meaning = "Other models that told what came as well give much the same value."
    if status != "green":
        meaning = (
            f"{furthest['model']} told what came as well and values today’s customers {numbers.share(abs(apart), 0)} "
            f"{'higher' if apart > 0 else 'lower'}: less is sure than the interval says, which is that of one model."
        )
    found = "; ".join(f"{row.model} {numbers.signed(row.apart, 'share')}" for row in rivals.itertuples())
    return Check("Value under other models", found, "within 5 %", status, meaning)


def _who_buys(rivals: pd.DataFrame) -> Check:
    """Never worse than amber: the value does not rest on how many still buy, but on what they will."""
    found = "; ".join(f"{row.model} {numbers.signed(row.alive_apart, 'share')}" for row in rivals.itertuples())
    agree = agree_on_who_buys(rivals)
    meaning = "Other models that told what came as well find much the same number of customers still buying."
    if not agree:
        meaning = "Models that told what came as well differ on how many customers still buy: the page names no number."
    wanted = f"within {numbers.share(ALIVE_APART, 0)}"
    return Check("Customers who still buy, under other models", found, wanted, "green" if agree else "amber", meaning)


def _tracked(tracking: Tracking) -> Check:
    last = tracking.table.iloc[-1]
    return _off(
        "Tracking of repeat purchases",
        tracking.error.value,
        f"{numbers.count(last['expected'])} expected, {numbers.count(last['seen'])} came",
        "From their first purchase on, customers bought again about as often as the model says.",
        "From their first purchase on, customers bought again {} often than the model says.",
    )


def _off(name: str, error: float, found: str, well: str, ill: str) -> Check:
    """A total beside what came: within a tenth it is good enough to decide on."""
    status: Status = "green" if abs(error) <= 0.10 else "amber" if abs(error) <= 0.25 else "red"
    # expected too much means that less came
    said = ill.format(*(("less", "high") if error > 0 else ("more", "low")))
    found = f"{found}: {numbers.signed(error, 'share')}"
    return Check(name, found, "within 10 %", status, well if status == "green" else said)


def _coverage(grade: Grade) -> Check:
    row = grade.coverage.set_index("level").loc[0.9]
    held, content = float(row["held"]), float(row["content"])
    # whole numbers can make an honest interval hold more than its level, as far as the model itself says
    most = max(0.96, content + 0.02)
    status: Status = "green" if 0.88 <= held <= most else "amber" if held >= 0.80 else "red"
    meaning = "What one customer will do lies within the interval told for them as often as it should."
    if status != "green":
        narrow = held < 0.88
        meaning = (
            "Customers surprise more often than their intervals say: these are too narrow."
            if narrow
            else "Customers surprise less often than their intervals say: these are wider than they need be."
        )
    found = f"{numbers.share(held)} held; the model expects {numbers.share(content)}"
    wanted = f"88 to {numbers.share(most, 0)}"
    return Check("Coverage of 90 % intervals of one customer", found, wanted, status, meaning)


def _spent(grade: SpendGrade) -> Check:
    """One by one, and all together: a spend model can be right of each and wrong of the sum, where times change."""
    held = float(grade.coverage.set_index("level").loc[0.9, "held"])
    off = grade.total_error
    narrow: Status = "green" if held >= 0.88 else "amber" if held >= 0.80 else "red"
    far: Status = "green" if abs(off) <= 0.10 else "amber" if abs(off) <= 0.25 else "red"
    status = max((narrow, far), key=("green", "amber", "red").index)
    meaning = "What customers paid since lies within what was told of them, one by one and together."
    if narrow != "green":
        meaning = "What single customers paid lies outside of their intervals too often: these are too narrow."
    elif far != "green":
        more, level = ("less", "high") if off > 0 else ("more", "low")
        meaning = (
            f"Single customers paid what their intervals say, but all together {more} than was forecast; today’s value "
            f"may be too {level} by as much."
        )
    found = f"{numbers.share(held)} within their 90 % interval; together {numbers.signed(off, 'share')}"
    return Check("Money spent since", found, "at least 88 %, and within 10 %", status, meaning)


def _model_used(replay: Replay) -> Check:
    tried = len(replay.grades)
    refused = replay.table.loc[replay.table["why_not"] != "", "model"]
    meaning = replay.why
    if len(refused):
        meaning += f" Not fitted: {', '.join(refused)}."
    model = replay.used.fit.model.title
    wanted = "within noise of the best"
    well = not len(refused) and bool(replay.table.set_index("kind").loc[replay.chosen, "as_good"])
    return Check("Model used", f"{model}, of {tried}", wanted, "green" if well else "amber", meaning)


def _last_month(grade: Grade) -> Check:
    total = grade.total
    found = (
        f"{numbers.count(total.value)} ({numbers.count(total.low)} – {numbers.count(total.high)}) forecast, "
        f"{numbers.count(grade.came)} came"
    )
    near = grade.held or abs(grade.errors["total_error"]) <= 0.10
    meaning = "Last month’s forecast of this month’s purchases held."
    if near and not grade.held:
        meaning = "Last month’s forecast of this month’s purchases was off by more than chance, and by less than 10 %."
    elif not near:
        more = "fewer" if grade.errors["total_error"] > 0 else "more"
        meaning = (
            f"Customers bought {more} this month than last month’s forecast said; a season or a campaign, which the "
            "model does not know, moves single months."
        )
    wanted = "within its 90 % range, or 10 %"
    return Check("Last month’s forecast", found, wanted, "green" if near else "amber", meaning)


def _frequency(frequency: FrequencyTable) -> Check:
    """By how many customers lie wrong: with customers enough every model is wrong beyond chance."""
    miss = frequency.miss
    status: Status = "green" if miss <= 0.03 else "amber" if miss <= 0.08 else "red"
    meaning = {
        "green": "As many customers bought again once, twice and so on as the model says.",
        "amber": "The model does not quite tell how many customers buy again once, twice and so on.",
        "red": "Customers do not buy as the model says: its chances of still buying are not to be believed.",
    }[status]
    found = f"{numbers.share(miss)} of customers elsewhere; p {_p(frequency.p)}"
    return Check("Customers by repeat purchases", found, f"at most {numbers.share(0.03, 0)}", status, meaning)


def _independent(spend: SpendFit) -> Check:
    """The Gamma-Gamma model takes what somebody pays as independent of how often."""
    name, wanted = "Spend independent of frequency", "rank correlation within ± 0.10"
    found = spend.dependence
    value = found.value
    if value != value:
        meaning = "Too few repeat customers to tell whether those who buy often pay more a purchase."
        return Check(name, "unknown", wanted, "amber", meaning)
    status: Status = "green" if abs(value) <= 0.1 else "amber" if abs(value) <= 0.3 else "red"
    more = "more" if value > 0 else "less"
    meaning = {
        "green": "Those who buy often pay about as much a purchase as others, as the model assumes.",
        "amber": f"Those who buy often pay somewhat {more} a purchase, which the model leaves out: the value of the "
        f"most frequent buyers is {'under' if value > 0 else 'over'}stated.",
        "red": f"Those who buy often pay clearly {more} a purchase, against what the model assumes: single values are "
        "not to be believed.",
    }[status]
    told = f"{numbers.decimal(value, 2)} ({numbers.decimal(found.low, 2)} – {numbers.decimal(found.high, 2)})"
    return Check(name, told, wanted, status, meaning)


def _retained(retention: RetentionFit) -> Check:
    """The largest distance of seen and fitted shares still paying, over months: of all, and of single cohorts.

    A cohort is small: only a distance that no chance makes of the fewest it may have is held against the model.
    """
    name, wanted = "Retention in contracts", "at most 3.0 points off"
    gap = largest_gap(retention)
    if gap != gap:
        meaning = "Too few contracts are watched to set their retention beside what the model says."
        return Check(name, "unknown", wanted, "amber", meaning)
    gaps = {name: largest_gap(retention, name) for name in retention.posteriors}
    apart, cohort = max(((far, name) for name, far in gaps.items() if far == far), default=(0.0, ""))
    if apart > FAR:
        meaning = (
            f"Contracts of {cohort} were not renewed as a model of them says, so those of all together may go on "
            "otherwise than told."
        )
        return Check(
            name, f"{100 * apart:.1f} points ({cohort})", wanted, "amber" if apart <= 2 * FAR else "red", meaning
        )
    status: Status = "green" if gap <= 0.03 else "amber" if gap <= 0.08 else "red"
    meaning = {
        "green": "In every month of tenure about as many contracts were renewed as the model says.",
        "amber": "In some months of tenure more or fewer contracts were renewed than the model says.",
        "red": "Contracts are not renewed as the model says: their value is not to be believed.",
    }[status]
    return Check(name, f"{100 * gap:.1f} points at most", wanted, status, meaning)


def _p(value: float) -> str:
    return "< 0.01" if value < 0.01 else f"{value:.2f}"
