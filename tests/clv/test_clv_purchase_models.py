"""What holds for every purchase model: its likelihood is that of the story it tells, and so are its forecasts."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import beta, gamma
from simulated_customers import customers

from cxmodels.clv.counts.purchases import PurchaseCounts
from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.models.model import PurchaseModel
from cxmodels.clv.models.named import purchase_model
from cxmodels.clv.posteriors.laplace import maximise

THETA = {
    "bg_nbd": (0.6, 5.0, 0.8, 2.4),
    "mbg_nbd": (0.6, 5.0, 0.8, 2.4),
    "mbg_cnbd_2": (0.9, 3.0, 0.8, 2.4),
    "mbg_cnbd_3": (0.9, 2.0, 0.8, 2.4),
    "pareto_nbd": (0.6, 7.0, 0.7, 12.0),
}
PASTS = pd.DataFrame(
    [(0, 0.0, 30.0), (0, 0.0, 3.0), (1, 4.0, 30.0), (2, 29.0, 30.0), (7, 21.0, 38.86), (12, 30.0, 30.0)],
    columns=["frequency", "recency", "T"],
).assign(n=1)
every_model = pytest.mark.parametrize("name", list(THETA))


def theta_of(name: str) -> np.ndarray:
    return np.array([THETA[name]])


def times(frame: pd.DataFrame) -> tuple[np.ndarray, ...]:
    return tuple(frame[name].to_numpy(float) for name in ("frequency", "recency", "T"))


def tables() -> st.SearchStrategy[list[tuple[int, int, int, int]]]:
    row = st.tuples(st.integers(0, 6), st.integers(1, 40), st.integers(0, 40), st.integers(1, 5))
    return st.lists(row, min_size=1, max_size=12)


def frame_of(rows: list[tuple[int, int, int, int]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["frequency", "recency", "ahead", "n"])
    frame["recency"] = frame["recency"].where(frame["frequency"] > 0, 0)
    frame["T"] = frame["recency"] + frame.pop("ahead")
    return frame


def unlike_each_other(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return customers' rates, what makes them stop (a chance, of Pareto/NBD a rate), and how many there are of each.

    Both are on grids so fine that sums are integrals.
    """
    r, alpha, third, fourth = THETA[name]
    log = np.linspace(-45, 5, 1200)
    rates = np.exp(log)
    weights = gamma.pdf(rates, r, scale=1 / alpha) * rates
    if name == "pareto_nbd":
        stops = rates
        likely = gamma.pdf(stops, third, scale=1 / fourth) * stops
    else:
        logit = np.linspace(-40, 18, 1200)
        stops = expit(logit)
        likely = beta.pdf(stops, third, fourth) * stops * expit(-logit)
    n = np.outer(weights, likely)
    return rates[:, None], stops, n / n.sum()


@every_model
def test_a_likelihood_is_the_average_over_customers_of_the_story(name: str) -> None:
    model = purchase_model(name)
    k, first = getattr(model, "k", 1), name.startswith("mbg")
    rate, stop, customers = unlike_each_other(name)
    for x, last, T, _ in PASTS.itertuples(index=False):
        if name == "pareto_nbd":
            still = rate**x * np.exp(-(rate + stop) * T)
            # a stop between the last purchase and T
            ended = np.exp(-(rate + stop) * last) - np.exp(-(rate + stop) * T)
            gone = rate**x * stop / (rate + stop) * ended
        else:
            # Erlang times between purchases, then fewer than k events and a customer who did not stop, or a stop
            bought = rate ** (k * x) * np.exp(-rate * last) / math.factorial(k - 1) ** x
            waits = sum((rate * (T - last)) ** events / math.factorial(events) for events in range(k))
            still = bought * waits * np.exp(-rate * (T - last)) * (1 - stop) ** (x + first)
            gone = bought * stop * (1 - stop) ** (x + first - 1) if x + first else 0 * still
        still, gone = (still * customers).sum(), (gone * customers).sum()
        row = pd.DataFrame({"frequency": [x], "recency": [last], "T": [T], "n": [1]})
        assert model.likelihood(row)(theta_of(name))[0] == pytest.approx(math.log(still + gone), abs=1e-6)
        assert model.p_alive(theta_of(name), *times(row))[0, 0] == pytest.approx(still / (still + gone), abs=1e-6)


