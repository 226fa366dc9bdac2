"""The verdict: red where the answers cannot tell the model, and by which check."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from mobi_data import mobi
from sem_models import ECSI

from cxmodels.estimate import Estimate
from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.effects.told import told_paths
from cxmodels.loyalty.ml.fit_indices import fit_indices
from cxmodels.loyalty.page.answer_checks import measured, non_response, respondents, told_apart
from cxmodels.loyalty.page.checks import judge
from cxmodels.loyalty.page.engine_checks import agreement, resampled, sampled, solution
from cxmodels.loyalty.page.engines import Engines
from cxmodels.loyalty.page.measures import Measures
from cxmodels.loyalty.pls.predict import predict_items
from cxmodels.loyalty.quality.htmt import Htmt, htmt
from cxmodels.loyalty.quality.reliability import reliability
from cxmodels.verdict import Check


@dataclass(frozen=True, eq=False)
class Judged:
    engines: Engines
    told: pd.DataFrame
    measures: Measures
    checks: dict[str, Check]


@pytest.fixture(scope="module")
def judged() -> Judged:
    model = ECSI
    answers = answers_of(mobi()[list(model.items)], scales=dict.fromkeys(model.items, (1, 10)))
    engines = Engines(
        model.fit(answers, engine="ml"),  # type: ignore[arg-type]
        None,
        model.fit(answers, engine="pls", bootstraps=200),  # type: ignore[arg-type]
        model.fit(answers, engine="pls", bootstraps=200, consistent=True),  # type: ignore[arg-type]
        "ml",
        {},
    )
    assert engines.pls is not None
    assert engines.ml is not None
    told = told_paths(engines.used, answers)
    known = Measures(
        htmt(model, answers, bootstraps=200),
        reliability(engines.used, answers),
        fit_indices(engines.ml),
        prediction=predict_items(engines.pls, answers, repeats=1),
    )
    verdict = judge(engines, told, known)
    assert verdict.status == "red"
    return Judged(engines, told, known, {check.name: check for check in verdict.checks})


def test_the_full_index_is_refused_for_identification_and_constructs_that_are_one(judged: Judged) -> None:
    identified = judged.checks["Identification"]
    assert identified.status == "red"
    assert "3 500 000" in identified.found.replace("\u202f", " ")
    assert "Quality → Value" in identified.meaning
    apart = judged.checks["Constructs told apart (HTMT)"]
    assert apart.status == "red"
    assert "Satisfaction and Loyalty 0.96" in apart.meaning
    assert "Quality and Satisfaction 0.95" in apart.meaning


def test_it_is_refused_for_what_the_other_checks_find_too(judged: Judged) -> None:
    red = {name for name, check in judged.checks.items() if check.status == "red"}
    assert red == {
        "Identification", "Constructs told apart (HTMT)", "Standardised paths beyond 1", "Reliability", "Engines agree",
        "Smallest path that would show",
    }  # fmt: skip
    assert judged.checks["Standardised paths beyond 1"].found == "6 of 12"
    assert "Expectation" in judged.checks["Reliability"].meaning
    assert "Complaints" in judged.checks["Reliability"].meaning
    assert judged.checks["Prediction of unseen respondents"].status == "green"
    assert judged.checks["Respondents a parameter"].found.startswith("4.2 ")
    assert judged.checks["Who answered"].found == "not known"


def test_constructs_that_other_respondents_might_not_tell_apart_ask_for_care(judged: Judged) -> None:
    pairs = pd.DataFrame({"left": ["a"], "right": ["b_c"], "htmt": [0.8], "low": [0.7], "high": [0.93]})
    found = Htmt(pairs, "absolute", 0.95, 250.0, 100, 0)
    assert told_apart(found).status == "amber"
    assert "a and b c" in told_apart(found).meaning
    assert told_apart(replace(found, pairs=pairs.assign(high=0.89))).status == "green"


@pytest.mark.parametrize(
    ("change", "name", "said"),
    [
        ({"negative_variances": ("x ~~ x",)}, "Impossible variances", "x ~~ x"),
        ({"indefinite": ("",)}, "Impossible variances", "no constructs that could exist"),
        ({"rank": 58, "condition": float("inf")}, "Identification", "cannot tell apart"),
    ],
)
def test_an_impossible_solution_is_red(judged: Judged, change: dict[str, object], name: str, said: str) -> None:
    ml = judged.engines.ml
    assert ml is not None
    bent = replace(ml, identification=replace(ml.identification, **change))  # type: ignore[arg-type]
    checks = {check.name: check for check in solution(replace(judged.engines, ml=bent))}
    assert checks[name].status == "red"
    assert said in checks[name].meaning


def test_a_likelihood_without_maximum_is_red_though_others_print_paths(judged: Judged) -> None:
    without = replace(judged.engines, ml=None, why_not={"ml": "no maximum of the likelihood found"})
    (check,) = solution(without)
    assert check.status == "red"
    assert "no maximum of the likelihood found" in check.meaning
    checks = {each.name: each for each in judge(without, judged.told, Measures()).checks}
    assert checks["Engine"].status == "red"
    assert without.pls is not None
    parameters = int((without.pls.estimates["op"] != ":=").sum())
    assert checks["Respondents a parameter"].found.endswith(f"({without.pls.n:.0f} for {parameters})")


def test_hardly_more_respondents_than_parameters_are_red_without_a_maximum_too(judged: Judged) -> None:
    assert judged.engines.pls is not None
    few = replace(judged.engines, ml=None, pls=replace(judged.engines.pls, n=12.0), why_not={"ml": "too few"})
    checks = {each.name: each for each in judge(few, judged.told, Measures()).checks}
    assert checks["Respondents a parameter"].status == "red"


@dataclass(frozen=True, eq=False)
class Sampled:
    """A posterior of stated paths and diagnostics."""

    estimates: pd.DataFrame
    r_hat: float = 1.0
    ess: float = 900.0
    divergences: int = 0


def sampled_as(judged: Judged, shift: float, **diagnostics: float) -> Engines:
    """Return the engines with a posterior whose paths are those of partial least squares, moved."""
    assert judged.engines.pls is not None
    table = judged.engines.pls.estimates.copy()
    table[["std", "std_low", "std_high"]] += shift
    fit = Sampled(table, **diagnostics)  # type: ignore[arg-type]
    return replace(judged.engines, ml=None, consistent=None, bayes=fit, why_not={"ml": "none"})  # type: ignore[arg-type]


@pytest.mark.parametrize(("shift", "status"), [(0.0, "green"), (0.19, "green"), (0.4, "amber"), (-1.5, "red")])
def test_engines_that_say_otherwise_are_set_against_each_other(judged: Judged, shift: float, status: str) -> None:
    assert agreement(sampled_as(judged, shift)).status == status


@pytest.mark.parametrize(
    ("diagnostics", "status"),
    [({}, "green"), ({"divergences": 1}, "amber"), ({"r_hat": 1.03}, "amber"), ({"ess": 90.0}, "red")],
)
def test_chains_are_judged_by_their_worst_diagnostic(judged: Judged, diagnostics: dict, status: str) -> None:
    (check,) = sampled(sampled_as(judged, 0.0, **diagnostics))
    assert check.status == status


def test_bootstraps_without_a_solution_refuse_only_what_they_are_the_limits_of(judged: Judged) -> None:
    assert judged.checks["Bootstraps"].status == "amber"
    (check,) = resampled(replace(judged.engines, asked="pls"))
    assert check.status == "red"


def test_one_engine_alone_has_nothing_to_agree_with_and_no_bootstrap_is_judged(judged: Judged) -> None:
    alone = replace(judged.engines, pls=None, consistent=None)
    assert agreement(alone).status == "amber"
    assert resampled(alone) == []
    assert sampled(alone) == []


@pytest.mark.parametrize(
    ("shares", "status", "said"),
    [
        ([0.6, 0.62, 0.58], "green", "Most of those asked answered"),
        ([0.3, 0.3, 0.3], "amber", "did not answer"),
        ([0.6, 0.8, 0.4], "amber", "Age band old answered less often (40\u202f%)"),
    ],
)
def test_who_did_not_answer_asks_for_care(shares: list[float], status: str, said: str) -> None:
    rates = pd.DataFrame(
        {
            "attribute": ["everybody", "age_band", "age_band"],
            "level": ["everybody", "young", "old"],
            "invited": [200, 100, 100],
            "share": shares,
            "ratio": np.array(shares) / shares[0],
        }
    )
    check = non_response(rates)
    assert check.status == status
    assert said in check.meaning


@pytest.mark.parametrize(("width", "status"), [(0.3, "green"), (0.8, "amber"), (2.0, "red")])
def test_the_smallest_path_that_would_show_follows_from_the_widest_limits(
    judged: Judged, width: float, status: str
) -> None:
    told = judged.told.assign(low=0.0, high=width)
    check = {each.name: each for each in respondents(judged.engines, told)}["Smallest path that would show"]
    # 80 % power: 1.96 + 0.84 standard errors
    assert check.found.startswith(f"{2.8016 * width / (2 * 1.96):.2f}")
    assert check.status == status


def test_reliability_is_that_of_the_worst_construct(judged: Judged) -> None:
    table = judged.measures.reliability
    assert table is not None
    for value, status in ((0.9, "green"), (0.6, "amber"), (0.4, "red")):
        constructs = table.constructs.assign(rho_c=[value, *[0.95] * (len(table.constructs) - 1)])
        assert measured(replace(table, constructs=constructs)).status == status
    single = table.constructs[table.constructs["construct"] == "Complaints"]
    assert measured(replace(table, constructs=single)).found == "not known"


def test_a_model_that_predicts_no_better_than_the_mean_is_red(judged: Judged) -> None:
    prediction = judged.measures.prediction
    assert prediction is not None
    for mean, linear, status in (((-0.3, -0.1), (-0.1, 0.1), "green"), ((-0.3, -0.1), (0.01, 0.1), "amber"),
                                 ((-0.1, 0.1), (-0.1, 0.1), "red")):  # fmt: skip
        bent = replace(prediction, against_mean=_within(*mean), against_linear=_within(*linear))
        checks = judge(judged.engines, judged.told, Measures(prediction=bent)).checks
        assert {check.name: check.status for check in checks}["Prediction of unseen respondents"] == status


@pytest.mark.parametrize(("cfi", "rmsea", "status"), [(0.96, 0.05, "green"), (0.9, 0.08, "amber"), (0.8, 0.08, "red")])
def test_fit_is_judged_by_the_cut_offs_of_the_field(judged: Judged, cfi: float, rmsea: float, status: str) -> None:
    indices = judged.measures.indices
    assert indices is not None
    bent = replace(indices, robust=replace(indices.plain, cfi=cfi, rmsea=rmsea))
    checks = judge(judged.engines, judged.told, Measures(indices=bent)).checks
    assert {check.name: check.status for check in checks}["Fit of the model"] == status


def _within(low: float, high: float) -> Estimate:
    return Estimate((low + high) / 2, low, high, "share of variance", 250)
