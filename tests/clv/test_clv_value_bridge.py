"""Steps between two values: they add up, and are nil on average for customers who behave as the model says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cxmodels.clv.counts.base import NUMBERS
from cxmodels.clv.forecasts.contracts import ContractsAhead
from cxmodels.clv.forecasts.if_active import IfActive, if_active
from cxmodels.clv.forecasts.orders import OrdersAhead
from cxmodels.clv.forecasts.outcomes import Ahead, Levels
from cxmodels.clv.models.bg_nbd import BgNbd
from cxmodels.clv.models.gamma_gamma import GammaGamma
from cxmodels.clv.models.sbg import ShiftedBetaGeometric
from cxmodels.clv.value.bridge import told
from cxmodels.clv.value.expected import expected_value
from cxmodels.clv.value.pairs import BEFORE, NOW
from cxmodels.clv.value.revaluation import STEPS, UNEXPECTED, revalued
from cxmodels.estimate import Estimate

DAYS, HORIZON = 30, 12
BG, GG, SBG = (0.8, 40.0, 0.8, 2.5), (6.0, 4.0, 15.0), (0.9, 14.0)
FACTOR = 1.1 ** (-1 / 12)


def ahead(draws: int = 1, spread: float = 0.0, margin_rate: float = 1.0) -> Ahead:
    random = np.random.default_rng(9)

    def theta(centre: tuple[float, ...]) -> np.ndarray:
        return np.array(centre) * np.exp(spread * random.normal(size=(draws, len(centre))))

    month, bought, paid, kept = 30.4375, theta(BG), theta(GG), theta(SBG)
    horizon, rate = HORIZON * month, -np.log(FACTOR) / month
    active = if_active(BgNbd(), bought, np.arange(60.0), np.linspace(1, 450, 60), ahead=horizon, rate=rate)
    orders = OrdersAhead(BgNbd(), bought, GammaGamma(), paid, 1.0, horizon, rate, active)
    return Ahead(
        Levels(orders), Levels(ContractsAhead(ShiftedBetaGeometric(), kept, HORIZON, FACTOR)), margin_rate, draws
    )


def exact(future: Ahead) -> Ahead:
    """The same without reading expectations off a table."""
    orders = future.orders.whole
    table = IfActive(orders.model, orders.theta, orders.ahead, orders.rate)
    return replace(future, orders=Levels(replace(orders, if_active=table)))


def shoppers(n: int, seed: int) -> pd.DataFrame:
    """Customers of a shop seen on two days: their purchases and payments follow the models exactly."""
    random = np.random.default_rng(seed)
    rows = []
    for T in random.uniform(20, 400, n):
        rate, drop = random.gamma(BG[0]) / BG[1], random.beta(*BG[2:])
        paid = random.gamma(GG[1]) / GG[2]
        time, times = 0.0, []
        while (time := time + random.exponential() / rate) < T + DAYS:
            times.append(time)
            if random.random() < drop:
                break
        at, money = np.array(times), random.gamma(GG[0], size=len(times)) / paid
        row = {}
        for side, now in ((BEFORE, T), (NOW, T + DAYS)):
            past = at <= now
            row |= {
                f"frequency{side}": past.sum(), f"recency{side}": at[past].max(initial=0.0), f"T{side}": now,
                f"payments{side}": past.sum(), f"total{side}": money[past].sum(),
                f"contract_months{side}": np.nan, f"margin{side}": np.nan,
            }  # fmt: skip
        rows.append(row)
    return pd.DataFrame(rows).astype(float).assign(n=1)


def subscribers(n: int, seed: int) -> pd.DataFrame:
    """Contracts of 1 to 24 months that follow the model exactly, a month later."""
    random = np.random.default_rng(seed)
    months = random.integers(1, 25, n).astype(float)
    stops = random.random(n) < random.beta(SBG[0], SBG[1] + months)
    names = [f"{name}{side}" for side in (BEFORE, NOW) for name in NUMBERS]
    frame = pd.DataFrame(np.nan, index=range(n), columns=names)
    margin = random.uniform(5, 40, n)
    frame[f"contract_months{BEFORE}"], frame[f"margin{BEFORE}"] = months, margin
    frame[f"contract_months{NOW}"] = np.where(stops, np.nan, months + 1)
    frame[f"margin{NOW}"] = np.where(stops, np.nan, margin)
    return frame.assign(n=1)


def company(seed: int = 1) -> pd.DataFrame:
    """Shoppers, subscribers, and both kinds of customers who come or go."""
    shop, club = shoppers(60, seed), subscribers(60, seed)
    new_shop, new_club = shop.iloc[:10].copy(), club[club[f"margin{NOW}"].notna()].iloc[:10].copy()
    for part in (new_shop, new_club):
        part[[f"{name}{BEFORE}" for name in NUMBERS]] = np.nan
    withdrawn = shop.iloc[10:15].copy()
    withdrawn[[f"{name}{NOW}" for name in NUMBERS]] = np.nan
    raised = club.iloc[:20].copy()
    raised[f"margin{NOW}"] *= 1.2
    return pd.concat([shop, club, new_shop, new_club, withdrawn, raised], ignore_index=True).assign(n=3)


def test_the_steps_add_up_in_every_draw() -> None:
    sums = revalued(company(), ahead(8, 0.1, margin_rate=0.4), 0.38, DAYS, 1).sums
    steps = sums[list(STEPS[1:])].sum(axis=1)
    np.testing.assert_allclose(sums["before"] + steps, sums["now"], rtol=1e-12)


def test_both_ends_are_the_values_of_a_forecast() -> None:
    pairs, future = company(), ahead(5, 0.1, margin_rate=0.4)
    sums = revalued(pairs, future, 0.38, DAYS, 1).sums
    for side, name, rate in ((BEFORE, "before", 0.38), (NOW, "now", 0.4)):
        cells = pd.DataFrame({state: pairs[f"{state}{side}"] for state in NUMBERS})
        value = expected_value(exact(replace(future, margin_rate=rate)), cells)
        np.testing.assert_allclose(sums[name], pairs["n"].to_numpy() @ value, rtol=1e-7)


@pytest.mark.parametrize("shops", [20, pytest.param(100, marks=pytest.mark.slow)])
def test_what_comes_as_expected_moves_nothing_but_time(shops: int) -> None:
    found = [revalued(shoppers(400, seed), ahead(), 1.0, DAYS, seed) for seed in range(shops)]
    sums = pd.concat([each.sums for each in found])
    assert (sums["new"] == 0).all()
    for name in UNEXPECTED:
        variance = np.mean([each.chance[name] ** 2 for each in found])
        # nil on average, and as far off as chance is said to take them: 2.8 standard errors, three steps together
        assert abs(sums[name].mean()) < 2.8 * np.sqrt(variance / shops), name
        assert (sums[name] ** 2).mean() / variance == pytest.approx(1, abs=2.8 * np.sqrt(2 / shops)), name


def test_contracts_kept_as_expected_move_nothing_but_time() -> None:
    found = revalued(subscribers(40_000, 2), ahead(), 1.0, DAYS, 2)
    sums = found.sums.iloc[0]
    assert abs(sums["retention"]) < 2.6 * found.chance["retention"]
    assert found.chance["retention"] < 0.002 * sums["before"]
    assert sums["spend"] == sums["purchasing"] == sums["new"] == 0


def test_the_month_of_contracts_pays_what_the_horizon_says() -> None:
    # value a month on = what remains of a horizon one month longer after its first payment, a month nearer
    alpha, beta = SBG
    one = subscribers(1, 1).assign(n=1)
    c, margin = one.loc[0, [f"contract_months{BEFORE}", f"margin{BEFORE}"]]
    stay = [1.0]
    for m in range(HORIZON + 1):
        stay.append(stay[-1] * (beta + c + m) / (alpha + beta + c + m))
    before = margin * sum(FACTOR**m * stay[m] for m in range(1, HORIZON + 1))
    later = margin * sum(FACTOR ** (m - 1) * stay[m] for m in range(2, HORIZON + 2))
    sums = revalued(one, ahead(), 1.0, DAYS, 1).sums.iloc[0]
    assert sums["before"] == pytest.approx(before)
    assert sums["time"] == pytest.approx(later - before)


def test_each_cause_moves_its_own_step() -> None:
    still = subscribers(1, 3)
    still[f"contract_months{NOW}"] = still[f"contract_months{BEFORE}"] + 1
    still[f"margin{NOW}"] = still[f"margin{BEFORE}"]
    ended = still.assign(**{f"contract_months{NOW}": np.nan, f"margin{NOW}": np.nan})
    dearer = still.assign(**{f"margin{NOW}": 1.5 * still[f"margin{NOW}"]})
    kept, lost, raised = (revalued(part, ahead(), 1.0, DAYS, 1).sums.iloc[0] for part in (still, ended, dearer))
    assert kept["retention"] > 0 > lost["retention"]
    assert lost["now"] == 0
    assert raised["retention"] == kept["retention"]
    assert raised["spend"] == pytest.approx(0.5 * kept["now"])


def test_who_falls_silent_is_retention_and_who_buys_more_is_purchasing() -> None:
    state = {"frequency": 4.0, "recency": 300.0, "T": 320.0, "payments": 4.0, "total": 100.0}
    silent = state | {"T": 350.0}
    busy = {"frequency": 8.0, "recency": 349.0, "T": 350.0, "payments": 8.0, "total": 200.0}
    missing = {"contract_months": np.nan, "margin": np.nan}

    def step(later: dict[str, float]) -> pd.Series:
        row = {f"{name}{BEFORE}": value for name, value in (state | missing).items()}
        row |= {f"{name}{NOW}": value for name, value in (later | missing).items()}
        return revalued(pd.DataFrame([row]).assign(n=1), ahead(), 1.0, DAYS, 1).sums.iloc[0]

    assert step(silent)["retention"] < 0
    assert step(busy)["retention"] > 0
    assert step(busy)["purchasing"] > 0


def test_what_is_told_adds_up_exactly_with_what_was_learned_as_the_rest() -> None:
    found = revalued(company(), ahead(40, 0.1), 1.0, DAYS, 1)
    sums = found.sums
    before = Estimate(sums["before"].mean() * 0.97, 0.0, 1e9, "EUR", 300)
    now = Estimate(float(sums["now"].mean()), 0.0, 1e9, "EUR", 310)
    bridge = told(found, before, now, DAYS)
    assert bridge.steps["step"].tolist() == list(STEPS)
    assert bridge.steps["value"].sum() == pytest.approx(now.value - before.value, rel=1e-12)
    assert bridge.change.value == pytest.approx(now.value - before.value)
    learned = bridge.steps.set_index("step").loc["learned"]
    assert learned["value"] == pytest.approx(0.03 * sums["before"].mean())
    assert not learned["real"]
    np.testing.assert_allclose(
        bridge.draws.sum(axis=1) + before.value, sums["now"] - sums["before"] + sums["before"].mean()
    )
    assert ((bridge.steps["low"] <= bridge.steps["value"]) & (bridge.steps["value"] <= bridge.steps["high"])).all()
