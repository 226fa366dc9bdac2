"""What the customer base would be worth under the models that told the past as well as the one that is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.clv.errors import ClvError
from cxmodels.clv.fits.purchases import fit_purchases
from cxmodels.clv.forecasts.forecast import forecast as forecast_of

if TYPE_CHECKING:
    from cxmodels.clv.fits.known import KnownFits
    from cxmodels.clv.forecasts.forecast import ClvForecast
    from cxmodels.clv.grading.replay import Replay

DRAWS = 60
"""Enough to tell a total; the interval told is that of the model used."""
ALIVE_APART = 0.10
"""Models further apart on how many still buy leave that number untold: purchases to come tell little of it."""


def value_of_rivals(forecast: ClvForecast, known: KnownFits, replay: Replay | None) -> pd.DataFrame:
    """Value of the same customers under every other purchase model not really worse on the hold-out.

    A hold-out of a year cannot always tell models apart, and they part over a horizon of three: what they disagree on
    is a doubt that no interval of a single model holds.

    Parameters
    ----------
    forecast
        Today's, under the model used.
    known
        The fits it was made from.
    replay
        The models beside what came; None where nothing was held out.

    Returns
    -------
    DataFrame
        One row a rival, in the order of the replay: ``model`` as pages call it; ``value``, the expected value of the
        base in the study's currency; ``apart``, how far that lies from the value under the model used, as a share of
        it; ``alive``, how many customers still buy, and ``alive_apart`` likewise. Empty where there is no rival, none
        could be fitted, or nothing is expected under the model used.
    """
    rows = []
    used = forecast.total("clv").value
    if replay is not None and known.counts is not None and known.purchases is not None and used:
        for kind in replay.as_good:
            try:
                fit = fit_purchases(known.counts, kind, size=4 * DRAWS)
            except ClvError:
                continue
            other = forecast_of(
                forecast.base,
                fit,
                known.spend,
                known.retention,
                horizon_months=forecast.horizon_months,
                discount_rate=forecast.discount_rate,
                draws=DRAWS,
                by=(),
                seed=forecast.seed,
            )
            value = other.total("clv").value
            rows.append((fit.model.title, value, value / used - 1, *_alive(other, forecast)))
    return pd.DataFrame(rows, columns=["model", "value", "apart", "alive", "alive_apart"])


def agree_on_who_buys(rivals: pd.DataFrame | None) -> bool:
    """Whether models that told the past equally well also agree on how many customers still buy.

    They need not: a customer who came once and will not come again may have stopped, or buy very seldom. BG/NBD takes
    everybody who never came again for active (Fader, Hardie & Lee 2005, the note to equation 7).
    """
    return rivals is None or not len(rivals) or bool(rivals["alive_apart"].abs().max() <= ALIVE_APART)


def _alive(other: ClvForecast, forecast: ClvForecast) -> tuple[float, float]:
    alive, used = other.total("alive").value, forecast.total("alive").value
    return alive, alive / used - 1 if used else 0.0
