"""A model is kept, used month after month, fitted anew each quarter, and its segments stay who they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxmodels.segments.clusters.assign import assigned
from cxmodels.segments.clusters.fit import fit_segments
from cxmodels.segments.clusters.kept import KeptModel, model_in_force
from cxmodels.segments.clusters.match import matched
from cxmodels.segments.errors import InvalidModel
from cxmodels.segments.features.features import Features
from cxmodels.study.study import Study, open_study


@pytest.fixture
def own(tmp_path: Path) -> Study:
    """Contracts alone: three kinds of customers by fee and length of stay, and a few who joined later."""
    random = np.random.default_rng(2)
    kind = np.repeat([0, 1, 2, 0], [150, 100, 60, 20])
    stay = np.array([300, 1_200, 2_500])[kind] * random.uniform(0.9, 1.1, len(kind))
    stay[-20:] = 120
    started = pd.Timestamp("2026-09-30") - pd.to_timedelta(stay.astype(int), unit="D")
    contracts = pd.DataFrame(
        {
            "contract_id": [f"k{place}" for place in range(len(kind))],
            "customer_id": [f"c{place}" for place in range(len(kind))],
            "started_on": started.date,
            "monthly_fee": np.array([10.0, 30.0, 90.0])[kind] + random.uniform(0, 2, len(kind)),
        }
    )
    contracts.to_parquet(tmp_path / "contracts.parquet")
    (tmp_path / "study.toml").write_text(
        '[study]\nname = "Club"\ncurrency = "EUR"\nextracted_on = 2026-10-01\n'
        '[tables.contracts]\npath = "contracts.parquet"\n[segments]\nk = 3\n',
        encoding="utf-8",
    )
    return open_study(tmp_path)


def test_a_month_is_told_by_the_model_of_its_quarter_and_names_stay_when_it_is_fitted_anew(own: Study) -> None:
    first = model_in_force(own, date(2026, 5, 31))
    assert first.matches is None
    assert first.model.fitted_on == date(2026, 3, 31)
    named = replace(first, model=first.model.named({1: "Newcomers"}))
    may = {"2026-05": named.to_dict()}
    april = model_in_force(own, date(2026, 4, 30), may)
    assert april.to_dict() == named.to_dict()
    again = model_in_force(own, date(2026, 8, 31), may)
    assert again.model.fitted_on == date(2026, 6, 30)
    assert again.matches is not None
    assert again.matches["what"].tolist() == ["kept"] * 3
    assert again.matches["overlap"].min() > 0.8
    assert again.model.names[1] == "Newcomers"


def test_a_month_run_again_is_told_by_what_it_left_itself(own: Study) -> None:
    found = model_in_force(own, date(2026, 8, 31))
    other = replace(found, model=found.model.named({1: "Others"})).to_dict()
    for months in ({"2026-08": found.to_dict(), "2026-07": other}, {"2026-08": found.to_dict(), "2026-09": other}):
        assert model_in_force(own, date(2026, 8, 31), months).model == found.model
    assert (
        model_in_force(own, date(2026, 7, 31), {"2026-08": other, "2026-06": found.to_dict()}).model.names[1]
        == "Others"
    )


def test_what_is_kept_is_read_as_it_was_written(own: Study, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(
        (tmp_path / "study.toml").read_text(encoding="utf-8").replace("[segments]\nk = 3\n", ""), encoding="utf-8"
    )
    found = model_in_force(open_study(tmp_path), date(2026, 8, 31))
    assert found.choice is not None
    again = KeptModel.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again.choice is not None
    assert again.to_dict() == found.to_dict()
    pd.testing.assert_frame_equal(again.choice.panel, found.choice.panel)


def test_a_model_the_settings_no_longer_ask_for_is_given_up(own: Study, tmp_path: Path) -> None:
    first = model_in_force(own, date(2026, 8, 31))
    (tmp_path / "study.toml").write_text(
        (tmp_path / "study.toml").read_text(encoding="utf-8").replace("k = 3", "k = 2"), encoding="utf-8"
    )
    again = model_in_force(open_study(tmp_path), date(2026, 8, 31), {"2026-08": first.to_dict()})
    assert again.model.k == 2
    assert again.matches is not None


def test_a_model_whose_features_the_tables_no_longer_tell_is_given_up(own: Study) -> None:
    first = model_in_force(own, date(2026, 8, 31))
    strange = replace(first.model.features[0], name="shoe size")
    said = replace(first, model=replace(first.model, features=(strange, *first.model.features[1:]))).to_dict()
    again = model_in_force(own, date(2026, 8, 31), {"2026-08": said})
    assert again.model == first.model
    assert again.matches is None


@pytest.mark.parametrize("said", [{}, {"model": {"form": 1}, "matches": None, "choice": None}])
def test_something_else_that_a_month_left_is_named(own: Study, said: dict[str, Any]) -> None:
    with pytest.raises(InvalidModel, match=r"the segments that 2026-05 left cannot be read"):
        model_in_force(own, date(2026, 5, 31), {"2026-05": said})


def test_over_twelve_months_names_stay_and_whoever_has_not_changed_keeps_the_label(
    features_of: Callable[..., Features],
) -> None:
    """Customers of four kinds: each month 3 % change kind, 3 % are replaced, the rest stay and vary a little."""
    random = np.random.default_rng(12)
    centres = 4.0 * np.eye(4, 6)
    kind = random.choice(4, 2_000, p=[0.4, 0.3, 0.2, 0.1])
    own = random.normal(size=(2_000, 6))
    model, before, names = None, None, {1: "One", 2: "Two", 3: "Three", 4: "Four"}
    unchanged = np.ones(2_000, bool)
    relabelled = []
    for month in range(12):
        # everybody drifts the same way too, which a model that is fixed has to bear
        values = centres[kind] + own + 0.3 * random.normal(size=own.shape) + 0.03 * month
        features = features_of(values, as_of=date(2025 + (month + 9) // 12, (month + 9) % 12 + 1, 28))
        if model is None:
            model = fit_segments(features, 4).named(names)
        elif month % 3 == 0:
            again = matched(fit_segments(features, 4, seed=month), model, features, features)
            assert again.matches["what"].tolist() == ["kept"] * 4
            model = again.model
        assert model.names == names
        label = assigned(model, features).table.to_pandas().sort_values("number")["segment"].to_numpy()
        if before is not None:
            relabelled.append((label != before)[unchanged].mean())
        before = label
        leaves, changes = random.random((2, 2_000)) < 0.03
        own[leaves] = random.normal(size=(leaves.sum(), 6))
        kind = np.where(leaves | changes, random.choice(4, 2_000, p=[0.4, 0.3, 0.2, 0.1]), kind)
        unchanged = ~leaves & ~changes
    assert max(relabelled) <= 0.02
    assert len(relabelled) == 11
