"""Acquisition payback against a simulated company: what its customers really brought."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from acquiring_shop import AS_OF, company, written

from cxmodels.clv.counts.base import customer_base
from cxmodels.clv.counts.purchases import purchase_counts
from cxmodels.clv.counts.spend import spend_counts
from cxmodels.clv.figures.payback import payback_by_channel
from cxmodels.clv.fits.purchases import fit_purchases
from cxmodels.clv.fits.spend import fit_spend
from cxmodels.clv.value.payback import acquisition_payback
from cxmodels.look import numbers


def test_expected_margins_are_what_simulated_customers_bring(tmp_path: Path) -> None:
    tables, brought = company(6000, seed=8)
    study = written(tmp_path, "[clv]\nhorizon_months = 24\ndiscount_rate = 0\n", **tables)
    snapshot = study.snapshot(AS_OF)
    fit, spend = fit_purchases(purchase_counts(snapshot)), fit_spend(spend_counts(snapshot))
    base = customer_base(snapshot)
    told = acquisition_payback(snapshot, base, fit, spend)
    assert told.reason == ""
    assert told.told[-1] == "A new customer brings the margin of contracts and orders, discounted by 0.0\u202f% a year."
    curves = told.curves.set_index(["channel", "month"])
    for channel, truth in brought.items():
        for month in (6, 12, 24):
            row = curves.loc[(channel, month)]
            # within 5 %, of which sampling 6 000 customers takes about 2
            assert row["value"] == pytest.approx(truth[month], rel=0.05), (channel, month)
            assert row["low"] < row["value"] < row["high"]
    rows = told.channels.set_index("channel")
    joined = tables["customers"].query("joined_on >= @first", local_dict={"first": date(2026, 1, 1)})
    for channel, n in joined["joined_channel"].value_counts().items():
        assert rows.loc[channel, "joined"] == n
        assert rows.loc[channel, "cost_per_customer"] == pytest.approx(12_000 / n)
    assert rows.loc["Search", "ratio"] > rows.loc["Social", "ratio"]
    without = acquisition_payback(snapshot, base)
    assert without.told[-1].startswith("A new customer brings the margin of contracts, ")
    assert (without.channels["value"].to_numpy() < told.channels["value"].to_numpy()).all()
    figure = payback_by_channel(told)
    quickest = told.channels.sort_values("months").iloc[0]
    cost = numbers.value(quickest["cost_per_customer"], "EUR")
    assert figure.title.startswith(f"A new customer from {quickest['channel']} pays back {cost} in ")
    assert "Social: cost" in figure.alt