@every_model
def test_expectations_are_the_averages_of_futures(name: str) -> None:
    model, random, size = purchase_model(name), np.random.default_rng(3), 60_000
    expected = model.expected_purchases(theta_of(name), *times(PASTS), 39.0)[0]
    halfway = model.expected_purchases(theta_of(name), *times(PASTS), 15.0)[0]
    alive = model.p_alive(theta_of(name), *times(PASTS))[0]
    for place, row in enumerate(zip(*times(PASTS), strict=True)):
        past = (np.full(size, part) for part in row)
        found = model.futures(theta_of(name), *past, 39.0, random)
        assert (found.purchases == np.floor(found.purchases)).all()
        assert ((found.active >= 0) & (found.active <= 39)).all()
        assert (found.purchases[found.active == 0] == 0).all()
        assert (found.active > 0).mean() == pytest.approx(alive[place], abs=0.011)
        error = found.purchases.std() / math.sqrt(size)
        assert found.purchases.mean() == pytest.approx(expected[place], abs=4.5 * error)
        if name.startswith("mbg_cnbd"):
            continue
        # spread over the time active, they are as many by an earlier day as the expectation for that day says
        stops = found.stops_with_purchase & (found.active < 39) & (found.purchases > 0)
        within = np.divide(15.0, found.active, out=np.ones(size), where=found.active > 0).clip(max=1)
        early = random.binomial((found.purchases - stops).astype(int), within) + (stops & (found.active <= 15))
        assert early.mean() == pytest.approx(halfway[place], abs=4.5 * early.std() / math.sqrt(size))


@every_model
def test_each_row_of_futures_has_its_own_parameters_and_time_ahead(name: str) -> None:
    model, size = purchase_model(name), 40_000
    theta = np.repeat(np.vstack([theta_of(name), theta_of(name) * [1, 3, 1, 1]]), size, axis=0)
    past = tuple(np.full(2 * size, part) for part in (2.0, 20.0, 30.0))
    ahead = np.tile([10.0, 30.0], size)
    found = model.futures(theta, *past, ahead, np.random.default_rng(5)).purchases
    for half in (0, 1):
        for offset, time in enumerate((10.0, 30.0)):
            mine = found[half * size : (half + 1) * size][offset::2]
            expected = model.expected_purchases(theta[[half * size]], *(part[:1] for part in past), time)[0, 0]
            assert mine.mean() == pytest.approx(expected, abs=4.5 * mine.std() / math.sqrt(len(mine)))


@every_model
def test_new_customers_are_expected_to_buy_what_simulated_ones_buy(name: str) -> None:
    model, at, size = purchase_model(name), np.array([5.0, 20.0, 60.0]), 60_000
    expected = model.expected_repeats(theta_of(name), at)[0]
    for time, value in zip(at, expected, strict=True):
        bought = simulated(name, np.full(size, time), seed=2)["frequency"]
        assert bought.mean() == pytest.approx(value, abs=4.5 * bought.std() / math.sqrt(size))


def simulated(name: str, T: np.ndarray, seed: int) -> pd.DataFrame:
    family = "mbg_nbd" if name.startswith("mbg") else name
    k = getattr(purchase_model(name), "k", 1)
    return customers(family, np.array(THETA[name]), T, np.random.default_rng(seed), k=k)


@every_model
def test_the_maximum_of_the_likelihood_recovers_the_truth(name: str) -> None:
    model, T = purchase_model(name), np.tile(np.arange(20.0, 60.0), 400)
    likelihood = model.likelihood(simulated(name, T, seed=7))
    found = maximise(lambda points: likelihood(model.theta(points)), model.unbounded(model.start(PASTS)))
    off = (found.point - model.unbounded(theta_of(name)[0])) / np.sqrt(np.diag(found.covariance))
    assert np.abs(off).max() < 3.2


@every_model
def test_everything_is_finite_for_extreme_customers_and_parameters(name: str) -> None:
    model = purchase_model(name)
    past = pd.DataFrame(
        [(0, 0, 0), (0, 0, 1e4), (1, 1, 1), (1, 0.01, 1e4), (3000, 150, 156), (5000, 10, 156), (5000, 1e4, 1e4)],
        columns=["frequency", "recency", "T"],
    )
    factors = np.array(np.meshgrid([1e-3, 1e2], [1e-3, 1e3], [2e-2, 1.25, 1e2], [2e-1, 1e4])).reshape(4, -1).T
    theta = theta_of(name) * factors
    alive = model.p_alive(theta, *times(past))
    assert ((alive >= 0) & (alive <= 1 + 1e-12)).all()
    for ahead in (0.0, 1.0, 156.0):
        expected = model.expected_purchases(theta, *times(past), ahead)
        assert np.isfinite(expected).all()
        assert (expected >= -1e-12).all()
    assert np.isfinite(model.expected_repeats(theta, np.array([0.0, 1.0, 1e4]))).all()
    for row in past.assign(n=1).to_dict("records"):
        assert np.isfinite(model.likelihood(pd.DataFrame([row]))(theta)).all()


