"""Modification indices against lavaan, and against the chi² of the models they speak of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mobi_data import mobi
from sem_models import ABILITIES, COMPACT, ECSI, moments_in, some_missing

from cxmodels.loyalty.answers.given import given_moments
from cxmodels.loyalty.errors import InvalidValue
from cxmodels.loyalty.ml.fit import fit_ml
from cxmodels.loyalty.ml.freed import holm
from cxmodels.loyalty.ml.modification import modification_indices
from cxmodels.loyalty.syntax.path_model import PathModel

COLUMNS = ["lhs", "op", "rhs", "mi", "epc", "sepc_lv", "sepc_all"]
# lavaan 0.6-14, modindices(cfa(HS.model, HolzingerSwineford1939, optim.method = "BFGS")), reltol = 1e-15
OF_ABILITIES = [
    ("visual", "=~", "x9", 36.41101652229, 0.577021930968, 0.519100232144, 0.515249256711),
    ("x7", "~~", "x8", 34.14510465923, 0.536443845662, 0.536443845662, 0.859150549905),
    ("visual", "=~", "x7", 18.63067565274, -0.421863149521, -0.379516353013, -0.348909282451),
    ("x8", "~~", "x9", 14.94636133709, -0.423095296150, -0.423095296150, -0.805201340940),
    ("textual", "=~", "x3", 9.15091232598, -0.271637975438, -0.268838112483, -0.238099652850),
    ("x2", "~~", "x7", 8.91802237034, -0.182725462693, -0.182725462693, -0.191930234083),
]
# the same of the whole customer satisfaction index on mobi by nlminb, first loadings fixed to 1
OF_ECSI = [
    ("IMAG2", "~~", "PERQ2", 48.31158390411, 1.033652460642, 1.033652460642, 0.453875897113),
    ("CUEX3", "~~", "PERQ1", 23.37642967102, 0.578988901575, 0.578988901575, 0.331007558988),
    ("IMAG2", "~~", "PERQ7", 20.12336898217, -0.534434956253, -0.534434956253, -0.305431010483),
    ("PERQ4", "~~", "PERQ6", 18.65831935511, 0.408903773954, 0.408903773954, 0.300338294335),
]


@pytest.fixture(scope="module")
def abilities() -> pd.DataFrame:
    fit = fit_ml(ABILITIES, moments_in("holzinger_swineford"))
    return modification_indices(fit).table


def test_they_are_those_of_lavaan(abilities: pd.DataFrame) -> None:
    # 18 loadings and 36 covariances; a model without paths has none to add
    assert len(abilities) == 54
    for row, expected in zip(abilities[COLUMNS].itertuples(index=False), OF_ABILITIES, strict=False):
        assert tuple(row[:3]) == expected[:3]
        assert row[3] == pytest.approx(expected[3], rel=1e-6)
        # what is standardised is as near as the estimates it is standardised by
        assert list(row[4:]) == pytest.approx(list(expected[4:]), rel=2e-6)


def test_of_the_degenerate_index_they_are_those_of_lavaan() -> None:
    found = modification_indices(fit_ml(ECSI, mobi()), additions=["=~", "~~"]).table
    for row, expected in zip(found[COLUMNS].itertuples(index=False), OF_ECSI, strict=False):
        assert tuple(row[:3]) == expected[:3]
        # lavaan stops 1e-6 from the maximum, which is flat here
        assert list(row[3:]) == pytest.approx(list(expected[3:]), rel=1e-5)
    residual = found.set_index(["lhs", "op", "rhs"]).loc[("CUSA3", "~~", "CUSCO")]
    assert residual["mi"] == pytest.approx(8.28443, rel=1e-4)
    assert np.isnan(residual["sepc_all"])  # the only item of a construct has no residual


def test_paths_that_close_no_cycle_are_tried() -> None:
    model = PathModel("""
        Image =~ IMAG1 + IMAG2 + IMAG4 + IMAG5
        Value =~ PERV1 + PERV2
        Satisfaction =~ CUSA1 + CUSA2 + CUSA3
        Loyalty =~ CUSL1 + CUSL3
        Value ~ Image
        Satisfaction ~ Value
        Loyalty ~ Satisfaction
    """)
    found = modification_indices(fit_ml(model, mobi()), additions=["~"]).table
    # lavaan 0.6-14, modindices(sem(..., optim.method = "BFGS"))
    assert found[["lhs", "rhs"]].to_numpy().tolist() == [
        ["Satisfaction", "Image"],
        ["Loyalty", "Image"],
        ["Loyalty", "Value"],
    ]
    assert found["mi"].tolist() == pytest.approx([70.7443126376, 0.3951086703, 0.3455183419], rel=1e-5)
    assert found["epc"].tolist() == pytest.approx([1.0667809466, 0.1094440419, -0.1507771061], rel=1e-5)


def test_they_are_what_chi_square_falls_by_when_the_parameter_is_small() -> None:
    # a population in which the residuals of a and b share .05, too little to change anything else
    loading = np.array([0.8, 0.7, 0.6, 0.7, 0.8])
    population = np.outer(loading, loading) + np.diag(1 - loading**2)
    population[0, 1] = population[1, 0] = population[0, 1] + 0.02
    given = given_moments(population, 1000, items=list("abcde"))
    plain = fit_ml(PathModel("F =~ a + b + c + d + e"), given)
    row = modification_indices(plain).table.iloc[0]
    assert (row["lhs"], row["op"], row["rhs"]) == ("a", "~~", "b")
    more = fit_ml(PathModel("F =~ a + b + c + d + e\na ~~ b"), given)
    assert plain.chi_square - more.chi_square == pytest.approx(row["mi"], rel=0.05)
    assert row["epc"] == pytest.approx(0.02, rel=0.05)


def test_groups_have_indices_of_their_own() -> None:
    schools = tuple(moments_in("holzinger_swineford", school) for school in ("Pasteur", "Grant-White"))
    fit = fit_ml(ABILITIES, schools, equal=("loadings", "intercepts"))
    found = modification_indices(fit, additions=["=~", "~~"]).table.head(3)
    # lavaan 0.6-14, modindices(cfa(..., group = "school", group.equal = c("loadings", "intercepts"))) by BFGS
    assert found[["lhs", "op", "rhs", "group"]].to_numpy().tolist() == [
        ["visual", "=~", "x9", "Grant-White"],
        ["x7", "~~", "x8", "Grant-White"],
        ["x4", "~~", "x6", "Pasteur"],
    ]
    assert found["mi"].tolist() == pytest.approx([19.5482428019, 14.4676593200, 11.1184469030], rel=1e-6)
    assert found["epc"].tolist() == pytest.approx([0.567663593800, 0.374377978112, -0.239127469566], rel=1e-6)
    assert found["sepc_all"].tolist() == pytest.approx([0.469198197050, 0.718754482135, -0.698380490025], rel=2e-6)


def test_missing_answers_and_robust_fits_have_those_of_lavaan() -> None:
    # lavaan 0.6-14, modindices(sem(..., missing = "fiml")), the two largest that are no path
    found = modification_indices(fit_ml(COMPACT, some_missing(mobi(), COMPACT.items), missing="fiml")).table
    assert found[["lhs", "op", "rhs"]].head(2).to_numpy().tolist() == [
        ["IMAG4", "~~", "PERV2"],
        ["CUSA1", "~~", "CUSA3"],
    ]
    assert found["mi"].head(2).tolist() == pytest.approx([9.06555237316, 8.60082946390], rel=1e-5)
    # estimator = "MLR" changes the test of the model, not that of an addition
    plain, robust = (modification_indices(fit_ml(COMPACT, mobi(), robust=each)).table for each in (False, True))
    pd.testing.assert_frame_equal(plain, robust)


def test_probabilities_allow_for_all_that_is_tried(abilities: pd.DataFrame) -> None:
    assert abilities["p_holm"].iloc[0] == pytest.approx(54 * abilities["p"].iloc[0])
    assert (abilities["p_holm"] >= abilities["p"]).all()
    # Holm (1979): .01 x 4, .02 x 3, then .03 x 2 is no less than the one before
    assert holm(np.array([0.03, 0.01, 0.02, 0.5, np.nan])) == pytest.approx(
        [0.06, 0.04, 0.06, 0.5, np.nan], nan_ok=True
    )


def test_a_parameter_that_cannot_be_told_from_the_others_has_none() -> None:
    # three loadings already fit three covariances
    model = PathModel("F =~ CUSA1 + CUSA2 + CUSA3")
    found = modification_indices(fit_ml(model, mobi())).table
    assert found["mi"].isna().all()


def test_an_addition_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidValue, match="additions must be among '=~', '~~', '~', found '~1'"):
        modification_indices(fit_ml(ABILITIES, moments_in("holzinger_swineford")), additions=["~1"])  # type: ignore[list-item]
