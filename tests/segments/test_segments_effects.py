"""Effect sizes are those of the literature, agree with other implementations, and hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.stats.contingency import association

from cxmodels.segments.profiles.effects import Moments, cramers_v, hedges_g, share_difference
from cxmodels.segments.profiles.members import of_the_rest


def of(values: np.ndarray, axis: int = -1) -> Moments:
    shape = values.mean(axis=axis).shape
    return Moments(np.full(shape, values.shape[axis]), values.mean(axis=axis), values.var(axis=axis, ddof=1))


def test_hedges_g_is_that_of_the_textbook() -> None:
    # Borenstein et al. (2009), Introduction to Meta-Analysis, chapter 4: g = .5924, its standard error .2028 with the
    # variances taken as equal, which they are not quite
    found = hedges_g(Moments(*np.array([50, 103, 5.5**2])), Moments(*np.array([50, 100, 4.5**2])))
    assert found.size == pytest.approx(0.5924, abs=5e-5)
    assert (found.high - found.low) / (2 * 1.95996) == pytest.approx(0.2028, abs=5e-4)
    assert found.p == pytest.approx(stats.ttest_ind_from_stats(103, 5.5, 50, 100, 4.5, 50, equal_var=False).pvalue)
    # with equal variances its variance is that of Hedges and Olkin (1985)
    same = hedges_g(Moments(*np.array([20, 1.0, 4.0])), Moments(*np.array([30, 0.0, 4.0])))
    shrink = same.size / 0.5
    expected = shrink * np.sqrt(50 / 600 + 0.5**2 / (2 * 50))
    assert (same.high - same.low) / (2 * 1.959964) == pytest.approx(expected, rel=1e-6)


def test_the_interval_of_g_holds_the_truth_where_sizes_and_variances_differ() -> None:
    random = np.random.default_rng(3)
    small, large = random.normal(1.0, 2.0, (4_000, 40)), random.normal(0.0, 1.0, (4_000, 260))
    found = hedges_g(of(small), of(large))
    pooled = np.sqrt((39 * 4 + 259 * 1) / 298)
    assert 0.935 < ((found.low < 1 / pooled) & (1 / pooled < found.high)).mean() < 0.965
    assert found.size.mean() == pytest.approx(1 / pooled, rel=0.03)


def test_groups_of_one_and_groups_that_are_all_alike_have_no_size() -> None:
    found = hedges_g(
        Moments(np.array([1.0, 5.0]), np.array([1.0, 2.0]), np.array([np.nan, 0.0])),
        Moments(np.array([9.0, 9.0]), np.array([0.0, 2.0]), np.array([1.0, 0.0])),
    )
    assert np.isnan(found.size).all()
    assert np.isnan(found.p).all()


def test_the_difference_of_shares_is_that_of_newcombe() -> None:
    # Newcombe (1998), table II, contrast (a), method 10: 56/70 − 48/80 = .2000, .0524 to .3339
    assert share_difference(56, 70, 48, 80) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_cramers_v_agrees_with_scipy_and_its_limits_invert_the_noncentral_chi_squared() -> None:
    table = np.array([[30, 10, 5], [20, 25, 9]])
    v, low, high, p = cramers_v(table)
    assert v == pytest.approx(association(table, method="cramer"))
    assert p == pytest.approx(stats.chi2_contingency(table).pvalue)
    n = table.sum()
    assert stats.ncx2.cdf(n * v**2, 2, n * low**2) == pytest.approx(0.975)
    assert stats.ncx2.cdf(n * v**2, 2, n * high**2) == pytest.approx(0.025)
    assert np.isnan(cramers_v([[3, 0], [4, 0]])).all()


def test_the_interval_of_v_holds_the_truth() -> None:
    random = np.random.default_rng(5)
    one, two = np.array([0.5, 0.3, 0.2]), np.array([0.3, 0.3, 0.4])
    truth = cramers_v(np.array([0.3 * one, 0.7 * two]) * 1e6)[0]
    drawn = random.multinomial(800, np.concatenate([0.3 * one, 0.7 * two]), size=1_500).reshape(-1, 2, 3)
    limits = np.array([cramers_v(table)[1:3] for table in drawn])
    assert 0.93 < ((limits[:, 0] <= truth) & (truth <= limits[:, 1])).mean() < 0.97


def test_the_rest_is_everybody_else() -> None:
    random = np.random.default_rng(1)
    groups = [random.normal(place, 1 + place, (size, 2)) for place, size in enumerate((5, 9, 1))]
    # the variance of one value is not known, and adds nothing
    parts = [of(group, axis=0) for group in groups[:2]] + [Moments(np.ones(2), groups[2][0], np.full(2, np.nan))]
    moments = Moments(*(np.array(each) for each in zip(*parts, strict=True)))
    rest = of_the_rest(moments)
    for place in range(3):
        others = np.vstack([group for other, group in enumerate(groups) if other != place])
        assert rest.mean[place] == pytest.approx(others.mean(axis=0))
        assert rest.variance[place] == pytest.approx(others.var(axis=0, ddof=1))