@every_model
def test_futures_are_finite_for_parameters_from_anywhere(name: str) -> None:
    model, random, size = purchase_model(name), np.random.default_rng(0), 5000
    theta = model.theta(random.normal(scale=4, size=(size, 4)))
    frequency, T = random.integers(0, 300, size).astype(float), random.uniform(0, 1000, size)
    recency = np.where(frequency > 0, T * random.random(size), 0.0)
    found = model.futures(theta, frequency, recency, T, 1000.0, random)
    assert np.isfinite(found.purchases).all()
    assert (found.purchases >= 0).all()
    assert ((found.active >= 0) & (found.active <= 1000)).all()


@every_model
def test_parameters_that_are_none_have_no_likelihood(name: str) -> None:
    model = purchase_model(name)
    theta = np.vstack([theta_of(name), theta_of(name) * [np.inf, 1, 1, 1], theta_of(name) * [1, 0, 1, 1]])
    found = model.likelihood(PASTS)(theta)
    assert np.isfinite(found[0])
    assert (found[1:] == -np.inf).all()
    assert model.likelihood(PASTS)(model.theta(np.full((1, 4), 800.0)))[0] == -np.inf


@every_model
def test_coordinates_and_parameters_are_each_others_inverse(name: str) -> None:
    model, points = purchase_model(name), np.random.default_rng(0).normal(size=(5, 3, 4))
    assert model.unbounded(model.theta(points)) == pytest.approx(points)
    assert len(model.parameters) == len(model.coordinates) == points.shape[-1]


@every_model
@settings(max_examples=25, deadline=None)
@given(rows=tables(), data=st.data())
def test_neither_the_order_nor_the_collapsing_of_rows_matters(
    name: str, rows: list[tuple[int, int, int, int]], data: st.DataObject
) -> None:
    model, frame = purchase_model(name), frame_of(rows)
    value = model.likelihood(frame)(theta_of(name))[0]
    one_by_one = frame.loc[frame.index.repeat(frame["n"])].assign(n=1)
    shuffled = one_by_one.iloc[data.draw(st.permutations(range(len(one_by_one))))]
    together = frame.groupby(["frequency", "recency", "T"], as_index=False)["n"].sum()
    for same in (shuffled, together):
        assert model.likelihood(same)(theta_of(name))[0] == pytest.approx(value, rel=1e-12)


@every_model
@settings(max_examples=15, deadline=None)
@given(rows=tables())
def test_another_unit_of_time_moves_the_likelihood_by_a_constant(
    name: str, rows: list[tuple[int, int, int, int]]
) -> None:
    model, frame = purchase_model(name), frame_of(rows)
    weeks = PurchaseCounts(frame.assign(log_gaps=0.3 * frame["frequency"] * frame["n"]), unit="weeks")
    scaled = theta_of(name) * ([1, 7, 1, 7] if name == "pareto_nbd" else [1, 7, 1, 1])
    in_weeks = model.likelihood(weeks.frame)(theta_of(name))[0]
    in_days = model.likelihood(weeks.in_unit("days").frame)(scaled)[0]
    bought = float(frame["frequency"] @ frame["n"])
    # a density of times, one for each repeat purchase
    assert in_days == pytest.approx(in_weeks - bought * math.log(7), rel=1e-9, abs=1e-9)


@every_model
def test_draws_and_rows_are_worked_out_alike_alone_and_together(name: str) -> None:
    model, frame = purchase_model(name), simulated(name, np.tile(np.arange(20.0, 60.0), 60), seed=4)
    theta = theta_of(name) * np.exp(np.random.default_rng(0).normal(scale=0.2, size=(400, 4)))
    together = model.likelihood(frame)(theta)
    alone = [model.likelihood(frame)(theta[[place]])[0] for place in (0, 17, 399)]
    assert together[[0, 17, 399]] == pytest.approx(alone, rel=1e-12)
    expected = model.expected_purchases(theta[:3], *times(frame.iloc[:50]), 10.0)
    one = model.expected_purchases(theta[[2]], *times(frame.iloc[[7]]), 10.0)
    assert expected[2, 7] == pytest.approx(one[0, 0], rel=1e-12)


@pytest.mark.parametrize("name", ["bg", "mbg_cnbd", "mbg_cnbd_0", "BG/NBD"])
def test_a_name_that_no_model_has_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue, match=r"must be one of bg_nbd, mbg_nbd, pareto_nbd, mbg_cnbd_2 …, found"):
        purchase_model(name)


@every_model
def test_a_model_is_found_by_its_own_name(name: str) -> None:
    found: PurchaseModel = purchase_model(name)
    assert found.name == name
    assert purchase_model(found.name) == found
