"""Types of customers are planted in what, where and when they buy, and in nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from cxmodels import simulate
from cxmodels.simulate.blocks import blocks, calendar_of
from cxmodels.simulate.parameters import PARAMETERS

Frames = dict[str, pd.DataFrame]


def test_each_type_buys_its_product_on_its_screen_at_its_time(company: simulate.Company, frames: Frames) -> None:
    habits = company.truth["coefficients"]["habits"]
    orders = frames["orders"].query("amount > 0").merge(company.types.to_pandas(), on="customer_id")
    hour = orders["ordered_at"].dt.hour + orders["ordered_at"].dt.minute / 60
    for name, of in orders.groupby("type"):
        drinks = of[of["category"].isin(["Coffee", "Tea"])]
        assert (drinks["category"] == habits["category"][name]).mean() == pytest.approx(0.93, abs=0.01)
        digital = of[of["channel"] != "Store"]
        assert (digital["channel"] == habits["channel"][name]).mean() == pytest.approx(0.93, abs=0.01)
        first, last = habits["hours"][name]
        expected = 0.93 + 0.07 * (last - first) / 24
        assert hour[of.index].between(first, last).mean() == pytest.approx(expected, abs=0.012)
    shares = company.types.to_pandas()["type"].value_counts(normalize=True)
    assert shares.to_dict() == pytest.approx(habits["share"], abs=0.015)


def test_categories_and_channels_keep_their_shares(company: simulate.Company, frames: Frames) -> None:
    buying = company.truth["coefficients"]["buying"]
    bought = frames["orders"].query("amount > 0")
    for column in ("category", "channel"):
        seen = bought[column].value_counts(normalize=True).to_dict()
        assert seen == pytest.approx(buying[f"{column}_share"], abs=0.012)
    habits = PARAMETERS.habits
    weights = np.array(list(habits.share.values()))
    for of, share in ((habits.category, buying["category_share"]), (habits.channel, buying["channel_share"])):
        one, other = dict.fromkeys(of.values())
        faithful = np.array([name == one for name in of.values()])
        expected = (weights * np.where(faithful, habits.faithful_share, 1 - habits.faithful_share)).sum()
        assert expected == pytest.approx(share[one] / (share[one] + share[other]), abs=0.002)


def test_nothing_but_the_orders_category_channel_and_hour_depends_on_habits() -> None:
    calendar = calendar_of(400, 14, "2026-09-30")
    others = replace(PARAMETERS, habits=replace(PARAMETERS.habits, faithful_share=0.5))
    with_habits, without = (next(blocks(400, calendar, 9, parameters)) for parameters in (PARAMETERS, others))
    for name, table in with_habits.tables.items():
        if name not in ("orders", "interactions"):
            assert table == without.tables[name], name
    key = ["customer_id", "day", "amount", "margin"]
    same = []
    for block in (with_habits, without):
        orders = block.tables["orders"].to_pandas()
        orders["day"] = orders["ordered_at"].dt.normalize()
        same.append(orders[key].sort_values(key, ignore_index=True))
    assert same[0].equals(same[1])
    calls = [block.tables["interactions"].to_pandas().query("stage == 'service'") for block in (with_habits, without)]
    assert (
        calls[0]
        .drop(columns="interaction_id")
        .reset_index(drop=True)
        .equals(calls[1].drop(columns="interaction_id").reset_index(drop=True))
    )


def test_the_type_of_every_customer_is_written_beside_the_truth(tmp_path: Path) -> None:
    folder = simulate.write(tmp_path / "study", customers=60, months=13, seed=3)
    company = simulate.company(customers=60, months=13, seed=3)
    assert pq.read_table(folder / "customer_types.parquet") == company.types
    assert company.types["customer_id"].to_pylist() == company.tables["customers"]["customer_id"].to_pylist()
    assert 'path = "customer_types.parquet"' not in (folder / "study.toml").read_text(encoding="utf-8")
