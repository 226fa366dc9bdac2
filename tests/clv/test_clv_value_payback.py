"""Acquisition payback by hand and on tables one can count."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from acquiring_shop import AS_OF, costs, customers, written

from cxmodels.clv.counts.base import customer_base
from cxmodels.clv.figures.payback import payback_by_channel, sure
from cxmodels.clv.models.bg_nbd import BgNbd
from cxmodels.clv.models.sbg import ShiftedBetaGeometric
from cxmodels.clv.value.acquisition import Acquisition, acquisition, first_orders
from cxmodels.clv.value.attributes import acquisition_attribute, value_groups
from cxmodels.clv.value.newcomers import contract_margins, first_order_chances, order_margins
from cxmodels.clv.value.payback import acquisition_payback, months_to_pay_back, payback


def found(*rows: tuple[str, float, int]) -> Acquisition:
    """Return costs and customers won, by channel."""
    frame = pd.DataFrame(rows, columns=["channel", "cost", "joined"])
    return Acquisition(frame, date(2025, 7, 1), AS_OF, "joined_channel")


def test_months_to_pay_back_are_read_off_the_curve() -> None:
    cumulative = np.array([[0.0, 10.0, 20.0, 20.0], [0.0, 4.0, 8.0, 12.0], [0.0, 1.0, 2.0, 3.0]])
    np.testing.assert_allclose(months_to_pay_back(10.0, cumulative), [1.0, 2.5, math.inf])
    np.testing.assert_allclose(months_to_pay_back(0.0, cumulative), 0.0)
    np.testing.assert_allclose(months_to_pay_back(15.0, cumulative), [1.5, math.inf, math.inf])


def test_cost_value_ratio_and_probability_are_told_by_channel() -> None:
    curve = np.arange(37.0)[None]
    drawn = {"Search": curve * np.linspace(0.9, 1.1, 101)[:, None], "Social": curve * np.ones((101, 1))}
    told = payback(found(("Search", 1000.0, 100), ("Social", 7200.0, 200)), drawn, currency="EUR", min_cell=10)
    first, second = told.channels.to_dict("records")
    assert first["channel"] == "Search"
    assert first["cost_per_customer"] == 10
    assert first["value"] == pytest.approx(36)
    assert (first["value_low"], first["value_high"]) == pytest.approx((36 * 0.905, 36 * 1.095))
    assert (first["ratio"], first["ratio_low"]) == pytest.approx((3.6, 3.6 * 0.905))
    assert first["months"] == pytest.approx(10, abs=0.05)
    assert first["months_low"] < 9.3 < 10.9 < first["months_high"]
    assert first["within_12m"] == 1
    assert second["months"] == pytest.approx(36)
    assert second["within_12m"] == 0
    curves = told.curves.set_index(["channel", "month"])
    assert len(curves) == 2 * 37
    assert curves.loc[("Social", 12), "value"] == 12
    assert told.horizon_months == 36
    assert told.reason == ""


def test_a_cost_that_never_comes_back_has_infinite_months_and_one_of_nothing_no_ratio() -> None:
    drawn = {name: np.ones((50, 1)) * np.arange(13.0) for name in ("Dear", "Free")}
    told = payback(found(("Dear", 2000.0, 100), ("Free", 0.0, 100)), drawn, currency="EUR")
    rows = told.channels.set_index("channel")
    assert rows.loc["Dear", "months"] == rows.loc["Dear", "months_low"] == math.inf
    assert rows.loc["Free", "months"] == 0
    assert math.isnan(rows.loc["Free", "ratio"])
    figure = payback_by_channel(told)
    assert figure.title == (
        "A new customer from Free pays back € 0 in 0.0 months; one from Dear not its € 20 within 12 months"
    ).replace("€ ", "€\u202f")
    assert "Dear: cost € 20, expected margin € 12, paid back: not in 12" in figure.alt.replace("\u202f", " ")


def test_what_cannot_be_told_is_named_with_its_reason() -> None:
    nothing = float("nan")
    told = payback(
        found(("Email", 300.0, 0), ("Referral", nothing, 50), ("Search", 700.0, 100), ("Social", 10.0, 9)),
        {"Search": np.ones((10, 1)) * np.arange(13.0)},
        currency="EUR",
        min_cell=10,
        revenue=True,
    )
    assert list(told.channels["channel"]) == ["Search"]
    assert dict(zip(told.not_shown["channel"], told.not_shown["why"], strict=True)) == {
        "Email": "costs, but no new customer with this joined channel",
        "Referral": "no costs on record",
        "Social": "fewer than 10 new customers",
    }
    assert any("€ 300 of € 1.01 k in costs belong to channels" in said.replace("\u202f", " ") for said in told.told)
    assert any("last click" in said for said in told.told)
    assert any("whole amount" in said for said in told.told)


def test_contract_margins_are_the_survivors_payments() -> None:
    theta, margin = np.array([[0.8, 9.0], [2.0, 40.0]]), np.array([10.0, 20.0])
    model = ShiftedBetaGeometric()
    drawn = contract_margins(model, theta, margin, 24, 0.1)
    assert drawn.shape == (2, 25)
    np.testing.assert_allclose(drawn[:, :2], [[0, 10], [0, 20]])
    # the first payment at once, the others as the residual lifetime of 23 renewals a month apart
    factor = 1.1 ** (-1 / 12)
    later = model.discounted_lifetime(theta, [0], 1 / factor - 1, horizon=23)[:, 0]
    np.testing.assert_allclose(drawn[:, -1], margin * (1 + factor * later), rtol=1e-12)


def test_order_margins_are_first_orders_and_repeats_counted_one_by_one() -> None:
    random = np.random.default_rng(4)
    r, alpha, a, b = 0.9, 2.0, 0.5, 4.0
    first = np.array([[0.3, 0.2, 0.0, 0.1]])
    drawn = order_margins(BgNbd(), np.array([[r, alpha, a, b]]), 1.0, first, np.array([2.0]), 12, 0.0)[0]
    size = 60_000
    begun = random.choice([0.5, 1.5, 3.5, math.inf], size, p=[0.3, 0.2, 0.1, 0.4])
    counts = np.zeros(13)
    for start in begun[np.isfinite(begun)]:
        rate, drop, time = random.gamma(r) / alpha, random.beta(a, b), start
        counts[math.ceil(time) :] += 1
        while (time := time + random.exponential() / rate) < 12:
            counts[math.ceil(time) :] += 1
            # nobody drops out at the first purchase: Fader, Hardie & Lee (2005)
            if random.random() < drop:
                break
    np.testing.assert_allclose(drawn[[3, 6, 9, 12]], 2.0 * counts[[3, 6, 9, 12]] / size, rtol=0.02)


def test_first_order_chances_are_a_grouped_kaplan_meier_curve() -> None:
    counted = pd.DataFrame({"entry": 0, "exit": [1, 1, 2, 3], "ended": [1, 0, 1, 0], "n": [400, 200, 100, 300]})
    chances = first_order_chances(counted, 4000, 6, np.random.default_rng(2))
    # 400 of 1 000 in the first month; of the 400 still watched, 100 in the second
    np.testing.assert_allclose(chances.mean(axis=0), [0.4, 0.6 * 0.25, 0, 0, 0, 0], atol=0.003)
    assert chances[:, 0].std() == pytest.approx(math.sqrt(0.4 * 0.6 / 1000), rel=0.1)
    everybody = pd.DataFrame({"entry": [0], "exit": [1], "ended": [1], "n": [20]})
    np.testing.assert_allclose(first_order_chances(everybody, 3, 2, np.random.default_rng(1)), [[1, 0]] * 3)
    nobody = everybody.head(0)
    assert not first_order_chances(nobody, 3, 2, np.random.default_rng(1)).any()


def test_costs_and_customers_are_counted_in_the_last_complete_months(tmp_path: Path) -> None:
    people = customers(
        ("c1", "2025-06-30", "Search"), ("c2", "2025-07-01", "Search"), ("c3", "2026-06-30", "Search"),
        ("c4", "2026-05-02", "Store"), ("c5", "2026-05-02", None),
    )  # fmt: skip
    spent = costs(
        ("Search", "2025-06-01", 99),
        ("Search", "2025-07-01", 30),
        ("Search", "2026-06-01", 12),
        ("Mail", "2026-01-01", 7),
    )
    contracts = pd.DataFrame(
        {
            "contract_id": ["k1", "k2", "k3", "k4"],
            "customer_id": ["c2", "c2", "c3", "c4"],
            "started_on": [date(2025, 7, 1), date(2026, 1, 5), date(2026, 6, 30), date(2026, 5, 2)],
            "monthly_fee": [20.0, 90.0, 10.0, None],
            "margin_rate": [0.5, 0.5, None, 0.5],
        }
    )
    study = written(tmp_path, customers=people, costs=spent, contracts=contracts)
    counted = acquisition(study.snapshot(AS_OF), "joined_channel")
    assert (counted.first, counted.last) == (date(2025, 7, 1), AS_OF)
    rows = counted.channels.set_index("channel")
    assert list(rows.index) == ["Mail", "Search", "Store"]
    assert rows["cost"].fillna(-1).to_dict() == {"Mail": 7, "Search": 42, "Store": -1}
    assert rows["joined"].to_dict() == {"Mail": 0, "Search": 2, "Store": 1}
    # first contracts: 20 × .5 and, without a rate, 10; a contract without a fee is none of the known
    assert rows.loc["Search", ["contracts", "known", "margin", "margin_sd"]].tolist() == [2, 2, 10, 0]
    assert rows.loc["Store", ["contracts", "known"]].tolist() == [1, 0]
    within = acquisition(study.snapshot("2026-06-15"), "joined_channel")
    assert (within.first, within.last) == (date(2025, 6, 1), date(2026, 5, 31))
    assert within.channels.set_index("channel").loc["Search", "joined"] == 2


def test_a_short_record_of_costs_shortens_the_months_of_customers_too(tmp_path: Path) -> None:
    people = customers(("c1", "2026-01-10", "Search"), ("c2", "2026-04-10", "Search"))
    study = written(tmp_path, customers=people, costs=costs(("Search", "2026-04-01", 50)))
    counted = acquisition(study.snapshot(AS_OF), "joined_channel")
    assert counted.first == date(2026, 4, 1)
    assert counted.channels["joined"].tolist() == [1]


def test_first_orders_are_counted_in_months_since_joining(tmp_path: Path) -> None:
    people = customers(
        ("c0", "2025-12-31", "Search"), ("c1", "2026-01-01", "Search"), ("c2", "2026-01-01", "Search"),
        ("c3", "2026-04-01", "Search"), ("c4", "2026-04-01", "Store"),
    )  # fmt: skip
    orders = pd.DataFrame(
        {
            "order_id": ["o1", "o2", "o3", "o4", "o5"],
            "customer_id": ["c1", "c2", "c2", "c4", "c4"],
            "ordered_at": pd.to_datetime(["2026-01-01", "2026-03-15", "2026-04-15", "2026-04-20", "2026-03-31"]),
            "amount": [10.0, 10.0, 10.0, -5.0, 0.0],
        }
    )
    counted = first_orders(written(tmp_path, customers=people, orders=orders).snapshot(AS_OF), "joined_channel")
    # c0 joined before orders are on record; c4 ordered (free of charge) the day before joining
    assert counted[["channel", "exit", "ended", "n"]].to_numpy().tolist() == [
        ["Search", 1, 1, 1],
        ["Search", 2, 0, 1],
        ["Search", 3, 1, 1],
        ["Store", 1, 1, 1],
    ]


def test_a_study_without_costs_or_channels_says_so(tmp_path: Path) -> None:
    orders = pd.DataFrame(
        {"order_id": ["o1"], "customer_id": ["c1"], "ordered_at": pd.to_datetime(["2026-05-01"]), "amount": [10.0]}
    )
    people = customers(("c1", "2026-05-01", "Search"))
    snapshot = written(tmp_path, customers=people, orders=orders).snapshot(AS_OF)
    told = acquisition_payback(snapshot, customer_base(snapshot))
    assert told.reason.endswith("is not known: the study has no costs on record.")
    assert told.channels.empty
    assert told.horizon_months == 36
    spent = costs(("Search", "2026-05-01", 5.0))
    unnamed = people.drop(columns="joined_channel")
    snapshot = written(tmp_path, customers=unnamed, orders=orders, costs=spent).snapshot(AS_OF)
    assert acquisition_payback(snapshot, customer_base(snapshot)).reason.endswith("no attribute of customers names it.")
    snapshot = written(tmp_path, customers=people, orders=orders, costs=spent).snapshot(AS_OF)
    told = acquisition_payback(snapshot, customer_base(snapshot))
    assert told.reason.endswith("no channel with costs has won enough customers.")
    assert told.not_shown["why"].tolist() == ["fewer than 10 new customers"]
    one_is_enough = "[privacy]\nmin_cell = 1\n"
    snapshot = written(tmp_path, one_is_enough, customers=people, orders=orders, costs=spent).snapshot(AS_OF)
    told = acquisition_payback(snapshot, customer_base(snapshot))
    assert told.reason.endswith("nothing says what new customers bring.")
    assert told.not_shown["why"].tolist() == ["nothing says what its new customers bring"]


def test_settings_name_the_channel_and_the_groups(tmp_path: Path) -> None:
    people = customers(("c1", "2026-05-01", "Search")).assign(source="Ads", region="Nord", age=41.5)
    spent = costs(("Ads", "2026-05-01", 5.0))
    by_default = written(
        tmp_path, '[churn]\ncovariates = ["region", "age", "joined_channel"]\n', customers=people, costs=spent
    ).snapshot(AS_OF)
    assert acquisition_attribute(by_default) == "joined_channel"
    assert value_groups(by_default) == ("region", "joined_channel")
    said = written(tmp_path, '[clv]\nacquired_by = "source"\ngroups = ["region"]\n', customers=people, costs=spent)
    assert acquisition_attribute(said.snapshot(AS_OF)) == "source"
    assert value_groups(said.snapshot(AS_OF)) == ("region",)
    nobody = written(tmp_path, orders=pd.DataFrame(
        {"order_id": ["o1"], "customer_id": ["c1"], "ordered_at": pd.to_datetime(["2026-05-01"]), "amount": [10.0]}
    )).snapshot(AS_OF)  # fmt: skip
    assert acquisition_attribute(nobody) is None
    assert value_groups(nobody) == ()


@pytest.mark.parametrize(("probability", "said"), [(1.0, "over 99 %"), (0.0, "under 1 %"), (0.642, "of 64 %")])
def test_a_probability_from_draws_is_never_certain(probability: float, said: str) -> None:
    assert sure(probability) == said.replace(" %", "\u202f%")
