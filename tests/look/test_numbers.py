"""Numbers, months and days are written one way everywhere."""

import math
from datetime import date

import pytest

from cxmodels.estimate import Estimate
from cxmodels.look import dates, numbers

NO_BREAK = "\u00a0"


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (0.1784, "share", "17.8\u202f%"),
        (-0.018, "share", "−1.8\u202f%"),
        (0.99975, "share", "99.98\u202f%"),
        (0.0000051, "share", "0.001\u202f%"),
        (1.0, "share", "100.0\u202f%"),
        (0.0, "share", "0.0\u202f%"),
        (51234, "customers", "51\u202f234"),
        (4.31e6, "EUR", "€\u202f4.31\u202fM"),
        (61_000, "EUR", "€\u202f61.0\u202fk"),
        (12.4, "EUR", "€\u202f12"),
        (-12.4, "SEK", "−\u2060SEK\u202f12"),
        (-0.2, "EUR", "€\u202f0"),
        (6.42, "months", "6.4\u202fmonths"),
        (0.547, "effect", "0.55"),
        (-0.001, "effect", "0.00"),
        (72.16, "score", "72.2"),
        (math.nan, "share", "–"),
    ],
)
def test_a_value_is_written_in_its_unit(value, unit, written):
    assert numbers.value(value, unit) == written


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (0.065, "share", "+6.5\u202f%"),
        (-0.0311, "share", "−3.1\u202f%"),
        (-14_230, "EUR", "−\u2060€\u202f14.2\u202fk"),
        (0.0, "EUR", "€\u202f0"),
        (math.nan, "share", "–"),
    ],
)
def test_a_difference_is_written_with_its_sign_joined_to_it(value, unit, written):
    assert numbers.signed(value, unit) == written


def test_an_interval_does_not_repeat_the_unit():
    assert numbers.interval(Estimate(0.178, 0.169, 0.187, "share", 9)) == "16.9 – 18.7"


@pytest.mark.parametrize(
    ("low", "high", "written"), [(1.5, math.nan, "≥\u00a01.5"), (math.nan, 4.9, "≤\u00a04.9"), (math.nan, math.nan, "")]
)
def test_an_interval_open_on_a_side_says_the_other(low, high, written):
    assert numbers.interval(Estimate(3.1, low, high, "months", 49)) == written


def test_bare_thousands_of_money_are_grouped():
    assert numbers.money(-3648.2, "EUR", like=30.0) == "\u22123\u202f648"


def test_an_interval_of_money_is_said_in_the_size_of_its_value():
    assert numbers.interval(Estimate(1.02e6, 0.94e6, 1.1e6, "EUR", 9)) == "0.94 – 1.10"


def test_a_counted_number_has_no_interval():
    assert numbers.interval(Estimate.exact(5, "rows", 5)) == ""


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        (Estimate(0.2, 0.19, 0.21, "share", 9), Estimate(0.3, 0.29, 0.31, "share", 9), "real fall, P > .99"),
        (Estimate(0.3, 0.29, 0.31, "share", 9), Estimate(0.2, 0.19, 0.21, "share", 9), "real rise, P > .99"),
        (
            Estimate(0.2, 0.19, 0.21, "share", 9),
            Estimate(0.201, 0.191, 0.211, "share", 9),
            f"within noise, sees ±{NO_BREAK}2.0",
        ),
    ],
)
def test_a_change_is_told_as_real_or_as_noise_with_what_could_have_been_seen(now, before, told):
    assert numbers.told(now.change_from(before)) == told


def test_a_change_whose_doubt_is_not_known_is_not_told_as_a_move():
    change = Estimate(0.2, math.nan, math.nan, "share", 9).change_from(Estimate(0.3, 0.29, 0.31, "share", 9))
    assert numbers.told(change) == "doubt not known"
    assert numbers.in_words(change) == "doubt not known, so no move can be told from noise"


def test_months_and_days_are_written_out():
    assert dates.month("2026-09") == "September 2026"
    assert dates.month("2026-09", year=False) == "September"
    assert dates.day(date(2026, 2, 3)) == dates.day("2026-02-03") == "3 February 2026"
