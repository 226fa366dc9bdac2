"""What models that told the past as well make of the same customers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pytest
from valued_company import company

from cxmodels.clv.counts.base import customer_base
from cxmodels.clv.errors import NotConverged
from cxmodels.clv.fits.known import KnownFits, fit_known
from cxmodels.clv.fits.purchases import fit_purchases
from cxmodels.clv.forecasts.forecast import ClvForecast, forecast
from cxmodels.clv.grading.replay import Replay, replay
from cxmodels.clv.page.checks import judge
from cxmodels.clv.page.estimates import estimates
from cxmodels.clv.page.findings import stakes
from cxmodels.clv.value import rivals
from cxmodels.clv.value.at_risk import silent_value
from cxmodels.clv.value.base_value import base_value
from cxmodels.clv.value.rivals import value_of_rivals

COLUMNS = ["model", "value", "apart", "alive", "alive_apart"]
AHEAD: dict[str, Any] = {"horizon_months": 24, "discount_rate": 0.1, "draws": 60}


@dataclass(frozen=True)
class Valued:
    """A company, what is known of it, and its models beside what came."""

    known: KnownFits
    made: ClvForecast
    graded: Replay


@pytest.fixture(scope="module")
def valued(tmp_path_factory: pytest.TempPathFactory) -> Valued:
    snapshot = company(tmp_path_factory.mktemp("rivals")).snapshot("2026-09")
    known = fit_known(snapshot)
    graded = replay(snapshot, known.counts, models=("bg_nbd", "mbg_nbd"))
    assert graded is not None
    return Valued(known, forecast(customer_base(snapshot), *known.all, **AHEAD), graded)


def near(graded: Replay, *kinds: str) -> Replay:
    """Return the replay as if the best one and these had told equally well what came."""
    return replace(graded, table=graded.table.assign(as_good=graded.table["kind"].isin([graded.chosen, *kinds])))


def test_a_rival_values_the_same_customers_as_a_forecast_under_it_does(valued: Valued) -> None:
    graded = replace(near(valued.graded, "bg_nbd", "mbg_nbd"), chosen="bg_nbd")
    (rival,) = value_of_rivals(valued.made, valued.known, graded).itertuples()
    assert rival.model == "MBG/NBD"
    assert rival.apart == pytest.approx(rival.value / valued.made.total("clv").value - 1, rel=1e-12)
    assert valued.known.counts is not None
    fits = fit_purchases(valued.known.counts, "mbg_nbd"), valued.known.spend, valued.known.retention
    other = forecast(valued.made.base, *fits, **AHEAD).total("clv")
    # other draws of the same posterior: as near as a few of them tell an expectation
    assert rival.value == pytest.approx(other.value, rel=0.01)
    assert rival.alive_apart == pytest.approx(rival.alive / valued.made.total("alive").value - 1, rel=1e-12)
    assert rival.value != pytest.approx(valued.made.total("clv").value, rel=1e-4)


def test_the_model_used_is_no_rival_of_itself_nor_is_one_that_was_really_worse(valued: Valued) -> None:
    only = near(replace(valued.graded, chosen="bg_nbd"))
    assert value_of_rivals(valued.made, valued.known, only).empty


def test_without_a_hold_out_or_orders_there_is_no_rival(valued: Valued) -> None:
    graded = near(valued.graded, "bg_nbd", "mbg_nbd")
    assert value_of_rivals(valued.made, valued.known, None).empty
    assert value_of_rivals(valued.made, replace(valued.known, purchases=None), graded).empty
    assert value_of_rivals(valued.made, replace(valued.known, counts=None), graded).empty


def test_a_rival_that_cannot_be_fitted_today_is_left_out(valued: Valued, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NotConverged("no maximum was found")

    monkeypatch.setattr(rivals, "fit_purchases", refuse)
    graded = replace(near(valued.graded, "bg_nbd", "mbg_nbd"), chosen="bg_nbd")
    assert value_of_rivals(valued.made, valued.known, graded).empty


@pytest.mark.parametrize(
    ("apart", "status", "said"),
    [(0.03, "green", "much the same"), (-0.08, "amber", "8 % lower"), (0.3, "red", "30 % higher")],
)
def test_the_rival_furthest_away_is_judged_and_named(valued: Valued, apart: float, status: str, said: str) -> None:
    table = pd.DataFrame([("MBG/NBD", 1.0, 0.01, 9.0, 0.0), ("Pareto/NBD", 1.0, apart, 9.0, 0.0)], columns=COLUMNS)
    (check,) = (
        each for each in judge(valued.known.purchases, rivals=table).checks if each.name.startswith("Value under")
    )
    assert check.status == status
    assert said in check.meaning.replace("\u202f", " ")
    assert ("Pareto/NBD" in check.meaning) is (status != "green")
    assert check.found.startswith("MBG/NBD +1.0")


def test_without_rivals_nothing_is_judged_of_them(valued: Valued) -> None:
    for none in (None, pd.DataFrame(columns=COLUMNS)):
        names = [check.name for check in judge(valued.known.purchases, rivals=none).checks]
        assert not [name for name in names if "other models" in name]


def test_where_rivals_differ_on_who_still_buys_no_number_of_them_is_told(valued: Valued) -> None:
    value, fit = base_value(valued.made), valued.known.purchases
    for apart, agree in ((0.05, True), (-0.48, False)):
        rivals = pd.DataFrame([("MBG/NBD", 1.0, 0.01, 9.0, apart)], columns=COLUMNS)
        (check,) = (each for each in judge(fit, rivals=rivals).checks if each.name.startswith("Customers who still"))
        assert check.status == ("green" if agree else "amber")
        assert ("clv.alive" in estimates(value, valued.made, rivals=rivals)) is agree
        said = " ".join(stakes(None, silent_value(valued.made), rivals))
        assert ("cannot be told" in said) is not agree
