"""A posterior moved to an earlier day beside the one drawn anew from what was known then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from cdnow_followed import days

from cxmodels.clv.counts.from_frame import counted
from cxmodels.clv.counts.purchases import PurchaseCounts
from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.purchases import fit_purchases
from cxmodels.clv.posteriors.moved import moved


def known_on(day: str) -> PurchaseCounts:
    """Return the purchases of the sample until a day; everybody had come by the end of March 1997."""
    bought = days()[lambda rows: rows["day"] <= day]
    each = bought.groupby("customer")["day"].agg(["min", "max", "size"])
    rows = pd.DataFrame(
        {
            "frequency": each["size"] - 1,
            "recency": (each["max"] - each["min"]).dt.days,
            "T": (pd.Timestamp(day) - each["min"]).dt.days,
        }
    )
    return counted(rows)


def both(model: str, day: str, now: PurchaseFit) -> tuple[np.ndarray, np.ndarray]:
    """Return draws in unbounded coordinates: moved from today, and anew."""
    counts = known_on(day)
    fits = (fit_purchases(counts, model, near=now), fit_purchases(counts, model))
    np.testing.assert_allclose(fits[0].log_likelihood, fits[1].log_likelihood, atol=1e-4)
    carried, anew = (fit.model.unbounded(fit.posterior.theta) for fit in fits)
    return carried, anew


@pytest.mark.parametrize("model", ["bg_nbd", "mbg_nbd"])
def test_a_moved_posterior_lies_where_the_one_drawn_anew_does(model: str) -> None:
    now = fit_purchases(known_on("1998-06-30"), model)
    for day, apart in (("1998-05-31", 0.08), ("1997-12-31", 0.15)):
        carried, anew = both(model, day, now)
        sd = anew.std(axis=0, ddof=1)
        assert (np.abs(carried.mean(axis=0) - anew.mean(axis=0)) < 0.2 * sd).all()
        np.testing.assert_allclose(carried.std(axis=0, ddof=1), sd, rtol=apart)
    # the last move was far: today's own posterior would be somewhere else
    today = now.model.unbounded(now.posterior.theta).mean(axis=0)
    assert (np.abs(today - anew.mean(axis=0)) > 0.5 * sd).any()


def test_the_fit_of_another_model_is_no_start() -> None:
    counts = known_on("1998-05-31")
    near = fit_purchases(known_on("1998-06-30"), "mbg_nbd")
    draws = fit_purchases(counts, "bg_nbd", near=near).posterior.draws
    pd.testing.assert_frame_equal(draws, fit_purchases(counts, "bg_nbd").posterior.draws)


def test_a_posterior_without_a_mode_is_not_moved() -> None:
    counts = known_on("1998-06-30")
    now = fit_purchases(counts)
    assert now.posterior.mode is not None
    with pytest.raises(ValueError, match="with a mode is required"):
        moved(now.model, replace(now.posterior, mode=None), now.posterior.mode, 100)
