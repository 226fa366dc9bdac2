"""The constructs of the annual survey hang together as recorded, and each theory's model finds it out."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cxmodels as cx
from cxmodels import simulate
from cxmodels.loyalty.syntax.parameter_table import parameter_table
from cxmodels.loyalty.syntax.path_model import PathModel
from cxmodels.simulate.parameters import PARAMETERS
from cxmodels.simulate.scores import INDICATED
from cxmodels.simulate.structure import implied, residual_sd
from cxmodels.simulate.theories import FURTHER, between_image_and, correlations

Frames = dict[str, pd.DataFrame]
THEORIES = sorted(path.name for path in (files("cxmodels.simulate") / "theory").iterdir())


@pytest.fixture(scope="module")
def annual(frames: Frames) -> pd.DataFrame:
    """Answers to the annual survey, a row a response."""
    asked = frames["responses"].query("survey == 'annual'")["response_id"]
    answers = frames["answers"][frames["answers"]["response_id"].isin(asked)]
    return answers.pivot(index="response_id", columns="item", values="score")


@pytest.fixture(scope="module")
def truth(company: simulate.Company) -> pd.DataFrame:
    """Correlations of all constructs, of behaviour too: the product it depends on goes with no other construct."""
    constructs = company.truth["constructs"]
    correlation = pd.DataFrame(constructs["correlations"])
    behaviour = sum(path * correlation[cause] for cause, path in constructs["paths"]["behaviour"].items())
    correlation["behaviour"] = behaviour
    correlation.loc["behaviour"] = pd.concat([behaviour, pd.Series({"behaviour": 1.0})])
    return correlation


def test_what_was_asked_before_hangs_together_as_before() -> None:
    scores, satisfaction = PARAMETERS.scores, PARAMETERS.satisfaction
    before = implied(scores.paths, between_image_and(satisfaction))
    now = correlations(scores, PARAMETERS.theories, satisfaction)
    assert {pair: now[pair] for pair in before} == pytest.approx(before, abs=1e-12)


def test_the_recorded_paths_leave_every_construct_a_residual(company: simulate.Company, truth: pd.DataFrame) -> None:
    assert np.linalg.eigvalsh(truth.to_numpy()).min() > 0.05
    pairs = {(one, other): float(truth.loc[one, other]) for one in truth for other in truth}
    for name, causes in company.truth["constructs"]["paths"].items():
        assert 0.5 < residual_sd(causes, pairs) < 0.95, name


def test_indicators_correlate_as_recorded(annual: pd.DataFrame, truth: pd.DataFrame) -> None:
    loadings = PARAMETERS.scores.loadings
    seen, expected = [], []
    between = annual.corr()
    names = [(name, n) for name, wordings in INDICATED.items() for n in range(len(wordings))]
    for at, (one, n) in enumerate(names):
        for other, m in names[:at]:
            seen.append(between.loc[f"{one}_{n + 1}", f"{other}_{m + 1}"])
            expected.append(loadings[n] * loadings[m] * truth.loc[one, other])
    away = np.array(seen) - np.array(expected)
    # Rounding to ten scores takes a little of each correlation; who answers is not everybody.
    assert np.abs(away).max() < 0.1
    assert np.sqrt(np.mean(away**2)) < 0.035
    assert len(seen) == 43 * 42 / 2


def test_where_leaving_is_hard_satisfaction_matters_less_for_behaviour(annual: pd.DataFrame) -> None:
    own = annual[["behaviour_1", "satisfaction_1", "coercive_1"]].dropna()
    behaviour, satisfied, held = ((own - own.mean()) / own.std()).to_numpy().T
    x = np.column_stack([np.ones_like(behaviour), satisfied, held, satisfied * held])
    coefficients, squares, *_ = np.linalg.lstsq(x, behaviour)
    error = np.sqrt(squares[0] / (len(own) - 4) * np.linalg.inv(x.T @ x)[3, 3])
    assert coefficients[3] == pytest.approx(PARAMETERS.theories.satisfaction_by_coercive * 0.88**3, abs=4 * error)
    assert coefficients[3] < -3 * error


def construct_of(model: PathModel, name: str) -> str:
    """The simulated construct that a construct of a model is measured by: its items say so."""
    return model.construct(name).items[0].rpartition("_")[0]


def true_paths(model: PathModel, truth: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Standardised paths by regression of each construct on those that lead to it."""
    found = {}
    for target in model.endogenous:
        sources = [source for source, to in model.paths if to == target]
        names = [construct_of(model, source) for source in sources]
        between = truth.loc[names, names].to_numpy()
        weights = np.linalg.solve(between, truth.loc[names, construct_of(model, target)].to_numpy())
        found.update({(target, source): weight for source, weight in zip(sources, weights, strict=True)})
    return found


