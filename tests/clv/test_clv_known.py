"""Studies of which little or nothing can be told: what can be fitted is, and what cannot has a name and a reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_shop import AS_OF, contracts, customers, orders, shop, today

from cxmodels.clv.counts.base import customer_base
from cxmodels.clv.errors import ClvError, HugeAmount, NoModel, NoMoney, NoPurchases, TooFewCustomers
from cxmodels.clv.fits.known import fit_known
from cxmodels.clv.forecasts.forecast import forecast
from cxmodels.clv.grading.replay import replay
from cxmodels.clv.value.base_value import BaseValue, base_value
from cxmodels.clv.value.earlier import Earlier
from cxmodels.study.snapshot import Snapshot

Bought = list[tuple[str, int, float]]
FEW = "at least 10 .* are required, as many as a group must have to be told of .*, found fewer"


def value(snapshot: Snapshot) -> BaseValue:
    """Return what the page tells, in the order it asks for it."""
    known = fit_known(snapshot, size=100)
    made = forecast(customer_base(snapshot), *known.all, horizon_months=12, discount_rate=0.1, draws=20)
    return base_value(made)


def bought(people: int, times: int, amount: float = 5.0) -> Bought:
    """Return orders of so many people, each on so many days."""
    ago = np.random.default_rng(3).integers(1, 200, (people, times)).cumsum(axis=1)
    return [(f"c{person}", int(day), amount) for person, days in enumerate(ago) for day in days]


@pytest.mark.parametrize(
    ("rows", "error", "said"),
    [
        (bought(30, 1), NoModel, "purchases: .*found none among 30; spend: .*repeat payment is required"),
        ([("a", 9, 5.0)], NoModel, "found none among 1"),
        ([(f"c{person}", 0, 5.0) for person in range(30)], NoModel, "found none among 30"),
        (bought(30, 3, -5.0), NoModel, "at least one customer who bought is required"),
        (bought(30, 1) + bought(9, 3), NoModel, f"purchases: .*{FEW}"),
        (bought(1, 9), NoModel, f"purchases: .*{FEW}"),
        (bought(30, 3, 0.0), NoMoney, "told in money. Orders are counted, and their money is left out"),
        ([*bought(30, 3), ("h", 5, 1e12)], HugeAmount, "at most, found 1 beyond that"),
    ],
    ids=[
        "one-time buyers", "one order", "all new today", "returns alone", "few repeat buyers", "one customer",
        "free of charge", "huge",
    ],
)  # fmt: skip
def test_orders_that_tell_no_value_say_why(tmp_path: Path, rows: Bought, error: type[ClvError], said: str) -> None:
    with pytest.raises(error, match=said):
        value(today(tmp_path, orders=orders(*rows)))


def running(people: int, **columns: list) -> Mapping[str, pd.DataFrame]:
    """Return contracts of 40 people of whom so many still have theirs."""
    rows = [(f"c{number}", 300 + number, None if number < people else 5 + 7 * number % 200) for number in range(40)]
    return {"contracts": contracts(*rows, **columns), "customers": customers(*(f"c{number}" for number in range(40)))}


@pytest.mark.parametrize(
    ("tables", "error", "said"),
    [
        (running(30), NoMoney, "told in money. Contracts of 30 customers have no monthly fee on record"),
        (running(0, monthly_fee=[9.0] * 40), NoPurchases, "nobody has ordered and no contract runs"),
        (running(9, monthly_fee=[9.0] * 40), TooFewCustomers, f"base_value: {FEW}"),
    ],
    ids=["no fees", "all ended", "few run"],
)
def test_contracts_that_tell_no_value_say_why(
    tmp_path: Path, tables: Mapping[str, pd.DataFrame], error: type[ClvError], said: str
) -> None:
    with pytest.raises(error, match=said):
        value(today(tmp_path, **tables))


def test_contracts_too_young_to_be_renewed_and_too_few_say_so(tmp_path: Path) -> None:
    new = contracts(*((f"c{number}", 5, None) for number in range(30)))
    with pytest.raises(NoModel, match=r"retention: .*no renewal was seen"):
        fit_known(today(tmp_path, contracts=new))
    with pytest.raises(NoModel, match=f"retention: .*{FEW}"):
        fit_known(today(tmp_path, contracts=new.head(9)))


def test_a_part_that_cannot_be_told_leaves_the_rest(tmp_path: Path) -> None:
    snapshot = today(tmp_path, orders=orders(*bought(9, 3)), **running(30, monthly_fee=[9.0] * 40))
    known = fit_known(snapshot, size=100)
    assert (known.purchases, known.spend, set(known.why_not)) == (None, None, {"purchases", "spend"})
    assert known.retention is not None
    # a number of fewer than may be shown is not said
    assert not any(" 9" in why for why in known.why_not.values())
    assert replay(snapshot, known.counts) is None
    assert value(snapshot).orders is None
    assert value(snapshot).total.value > 0


def test_of_an_earlier_day_nothing_is_told_that_today_would_not_be(tmp_path: Path) -> None:
    for number, (tables, told) in enumerate(((running(30), False), (running(30, monthly_fee=[9.0] * 40), True))):
        (folder := tmp_path / str(number)).mkdir()
        earlier = Earlier(shop(folder, **tables), draws=20)
        assert (earlier.forecast(AS_OF) is not None) == told
