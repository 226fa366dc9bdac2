from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from told_company import PAST, Told, tell
from valued_company import AS_OF, CUSTOMERS, company

from cxmodels.clv.counts.base import customer_base
from cxmodels.clv.figures.frequency import repeat_frequency
from cxmodels.clv.figures.grades import expected_by_frequency, holdout_errors
from cxmodels.clv.figures.purchases import who_still_buys
from cxmodels.clv.figures.tracking import repeat_purchases_tracked
from cxmodels.clv.fits.known import fit_known
from cxmodels.clv.forecasts.forecast import forecast
from cxmodels.clv.grading.monthly import last_month
from cxmodels.clv.grading.replay import replay
from cxmodels.clv.page import estimates as page
from cxmodels.clv.page.checks import judge
from cxmodels.clv.page.findings import about
from cxmodels.clv.page.tables import (
    coverage_table,
    fits_in_numbers,
    group_table,
    holdout_in_words,
    holdout_table,
    parameter_table,
)
from cxmodels.clv.value.base_value import base_value
from cxmodels.look import Figure


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return tell(tmp_path_factory.mktemp("company"))


def test_every_part_of_a_company_with_orders_and_contracts_is_fitted(told: Told) -> None:
    assert all(fit is not None for fit in told.known.all)
    assert told.known.why_not == {}


def test_the_replay_counts_what_the_study_has(told: Told) -> None:
    counted = told.replay
    day_after = pd.Timestamp(counted.made_on + timedelta(days=1))
    orders = told.snapshot.orders.to_pandas()
    first = orders.groupby("customer_id")["ordered_at"].min()
    known = first[first < day_after].index
    since = orders[orders["customer_id"].isin(known) & (orders["ordered_at"] >= day_after)]
    days = since.assign(day=since["ordered_at"].dt.date).drop_duplicates(["customer_id", "day"])
    assert counted.customers == len(known)
    assert counted.came == len(days)
    assert counted.spent is not None
    assert counted.spent.came == pytest.approx(since["amount"].sum())
    assert counted.spent.total.unit == "EUR"


def test_the_days_that_are_tracked_are_those_of_the_study(told: Told) -> None:
    orders = told.snapshot.orders.to_pandas()
    days = orders.assign(day=orders["ordered_at"].dt.date).drop_duplicates(["customer_id", "day"])
    repeats = len(days) - days["customer_id"].nunique()
    assert told.tracking.table["seen"].iloc[-1] == repeats
    assert told.tracking.as_of == AS_OF
    assert told.tracking.made_on == told.replay.made_on


def test_last_months_forecast_is_of_last_month(told: Told) -> None:
    graded = last_month(told.snapshot)
    assert graded is not None
    assert (graded.made_on.isoformat(), graded.as_of) == ("2026-08-31", AS_OF)
    orders = told.snapshot.orders.to_pandas()
    first = orders.groupby("customer_id")["ordered_at"].min()
    old = first[first < "2026-09-01"].index
    month = orders[orders["customer_id"].isin(old) & (orders["ordered_at"] >= "2026-09-01")]
    days = month.assign(day=month["ordered_at"].dt.date).drop_duplicates(["customer_id", "day"])
    assert graded.came == len(days)


def test_figures_of_the_month_have_names_and_intervals_that_hold_them(told: Told) -> None:
    found = page.estimates(told.value, told.made, year=told.year, best=told.best, groups=told.groups)
    found |= page.marks(told.replay, told.tracking) | page.parameters(*told.known.all)
    assert {
        "clv.base_value", "clv.value_per_customer", "clv.alive", "clv.purchases_12m", "clv.top20_share",
        "clv.holdout_mae", "clv.holdout_correlation", "clv.tracking_error", "clv.coverage_90",
        "clv.parameter.bg_nbd.r", "clv.parameter.gamma_gamma.p", "clv.parameter.sbg.alpha",
        "clv.value_per_customer.region.North",
    } <= set(found)  # fmt: skip
    assert found["clv.base_value"].value == pytest.approx(
        found["clv.base_value.orders"].value + found["clv.base_value.contracts"].value
    )
    each = found["clv.value_per_customer"]
    assert each.value * told.value.customers == pytest.approx(found["clv.base_value"].value)
    assert found["clv.alive"].value < CUSTOMERS
    assert all(np.isfinite(estimate.value) for estimate in found.values())


def test_groups_too_small_to_be_shown_leave_no_figure(told: Told) -> None:
    hidden = replace(told.groups, min_cell=10 * CUSTOMERS)
    found = page.estimates(told.value, told.made, groups=hidden)
    assert not any("region" in name for name in found)
    assert not len(group_table(hidden))


