from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from small_company import AS_OF, WriteStudy, company, contracts, counted
from steady_hazard import SteadyHazard, active

from cxmodels import churn
from cxmodels.churn.decisions.margins import Margins, monthly_margins
from cxmodels.churn.decisions.money import money_at_risk
from cxmodels.churn.decisions.value import customer_value, valued
from cxmodels.churn.errors import InvalidValue, NobodyActive
from cxmodels.churn.figures.decisions import money_by_group
from cxmodels.look import Figure
from cxmodels.study.sections import ChurnSection
from cxmodels.study.study import open_study

MONTH = 30.4375


def margins(**by_plan: float) -> Margins:
    groups = pd.DataFrame({"plan": list(by_plan), "margin": list(by_plan.values()), "n": [1] * len(by_plan)})
    return Margins(groups, "the margin of the contracts that run")


def test_months_kept_are_those_after_the_day_somebody_would_have_left() -> None:
    # the definition by quadrature: left at u with density h S(u), kept then, stays S(v) / S(u) up to the horizon
    rate, within, horizon = 0.04, 12, 24
    lost = quad(lambda u: rate * quad(lambda v: np.exp(-rate * v), u, horizon)[0], 0, within)[0]
    by_hand = (1 - np.exp(-rate * within)) / rate - within * np.exp(-rate * horizon)
    assert lost == pytest.approx(by_hand)
    model = SteadyHazard(active(A=50), {"A": rate})
    cells = valued(model, ChurnSection(), "EUR", margins(A=10.0)).cells
    chance = 1 - np.exp(-rate * within)
    assert cells["chance"][0] == pytest.approx(chance)
    assert cells["months_kept"][0] == pytest.approx(lost / chance, rel=2e-3)
    assert cells["value"][0] == pytest.approx(10 * lost / chance, rel=2e-3)
    assert cells["at_risk"][0] == pytest.approx(10 * lost, rel=2e-3)


def test_tenure_in_months_is_worth_the_same_as_in_days() -> None:
    days = active(A=50)
    frame = days.frame.assign(exit=13)
    months = churn.Episodes(frame, ("plan",), days.levels, days.pooled, AS_OF, 24, 0, 10, "months")
    found = [
        valued(SteadyHazard(each, {"A": 0.03}), ChurnSection(), "EUR", margins(A=8.0)).cells["at_risk"][0]
        for each in (days, months)
    ]
    assert found[0] == pytest.approx(found[1])


def test_who_cannot_leave_puts_nothing_at_risk() -> None:
    value = valued(SteadyHazard(active(A=50), {"A": 0.0}), ChurnSection(), "EUR", margins(A=10.0))
    assert value.cells["at_risk"].tolist() == [0]
    assert np.isfinite(value.cells["value"]).all()
    money = money_at_risk(value)
    assert money.total is not None
    assert (money.total.value, money.total.high) == (0, 0)


def test_a_value_the_study_says_goes_before_its_margins() -> None:
    model = SteadyHazard(active(A=50, B=50), {"A": 0.02, "B": 0.05})
    value = valued(model, ChurnSection(value=200), "USD", margins(A=10.0, B=10.0))
    assert value.cells["value"].tolist() == [200, 200]
    assert value.cells["at_risk"].to_numpy() == pytest.approx(200 * value.cells["chance"].to_numpy())
    assert "$\u202f200" in value.told
    with pytest.raises(InvalidValue, match=r"neither margins nor churn\.value"):
        valued(model, ChurnSection(), "EUR")
    with pytest.raises(InvalidValue, match="months must be 1 or more, found 0"):
        valued(model, ChurnSection(value=200), "EUR", months=0)


def test_leaving_is_looked_for_no_further_than_the_horizon() -> None:
    model = SteadyHazard(active(A=50), {"A": 0.05})
    value = valued(model, ChurnSection(horizon_months=6), "EUR", margins(A=10.0))
    assert value.months == 6
    assert value.cells["chance"][0] == pytest.approx(1 - np.exp(-0.05 * 6))


def test_nobody_is_no_value() -> None:
    episodes = active(A=5)
    gone = churn.Episodes(
        episodes.frame.assign(cause="unknown", event=1), ("plan",), {"plan": ("A",)}, {}, AS_OF, 0, 0, 1
    )
    with pytest.raises(NobodyActive, match="nobody to keep"):
        valued(SteadyHazard(gone, {"A": 0.1}), ChurnSection(value=1), "EUR")


def test_money_at_risk_adds_up_and_says_who_holds_it() -> None:
    model = SteadyHazard(active(A=900, B=100, C=5), {"A": 0.01, "B": 0.08, "C": 0.08}, doubt=0.1)
    value = valued(model, ChurnSection(), "EUR", margins(A=10.0, B=20.0, C=20.0))
    money = money_at_risk(value)
    assert money.total is not None
    assert money.top_share is not None
    each = value.cells.set_index("plan")["at_risk"]
    assert money.total.value == pytest.approx(900 * each["A"] + 100 * each["B"] + 5 * each["C"])
    assert money.groups["value"].sum() == pytest.approx(money.total.value)
    assert money.groups["share"].sum() == pytest.approx(1)
    # the tenth with the most is B and C and hardly a customer more is cut from them
    assert money.top_share.value == pytest.approx(100.5 * each["B"] / money.total.value)
    assert (money.total.unit, money.total.n) == ("EUR", 1005)
    # the loss rises with the hazard, so its quantiles are those of the factor on it
    for side, seen in ((-1.96, money.total.low), (1.96, money.total.high)):
        rates = {plan: rate * np.exp(0.1 * side) for plan, rate in model.monthly.items()}
        moved = valued(SteadyHazard(model.episodes, rates), ChurnSection(), "EUR", margins(A=10.0, B=20.0, C=20.0))
        assert seen == pytest.approx(moved.cells["n"] @ moved.cells["at_risk"], rel=0.03)
    assert money.shown()["level"].tolist() == ["A"]  # C is too small, and B would give it away


