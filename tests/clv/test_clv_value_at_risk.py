"""Value that hangs on customers who may leave: joined by pseudonym, added up by cell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from known_fits import purchase_fit, retention_fit, spend_fit
from small_shop import contracts, customers, orders, today

from cxmodels.clv.counts.base import customer_base
from cxmodels.clv.errors import UnknownColumn
from cxmodels.clv.forecasts.forecast import ClvForecast, forecast
from cxmodels.clv.value.at_risk import hanging_on, silent_value, value_at_risk
from cxmodels.study.snapshot import Snapshot


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, ClvForecast]:
    """Four subscribers, one of whom orders too, and two customers of the shop alone."""
    ids = ["a", "b", "c", "d", "e", "f"]
    snapshot = today(
        tmp_path_factory.mktemp("shop"),
        customers=customers(*ids, region=["N", "N", "S", "S", "N", "S"]),
        contracts=contracts(
            ("a", 100, None), ("b", 100, None), ("c", 400, None), ("d", 400, None),
            monthly_fee=[10.0, 10.0, 20.0, 40.0], margin_rate=[0.5] * 4,
        ),
        orders=orders(("a", 90, 30.0), ("a", 60, 40.0), ("e", 300, 20.0), ("e", 10, 25.0), ("f", 700, 9.0),
                      ("f", 695, 9.0), ("f", 690, 9.0), ("f", 685, 9.0)),
        sections="[privacy]\nmin_cell = 1\n",
    )  # fmt: skip
    base = customer_base(snapshot, by=("region",))
    made = forecast(base, purchase_fit(), spend_fit(), retention_fit(), horizon_months=24, discount_rate=0.1, draws=100)
    return snapshot, made


def names(snapshot: Snapshot) -> dict[str, str]:
    people = snapshot.pseudonyms.execute()
    return dict(zip(people["customer_id"], people["pseudonym"], strict=True))


def worth(snapshot: Snapshot, made: ClvForecast) -> pd.Series:
    """Value of each customer, by the id of the source."""
    found = made.base.by_customer(made.cells[["clv"]]).execute()
    people = snapshot.pseudonyms.execute()
    return found.merge(people, on="number").set_index("customer_id")["clv"]


def test_chance_times_value_is_added_up_over_customers_who_have_both(shop: tuple[Snapshot, ClvForecast]) -> None:
    snapshot, made = shop
    who, each = names(snapshot), worth(snapshot, made)
    chance = {"a": 0.1, "b": 0.4, "c": 0.2, "d": 0.05}
    leaving = pd.DataFrame({"customer": [who[name] for name in chance], "churn_12m": list(chance.values())})
    found = value_at_risk(snapshot, made, leaving)
    expected = sum(each[name] * part for name, part in chance.items())
    assert found.total.value == pytest.approx(expected)
    assert found.share.value == pytest.approx(expected / each.sum())
    assert (found.scored, found.unscored) == (4, 2)
    region = found.groups.set_index("level")
    north = 0.1 * each["a"] + 0.4 * each["b"]
    assert region.loc["N", "value"] == pytest.approx(north)
    assert region.loc["N", "share"] == pytest.approx(north / expected)
    assert region.loc["N", "of_group"] == pytest.approx(north / each[["a", "b", "e"]].sum())
    assert found.shown()["value"].is_monotonic_decreasing


def test_doubt_of_the_chances_widens_the_interval(shop: tuple[Snapshot, ClvForecast]) -> None:
    snapshot, made = shop
    leaving = pd.DataFrame({"customer": [names(snapshot)["d"]], "churn_12m": [0.2]})
    sure = value_at_risk(snapshot, made, leaving)
    limits = {"churn_12m_low": 0.1, "churn_12m_high": 0.4}
    unsure = value_at_risk(snapshot, made, leaving.assign(**limits))
    assert unsure.total.value == sure.total.value
    # half to twice: nearly all of the doubt, and log-normal
    assert unsure.total.low < 0.6 * sure.total.value
    assert unsure.total.high > 1.7 * sure.total.value
    assert unsure.total.high - unsure.total.low > 3 * (sure.total.high - sure.total.low)


def test_the_tenth_with_most_at_risk_holds_its_share_and_is_not_told_where_it_is_nobody(
    shop: tuple[Snapshot, ClvForecast],
) -> None:
    _, made = shop
    rows = len(made.cells)
    sums = pd.DataFrame({"scored": 20, "chance": 2.0, "low": 2.0, "high": 2.0}, index=range(rows))
    twenty = ClvForecast(**{**vars(made), "cells": made.cells.assign(n=20)})
    found = hanging_on(twenty, sums)
    # a tenth of 6 cells of 20 customers each is 12 customers of the most valuable cell
    ranked = np.sort(made.cells["clv"].to_numpy())[::-1]
    assert found.top_share is not None
    assert found.top_share.value == pytest.approx(12 * ranked[0] / (20 * ranked.sum()))
    assert hanging_on(made, sums / 20).top_share is None


def test_nothing_to_join_is_a_reason(shop: tuple[Snapshot, ClvForecast]) -> None:
    snapshot, made = shop
    assert "No chances of leaving" in value_at_risk(snapshot, made, None).reason
    stranger = pd.DataFrame({"customer": ["0" * 32], "churn_12m": [0.5]})
    found = value_at_risk(snapshot, made, stranger)
    assert "No customer of the base" in found.reason
    assert found.shown().empty


def test_a_table_without_the_chance_is_refused(shop: tuple[Snapshot, ClvForecast]) -> None:
    snapshot, made = shop
    with pytest.raises(UnknownColumn, match="lacks 'churn_12m'; it has: customer, churn_6m"):
        value_at_risk(snapshot, made, pd.DataFrame({"customer": ["x"], "churn_6m": [0.1]}))


def test_who_bought_often_and_long_ago_is_silent_unless_a_contract_runs(shop: tuple[Snapshot, ClvForecast]) -> None:
    snapshot, made = shop
    silent = silent_value(made)
    value = silent.value
    assert silent.customers.value == 1
    assert silent.contracts
    assert value.value == pytest.approx(worth(snapshot, made)["f"])
    assert value.low <= value.value <= value.high
    assert silent_value(made, below=1.1).customers.value == 2
