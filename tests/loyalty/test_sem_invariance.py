"""The ladder of measurement invariance against lavaan, and on groups whose difference is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mobi_data import mobi
from sem_models import ABILITIES, moments_in

from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue, TooFewRespondents
from cxmodels.loyalty.ml.invariance import Invariance, invariance
from cxmodels.loyalty.syntax.path_model import PathModel

# lavaan 0.6-14, cfa(HS.model, HolzingerSwineford1939, group = "school", group.equal = ...)
LADDER = pd.DataFrame(
    [
        ("configural", 60, 115.8513439, 48, 1.545283084e-07, 0.9233983804, 0.8850975706, 0.09691485677, 0.07450528677,
         0.1195828259, 0.06786401175, 7484.395024, 7706.821640),
        ("metric", 54, 124.0435442, 54, 1.962798201e-07, 0.9209234686, 0.8945646248, 0.09283653587, 0.07139613180,
         0.1144111023, 0.07165158379, 7480.587224, 7680.771179),
        ("scalar", 48, 164.1028309, 60, 1.296140972e-11, 0.8824718127, 0.8589661752, 0.10737109809, 0.08790385949,
         0.1271943798, 0.08244705858, 7508.646511, 7686.587804),
        ("strict", 39, 181.5113452, 69, 4.646394380e-12, 0.8729789157, 0.8674562599, 0.10408912633, 0.08577498410,
         0.1226813659, 0.08826264954, 7508.055026, 7652.632326),
        ("means", 36, 221.3350818, 72, 0.000000000e+00, 0.8314062998, 0.8314062998, 0.11739414144, 0.09997710511,
         0.1351716326, 0.11404096531, 7541.878762, 7675.334732),
    ],
    columns=["level", "parameters", "chi_square", "df", "p", "cfi", "tli", "rmsea", "rmsea_low", "rmsea_high", "srmr",
             "aic", "bic"],
)  # fmt: skip
# lavTestScore(...)$uni of the same, third decimal
RELEASED = {
    ("metric", "x2"): 0.668, ("metric", "x3"): 0.516, ("metric", "x5"): 4.649, ("metric", "x6"): 2.712,
    ("metric", "x8"): 0.016, ("metric", "x9"): 0.059,
    ("scalar", "x1"): 5.847, ("scalar", "x2"): 6.863, ("scalar", "x3"): 19.192, ("scalar", "x4"): 2.139,
    ("scalar", "x5"): 1.563, ("scalar", "x6"): 0.032, ("scalar", "x7"): 15.021, ("scalar", "x8"): 4.710,
    ("scalar", "x9"): 1.498,
}  # fmt: skip
TWO = PathModel("Image =~ IMAG1 + IMAG2 + IMAG4 + IMAG5\nSatisfaction =~ CUSA1 + CUSA2 + CUSA3")
ONE = PathModel("F =~ a + b + c + d")


@pytest.fixture(scope="module")
def schools() -> Invariance:
    return invariance(
        ABILITIES, tuple(moments_in("holzinger_swineford", s) for s in ("Pasteur", "Grant-White")), "school"
    )


def two_groups(n: int, *, slope: float = 0.8, intercept: float = 0.0, mean: float = 0.3, seed: int = 1) -> pd.DataFrame:
    """Return answers to four items of one factor, of which `b` is another's in the second group."""
    generator = np.random.default_rng(seed)
    parts = []
    for group, (loading, start, centre) in {"one": (0.8, 0.0, 0.0), "two": (slope, intercept, mean)}.items():
        factor = centre + generator.standard_normal(n)
        scores = {item: 0.8 * factor + 0.6 * generator.standard_normal(n) for item in "acd"}
        scores["b"] = start + loading * factor + 0.6 * generator.standard_normal(n)
        parts.append(pd.DataFrame(scores).assign(group=group))
    return pd.concat(parts, ignore_index=True)


def test_the_ladder_is_that_of_lavaan(schools: Invariance) -> None:
    assert schools.levels["level"].tolist() == LADDER["level"].tolist()
    for name in LADDER.columns[1:]:
        assert schools.levels[name].to_numpy() == pytest.approx(LADDER[name].to_numpy(), rel=1e-6, abs=1e-6), name
    # chisq of a level less that of the one before
    assert schools.levels["delta_chi_square"].iloc[1:].tolist() == pytest.approx(
        np.diff(LADDER["chi_square"]).tolist(), rel=1e-6
    )
    assert schools.levels["delta_df"].iloc[1:].tolist() == [6, 6, 9, 3]


