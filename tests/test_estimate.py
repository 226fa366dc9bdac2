"""Estimates and the changes between them."""

import math

import numpy as np
import pytest
from scipy.stats import beta

from cxmodels.estimate import Estimate, share_limits


def normal_estimate(value: float, error: float, n: int = 100) -> Estimate:
    margin = 1.959963984540054 * error
    return Estimate(value, value - margin, value + margin, "share", n)


def test_an_interval_must_hold_its_value():
    with pytest.raises(ValueError, match=r"low <= value <= high is required, found 0\.3, 0\.2, 0\.4"):
        Estimate(0.2, 0.3, 0.4, "share", 10)


def test_a_level_is_a_probability():
    with pytest.raises(ValueError, match="between 0 and 1, found 95"):
        Estimate(0.2, 0.1, 0.3, "share", 10, level=95)


def test_the_standard_error_comes_back_from_the_interval():
    assert normal_estimate(0.2, 0.05).standard_error == pytest.approx(0.05)


def test_a_counted_number_has_no_doubt():
    now, before = Estimate.exact(12, "rows", 12), Estimate.exact(11, "rows", 11)
    assert now.standard_error == 0
    assert now.change_from(before).real
    assert now.change_from(now).probability == 0.5
    assert not now.change_from(now).real


@pytest.mark.parametrize("sides", [(math.nan, math.nan), (0.19, math.nan)])
def test_a_figure_whose_doubt_is_not_known_has_not_moved(sides):
    change = Estimate(0.2, *sides, "share", 9).change_from(normal_estimate(0.3, 0.01))
    assert not change.real
    assert math.isnan(change.visible)


def test_a_change_in_other_units_is_refused():
    with pytest.raises(ValueError, match="found 'share' now and 'rows' before"):
        normal_estimate(0.2, 0.1).change_from(Estimate.exact(3, "rows", 3))


def test_errors_of_a_difference_add_in_squares():
    change = normal_estimate(0.5, 0.03).change_from(normal_estimate(0.4, 0.04))
    assert change.difference.standard_error == pytest.approx(0.05)
    assert change.visible == pytest.approx((1.959963984540054 + 0.8416212335729143) * 0.05)
    assert change.probability == pytest.approx(0.5 * (1 + math.erf(2 / math.sqrt(2))))
    assert change.real


def test_pure_noise_is_called_a_real_move_in_one_month_of_twenty():
    draws = np.random.default_rng(7).normal(0.2, 0.01, size=(4000, 2))
    called = [normal_estimate(now, 0.01).change_from(normal_estimate(before, 0.01)).real for now, before in draws]
    assert np.mean(called) == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / 4000))


def test_a_move_as_large_as_can_be_seen_is_called_real_in_four_months_of_five():
    size = normal_estimate(0.2, 0.01).change_from(normal_estimate(0.2, 0.01)).visible
    draws = np.random.default_rng(8).normal([0.2 + size, 0.2], 0.01, size=(4000, 2))
    called = [normal_estimate(now, 0.01).change_from(normal_estimate(before, 0.01)).real for now, before in draws]
    assert np.mean(called) == pytest.approx(0.8, abs=3 * math.sqrt(0.8 * 0.2 / 4000))


def test_shares_have_the_limits_of_jeffreys_prior():
    assert share_limits(12, 80) == pytest.approx(beta.ppf([0.025, 0.975], 12.5, 68.5))
    assert share_limits(12, 80, 0.8) == pytest.approx(beta.ppf([0.1, 0.9], 12.5, 68.5))
    low, high = share_limits([0, 5, 0], [5, 5, 0])
    assert (low[0], high[1]) == (0, 1)
    assert np.isnan([low[2], high[2]]).all()
