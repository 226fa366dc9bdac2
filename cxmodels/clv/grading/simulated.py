"""New customers as a fitted model would have them: what repeat buying it makes of the days they first bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxmodels.clv.fits.fit import PurchaseFit

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Newcomers:
    """Repeat purchases of customers seen from their first purchase on, drawn.

    Attributes
    ----------
    purchases
        (draws, customers) repeat purchases within the time each was there.
    active
        (draws, customers) how long of it they went on buying.
    there
        (customers,) that time.
    stops_with_purchase
        See `Futures`.
    """

    purchases: Array
    active: Array
    there: Array
    stops_with_purchase: bool

    def times(self, random: np.random.Generator) -> tuple[NDArray[np.intp], Array]:
        """Every purchase: its place in `purchases`, flattened, and the time since the first purchase.

        Given their number purchases are spread over the time a customer went on buying at random; where who stops
        does so with a purchase, the last one is at its end.
        """
        made = self.purchases.ravel().astype(int)
        who = np.repeat(np.arange(made.size), made)
        active = self.active.ravel()
        when = random.random(len(who)) * active[who]
        if self.stops_with_purchase:
            stopped = np.flatnonzero((made > 0) & (active < np.tile(self.there, len(self.active))))
            last = made.cumsum()[stopped] - 1
            when[last] = active[stopped]
        return who, when


def newcomers(fit: PurchaseFit, there: Array, n: Array, *, most: int, draws: int, seed: int) -> Newcomers:
    """Draw what customers of a model do from their first purchase on, one history each under each draw.

    Parameters
    ----------
    fit
        The model.
    there
        (rows,) time since the first purchase, in the unit of the fit.
    n
        (rows,) customers each row stands for.
    most
        Where there are more customers, so many are taken, evenly by the time they were there.
    draws, seed
        Draws of the parameters, and the seed of the histories.
    """
    order = np.argsort(there, kind="stable")
    reach = np.cumsum(n[order])
    size = int(min(reach[-1], most))
    at = (np.arange(size) + 0.5) * reach[-1] / size
    time = there[order][np.searchsorted(reach, at)]
    theta = fit.posterior.thinned(draws)
    random = np.random.default_rng(seed)
    # T is 0: all that a new customer does lies ahead
    new = np.zeros(len(theta) * size)
    future = fit.model.futures(np.repeat(theta, size, axis=0), new, new, new, np.tile(time, len(theta)), random)
    shape = (len(theta), size)
    return Newcomers(future.purchases.reshape(shape), future.active.reshape(shape), time, future.stops_with_purchase)