def test_what_holds_is_told_in_words(schools: Invariance) -> None:
    assert schools.levels["holds"].tolist() == [True, True, False, True, False]
    assert schools.highest == "metric"
    assert schools.paths_comparable
    assert not schools.means_comparable
    assert schools.in_words == "Items weigh alike: paths can be compared between the groups, means cannot."


def test_means_of_constructs_are_free_under_equal_intercepts(schools: Invariance) -> None:
    rows = schools.fits["scalar"].estimates
    means = rows[(rows["op"] == "~1") & rows["lhs"].isin(["visual", "textual", "speed"])].set_index(["group", "lhs"])
    assert (means.loc["Pasteur", "coef"] == 0).all()
    # lavaan 0.6-14, parameterEstimates() of the scalar level: estimate and standard error
    other = means.loc["Grant-White"]
    assert other["coef"].tolist() == pytest.approx([-0.1476990580, 0.5763631523, -0.1773502488], abs=2e-5)
    assert other["se"].tolist() == pytest.approx([0.12196813848, 0.11719028192, 0.09013520096], rel=1e-5)
    intercept = rows[(rows["op"] == "~1") & (rows["lhs"] == "x1")]["coef"].tolist()
    assert intercept == pytest.approx([5.0014036142] * 2, abs=2e-5)


def test_score_tests_of_what_is_held_equal_are_those_of_lavaan(schools: Invariance) -> None:
    found = schools.releases.assign(item=lambda rows: rows["rhs"].where(rows["level"] == "metric", rows["lhs"]))
    statistics = found.set_index(["level", "item"])["statistic"]
    for key, expected in RELEASED.items():
        assert statistics[key] == pytest.approx(expected, abs=6e-4), key


def test_the_items_that_break_a_level_are_named(schools: Invariance) -> None:
    breaking = schools.breaking()
    assert breaking["lhs"].tolist() == ["x3", "x7"]
    assert set(breaking["level"]) == {"scalar"}
    # Pasteur's pupils do better on x3 than their visual ability says: the freed intercept of Grant-White is lower
    assert breaking["change"].iloc[0] < 0


def test_with_these_free_the_level_holds() -> None:
    both = tuple(moments_in("holzinger_swineford", school) for school in ("Pasteur", "Grant-White"))
    found = invariance(ABILITIES, both, "school", partial=("x3~1", "x7~1"))
    # lavaan 0.6-14, group.partial = c("x3~1", "x7~1"): the scalar level
    scalar = found.levels.set_index("level").loc["scalar"]
    assert (scalar["chi_square"], scalar["df"]) == (pytest.approx(129.422480331, rel=1e-6), 58)
    assert found.means_comparable


def test_robust_differences_are_those_of_lavaan() -> None:
    frame = mobi().assign(half=np.where(np.arange(250) % 2 == 0, "odd", "even"))
    levels = invariance(TWO, frame, "half", robust=True).levels
    # lavaan 0.6-14, estimator = "MLR": chisq.scaled, cfi.robust, and lavTestLRT(method = "satorra.bentler.2001")
    assert levels["chi_square"].iloc[:3].tolist() == pytest.approx(
        [26.5176280124, 37.1399399697, 43.2632421959], rel=1e-6
    )
    assert levels["cfi"].iloc[:3].tolist() == pytest.approx([0.9985068180, 0.9833144068, 0.9811839766], abs=1e-6)
    # differences of differences: lavaan's own error of 1e-6 in the scaling counts tenfold
    assert levels["delta_chi_square"].iloc[1:3].tolist() == pytest.approx([13.21848875431, 6.18135402661], rel=1e-5)
    assert levels["delta_p"].iloc[1:3].tolist() == pytest.approx([0.0214150957892, 0.2889702767392], abs=1e-5)


def test_groups_that_differ_in_means_alone_are_comparable() -> None:
    found = invariance(ONE, two_groups(600), "group")
    assert found.highest == "strict"
    assert found.means_comparable
    difference = found.fits["strict"].estimates
    mean = difference[(difference["op"] == "~1") & (difference["lhs"] == "F") & (difference["group"] == "two")].iloc[0]
    # the factor's unit is a's loading of .8: .3 standard deviations are .24
    assert mean["low"] < 0.24 < mean["high"]