def test_cards_are_four_at_most_and_have_their_history(told: Told) -> None:
    found = page.estimates(told.value, told.made, year=told.year, best=told.best)
    past = page.history(told.value, PAST, "2026-09")
    cards = page.key_figures(found, past)
    assert len(cards) == 4
    assert cards[0]["title"] == "Value of today’s customers"
    history = cards[0]["history"]
    assert isinstance(history, pd.DataFrame)
    assert history["month"].tolist() == ["2026-07", "2026-08", "2026-09"]
    assert history["value"].iloc[-1] == found["clv.base_value"].value
    each = past["clv.value_per_customer"]
    assert each["value"].tolist()[:2] == [22.5, 23.2]
    assert each["high"].iloc[0] == pytest.approx(25.0)
    assert page.history(told.value, PAST.iloc[:0], "2026-09") == {}


def test_tables_tell_every_parameter_and_every_forecast(told: Told) -> None:
    parameters = parameter_table(*told.known.all)
    assert parameters["model"].tolist() == ["BG/NBD"] * 4 + ["Gamma-Gamma"] * 3 + ["Shifted beta-geometric"] * 2
    assert fits_in_numbers(*told.known.all).count("log-likelihood") == 3
    assert holdout_table(told.replay)["forecast"].tolist() == ["Naive, x·t/T", "All alike", "BG/NBD, used"]
    assert coverage_table(told.replay)["what"].tolist() == ["Purchases"] * 2 + ["Money spent"] * 2
    assert "no other model was graded" in holdout_in_words(told.replay)
    assert "They were expected to spend €" in holdout_in_words(told.replay)
    regions = group_table(told.groups)
    assert regions["group"].tolist() == ["Region: North", "Region: South"]
    assert regions["customers"].sum() == told.value.customers


def test_the_verdict_of_a_company_has_a_check_of_every_part(told: Told) -> None:
    verdict = judge(
        *told.known.all, replay=told.replay, tracking=told.tracking, frequency=told.frequency,
        last_month=last_month(told.snapshot),
    )  # fmt: skip
    names = [check.name for check in verdict.checks]
    assert len(names) == len(set(names)) == 13
    assert {"Retention in contracts", "Last month’s forecast", "Tracking of repeat purchases"} <= set(names)


def test_every_figure_states_a_finding_and_says_what_it_shows(told: Told) -> None:
    assert told.known.purchases is not None
    figures: list[Figure] = [
        holdout_errors(told.replay),
        expected_by_frequency(told.replay.used, 5),
        repeat_frequency(told.frequency, 5),
        repeat_purchases_tracked(told.tracking),
        who_still_buys(told.known.purchases),
    ]
    for figure in figures:
        assert any(letter.isdigit() for letter in figure.title)
        assert len(figure.alt) > len(figure.title) / 2
        assert "nan" not in (figure.title + figure.alt + figure.note)
        assert figure.webp()[:4] == b"RIFF"


def test_figures_of_few_customers_draw_none_too_small(told: Told) -> None:
    none = expected_by_frequency(told.replay.used, 10 * CUSTOMERS)
    assert "Too few customers" in none.title
    hidden = repeat_frequency(told.frequency, 10 * CUSTOMERS)
    assert str(told.frequency.table["seen"].max()) not in hidden.alt
    assert "not drawn" in hidden.note
    seen = told.frequency.table["seen"].sort_values()
    # one class alone is too small: the next smallest is left out too, or the sum of all would tell it
    one = repeat_frequency(told.frequency, int(seen.iloc[0]) + 1)
    assert one.alt.count("too few to be told") >= 2
    few = told.replay.used.classes["n"].sort_values()
    one = expected_by_frequency(told.replay.used, int(few.iloc[0]) + 1)
    assert one.alt.count("expected") <= len(few) - 2


def test_a_month_ago_with_too_few_who_had_bought_again_is_not_graded(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    snapshot = company(tmp_path_factory.mktemp("few"), min_cell=CUSTOMERS).snapshot("2026-09")
    assert last_month(snapshot) is None


def test_a_company_without_contracts_or_repeat_purchases_says_what_it_lacks(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    snapshot = company(tmp_path_factory.mktemp("once"), again=False).snapshot("2026-09")
    known = fit_known(snapshot)
    assert (known.purchases, known.spend) == (None, None)
    assert known.retention is not None
    assert {"purchases", "spend"} == set(known.why_not)
    assert replay(snapshot, known.counts) is None
    assert last_month(snapshot) is None
    assert page.within_a_year(customer_base(snapshot), None) is None
    made = forecast(customer_base(snapshot), *known.all, horizon_months=24, discount_rate=0.1, draws=50)
    found = page.estimates(base_value(made), made)
    assert "clv.alive" not in found
    assert "No model of purchases" in " ".join(about(made, known))


def test_a_history_shorter_than_eight_weeks_is_not_replayed(told: Told) -> None:
    assert replay(told.snapshot, told.known.counts, models=("bg_nbd",)) is not None
    assert told.known.counts is not None
    young = told.known.counts.frame[told.known.counts.frame["T"] < 50]
    assert replay(told.snapshot, replace(told.known.counts, frame=young)) is None
