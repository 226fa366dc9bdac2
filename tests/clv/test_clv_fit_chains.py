"""Chains of a fit: believed where they agree, run longer where they do not, and told where that did not help."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cxmodels.clv.fits.chains import DRAWS, LONGER, chains_of, doubt


def normal(point: np.ndarray) -> tuple[float, np.ndarray]:
    return -float(point @ point) / 2, -point


def far_apart(point: np.ndarray) -> tuple[float, np.ndarray]:
    """Two places, 40 standard deviations apart: a chain stays at one."""
    away = point - np.copysign(20.0, point)
    return -float(away @ away) / 2, -away


def test_chains_that_agree_run_once_and_no_reason_is_given() -> None:
    run = chains_of(normal, 2, lambda points: points, "Nothing", size=100, seed=1)
    assert run.points.shape == (2, DRAWS, 2)
    assert run.reason == ""
    assert run.r_hat < 1.02
    assert run.ess > 200


def test_chains_that_stay_apart_run_longer_and_the_reason_is_told() -> None:
    run = chains_of(far_apart, 3, lambda points: points, "How regions differ", size=100, seed=1)
    assert run.points.shape == (2, LONGER[1] * DRAWS, 3)
    assert run.r_hat > 1.5
    assert run.reason.startswith(
        "How regions differ cannot be told: the chains of the sampler, run twice, do not agree"
    )
    assert f"r̂ {run.r_hat:.3f}, at most 1.02" in run.reason
    assert run.reason.endswith("divergences, at most 36).")


def test_only_what_was_to_be_known_must_agree() -> None:
    run = chains_of(far_apart, 1, lambda points: np.abs(points) - 20, "Nothing", size=100, seed=1)
    assert run.reason == ""


@pytest.mark.parametrize(
    ("r_hat", "ess", "divergences", "believed"),
    [
        (1.02, 200, 12, True),
        (1.021, 200, 12, False),
        (1.02, 199.4, 12, False),
        (1.02, 200, 13, False),
        (math.nan, 900, 0, False),
        (1.0, math.nan, 0, False),
    ],
)
def test_draws_are_believed_up_to_the_limits(r_hat: float, ess: float, divergences: int, believed: bool) -> None:
    assert (doubt("It", r_hat, ess, divergences, 1200) == "") is believed
