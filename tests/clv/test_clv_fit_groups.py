"""Groups partially pooled: nearer to the truth than each alone, with limits that hold it; what is not shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from cdnow_followed import END, days
from simulated_customers import customers

from cxmodels.clv.counts.from_frame import counted
from cxmodels.clv.counts.purchases import PurchaseCounts
from cxmodels.clv.errors import InvalidValue, NoPurchases, NoRepeatPurchases, UnknownColumn
from cxmodels.clv.figures.groups import activity_by_group
from cxmodels.clv.fits.activity import purchases_while_active, share_active
from cxmodels.clv.fits.chains import Run
from cxmodels.clv.fits.hierarchy import GroupFit, fit_groups
from cxmodels.clv.fits.purchases import fit_purchases, purchase_prior
from cxmodels.clv.models.named import purchase_model
from cxmodels.clv.posteriors.priors import prior_of

MODEL = purchase_model("bg_nbd")
MEAN = np.array([np.log(0.6), np.log(40.0), -1.1, np.log(4.0)])
YEAR = 365.25


def company(seed: int, groups: int = 12, size: int = 40) -> tuple[PurchaseCounts, np.ndarray]:
    """Counts by ``channel`` and the (groups, parameters) truth: rates and dropout differ between channels."""
    random = np.random.default_rng(seed)
    coordinates = MEAN + np.array([0.0, 0.2, 0.2, 0.0]) * random.standard_normal((groups, 4))
    theta = MODEL.theta(coordinates)
    frames = []
    for group in range(groups):
        T = random.uniform(100, 700, size)
        frames.append(customers("bg_nbd", theta[group], T, random).assign(channel=f"c{group:02d}"))
    frame = pd.concat(frames).drop(columns="log_gaps")
    keys = ["frequency", "recency", "T", "channel"]
    return PurchaseCounts(frame.groupby(keys, as_index=False)["n"].sum(), by=("channel",)), theta


@cache
def fitted(seed: int) -> GroupFit:
    """The fit of a company."""
    return fit_groups(company(seed)[0], seed=seed)


def errors(seed: int) -> tuple[float, float, int, int]:
    """Squared errors of the log rate, pooled and alone; how many rates and shares the 95 % limits hold."""
    fit, theta = fitted(seed), company(seed)[1]
    truth = {"rate": purchases_while_active(MODEL, theta, YEAR), "active": share_active(MODEL, theta, YEAR)}
    summary = fit.summary
    held, pooled = [], 0.0
    for quantity, true in truth.items():
        table = summary[summary["quantity"] == quantity]
        held.append(int(((table["low"] < true) & (true < table["high"])).sum()))
        if quantity == "rate":
            pooled = float((np.log(table["value"]) - np.log(true)).pow(2).sum())
    alone = 0.0
    for place, level in enumerate(fit.levels["channel"]):
        own = fit_purchases(fit.of(level).counts, seed=seed).posterior.theta
        alone += float((np.log(purchases_while_active(MODEL, own, YEAR).mean()) - np.log(truth["rate"][place])) ** 2)
    return pooled, alone, held[0], held[1]


def test_a_group_is_nearer_to_the_truth_with_the_others_than_alone() -> None:
    pooled, alone, rates, shares = errors(0)
    assert pooled < 0.5 * alone
    assert rates >= 10
    assert shares >= 10


@pytest.mark.slow
def test_the_limits_of_groups_hold_the_truth_as_often_as_they_say() -> None:
    found = np.array([errors(seed) for seed in range(30)])
    assert found[:, 0].sum() < 0.7 * found[:, 1].sum()
    # 360 rates and 360 shares; two standard deviations either way, those of one company being nearly independent.
    assert 0.92 < found[:, 2].sum() / 360 < 0.98
    assert 0.92 < found[:, 3].sum() / 360 < 0.985


def test_the_fit_of_a_group_is_of_its_peoplewith_its_draws() -> None:
    fit = fitted(0)
    one = fit.of("c01")
    assert one.counts.customers == 40
    assert one.counts.by == ()
    assert one.counts.frame["n"].sum() == 40
    np.testing.assert_array_equal(one.posterior.theta, fit.draws[:, 1])
    assert (one.posterior.engine, one.posterior.r_hat, one.posterior.ess) == ("nuts", fit.r_hat, fit.ess)
    assert one.maximum_likelihood.isna().all()
    np.testing.assert_array_equal(fit.prior.centre, purchase_prior(MODEL, fit.counts).centre)
    assert (len(fit.draws), len(fit.mean), len(fit.spread)) == (1000, 1000, 1000)
    assert (fit.spread > 0).all()
    with pytest.raises(InvalidValue, match=r"'c11'\]\}, found \{'channel': 'nowhere'\}"):
        fit.of("nowhere")


def believed(fit: GroupFit) -> bool:
    """Whether chains agree, by numbers written here."""
    return fit.reason == "" and fit.r_hat <= 1.02 and fit.ess >= 200 and fit.divergences <= 12


def test_the_chains_of_twelve_small_groups_agree() -> None:
    assert believed(fitted(0))


@pytest.mark.slow
@pytest.mark.parametrize(("groups", "size"), [(2, 20), (2, 3000), (3, 200), (5, 30), (12, 300), (30, 20)])
@pytest.mark.parametrize("model", ["bg_nbd", "mbg_nbd", "pareto_nbd"])
def test_chains_agree_however_many_groups_there_are_and_however_large(groups: int, size: int, model: str) -> None:
    if model == "pareto_nbd" and groups * size > 1000:
        size //= 5
    fit = fit_groups(company(4, groups=groups, size=size)[0], model, seed=2)
    assert believed(fit), (fit.r_hat, fit.ess, fit.divergences)


@pytest.mark.slow
def test_chains_agree_where_groups_are_of_very_different_size() -> None:
    counts, _ = company(1, groups=5, size=2000)
    frame = counts.frame
    place = frame.groupby("channel").cumcount()
    few = frame["channel"].map({"c00": 1, "c01": 12, "c02": 150}).fillna(2000)
    fit = fit_groups(replace(counts, frame=frame[place < few].reset_index(drop=True)), seed=1)
    assert believed(fit), (fit.r_hat, fit.ess, fit.divergences)


def test_draws_that_are_not_to_be_believed_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def apart(density: object, dimensions: int, wanted: object, what: str, *, size: int, seed: int) -> Run:
        points = np.random.default_rng(seed).standard_normal((2, size, dimensions))
        return Run(points, 9.0, 1.2, 42, f"{what} cannot be told.")

    monkeypatch.setattr("cxmodels.clv.fits.hierarchy.chains_of", apart)
    fit = fit_groups(company(1, groups=2, size=20)[0])
    assert fit.reason == "How customers differ by channel cannot be told."
    assert (fit.ess, fit.r_hat, fit.divergences) == (9.0, 1.2, 42)


@pytest.mark.slow
def test_chains_agree_on_the_three_monthly_cohorts_of_cdnow() -> None:
    bought = days("master").assign(first=lambda rows: rows.groupby("customer")["day"].transform("min"))
    each = bought.groupby("customer").agg(first=("first", "min"), latest=("day", "max"), days=("day", "size"))
    people = pd.DataFrame(
        {
            "frequency": each["days"] - 1,
            "recency": (each["latest"] - each["first"]).dt.days,
            "T": (pd.Timestamp(END) - each["first"]).dt.days,
            "cohort": each["first"].dt.strftime("%Y-%m"),
        }
    )
    fit = fit_groups(counted(people, by="cohort"))
    assert list(fit.levels["cohort"]) == ["1997-01", "1997-02", "1997-03"]
    assert believed(fit), (fit.r_hat, fit.ess, fit.divergences)


@pytest.fixture
def drawn() -> Callable[..., GroupFit]:
    """Return a function that makes a fit whose draws are written here: ``drawn({"Search": 1.0, …}, n=…)``."""

    def fit(rates: dict[str, float], n: list[int], min_cell: int = 10) -> GroupFit:
        random = np.random.default_rng(1)
        draws = np.empty((500, len(rates), 4))
        for place, rate in enumerate(rates.values()):
            # alpha: one purchase takes YEAR / rate days on average
            draws[:, place] = np.array([1.0, YEAR / rate, 1.0, 9.0]) * np.exp(0.02 * random.standard_normal((500, 4)))
        levels = pd.DataFrame({"channel": list(rates), "n": n})
        counts = PurchaseCounts(pd.DataFrame(), by=("channel",), min_cell=min_cell)
        none = np.zeros((500, 4))
        return GroupFit(MODEL, counts, "channel", levels, prior_of(MODEL), draws, none, none, 400.0, 1.0, 0)

    return fit


def test_groups_too_small_to_be_shown_are_left_out_and_so_is_what_would_tell_them(
    drawn: Callable[..., GroupFit],
) -> None:
    fit = drawn({"Search": 4.0, "Social": 4.0, "Store": 2.0, "Van": 3.0}, n=[300, 200, 100, 4])
    summary = fit.summary
    assert list(summary["channel"].unique()) == ["Search", "Social"]
    assert fit.hidden == 2
    rate = summary[summary["quantity"] == "rate"].set_index("channel")
    assert rate.loc["Search", "value"] == pytest.approx(4.0, rel=0.01)
    # The average is that of all customers, those that are not shown too.
    assert rate.loc["Search", "average"] == pytest.approx((300 * 4 + 200 * 4 + 100 * 2 + 4 * 3) / 604, rel=0.01)
    assert rate.loc["Search", "above"] > 0.975


def test_the_figure_says_which_group_differs_most(drawn: Callable[..., GroupFit]) -> None:
    figure = activity_by_group(drawn({"Search": 4.0, "Social": 4.0, "Store": 2.0}, n=[300, 200, 100]))
    assert figure.title == "Store: customers buy again 2.0 times a year while active; the mean of all is 3.7"
    assert "Store 2.0 (1.9 to 2.1)" in figure.alt
    assert "Still active a year after the first purchase: Search" in figure.alt
    assert "too small" not in figure.note


def test_the_figure_says_where_no_group_differs_and_what_is_not_shown(drawn: Callable[..., GroupFit]) -> None:
    figure = activity_by_group(drawn(dict.fromkeys("abcd", 3.0), n=[300, 200, 100, 3]))
    assert figure.title.startswith("No channel clearly differs from the others")
    assert "left out (2)" in figure.note


def test_without_a_group_that_may_be_shown_there_is_no_figure(drawn: Callable[..., GroupFit]) -> None:
    with pytest.raises(ValueError, match="no group is large enough"):
        activity_by_group(drawn({"a": 3.0, "b": 3.0}, n=[4, 5]))


def test_draws_that_are_not_believed_make_no_figure(drawn: Callable[..., GroupFit]) -> None:
    fit = replace(drawn({"a": 3.0, "b": 3.0}, n=[400, 500]), reason="How customers differ by channel cannot be told.")
    with pytest.raises(ValueError, match="activity_by_group: How customers differ by channel cannot be told"):
        activity_by_group(fit)


def test_what_cannot_be_grouped_is_named() -> None:
    counts, _ = company(1, groups=2, size=20)
    frame = counts.frame
    with pytest.raises(UnknownColumn, match=r"parted by \(channel\), not region"):
        fit_groups(counts, by="region")
    with pytest.raises(UnknownColumn, match=r"\(none\), none was asked for"):
        fit_groups(replace(counts, by=()))
    with pytest.raises(InvalidValue, match="must name one of channel, region"):
        fit_groups(replace(counts, frame=frame.assign(region="Nord"), by=("channel", "region")))
    with pytest.raises(InvalidValue, match="at least 2 groups of channel are required, found 1"):
        fit_groups(replace(counts, frame=frame.assign(channel="one")))
    with pytest.raises(NoRepeatPurchases):
        fit_groups(replace(counts, frame=frame[frame["frequency"] == 0]))
    with pytest.raises(NoPurchases):
        fit_groups(replace(counts, frame=frame[:0]))