def true_loss(made: dict[str, np.ndarray], within: int = 12, horizon: int = 24) -> float:
    rate = made["rate"] * MONTH
    return float(np.sum((1 - np.exp(-rate * within)) / rate - within * np.exp(-rate * horizon)))


def coverage(seeds: range) -> float:
    """Share of simulated companies whose true loss lies in the interval; a month's margin is one euro."""
    held = []
    for seed in seeds:
        made = company(600, seed, monthly_hazard=0.03)
        model = churn.fit_cox(counted(made))
        money = money_at_risk(valued(model, ChurnSection(), "EUR", margins(A=1.0, B=1.0)))
        assert money.total is not None
        held.append(money.total.low <= true_loss(made) <= money.total.high)
    return float(np.mean(held))


def test_intervals_hold_the_true_loss_of_most_companies() -> None:
    assert coverage(range(3000, 3016)) >= 13 / 16


@pytest.mark.slow
def test_intervals_hold_the_true_loss_as_often_as_they_say() -> None:
    assert 0.92 <= coverage(range(3000, 3300)) <= 0.98


def test_draws_of_a_sample_of_many_cells_agree_with_those_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    model = churn.fit_cox(counted(company(2500, seed=50)))
    found = []
    for whole in (10_000, 300):
        monkeypatch.setattr("cxmodels.churn.decisions.value.WHOLE", whole)
        found.append(money_at_risk(valued(model, ChurnSection(), "EUR", margins(A=1.0, B=2.0))))
    every, sample = found
    assert every.total is not None
    assert sample.total is not None
    assert sample.total.value == every.total.value
    width = every.total.high - every.total.low
    assert sample.total.high - sample.total.low == pytest.approx(width, rel=0.05)
    assert sample.groups["low"].to_numpy() == pytest.approx(every.groups["low"].to_numpy(), rel=0.02)


def priced(rows: list[tuple[str, str, str | None, str]], fee: list[float], rate: list[float] | None) -> pd.DataFrame:
    table = contracts(*rows).assign(monthly_fee=fee)
    return table if rate is None else table.assign(margin_rate=rate)


ROWS: list[tuple[str, str, str | None, str]] = [
    ("a", "2025-01-01", None, "A"),
    ("b", "2025-01-01", None, "A"),
    ("c", "2025-02-01", "2026-01-31", "B"),
    ("d", "2025-02-01", None, "B"),
    ("e", "2025-01-01", "2026-03-31", "A"),
]


def test_margins_are_of_the_contracts_that_run(write_study: WriteStudy) -> None:
    table = priced(ROWS, [10, 20, 99, 30, 99], [0.5, 0.5, 0.5, 0.1, 0.5])
    snapshot = write_study(table, covariates=("plan",)).snapshot("2026-09-30")
    found = monthly_margins(snapshot, churn.episodes(snapshot))
    assert found.groups.set_index("plan")["margin"].to_dict() == pytest.approx({"A": 7.5, "B": 3.0})
    assert found.mean == pytest.approx(6.0)
    assert "monthly_fee × margin_rate" in found.told
    cells = pd.DataFrame({"plan": ["B", "A", "new"]})
    assert found.of(cells) == pytest.approx([3.0, 7.5, 6.0])


@pytest.mark.parametrize("rate", [None, [None] * 5])
def test_without_a_margin_rate_the_fee_is_taken_and_said_to_be(
    write_study: WriteStudy, rate: list[float] | None
) -> None:
    table = priced(ROWS, [10, 20, 99, 30, 99], rate)
    if rate is not None:
        table["margin_rate"] = table["margin_rate"].astype("float64")
    snapshot = write_study(table).snapshot("2026-09-30")
    found = monthly_margins(snapshot, churn.episodes(snapshot))
    assert found.mean == pytest.approx(20)
    assert "an upper bound" in found.told


def test_where_nothing_is_recorded_there_is_a_reason_and_no_number(write_study: WriteStudy) -> None:
    snapshot = write_study(contracts(*ROWS)).snapshot("2026-09-30")
    value = customer_value(snapshot, churn.fit_cox(churn.episodes(snapshot)))
    assert "no monthly_fee" in value.reason
    assert "Set churn.value" in value.reason
    money = money_at_risk(value)
    assert money.total is None
    assert money.reason == value.reason
    assert len(money.shown()) == 0
    with pytest.raises(ValueError, match="no monthly_fee"):
        money_by_group(money)


def test_a_study_that_says_a_value_needs_no_fee(write_study: WriteStudy, tmp_path: Path) -> None:
    write_study(contracts(*ROWS))
    file = tmp_path / "study.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("[churn]", "[churn]\nvalue = 50"), encoding="utf-8")
    snapshot = open_study(tmp_path).snapshot("2026-09-30")
    value = customer_value(snapshot, churn.fit_cox(churn.episodes(snapshot)))
    assert value.reason == ""
    assert (value.cells["value"] == 50).all()


def test_the_figure_says_how_much_is_at_risk_and_who_holds_it() -> None:
    model = SteadyHazard(active(A=900, B=100), {"A": 0.01, "B": 0.08}, doubt=0.1)
    money = money_at_risk(valued(model, ChurnSection(), "EUR", margins(A=10.0, B=20.0)))
    figure = money_by_group(money)
    assert isinstance(figure, Figure)
    assert "at risk within 12 months; a tenth of the customers hold 41" in figure.title
    assert "plan B" in figure.alt
    assert len(figure.webp()) < 80_000