def test_an_item_that_weighs_otherwise_breaks_the_metric_level() -> None:
    found = invariance(ONE, two_groups(600, slope=0.3), "group")
    assert found.highest == "configural"
    assert not found.paths_comparable
    assert found.breaking()[["lhs", "op", "rhs"]].iloc[0].tolist() == ["F", "=~", "b"]
    assert found.breaking()["change"].iloc[0] < 0


def test_the_marker_itself_can_be_what_breaks_it() -> None:
    model = PathModel("F =~ b + a + c + d")
    assert invariance(model, two_groups(600, slope=0.3), "group").breaking()["rhs"].iloc[0] == "b"


def test_an_item_that_starts_higher_breaks_the_scalar_level() -> None:
    found = invariance(ONE, two_groups(600, intercept=0.6), "group")
    assert found.highest == "metric"
    assert found.breaking()[["lhs", "op"]].iloc[0].tolist() == ["b", "~1"]
    freed = invariance(ONE, two_groups(600, intercept=0.6), "group", partial=("b~1",))
    assert freed.means_comparable


def test_a_model_that_fits_no_group_compares_nothing() -> None:
    frame = two_groups(400).assign(x=lambda rows: rows["a"], y=lambda rows: rows["b"])
    generator = np.random.default_rng(3)
    noise = generator.standard_normal(len(frame))
    frame = frame.assign(a=frame["a"] + noise, d=frame["d"] + 2 * noise, c=frame["c"] - 2 * noise)
    found = invariance(ONE, frame, "group")
    assert found.highest is None
    assert "nothing of them can be compared" in found.in_words


def test_small_groups_are_left_out() -> None:
    frame = pd.concat([two_groups(300), two_groups(2).assign(group="tiny")])
    found = invariance(ONE, frame, "group")
    assert (found.groups, found.left_out) == (("one", "two"), ("tiny",))
    answers = answers_of(frame, ONE.items, by=("group",))
    assert invariance(ONE, answers, "group").levels["chi_square"].tolist() == found.levels["chi_square"].tolist()


def test_three_groups_are_compared_and_each_may_be_released() -> None:
    frame = pd.concat([two_groups(400), two_groups(400, seed=2).query("group == 'two'").assign(group="three")])
    found = invariance(ONE, frame, "group")
    assert found.groups == ("one", "three", "two")
    assert found.levels["delta_df"].iloc[1:].tolist() == [6, 6, 8, 2]
    assert set(found.releases["group"]) == {"one", "two", "three"}


def test_one_group_is_refused() -> None:
    with pytest.raises(TooFewRespondents, match="two groups of 'group'"):
        invariance(ONE, two_groups(100).query("group == 'one'"), "group")
    with pytest.raises(InvalidValue, match="two groups at least are compared, found 1"):
        invariance(ABILITIES, (moments_in("holzinger_swineford", "Pasteur"),), "school")
    with pytest.raises(InvalidAnswers, match="shool"):
        invariance(ONE, two_groups(100), "shool")


def test_missing_answers_count() -> None:
    frame = two_groups(500)
    lacking = frame.assign(b=frame["b"].where(np.arange(len(frame)) % 5 > 0))
    found = invariance(ONE, lacking, "group", missing="fiml")
    assert (found.fits["metric"].n, found.incomplete) == (len(frame), 0)
    assert found.highest == "strict"
    complete = invariance(ONE, lacking, "group")
    assert (complete.fits["metric"].n, complete.incomplete) == (0.8 * len(frame), 0.2 * len(frame))
    with pytest.raises(InvalidValue, match="missing must be 'listwise' or 'fiml', found 'pairwise'"):
        invariance(ONE, lacking, "group", missing="pairwise")


def test_labels_hold_within_each_group_and_not_between_them() -> None:
    frame = two_groups(600, slope=0.3)
    labelled = PathModel("F =~ a + lb*b + c + d\nodd := 2*lb")
    plain = invariance(ONE, frame, "group")
    assert invariance(labelled, frame, "group").levels["chi_square"].tolist() == plain.levels["chi_square"].tolist()
    alike = invariance(PathModel("F =~ a + b + l*c + l*d"), frame, "group")
    # c and d weigh alike in each of two groups: two parameters fewer; one where loadings are equal between groups
    assert (plain.levels["parameters"] - alike.levels["parameters"]).tolist() == [2, 1, 1, 1, 1]
