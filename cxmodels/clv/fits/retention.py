"""Shifted beta-geometric retention fitted to contracts: all together, and each cohort by itself where it can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.clv.errors import InvalidCounts, InvalidValue, UnknownColumn, require_whole
from cxmodels.clv.fits.fit import most_likely
from cxmodels.clv.models.sbg import ShiftedBetaGeometric, renewal_table
from cxmodels.clv.posteriors.at_tenure import retention_posterior
from cxmodels.clv.posteriors.posterior import Posterior
from cxmodels.estimate import Estimate

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from cxmodels.clv.counts.retention import RetentionCounts

ENOUGH = 50
"""Contracts that ended, for a group to be fitted by itself."""
LEAST = 50
"""Contracts due in a month, for the share that renewed to say something."""
FAR = 0.15
"""Between seen and fitted share still paying of a group: with the fewest due, further than chance takes them."""
SIZE, SEED = 1000, 20070101
COLUMNS = ("entry", "exit", "ended", "n")


@dataclass(frozen=True, eq=False)
class RetentionFit:
    """How long contracts are renewed.

    Attributes
    ----------
    model
        The shifted beta-geometric.
    counts
        What it was fitted to.
    maximum_likelihood
        alpha and beta at the maximum of the likelihood of all contracts; NaN where there is no finite maximum
        (customers who do not differ).
    log_likelihood
        At that maximum; NaN where there is none.
    posterior
        Draws for all contracts together.
    by
        The column that parts contracts into groups, such as ``"cohort"``.
    groups
        One row a group, in its own column `by`: ``n`` contracts, ``ended``, ``own`` (fitted by itself; the others are
        told by all contracts together), and at the maximum of its own likelihood ``alpha, beta, log_likelihood``.
    posteriors
        Draws of the groups that are fitted by themselves.
    """

    model: ShiftedBetaGeometric
    counts: RetentionCounts
    maximum_likelihood: pd.Series
    log_likelihood: float
    posterior: Posterior
    by: str
    groups: pd.DataFrame
    posteriors: Mapping[str, Posterior]

    @property
    def summary(self) -> pd.DataFrame:
        """One row a parameter: ``parameter, mean, sd, low, high, maximum_likelihood``; all contracts, 95 % limits."""
        return self.posterior.summary().assign(maximum_likelihood=self.maximum_likelihood.to_numpy())

    def of(self, group: str | None = None) -> Posterior:
        """Draws for a group: its own where it has them, those of all contracts where not, and for None."""
        return self.posterior if group is None else self.posteriors.get(group, self.posterior)

    def projected(self, months: int, group: str | None = None, since: int = 0) -> pd.DataFrame:
        """Share still paying after 0 to `months` months: ``months, value, low, high``; posterior mean, 95 % limits.

        Of contracts that have lasted `since` months, from there on.
        """
        at = np.arange(since, max(months, since) + 1)
        drawn = self.model.survival(self.of(group).theta, at, since)
        low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
        return pd.DataFrame({"months": at, "value": drawn.mean(axis=0), "low": low, "high": high})

    def renewing(self, renewed: ArrayLike, n: ArrayLike, months: int = 12) -> Estimate:
        """Share of running contracts that will still run after so many months.

        Parameters
        ----------
        renewed, n
            (rows,) whole months they have lasted, and how many contracts have.
        months
            Ahead.

        Returns
        -------
        Estimate
            Expected share; its 95 % interval holds what the parameters leave open, not chance at the renewals.
        """
        lasted, weight = np.asarray(renewed, int), np.asarray(n, float)
        drawn = self.model.survival(self.posterior.theta, lasted + months, lasted) @ weight / weight.sum()
        low, high = np.quantile(drawn, (0.025, 0.975))
        return Estimate(float(drawn.mean()), float(low), float(high), "share", int(weight.sum()))


def fit_retention(
    counts: RetentionCounts, by: str = "cohort", *, size: int = SIZE, seed: int = SEED, enough: int = ENOUGH
) -> RetentionFit:
    """Fit the shifted beta-geometric to contracts counted by months watched.

    An end counts whatever its reason: a payment that failed for good is as lost as a cancellation.

    Parameters
    ----------
    counts
        From `retention_counts`: whole months at which the watch of a contract began and stopped, and whether it ended.
    by
        A column of the counts; its levels are fitted one by one too.
    size, seed
        Of the draws.
    enough
        Contracts that ended, for a level to be fitted by itself.

    Raises
    ------
    UnknownColumn
        When the counts lack `by` or another column.
    InvalidCounts
        When entry, exit, ended or n are none: not whole, negative, an exit before the entry, an end not watched.
    InvalidValue
        When no contract was watched for a renewal: nothing can be told; or the number of draws or the seed is none.
    NotConverged
        When the posterior's importance weights are not to be believed; never seen to happen.

    Notes
    -----
    Fader & Hardie (2007), equations 5-8, with left truncation; the prior is that of `posteriors.priors`.
    """
    require_whole("fit_retention", size=(size, 1), seed=(seed, 0))
    frame = _checked(counts.frame, by)
    if not (frame["exit"] > frame["entry"]).any():
        raise InvalidValue("fit_retention: no contract was watched for a whole month, so no renewal was seen")
    model = ShiftedBetaGeometric()
    rows, posteriors = [], {}
    for level, part in frame.groupby(by, sort=True):
        ended = int(part.loc[part["ended"] == 1, "n"].sum())
        best, value = pd.Series(np.nan, index=list(model.parameters)), float("nan")
        if own := ended >= enough:
            best, value, posteriors[str(level)] = _fitted(model, part, size, seed)
        rows.append((str(level), int(part["n"].sum()), ended, own, *best, value))
    groups = pd.DataFrame(rows, columns=[by, "n", "ended", "own", *model.parameters, "log_likelihood"])
    return RetentionFit(model, counts, *_fitted(model, frame, size, seed), by, groups, posteriors)


def seen_and_fitted(fit: RetentionFit, group: str | None = None, *, least: int = LEAST) -> pd.DataFrame:
    """Share still paying as it was seen beside what the model says, month by month.

    Both start with everybody at the month of tenure from which enough contracts were watched, `since`.

    Parameters
    ----------
    fit
        From `fit_retention`.
    group
        One of its groups; None for all contracts together.
    least
        The fewest contracts due in a month for it to be told, and no fewer than the study's smallest cell; told are
        the months from the first such one to the next that is not.

    Returns
    -------
    pandas.DataFrame
        ``months`` (of tenure), ``due`` (contracts that came to the renewal), ``seen`` (product of the shares that
        renewed: Kaplan-Meier in months), ``fitted`` with ``low, high`` (95 %), ``since``.
    """
    frame = fit.counts.frame
    watched = renewal_table(frame if group is None else frame[frame[fit.by].astype(str) == group])
    enough = (watched["due"] >= max(fit.counts.min_cell, least, 1)).to_numpy()
    if not enough.any():
        return pd.DataFrame(columns=["months", "due", "seen", "fitted", "low", "high", "since"], dtype=float)
    first = int(enough.argmax())
    stop = first + int(np.append(enough[first:], False).argmin())
    watched = watched.iloc[first:stop]
    seen = (1 - watched["stopped"] / watched["due"]).cumprod().to_numpy()
    projected = fit.projected(stop, group, since=first).iloc[1:]
    return pd.DataFrame(
        {
            "months": projected["months"].to_numpy(),
            "due": watched["due"].to_numpy().astype(int),
            "seen": seen,
            "fitted": projected["value"].to_numpy(),
            "low": projected["low"].to_numpy(),
            "high": projected["high"].to_numpy(),
            "since": first,
        }
    )


def largest_gap(fit: RetentionFit, group: str | None = None) -> float:
    """The largest difference between seen and fitted share still paying, over months, of a group or all together.

    NaN where too few are watched in every month.
    """
    told = seen_and_fitted(fit, group)
    return float((told["seen"] - told["fitted"]).abs().max()) if len(told) else float("nan")


def _checked(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    if missing := [name for name in (*COLUMNS, by) if name not in frame.columns]:
        raise UnknownColumn(
            f"fit_retention: column {missing[0]!r} is needed, found {', '.join(map(str, frame.columns))}"
        )
    numbers = frame[list(COLUMNS)].to_numpy(float)
    entry, leaving, ended, n = numbers.T
    wrong = {
        "whole numbers, 0 or more, are needed": ~(np.isfinite(numbers) & (numbers >= 0)).all(axis=1)
        | (numbers != np.floor(numbers)).any(axis=1),
        "an exit before the entry": leaving < entry,
        "ended must be 0 or 1": ~np.isin(ended, (0, 1)),
        "an end outside of the months watched": (ended == 1) & (leaving == entry) & (n > 0),
    }
    for what, rows in wrong.items():
        if rows.any():
            found = ", ".join(f"{name} {value:g}" for name, value in zip(COLUMNS, numbers[rows.argmax()], strict=True))
            raise InvalidCounts(f"fit_retention: {what}; row {rows.argmax()} has {found}")
    return frame


def _fitted(
    model: ShiftedBetaGeometric, frame: pd.DataFrame, size: int, seed: int
) -> tuple[pd.Series, float, Posterior]:
    """The maximum of the likelihood, its value there, and the posterior."""
    likelihood = model.likelihood(frame)
    best, value = most_likely(model, likelihood, model.start(frame))
    return best, value, retention_posterior(model, likelihood, frame, size=size, seed=seed)
