"""Value of groups, which differ and which may be shown; the value of the base and its history."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from known_fits import base_of, purchase_fit, retention_fit, spend_fit

from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.figures.value import value_by_group as figure
from cxmodels.clv.forecasts.forecast import ClvForecast, forecast
from cxmodels.clv.value.base_value import base_value, value_history
from cxmodels.clv.value.groups import GroupValue, compare_groups, value_by_group


def two_groups() -> ClvForecast:
    """Busy customers in the North, quiet ones in the South, some of them with a contract."""
    random = np.random.default_rng(4)
    n = 300
    north = np.arange(n) < 120
    frequency = random.poisson(np.where(north, 6, 1)).astype(float)
    T = random.uniform(100, 500, n)
    cells = pd.DataFrame(
        {
            "frequency": frequency, "recency": np.where(frequency > 0, T * 0.9, 0), "T": T,
            "payments": frequency, "total": frequency * 30,
            "contract_months": np.where(np.arange(n) % 3 == 0, 5.0, np.nan),
            "margin": np.where(np.arange(n) % 3 == 0, 4.0, np.nan),
            "region": np.where(north, "North", "South"), "plan": np.where(np.arange(n) % 60 == 0, "rare", "usual"),
            "n": 1,
        }
    )  # fmt: skip
    base = base_of(cells, by=("region", "plan"), min_cell=10)
    return forecast(base, purchase_fit(), spend_fit(), retention_fit(), horizon_months=12, discount_rate=0.1, draws=100)


@pytest.fixture(scope="module")
def made() -> ClvForecast:
    return two_groups()


def test_groups_add_up_to_the_base_and_the_better_one_is_clear(made: ClvForecast) -> None:
    value = value_by_group(made)
    region = value.groups[value.groups["attribute"] == "region"].set_index("level")
    assert region["value"].sum() == pytest.approx(value.total) == pytest.approx(made.total("clv").value)
    assert region["share"].sum() == pytest.approx(1)
    assert region["customers_share"].to_dict() == {"North": 0.4, "South": 0.6}
    assert region["clear"].all()
    assert region.loc["North", "above"] > 0.99 > 0.01 > region.loc["South", "above"]
    assert region.loc["North", "ratio"] == pytest.approx(region.loc["North", "share"] / 0.4)
    for low, told, high in (("low", "value", "high"), ("each_low", "per_customer", "each_high")):
        assert ((region[low] < region[told]) & (region[told] < region[high])).all()


def test_a_small_group_is_hidden_with_the_one_that_would_give_it_away(made: ClvForecast) -> None:
    value = value_by_group(made)
    assert value.groups.set_index("level").loc["rare", "n"] == 5
    assert set(value.shown()["level"]) == {"North", "South"}
    assert value.hidden == 2
    assert value.shown("plan").empty
    assert value.shown("region")["level"].tolist() == ["North", "South"]


def test_the_figure_says_the_difference_in_money_and_names_no_hidden_group(made: ClvForecast) -> None:
    drawn = figure(value_by_group(made))
    assert drawn.title.startswith("Region North: a customer is worth €")
    assert "more than the average of €" in drawn.title
    assert "rare" not in drawn.alt
    assert "left out (2)" in drawn.note
    with pytest.raises(ValueError, match="no group is large enough"):
        figure(value_by_group(made), "plan")


def test_groups_that_differ_by_chance_are_called_so_one_time_in_twenty() -> None:
    random = np.random.default_rng(8)
    clear = []
    for _ in range(400):
        # both groups are worth the same; what is seen of each is off by as much as its draws say
        drawn = 100 + random.normal(0, 1, 2)[:, None] + random.normal(0, 1, (2, 200))
        groups = {"side": {name: (1, float(row.mean()), row) for name, row in zip("ab", drawn, strict=True)}}
        found = compare_groups(groups, (2, float(drawn.sum(axis=0).mean()), drawn.sum(axis=0)))
        clear.append(found["clear"].iloc[0])
    assert np.mean(clear) == pytest.approx(0.05, abs=0.033)  # three standard errors


def test_equal_groups_differ_from_each_other_in_neither_direction() -> None:
    drawn = np.full(50, 10.0)
    found = compare_groups({"side": {"a": (1, 10.0, drawn), "b": (1, 10.0, drawn)}}, (2, 20.0, 2 * drawn))
    assert found["above"].tolist() == [0.5, 0.5]
    assert not found["clear"].any()


def test_one_group_of_everybody_is_no_difference() -> None:
    drawn = np.arange(50.0)
    found = compare_groups({"side": {"all": (3, 24.5, drawn)}}, (3, 24.5, drawn)).iloc[0]
    assert found["ratio"] == pytest.approx(1)
    assert not found["clear"]


def test_a_group_larger_than_the_base_is_refused() -> None:
    with pytest.raises(InvalidValue, match="1 to 3 customers, found 4"):
        compare_groups({"side": {"a": (4, 1.0, np.ones(3))}}, (3, 1.0, np.ones(3)))


def test_the_value_of_the_base_is_that_of_its_parts(made: ClvForecast) -> None:
    value = base_value(made)
    assert value.orders is not None
    assert value.contracts is not None
    assert value.orders.value + value.contracts.value == pytest.approx(value.total.value)
    assert value.per_customer.value == pytest.approx(value.total.value / 300)
    assert value.per_customer.low == pytest.approx(value.total.low / 300)
    assert value.total.low < value.likely.low < value.expected.value < value.likely.high < value.total.high
    assert value.total.high - value.total.low > value.expected.high - value.expected.low


def test_a_part_that_is_not_there_has_no_value() -> None:
    cells = pd.DataFrame(
        {"frequency": [1.0], "recency": [5.0], "T": [9.0], "payments": [1.0], "total": [3.0], "n": [4]}
    )
    orders = forecast(base_of(cells), purchase_fit(), spend_fit(), None, horizon_months=6, discount_rate=0, draws=20)
    assert base_value(orders).contracts is None


def test_history_is_told_oldest_first_without_months_that_had_nothing(made: ClvForecast) -> None:
    asked: list[date] = []

    def forecast_of(day: date) -> ClvForecast | None:
        asked.append(day)
        return None if day < date(2026, 7, 1) else made

    history = value_history(forecast_of, date(2026, 9, 30), months=4)
    assert asked == [date(2026, 5, 31), date(2026, 6, 30), date(2026, 7, 31), date(2026, 8, 31)]
    assert history["month"].tolist() == ["2026-07", "2026-08"]
    assert history["value"].tolist() == [made.total("clv").value] * 2
    low, high = history.loc[0, ["low", "high"]]
    assert (low, high) == pytest.approx((made.total("clv").low, made.total("clv").high), rel=0.02)
    assert history["per_customer"].iloc[0] == pytest.approx(made.total("clv").value / 300)


def test_without_attributes_there_are_no_groups() -> None:
    nothing = GroupValue(compare_groups({}, (3, 1.0, np.ones(3))), 1.0, "EUR", 12, 10)
    assert nothing.shown().empty
    assert nothing.hidden == 0
