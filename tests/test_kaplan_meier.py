"""Kaplan–Meier from counts beside published values and beside lifelines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times

from cxmodels.kaplan_meier import median, survival_curve


def counted(exit: object, event: object) -> pd.DataFrame:
    rows = pd.DataFrame({"entry": 0, "exit": exit, "event": event})
    return rows.groupby(["entry", "exit", "event"], as_index=False).size().rename(columns={"size": "n"})


def test_remission_under_6_mp_is_as_published() -> None:
    # Freireich et al. (1963), Blood 21; the curve as in Kalbfleisch & Prentice (1980), table 1.1; the median of 23
    # weeks with 13 below and nothing above is that of R's survfit with conf.type = "log-log"
    exit = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    event = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    curve = survival_curve(counted(exit, event))
    found = curve.set_index("time").loc[[6, 7, 10, 13, 16, 22, 23], "survival"]
    assert found.round(3).tolist() == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert curve["at_risk"].tolist()[:3] == [21, 21, 17]
    assert median(curve) == (23, 13, np.inf)


@pytest.mark.parametrize("scale", [3.0, 30.0])
def test_curve_interval_and_median_are_those_of_lifelines(scale: float) -> None:
    rng = np.random.default_rng(5)
    waited, watched = rng.exponential(scale, 400), rng.uniform(0, 40, 400)
    # whole hours, some of them nought: what happens at once happens at time 0
    exit, event = np.floor(24 * np.minimum(waited, watched)) / 24, (waited <= watched).astype(int)
    curve = survival_curve(counted(exit, event))
    other = KaplanMeierFitter().fit(exit, event)
    inside = curve[curve["survival"].between(0, 1, inclusive="neither")]
    wanted = other.survival_function_.join(other.confidence_interval_).loc[inside["time"]]
    np.testing.assert_allclose(inside[["survival", "low", "high"]], wanted, rtol=1e-9)
    limits = median_survival_times(other.confidence_interval_)
    assert median(curve) == pytest.approx((other.median_survival_time_, *limits.iloc[0]))


def test_what_happens_to_fewer_than_half_has_no_median() -> None:
    curve = survival_curve(counted([1, 2, 3, 3, 3], [1, 0, 0, 0, 0]))
    assert median(curve)[0] == np.inf
    assert curve["at_risk"].tolist() == [5, 5, 4, 3]
