"""Invariance of composites: against whole tables fitted one by one, and on groups whose difference is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue, TooFewRespondents
from cxmodels.loyalty.pls.fit import fit_pls
from cxmodels.loyalty.quality.micom import Micom, micom
from cxmodels.loyalty.syntax.path_model import PathModel

MODEL = PathModel("X =~ a + b + c\nY =~ d + e + f\nY ~ X")
ITEMS = list("abcdef")
ALIKE = (0.8, 0.8, 0.8)


def respondents(n: int, weighs: tuple[float, ...] = ALIKE, *, mean: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """Return answers to three items of X, with these loadings, and three of Y, which X moves."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal(n)
    y = 0.6 * x + 0.8 * generator.standard_normal(n)
    loadings = dict(zip(ITEMS, (*weighs, *ALIKE), strict=True))
    return pd.DataFrame(
        {
            item: loading * ((x if item in "abc" else y) + mean * (item in "abc"))
            + np.sqrt(1 - loading**2) * generator.standard_normal(n)
            for item, loading in loadings.items()
        }
    )


def both(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([one.assign(group="one"), other.assign(group="two")], ignore_index=True)


def compared(one: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    """Return what MICOM compares, from tables of respondents: correlation, mean difference, log variance ratio."""
    pooled = pd.concat([one, other], ignore_index=True)
    z = (pooled - pooled.mean()) / pooled.std(ddof=0)
    fits = [fit_pls(MODEL, table[ITEMS]) for table in (one, other, pooled)]
    found = []
    for construct in ("X", "Y"):
        scores = []
        for fit in fits:
            rows = fit.weights[fit.weights["construct"] == construct].set_index("item")["weight"]
            scores.append(z[rows.index].to_numpy() @ rows.to_numpy())
        first = np.arange(len(pooled)) < len(one)
        own, others = scores[2][first], scores[2][~first]
        correlation = np.corrcoef(scores[0], scores[1])[0, 1]
        found.append((correlation, own.mean() - others.mean(), np.log(own.var() / others.var())))
    return np.array(found)


@pytest.fixture(scope="module")
def differing() -> Micom:
    return micom(
        MODEL, both(respondents(250), respondents(250, (0.9, 0.2, 0.8), mean=0.5, seed=1)), "group", ("one", "two")
    )


def test_what_is_compared_is_that_of_whole_tables() -> None:
    one, other = respondents(150), respondents(120, (0.9, 0.4, 0.8), mean=0.3, seed=1)
    found = micom(MODEL, both(one, other), "group", ("one", "two"), permutations=1).constructs
    expected = compared(one, other)
    columns = ["correlation", "mean_difference", "log_variance_ratio"]
    np.testing.assert_allclose(found[columns].to_numpy(), expected, atol=1e-6)


@pytest.mark.slow
def test_chance_is_that_of_respondents_who_change_groups() -> None:
    one, other = respondents(100), respondents(100, seed=1)
    found = micom(MODEL, both(one, other), "group", ("one", "two"), permutations=2000).constructs
    generator, pooled, drawn = np.random.default_rng(3), pd.concat([one, other], ignore_index=True), []
    for _ in range(60):
        order = generator.permutation(200)
        drawn.append(compared(pooled.iloc[order[:100]], pooled.iloc[order[100:]]))
    chance = np.array(drawn)
    # standard deviations from 60 tables are good to a tenth; those of the limits are theirs times 3.92
    mean_width = (found["mean_high"] - found["mean_low"]) / 3.92
    ratio_width = (found["variance_high"] - found["variance_low"]) / 3.92
    np.testing.assert_allclose(mean_width / chance[:, :, 1].std(axis=0), 1, atol=0.3)
    np.testing.assert_allclose(ratio_width / chance[:, :, 2].std(axis=0), 1, atol=0.3)
    # one less the correlation is nearly a chi² of two degrees of freedom, whose 95 % is three times its mean
    ratio = (1 - found["correlation_least"]) / (1 - chance[:, :, 0]).mean(axis=0)
    np.testing.assert_allclose(ratio, 3, atol=1)


def test_groups_of_one_population_are_invariant() -> None:
    found = micom(MODEL, both(respondents(250), respondents(250, seed=1)), "group", ("one", "two"))
    assert found.constructs["invariance"].tolist() == ["full", "full"]
    assert found.paths_comparable
    assert (found.permutations, found.failed) == (1000, 0)


def test_items_that_weigh_otherwise_are_found(differing: Micom) -> None:
    rows = differing.constructs.set_index("construct")
    assert rows["invariance"].to_dict() == {"X": "none", "Y": "full"}
    assert rows.loc["X", "correlation"] < rows.loc["X", "correlation_least"]
    # none of a thousand permutations, and the sample itself
    assert rows.loc["X", "correlation_p"] == pytest.approx(1 / 1001)
    assert not differing.paths_comparable


def test_a_difference_of_means_alone_is_partial_invariance() -> None:
    found = micom(MODEL, both(respondents(300, mean=0.5), respondents(300, seed=1)), "group", ("one", "two"))
    row = found.constructs.iloc[0]
    assert row["invariance"] == "partial"
    assert row["mean_difference"] > row["mean_high"]
    assert found.paths_comparable


def test_the_same_respondents_twice_do_not_differ() -> None:
    found = micom(MODEL, both(respondents(120), respondents(120)), "group", ("one", "two"), permutations=200).constructs
    assert found["correlation"].tolist() == pytest.approx([1.0, 1.0])
    assert found["mean_difference"].tolist() == pytest.approx([0.0, 0.0], abs=1e-12)
    assert (found[["correlation_p", "mean_p", "variance_p"]] == 1).all(axis=None)


def test_turning_the_groups_round_turns_the_differences() -> None:
    frame = both(respondents(150), respondents(150, mean=0.4, seed=1))
    one, other = (
        micom(MODEL, frame, "group", order, permutations=50).constructs for order in (("one", "two"), ("two", "one"))
    )
    assert one["mean_difference"].tolist() == pytest.approx((-other["mean_difference"]).tolist())
    assert one["correlation"].tolist() == pytest.approx(other["correlation"].tolist())


def test_equal_answers_of_many_are_those_of_each() -> None:
    frame = both(respondents(150), respondents(150, seed=1))
    coarse = frame.assign(**{item: frame[item].round() for item in ITEMS})
    answers = answers_of(coarse, ITEMS, by=("group",))
    assert len(answers.frame) < len(coarse)
    found = micom(MODEL, answers, "group", ("one", "two"), permutations=1).constructs
    expected = compared(*(rows[ITEMS] for _, rows in coarse.groupby("group")))
    np.testing.assert_allclose(found["mean_difference"], expected[:, 1], atol=1e-6)


def rejected(samples: int, permutations: int) -> float:
    """Share of tests of invariant groups, correlation and both differences of X, that find one at 10 %."""
    found = []
    for number in range(samples):
        frame = both(respondents(100, seed=2 * number), respondents(100, seed=2 * number + 1))
        row = micom(MODEL, frame, "group", ("one", "two"), permutations=permutations, level=0.1, seed=number).constructs
        found += (row.loc[0, ["correlation_p", "mean_p", "variance_p"]] <= 0.1).tolist()
    return float(np.mean(found))


@pytest.mark.slow
def test_invariant_groups_are_told_apart_as_often_as_the_level_says() -> None:
    # 600 tests, of which .1 plus or minus .04 is more than three standard errors
    assert 0.06 <= rejected(200, 300) <= 0.14


def test_what_cannot_be_compared_is_refused() -> None:
    frame = both(respondents(50), respondents(6, seed=1))
    with pytest.raises(TooFewRespondents, match="at least 7 respondents who answered all 6 items; 'two' has fewer"):
        micom(MODEL, frame, "group", ("one", "two"))
    with pytest.raises(InvalidValue, match="groups must be two levels of 'group'"):
        micom(MODEL, frame, "group", ("one", "one"))
    with pytest.raises(InvalidAnswers, match="three"):
        micom(MODEL, frame, "group", ("one", "three"))
    with pytest.raises(InvalidValue, match="permutations must be a whole number from 1, found 0"):
        micom(MODEL, frame, "group", ("one", "two"), permutations=0)
    with pytest.raises(InvalidValue, match="level must lie between 0 and 1"):
        micom(MODEL, frame, "group", ("one", "two"), level=1.0)
