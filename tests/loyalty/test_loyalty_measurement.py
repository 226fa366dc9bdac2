"""How the constructs of any fit show in its items."""

from __future__ import annotations

import numpy as np
import pytest
from mobi_data import mobi
from moderated_customers import LOADINGS, MODEL, respondents
from sem_models import COMPACT

from cxmodels.loyalty.answers.given import given_moments
from cxmodels.loyalty.effects.item_weights import item_weights
from cxmodels.loyalty.effects.measurement import measurement_of
from cxmodels.loyalty.errors import InvalidValue, NotIdentified
from cxmodels.loyalty.pls.fit import fit_pls
from cxmodels.loyalty.syntax.path_model import PathModel


def test_a_measurement_implies_what_the_fit_implies() -> None:
    fit = COMPACT.fit(mobi(), engine="ml")
    found = measurement_of(fit, draws=1)
    loadings, constructs = found.loadings[0], found.construct_covariance[0]
    assert np.diag(constructs) == pytest.approx(np.ones(4))
    assert loadings @ constructs @ loadings.T + found.residual_covariance[0] == pytest.approx(fit.implied[0][0])
    # standardised loading by lavaan 0.6-14, times the item's standard deviation
    row = found.items.index("CUSA3")
    assert loadings[row, found.names.index("Satisfaction")] == pytest.approx(1.431513911515, abs=1e-4)
    assert found.intercepts[0] == pytest.approx(mobi()[list(found.items)].mean().to_numpy())


def test_draws_are_about_the_estimates() -> None:
    fit = MODEL.fit(respondents(2_000, 1), engine="ml")
    one, many = measurement_of(fit, draws=1), measurement_of(fit, draws=150)
    assert many.draws == 150
    assert many.loadings.mean(axis=0) == pytest.approx(one.loadings[0], abs=0.01)
    table = fit.estimates[fit.estimates["op"] == "=~"]
    assert table["std"].to_numpy() == pytest.approx(np.array(list(LOADINGS.values())), abs=0.06)


def test_an_item_that_stands_for_itself_has_no_error() -> None:
    model = PathModel("S =~ s1 + s2 + s3\nl1 ~ S + b1")
    fit = model.fit(respondents(500, 2), engine="ml")
    found = measurement_of(fit, draws=1)
    row, column = found.items.index("l1"), found.names.index("l1")
    assert found.loadings[0, row, column] == pytest.approx(np.sqrt(fit.implied[0][0][row, row]))
    assert np.count_nonzero(found.loadings[0, row]) == 1
    assert not found.residual_covariance[0, row].any()


def test_weights_are_those_of_the_engine() -> None:
    frame = respondents(500, 3)
    by_pls = item_weights(fit_pls(MODEL, frame))
    by_ml = item_weights(MODEL.fit(frame, engine="ml"))
    assert by_pls["item"].tolist() == by_ml["item"].tolist() == list(LOADINGS)
    own = by_ml[by_ml["construct"] == "Loyalty"]["weight"]
    assert own.is_monotonic_decreasing
    alone = item_weights(PathModel("S =~ s1 + s2 + s3\nl1 ~ S").fit(frame, engine="ml")).set_index("item")
    assert alone.loc["l1", ["construct", "weight"]].tolist() == ["l1", 1.0]


def test_what_measures_nothing_is_named() -> None:
    frame = respondents(500, 4)
    with pytest.raises(InvalidValue, match="composites have no error of measurement"):
        measurement_of(fit_pls(MODEL, frame))
    parted = frame.assign(half=np.where(np.arange(500) % 2, "one", "other"))
    fit = MODEL.fit(parted, engine="ml", group="half")
    with pytest.raises(InvalidValue, match="group must be one of 'one', 'other', found None"):
        measurement_of(fit)
    assert measurement_of(fit, group="other", draws=1).items == MODEL.items
    heywood = PathModel("S =~ s1 + s2\nL =~ l1 + l2\nL ~ S")
    covariance = np.array([[1.0, 0.3, 0.6, 0.1], [0.3, 1.0, 0.25, 0.05], [0.6, 0.25, 1.0, 0.3], [0.1, 0.05, 0.3, 1.0]])
    negative = heywood.fit(given_moments(covariance, 500, items=heywood.items), engine="ml")
    assert (negative.estimates.query("op == '~~' and lhs == rhs")["coef"] < 0).any()
    with pytest.raises(NotIdentified, match="of the parameters the estimates have a negative variance"):
        measurement_of(negative, draws=1)