@pytest.mark.parametrize("theory", [name for name in THEORIES if name != "experience.lav"])
def test_the_model_of_a_theory_recovers_the_paths_that_are_true(
    theory: str, annual: pd.DataFrame, truth: pd.DataFrame
) -> None:
    model = PathModel((files("cxmodels.simulate") / "theory" / theory).read_text(encoding="utf-8"))
    estimates: Any = model.fit(annual[list(model.items)], engine="ml").estimates
    found = estimates[estimates["op"] == "~"].set_index(["lhs", "rhs"])
    for path, expected in true_paths(model, truth).items():
        row = found.loc[path]
        error = (row["std_high"] - row["std_low"]) / (2 * 1.96)
        assert row["std"] == pytest.approx(expected, abs=4 * error + 0.02), path
        assert error < 0.09, path


def test_the_three_levels_of_an_experience_fit_the_survey_after_a_contact(frames: Frames) -> None:
    model = PathModel((files("cxmodels.simulate") / "theory" / "experience.lav").read_text(encoding="utf-8"))
    asked = frames["responses"].query("survey == 'after_contact'")["response_id"]
    answers = frames["answers"][frames["answers"]["response_id"].isin(asked)]
    wide = answers.pivot(index="response_id", columns="item", values="score")
    estimates = model.fit(wide[list(model.items)], engine="pls").estimates
    # All five are scores of one satisfaction, so that no path is negative.
    assert (estimates.loc[estimates["op"] == "~", "std"] > 0.1).all()


@pytest.mark.parametrize("theory", THEORIES)
def test_each_theory_cites_its_source_can_be_identified_and_asks_what_one_survey_asks(theory: str) -> None:
    text = (files("cxmodels.simulate") / "theory" / theory).read_text(encoding="utf-8")
    model = PathModel(text)
    assert parameter_table(model).degrees_of_freedom > 0
    asked = {f"{name}_{n}" for name, wordings in INDICATED.items() for n in range(1, len(wordings) + 1)}
    after_contact = {"nps", "csat", "ces", "cxi_needs", "cxi_ease", "cxi_enjoy"}
    assert set(model.items) <= (after_contact if theory == "experience.lav" else asked)
    header = text.partition("\n\n")[0]
    assert all(line.startswith("#") for line in header.splitlines())
    assert "(19" in header or "(20" in header
    assert "Survey:" in header


def test_no_more_than_thirty_questions_were_added() -> None:
    assert sum(map(len, FURTHER.values())) <= 30


def test_a_study_has_the_models_as_files_and_names_the_main_one(tmp_path: Path) -> None:
    folder = simulate.write(tmp_path / "study", customers=40, months=13)
    assert {path.name for path in (folder / "theory").iterdir()} == set(THEORIES) - {"loyalty.lav"}
    settings = cx.open_study(folder).settings
    assert settings.loyalty.model == "loyalty.lav"
    main = PathModel.from_file(folder / "loyalty.lav")
    assert main.endogenous == ("trust", "commitment", "loyalty")
