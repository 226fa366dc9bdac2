"""The sentences of the page of customer value."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from told_company import PAST, Told, plain, tell

from cxmodels.clv.page import estimates as page
from cxmodels.clv.page.findings import about, doubt, held_likely, horizon, lead, stakes, title, what_moved
from cxmodels.clv.value.at_risk import SilentValue, ValueAtRisk
from cxmodels.clv.value.base_value import base_value
from cxmodels.clv.value.bridge import Bridge
from cxmodels.estimate import Estimate


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return tell(tmp_path_factory.mktemp("company"))


def test_the_title_says_the_value_and_how_much_of_it_the_best_hold_as_found(told: Told) -> None:
    said = plain(title(told.value, told.best))
    assert said.startswith("Today’s customers are worth € ")
    assert "over two years; the best 20 % hold" in said
    share = told.best.named_share
    assert share is not None
    assert f"{100 * share.value:.0f}" in said
    assert "80" not in title(told.value, None)


def test_money_without_a_margin_on_record_is_called_revenue(told: Told) -> None:
    revenue = replace(told.value, money="revenue")
    assert "will pay an expected" in title(revenue)
    assert "of revenue (no margin is on record) within two years" in lead(revenue, None, PAST)
    assert "of margin within" in lead(told.value, None, PAST)
    titles = [card["title"] for card in page.key_figures(page.estimates(revenue, told.made), {}, revenue.money)]
    assert titles[:2] == ["Future revenue of today’s customers", "Future revenue a customer"]


def test_value_is_margin_revenue_or_both_by_what_is_on_record(told: Told) -> None:
    base = told.made.base
    ordered = replace(told.made, margin_rate=None)
    assert base_value(told.made).money == "margin"
    assert base_value(ordered).money == "both"
    running = int(told.made.cells.loc[told.made.cells["margin"].notna(), "n"].sum())
    assert base_value(replace(ordered, base=replace(base, fees_alone=running))).money == "revenue"
    assert base_value(replace(told.made, base=replace(base, fees_alone=1))).money == "both"
    shop = replace(ordered, ahead=replace(told.made.ahead, contracts=None))
    assert base_value(shop).money == "revenue"


def test_what_an_interval_of_one_model_leaves_out_is_told_with_it(told: Told) -> None:
    rivals = pd.DataFrame({"model": ["MBG/NBD", "Pareto/NBD"], "value": [1.0, 1.0], "apart": [-0.03, 0.071]})
    assert told.replay.spent is not None
    exact = replace(told.replay, spent=replace(told.replay.spent, came=told.replay.spent.total.value))
    assert doubt(exact, None) == doubt(None, None) == doubt(exact, rivals[:1]) == ""
    assert plain(doubt(exact, rivals)) == (
        "The interval takes the model as right: Pareto/NBD, which forecast as well, says 7 % more."
    )
    low = replace(told.replay, spent=replace(told.replay.spent, came=2 * told.replay.spent.total.value))
    assert "was 50 % too low; Pareto/NBD" in plain(doubt(low, rivals))
    uncounted = replace(low, spent=None)
    off = uncounted.used.errors["total_error"]
    assert bool(doubt(uncounted, None)) == (abs(off) > 0.1)
    assert doubt(low, rivals) in lead(told.value, told.best, PAST, low, rivals)


def test_the_lead_says_whether_a_move_is_noise(told: Told) -> None:
    said = plain(lead(told.value, told.best, PAST))
    assert said.count("<b>") == said.count("</b>")
    assert "From what was known in August 2026 it was € 9.50 k: " in said
    assert "The best 20 % are expected to bring" in said
    assert "no earlier month" in lead(told.value, None, PAST.iloc[:0])


@pytest.mark.parametrize(
    ("months", "words"), [(36, "three years"), (12, "one year"), (1, "one month"), (18, "18 months")]
)
def test_a_horizon_is_told_in_words(months: float, words: str) -> None:
    assert horizon(months) == words


def test_what_was_counted_and_assumed_is_said(told: Told) -> None:
    said = about(told.made, told.known, told.replay, "Anything else.")
    words = plain(" ".join(said))
    assert "500 customers bought" in words
    assert "40.0 % count as margin" in words
    assert said[-1] == "<b>Not good for:</b> Anything else."
    assert "too short" not in words
    assert "too short" in " ".join(about(told.made, told.known, None))


def test_priors_are_said_in_a_sentence_each(told: Told) -> None:
    said = held_likely(told.known)
    assert [words.split(" was seen (")[0] for words in said] == [
        "Held likely before any purchase", "Held likely before any payment",
    ]  # fmt: skip
    assert "BG/NBD" in said[0]


def test_a_part_that_could_not_be_fitted_says_why_without_naming_a_function(told: Told) -> None:
    missing = replace(told.known, spend=None, why_not={"spend": "fit_spend: nobody paid twice, found 0"})
    assert "No model of spend: nobody paid twice, found 0." in about(told.made, missing, told.replay)


def test_what_is_at_stake_is_told_in_money_and_of_enough_customers() -> None:
    money = Estimate(1200.0, 1000.0, 1400.0, "EUR", 300)
    risk = ValueAtRisk("", money, Estimate(0.12, 0.1, 0.14, "share", 300), Estimate(0.4, 0.3, 0.5, "share", 300))
    silent = SilentValue(
        Estimate.exact(80, "customers", 300), Estimate(50.0, 40.0, 60.0, "EUR", 80), contracts=True, min_cell=10
    )
    hang, stopped = map(plain, stakes(risk, silent))
    assert "€ 1.20 k" in hang
    assert "40 % of it hangs on the tenth" in hang
    assert "<b>80</b> customers without a contract have" in stopped
    assert "80" not in stakes(risk, replace(silent, min_cell=100))[1]
    assert stakes(ValueAtRisk("No chances."), None) == ["No chances."]
    (shop,) = stakes(None, replace(silent, contracts=False))
    assert "<b>80</b> customers have probably stopped buying" in shop


def test_a_count_of_customers_left_out_is_not_told_where_it_is_small(told: Told) -> None:
    few = replace(told.made, base=replace(told.made.base, without=2))
    assert "Fewer than 5 customers never ordered" in " ".join(about(few, told.known))
    some = replace(told.made, base=replace(told.made.base, without=7))
    assert "7 customers never ordered" in " ".join(about(some, told.known))


def test_only_steps_beyond_chance_are_said_to_have_moved_the_value_the_largest_first() -> None:
    steps = pd.DataFrame(
        {"title": ["A month went by", "New customers", "What they pay"], "value": [-900.0, 1500.0, -4000.0]}
    )
    told = Bridge("", steps=steps.assign(real=[False, True, True]), currency="EUR")
    assert plain(what_moved(told)) == "Of it, what they pay \u2212\u2060€ 4.00 k, new customers +\u2060€ 1.50 k."
    assert what_moved(replace(told, steps=steps.assign(real=False))) == ""
    assert what_moved(Bridge("No month before.")) == ""
