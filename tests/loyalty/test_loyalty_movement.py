"""Movement between loyalty classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from cxmodels.loyalty.customers.movement import Movement, movement_of
from cxmodels.loyalty.customers.quadrants import QUADRANTS
from cxmodels.loyalty.errors import InvalidAnswers
from cxmodels.loyalty.path_fit import Array

CUTS = {"attitude_cut": 0.0, "behaviour_cut": 0.5}


def pairs(n: int, seed: int, *, kept: float, lift: float = 0.0, error: float = 0.25) -> tuple[pd.DataFrame, Array]:
    """Return customers measured twice, and the (4, 4) shares who moved; `kept` is the correlation over time."""
    random = np.random.default_rng(seed)
    within = np.array([[1.0, 0.5], [0.5, 1.0]])
    between = np.block([[within, kept * within], [kept * within, within]])
    points = random.multivariate_normal([0, 0, lift, 0], between, n)
    seen = points + np.sqrt(error) * random.standard_normal(points.shape)
    columns = {}
    for place, time in enumerate(("before", "after")):
        attitude, behaviour = seen[:, 2 * place], seen[:, 2 * place + 1]
        side = 1.959964 * np.sqrt(error)
        columns |= {
            f"attitude_{time}": attitude,
            f"attitude_sd_{time}": np.sqrt(error),
            f"behaviour_{time}": expit(behaviour),
            f"low_{time}": expit(behaviour - side),
            f"high_{time}": expit(behaviour + side),
        }
    high = points > 0
    classes = [2 * ~high[:, place] + ~high[:, place + 1] for place in (0, 2)]
    return pd.DataFrame(columns), np.bincount(4 * classes[0] + classes[1], minlength=16).reshape(4, 4) / n


def moved(found: Movement) -> Array:
    return found.moves["share"].to_numpy().reshape(4, 4)


def test_moves_are_those_of_the_customers_themselves() -> None:
    frame, truth = pairs(5_000, 1, kept=0.8)
    found = movement_of(frame, kind="measured", draws=50, **CUTS)
    assert np.abs(moved(found) - truth).max() < 0.012
    assert found.stayed.value == pytest.approx(np.trace(truth), abs=0.015)
    assert found.stayed.low < np.trace(truth) < found.stayed.high
    assert found.moves.groupby("before")["of_before"].sum().tolist() == pytest.approx([1.0] * 4)
    assert found.changes["change"].sum() == pytest.approx(0, abs=1e-9)
    # what comparing two classifications would make of the same customers
    high = frame[["attitude_before", "attitude_after"]].to_numpy() > 0
    high_too = frame[["behaviour_before", "behaviour_after"]].to_numpy() > 0.5
    assert (high[:, 0] == high[:, 1])[high_too[:, 0] == high_too[:, 1]].mean() < 0.9
    plain = ((high[:, 0] == high[:, 1]) & (high_too[:, 0] == high_too[:, 1])).mean()
    assert plain < np.trace(truth) - 0.1


def test_a_rise_of_attitude_is_told_from_noise() -> None:
    frame, _ = pairs(1_000, 2, kept=0.8, lift=0.4)
    changes = movement_of(frame, kind="measured", draws=60, **CUTS).changes.set_index("quadrant")
    assert changes.loc["true", "real"]
    assert changes.loc["true", "change"] > 0
    assert changes.loc["none", "change"] < 0
    still, _ = pairs(1_000, 6, kept=0.8)
    assert not movement_of(still, kind="measured", draws=60, **CUTS).changes["real"].any()


@pytest.mark.parametrize("reps", [8, pytest.param(100, marks=pytest.mark.slow)])
def test_limits_hold_the_moves_and_call_nothing_real_that_is_not(reps: int) -> None:
    _, truth = pairs(100_000, 4, kept=0.8)
    held, real = [], []
    for seed in range(reps):
        found = movement_of(pairs(300, seed, kept=0.8)[0], kind="measured", draws=50, seed=seed, **CUTS)
        held += ((found.moves["low"] < truth.ravel()) & (truth.ravel() < found.moves["high"])).tolist()
        real += found.changes["real"].tolist()
    assert found.moves.loc[0, ["before", "after"]].tolist() == [QUADRANTS[0]] * 2
    # limits of 95 %
    assert (0.91 if reps == 100 else 0.85) <= np.mean(held) <= 0.99
    assert np.mean(real) <= (0.1 if reps == 100 else 0.25)


def test_weights_count_in_moves_and_not_in_customers() -> None:
    frame, _ = pairs(400, 3, kept=0.8)
    weight = np.where(np.arange(400) < 100, 4.0, 1.0)
    weighted = movement_of(frame.assign(weight=weight), kind="measured", draws=50, **CUTS)
    repeated = movement_of(frame.loc[np.repeat(frame.index, weight.astype(int))], kind="measured", draws=50, **CUTS)
    assert np.abs(moved(weighted) - moved(repeated)).max() < 0.01
    assert weighted.customers == 400
    assert weighted.moves["customers"].sum() == pytest.approx(400)
    assert np.ptp([weighted.stayed.low, weighted.stayed.high]) > np.ptp([repeated.stayed.low, repeated.stayed.high])


def test_moves_of_few_are_not_shown_and_bad_input_is_named() -> None:
    frame, _ = pairs(100, 5, kept=0.9)
    found = movement_of(frame, kind="measured", draws=50, min_cell=10, **CUTS)
    assert found.shown().loc[found.moves["customers"] < 10, "share"].isna().all()
    assert found.shown()["share"].notna().any()
    smallest = int(found.changes["customers"].min()) + 1
    shown = replace(found, min_cell=smallest).changes_shown()
    assert shown.loc[found.changes["customers"] < smallest, "change"].isna().all()
    assert shown["change"].isna().sum() > 1
    assert found.changes_shown()["change"].notna().all()
    with pytest.raises(InvalidAnswers, match="no column ends in _after"):
        movement_of(frame.filter(like="before"), **CUTS)
