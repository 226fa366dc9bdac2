"""Direct, indirect and total effects."""

from __future__ import annotations

import numpy as np
import pytest
from mobi_data import mobi
from sem_models import COMPACT, ECSI
from stated_fits import stated

from cxmodels.loyalty.effects.effects import path_effects
from cxmodels.loyalty.errors import InvalidModel, InvalidValue, NotConverged
from cxmodels.loyalty.pls.fit import fit_pls
from cxmodels.loyalty.pls.structural import total_effects
from cxmodels.loyalty.syntax.path_model import PathModel

# estimates and standardised estimates of the mobi survey by lavaan 0.6-14
RAW = {
    ("Image", "Value"): 0.8950254079168,
    ("Image", "Satisfaction"): 0.5454452510748,
    ("Value", "Satisfaction"): 0.1368075457399,
    ("Image", "Loyalty"): -0.4416055724814,
    ("Satisfaction", "Loyalty"): 2.2660288308526,
}
STANDARDISED = {
    ("Image", "Value"): 0.637627409108,
    ("Image", "Satisfaction"): 0.748340704069,
    ("Value", "Satisfaction"): 0.263467252186,
    ("Image", "Loyalty"): -0.303593030866,
    ("Satisfaction", "Loyalty"): 1.135466905560,
}


def test_indirect_effects_by_path_are_those_that_lavaan_defines() -> None:
    found = path_effects(stated(COMPACT, STANDARDISED, raw=RAW))
    of = found.of("Image", "Loyalty").set_index("path")
    # lavaan 0.6-14: is*sl, iv*vs*sl, their sum, and with the direct path
    assert of.loc["Image → Satisfaction → Loyalty", "coef"] == pytest.approx(1.2359946645871, abs=1e-9)
    assert of.loc["Image → Satisfaction → Loyalty", "std"] == pytest.approx(0.849716103554, abs=1e-9)
    assert of.loc["Image → Value → Satisfaction → Loyalty", "coef"] == pytest.approx(0.2774666861220, abs=1e-9)
    assert of.loc["Image → Value → Satisfaction → Loyalty", "std"] == pytest.approx(0.190751560790, abs=1e-9)
    sums = found.of("Image", "Loyalty").set_index("effect")
    assert sums.loc["indirect", ["coef", "std"]].tolist() == pytest.approx([1.5134613507091, 1.040467664343], abs=1e-9)
    assert sums.loc["total", ["coef", "std"]].tolist() == pytest.approx([1.0718557782278, 0.736874633477], abs=1e-9)
    assert sums.loc["direct", "path"] == "Image → Loyalty"


def test_total_effects_are_the_inverse_of_what_is_left() -> None:
    fit = stated(COMPACT, STANDARDISED)
    total = total_effects(fit.path_matrix())
    for row in path_effects(fit).summary.itertuples():
        target, source = COMPACT.names.index(row.target), COMPACT.names.index(row.source)
        assert row.total == pytest.approx(total[target, source], abs=1e-12)
        assert row.direct + row.indirect == pytest.approx(row.total, abs=1e-12)


def test_total_effects_on_loyalty_of_the_mobi_survey_are_the_known_ones() -> None:
    fit = fit_pls(ECSI, mobi(), bootstraps=200, seed=1)
    found = path_effects(fit)
    on_loyalty = found.summary[found.summary["target"] == "Loyalty"].set_index("source")["total"]
    # seminr 0.2.1
    known = {
        "Image": 0.398732,
        "Expectation": 0.217633,
        "Quality": 0.323305,
        "Value": 0.101437,
        "Satisfaction": 0.520819,
        "Complaints": 0.066926,
    }
    assert on_loyalty.to_dict() == pytest.approx(known, abs=1e-6)
    direct = found.table[found.table["effect"] == "direct"]
    told = fit.estimates[fit.estimates["op"] == "~"].set_index(["rhs", "lhs"])
    for row in direct.itertuples():
        assert (row.std, row.std_low) == pytest.approx(tuple(told.loc[(row.source, row.target), ["std", "low"]]))
    # five ways to satisfaction, each of which goes on directly or by complaints; the direct path, and two sums
    assert len(found.of("Image", "Loyalty")) == 5 * 2 + 1 + 2


def test_doubt_of_indirect_effects_by_maximum_likelihood_is_near_that_of_the_delta_method() -> None:
    of = path_effects(COMPACT.fit(mobi(), engine="ml")).of("Image", "Loyalty").set_index("effect")
    # lavaan 0.6-14; products of draws spread a little wider than their linear approximation
    assert of.loc["indirect", ["coef", "se"]].tolist() == pytest.approx([1.5134613507, 0.4860765486], rel=0.05)
    assert of.loc["total", ["coef", "se"]].tolist() == pytest.approx([1.0718557782, 0.1626350005], rel=0.05)
    middle = (of.loc["indirect", "low"] + of.loc["indirect", "high"]) / 2
    assert middle > of.loc["indirect", "coef"]


def test_limits_hold_the_share_of_products_they_say() -> None:
    model = PathModel("a =~ a1 + a2\nb =~ b1 + b2\nc =~ c1 + c2\nb ~ a\nc ~ b")
    fit = stated(model, {("a", "b"): 0.5, ("b", "c"): 0.4}, spread=0.1, draws=4000)
    row = path_effects(fit).of("a", "c").set_index("effect").loc["total"]
    # limits of the product of two independent normals by 10 million draws
    one, other = np.random.default_rng(0).normal([0.5, 0.4], 0.1, (1_000_000, 2)).T
    expected = np.quantile(one * other, [0.025, 0.975])
    assert row[["std_low", "std_high"]].tolist() == pytest.approx(expected.tolist(), abs=0.006)
    assert row["std_se"] == pytest.approx((one * other).std(), rel=0.04)


def test_a_share_of_effects_that_cancel_out_is_not_told() -> None:
    paths = {("a", "b"): 0.5, ("b", "c"): 0.4, ("a", "c"): 0.3}
    model = PathModel("a =~ a1 + a2\nb =~ b1 + b2\nc =~ c1 + c2\nb ~ a\nc ~ b + a")
    fit = stated(model, paths, spread=0.02, draws=500)
    row = path_effects(fit).summary.set_index(["source", "target"]).loc[("a", "c")]
    assert row["mediated"] == pytest.approx(0.4)
    assert row["mediated_low"] < 0.4 < row["mediated_high"]
    against = path_effects(stated(model, paths | {("a", "c"): -0.3}, spread=0.02, draws=500)).summary
    assert np.isnan(against.set_index(["source", "target"]).loc[("a", "c"), "mediated"])


def test_a_fit_without_draws_has_effects_and_says_why_it_has_no_limits() -> None:
    found = path_effects(fit_pls(COMPACT, mobi()))
    assert found.draws == 0
    assert "bootstraps=" in found.no_limits
    assert found.table[["low", "high", "std_low", "std_high"]].isna().all(axis=None)
    assert found.table["std"].notna().all()


def test_bad_input_is_named() -> None:
    with pytest.raises(InvalidValue, match=r"no path Loyalty → Image; there are: Image → Value"):
        path_effects(stated(COMPACT, STANDARDISED)).of("Loyalty", "Image")
    with pytest.raises(InvalidModel, match="at least one path"):
        path_effects(stated(PathModel("a =~ a1 + a2\nb =~ b1 + b2"), {}))
    broken = stated(COMPACT, STANDARDISED, spread=0.1, draws=30)
    broken.draws[:15] = np.nan
    with pytest.raises(NotConverged, match=r"20 usable draws .* found 15"):
        path_effects(broken)
