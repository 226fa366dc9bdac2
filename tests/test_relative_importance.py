"""Shares of an R²: LMG and relative weights, against published values and sums over all orders."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from cxmodels.relative_importance import aliased, drivers

THREE = ["a", "b", "c", "y"]
# drivers' correlations ((1, .3, .5), (.3, 1, .4), (.5, .4, 1)) and (.6, .4, .5) with the target
MATRIX = np.array([[1, 0.3, 0.5, 0.6], [0.3, 1, 0.4, 0.4], [0.5, 0.4, 1, 0.5], [0.6, 0.4, 0.5, 1]])
KNOWN = pd.DataFrame(MATRIX, THREE, THREE)


def r2_of(table: pd.DataFrame, of: tuple[str, ...]) -> float:
    """Share of the variance of y that columns explain, by the normal equations."""
    if not of:
        return 0.0
    to = table.loc[list(of), "y"]
    return float(to @ np.linalg.solve(table.loc[list(of), list(of)], to) / table.loc["y", "y"])


def test_golden_shares_of_three_drivers() -> None:
    found = drivers(KNOWN, "y")
    table = found.table.set_index("driver").loc[["a", "b", "c"]]
    # Johnson (2000) and Lindeman, Merenda & Gold (1980)
    assert found.r2 == pytest.approx(0.441774, abs=5e-7)
    assert table["weight"].tolist() == pytest.approx([0.238098, 0.081266, 0.122410], abs=5e-7)
    assert table["lmg"].tolist() == pytest.approx([0.237472, 0.079615, 0.124688], abs=5e-7)
    assert table["weight"].sum() == pytest.approx(found.r2)
    assert table["correlation"].tolist() == [0.6, 0.4, 0.5]
    assert table["first"].isna().all()


def test_lmg_is_the_mean_gain_over_all_orders() -> None:
    random = np.random.default_rng(3)
    x = random.normal(size=(60, 5)) @ random.normal(size=(5, 5))
    names = list("abcdy")
    table = pd.DataFrame(np.cov(x.T), names, names)
    orders = list(permutations("abcd"))
    expected = {
        name: np.mean(
            [r2_of(table, o[: o.index(name) + 1]) - r2_of(table, o[: o.index(name)]) for o in orders],
        )
        for name in "abcd"
    }
    assert drivers(table, "y").table.set_index("driver")["lmg"].to_dict() == pytest.approx(expected, abs=1e-10)


def test_columns_of_one_driver_enter_together() -> None:
    random = np.random.default_rng(6)
    x = random.normal(size=(80, 5)) @ random.normal(size=(5, 5))
    names = list("abcdy")
    table = pd.DataFrame(np.cov(x.T), names, names)
    own = {"a": "a", "pair": "bd", "c": "c"}
    expected = dict.fromkeys(own, 0.0)
    for order in permutations(own):
        for place, driver in enumerate(order):
            before = tuple("".join(own[each] for each in order[:place]))
            expected[driver] += (r2_of(table, (*before, *own[driver])) - r2_of(table, before)) / 6
    found = drivers(table, "y", together={"pair": ["b", "d"]})
    by_name = found.table.set_index("driver")
    assert by_name["lmg"].to_dict() == pytest.approx(expected, abs=1e-10)
    assert by_name.loc["pair", "correlation"] == pytest.approx(r2_of(table, ("b", "d")) ** 0.5)
    alone = drivers(table, "y").table.set_index("driver")["weight"]
    assert by_name.loc["pair", "weight"] == pytest.approx(alone["b"] + alone["d"])
    assert found.r2 == pytest.approx(r2_of(table, tuple("abcd")))


def test_the_order_of_the_columns_and_their_units_do_not_matter() -> None:
    scale = np.array([2.0, 0.1, 7.0, 3.0])
    turned = KNOWN * np.outer(scale, scale)
    turned = turned.iloc[[3, 1, 0, 2], [3, 1, 0, 2]]
    draws = np.stack([turned.to_numpy()] * 3)
    found = drivers(turned, "y", draws=draws)
    pd.testing.assert_frame_equal(found.table.iloc[:, :3], drivers(KNOWN, "y").table.iloc[:, :3])
    assert found.table["first"].tolist() == [1.0, 0.0, 0.0]
    assert (found.r2_low, found.r2_high) == pytest.approx((found.r2, found.r2))


def test_the_first_column_that_follows_from_others_is_found() -> None:
    random = np.random.default_rng(8)
    x = random.normal(size=(40, 4))
    x[:, 2] = x[:, 0] - 2 * x[:, 1]
    assert aliased(np.cov(x.T)) == 2
    assert aliased(np.cov(x[:, [0, 1, 3]].T)) is None
    assert aliased(np.diag([1.0, 0.0])) == 1


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"target must be one of a, .* found 'z'"):
        drivers(KNOWN, "z")
    with pytest.raises(ValueError, match="1 to 12 drivers, found 0"):
        drivers(KNOWN.iloc[:1, :1], "a")
    with pytest.raises(ValueError, match="same names in the same order"):
        drivers(KNOWN.iloc[::-1], "y")
    with pytest.raises(ValueError, match="positive definite"):
        drivers(pd.DataFrame(np.ones((2, 2)), ["a", "y"], ["a", "y"]), "y")
    with pytest.raises(ValueError, match=r"draws of shape \(draws, 4, 4\)"):
        drivers(KNOWN, "y", draws=np.ones((30, 2, 2)))
    with pytest.raises(ValueError, match="together must name columns, a, b, c, found 'z'"):
        drivers(KNOWN, "y", together={"pair": ["a", "z"]})
