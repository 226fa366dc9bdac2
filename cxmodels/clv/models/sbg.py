"""Shifted beta-geometric: how long contracts are renewed when every customer has a chance of their own to stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.models.gauss_fraction import gauss_fraction

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from cxmodels.clv.models.model import Array, Likelihood

_LARGEST = 300.0
"""Of a coordinate, so that its exponential is a number."""


@dataclass(frozen=True)
class ShiftedBetaGeometric:
    """At every renewal a customer stops with a chance of their own; over customers the chance is Beta(alpha, beta).

    Time is counted in renewals (months): a contract that ended in its third month was renewed twice and has
    ``exit`` 3, ``ended`` 1. Theta is (draws, parameters) and counts of renewals are (rows,); results are (draws, rows).

    Notes
    -----
    Fader & Hardie (2007), How to project customer retention, Journal of Interactive Marketing 21(1), 76-90. What the
    likelihood needs is the share that renews, r(t) = (β + t - 1) / (α + β + t - 1) (equation 8), and the numbers who
    came to each renewal and who stopped at it. Who entered the watch late counts from then on only, which is what
    dividing by S(entry) does.
    """

    name = "sbg"
    title = "Shifted beta-geometric"
    parameters = ("alpha", "beta")
    coordinates = ("logit alpha/(alpha+beta)", "log(alpha+beta)")

    def theta(self, coordinates: Array) -> Array:
        """(…, 2) mean chance to stop on the logit scale and log of alpha + beta → (…, 2) alpha, beta."""
        mean, size = np.moveaxis(np.asarray(coordinates, float), -1, 0)
        size = np.exp(np.clip(size, -_LARGEST, _LARGEST))
        # expit(-x) rather than 1 - expit(x): a small chance to stay keeps its digits
        return np.stack([size * expit(mean), size * expit(-mean)], axis=-1)

    def unbounded(self, theta: Array) -> Array:
        """The inverse of `theta`."""
        alpha, beta = np.moveaxis(np.asarray(theta, float), -1, 0)
        return np.stack([np.log(alpha) - np.log(beta), np.log(alpha + beta)], axis=-1)

    def likelihood(self, frame: pd.DataFrame) -> Likelihood:
        """The log-likelihood of contracts counted by ``entry``, ``exit`` (renewals), ``ended`` (0 or 1) and ``n``.

        A row without time watched (entry = exit) says nothing and is allowed where it did not end.
        """
        watched = renewal_table(frame)
        before = watched["renewal"].to_numpy(float) - 1
        stopped = watched["stopped"].to_numpy(float)
        stayed = watched["due"].to_numpy(float) - stopped

        def log_likelihood(theta: Array) -> Array:
            alpha, beta = np.asarray(theta, float).T[:, :, None]
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                whole = np.log(alpha + beta + before)
                found = (np.log(alpha) - whole) @ stopped + (np.log(beta + before) - whole) @ stayed
            return np.where(np.isfinite(found), found, -np.inf)

        return log_likelihood

    def start(self, frame: pd.DataFrame) -> Array:
        """(2,) the share that stops at a renewal, with chances that differ moderately (alpha + beta = 5)."""
        watched = renewal_table(frame)
        share = (watched["stopped"].sum() + 0.5) / (watched["due"].sum() + 1)
        return 5.0 * np.array([share, 1 - share])

    def retention_rate(self, theta: Array, renewal: ArrayLike) -> Array:
        """Share of those who come to the renewal number `renewal` (from 1) and renew (equation 8)."""
        alpha, beta = np.asarray(theta, float).T[:, :, None]
        before = np.asarray(renewal, float) - 1
        return (beta + before) / (alpha + beta + before)

    def survival(self, theta: Array, renewals: ArrayLike, since: ArrayLike = 0) -> Array:
        """Share that renews at least so often (whole numbers), of those who have renewed `since` times (equation 6).

        As a product of retention rates, which neither overflows nor cancels where beta functions do.
        """
        wanted, before = np.broadcast_arrays(np.asarray(renewals, int), np.asarray(since, int))
        logs = np.log(self.retention_rate(theta, np.arange(1, int(wanted.max(initial=0)) + 1))).cumsum(axis=1)
        so_far = np.concatenate([np.zeros((len(logs), 1)), logs], axis=1)
        return np.exp(so_far[:, wanted] - so_far[:, np.minimum(before, wanted)])

    def discounted_lifetime(
        self, theta: Array, renewed: ArrayLike, discount: float, horizon: int | None = None
    ) -> Array:
        """Expected payments still to come from a contract renewed so often so far, a later one worth less.

        Parameters
        ----------
        theta
            (draws, 2).
        renewed
            (rows,) renewals so far, whole numbers.
        discount
            Of one period, d: the next payment counts 1, the one after it 1 / (1 + d). Where the next lies a period
            ahead, multiply by 1 / (1 + d).
        horizon
            Renewals that are looked at; None for all that may come.

        Returns
        -------
        numpy.ndarray
            (draws, rows); finite everywhere.

        Raises
        ------
        InvalidValue
            When the discount is negative or, without a horizon, not above 0: the sum need not be finite then.

        Notes
        -----
        Discounted expected residual lifetime, Fader & Hardie (2010), Customer-base valuation in a contractual
        setting, Marketing Science 29(1), 85-93, equation 6 with n - 1 = `renewed`.
        """
        if not (discount >= 0 and (horizon is not None or discount > 0)):
            allowed = "above 0 without a horizon" if horizon is None else "0 or more"
            raise InvalidValue(f"discounted_lifetime: discount must be {allowed}, found {discount}")
        so_far = np.asarray(renewed, int)
        factor = 1 / (1 + discount)
        alpha, beta = np.asarray(theta, float).T[:, :, None]
        if horizon is None:
            first = (beta + so_far) / (alpha + beta + so_far)
            return first * gauss_fraction(beta + so_far + 1, alpha + beta + so_far, np.array(factor))
        reached = np.ones(np.broadcast_shapes(alpha.shape, so_far.shape))
        total = np.zeros_like(reached)
        for ahead in range(horizon):
            reached = reached * (beta + so_far + ahead) / (alpha + beta + so_far + ahead)
            total += factor**ahead * reached
        return total

    def futures(self, theta: Array, renewed: ArrayLike, horizon: int, random: np.random.Generator) -> Array:
        """Months still paid within the horizon, one future a row.

        Parameters
        ----------
        theta
            (rows, 2) or (1, 2): one draw of the parameters a row.
        renewed
            (rows,) renewals so far, whole numbers.
        horizon
            Months ahead.
        random
            Where chance comes from.

        Returns
        -------
        numpy.ndarray
            (rows,) whole numbers from 0 to `horizon`.

        Notes
        -----
        Who has renewed m times has a chance to stop from Beta(α, β + m) (Bayes' rule), and given it the renewals to
        come are geometric: the whole part of an exponential time.
        """
        alpha, beta = np.asarray(theta, float).T
        so_far = np.asarray(renewed, float)
        stop = random.beta(np.broadcast_to(alpha, so_far.shape), beta + so_far)
        with np.errstate(divide="ignore", over="ignore"):
            paid = random.standard_exponential(so_far.shape) / -np.log1p(-stop)
        return np.minimum(np.floor(paid), horizon)


def renewal_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Contracts watched at each renewal: ``renewal`` from 1, ``due`` (came to it), ``stopped`` (did not renew).

    Parameters
    ----------
    frame
        ``entry, exit, ended, n`` as for `ShiftedBetaGeometric.likelihood`.
    """
    entry, leaving = (frame[name].to_numpy(int) for name in ("entry", "exit"))
    n = frame["n"].to_numpy(float)
    longest = int(leaving.max(initial=0))
    came, went = (np.bincount(at, n, minlength=longest + 1) for at in (entry, leaving))
    due = (came - went).cumsum()[:longest]
    stopped = np.bincount(leaving, n * frame["ended"].to_numpy(float), minlength=longest + 1)[1:]
    # sums of whole numbers stay whole; a difference of them may be -0.0
    return pd.DataFrame({"renewal": np.arange(1, longest + 1), "due": np.abs(due), "stopped": stopped})
