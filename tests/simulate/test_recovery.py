"""What the truth says is what an estimator finds in the tables, when it is shown the latent satisfaction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from cxmodels import simulate

Frames = dict[str, pd.DataFrame]


def month_of(moments: pd.Series) -> pd.Series:
    return moments.dt.strftime("%Y-%m")


def felt_then(company: simulate.Company, customers: pd.Series, months: pd.Series) -> np.ndarray:
    row = company.satisfaction.index.get_indexer(customers)
    return company.satisfaction.to_numpy(float)[row, company.satisfaction.columns.get_indexer(months)]


def contract_months(company: simulate.Company, frames: Frames) -> pd.DataFrame:
    """A row a contract and month of the window: exposure in months, whether it was left, traits, satisfaction."""
    contracts = frames["contracts"].merge(frames["customers"], on="customer_id")
    started = pd.to_datetime(contracts["started_on"])
    ended = pd.to_datetime(contracts["ended_on"]).fillna(pd.Timestamp("2100-01-01"))
    first = contracts.sort_values("started_on", kind="stable").drop_duplicates("customer_id").index
    parts = []
    for month, felt in company.satisfaction.items():
        begin = pd.Timestamp(f"{month}-01")
        stop = begin + pd.offsets.MonthBegin(1)
        days = (ended.clip(upper=stop) - started.clip(lower=begin)).dt.days
        here = (days > 0) & (started < stop) & (ended >= begin)
        part = contracts.loc[here, ["customer_id", "plan", "region", "joined_channel", "age_band", "end_reason"]]
        parts.append(
            part.assign(
                exposure=days[here] / (stop - begin).days,
                left=((ended[here] < stop) & (part["end_reason"] == "voluntary")).astype(float),
                tenure=(begin.year - started[here].dt.year) * 12 + begin.month - started[here].dt.month,
                again=(~part.index.isin(first)).astype(float),
                felt=felt.reindex(part["customer_id"]).to_numpy(np.float64),
                month=month,
            )
        )
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def months(company: simulate.Company, frames: Frames) -> pd.DataFrame:
    return contract_months(company, frames)


def test_hazard_ratios_and_baseline_of_leaving_are_found_again(company: simulate.Company, months: pd.DataFrame) -> None:
    truth = company.truth["coefficients"]["leaving"]
    columns: dict[str, np.ndarray] = {}
    expected: dict[str, float] = {}
    for trait in ("plan", "region", "joined_channel"):
        for level, coefficient in truth[trait].items():
            if coefficient:
                columns[f"{trait} {level}"] = (months[trait] == level).to_numpy(float)
                expected[f"{trait} {level}"] = coefficient
    columns["satisfaction"], expected["satisfaction"] = months["felt"].to_numpy(), truth["satisfaction"]
    columns["again"], expected["again"] = months["again"].to_numpy(), truth["win_back"]
    columns["60+"], expected["60+"] = (months["age_band"] == "60+").to_numpy(float), 0.0
    starts = [int(start) for start in truth["baseline"]]
    step = np.searchsorted(starts, months["tenure"], side="right") - 1
    for number, rate in enumerate(truth["baseline"].values()):
        columns[f"from {starts[number]}"] = (step == number).astype(float)
        expected[f"from {starts[number]}"] = np.log(rate)

    found, error = piecewise_exponential(
        np.column_stack(list(columns.values())), months["left"].to_numpy(), months["exposure"].to_numpy()
    )
    z = (found - np.array(list(expected.values()))) / error
    assert np.abs(z).max() < 3.7, dict(zip(columns, z.round(1), strict=True))
    # Not met by wide errors alone: the strongest effects are seen clearly.
    assert error[list(columns).index("satisfaction")] < 0.04
    assert np.sqrt(np.mean(z**2)) < 1.6


def piecewise_exponential(x: np.ndarray, event: np.ndarray, exposure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and standard errors of a hazard that is constant within months, without intercept."""
    fit = PoissonRegressor(alpha=0, fit_intercept=False, max_iter=1000, tol=1e-7, solver="newton-cholesky")
    fit.fit(x, event / exposure, sample_weight=exposure)
    mean = np.exp(x @ fit.coef_) * exposure
    return fit.coef_, np.sqrt(np.diag(np.linalg.inv(x.T @ (x * mean[:, None]))))


def test_failed_payments_end_contracts_at_the_rate_of_the_plan_whatever_the_satisfaction(
    company: simulate.Company, frames: Frames, months: pd.DataFrame
) -> None:
    truth = company.truth["coefficients"]["leaving"]["involuntary"]
    failed = frames["contracts"].loc[frames["contracts"]["end_reason"] == "involuntary", "plan"].value_counts()
    exposure = months.groupby("plan")["exposure"].sum()
    for plan, rate in truth.items():
        assert abs(failed[plan] - rate * exposure[plan]) < 3.7 * np.sqrt(rate * exposure[plan]), plan


def test_answering_depends_on_age_and_satisfaction_as_recorded(company: simulate.Company, frames: Frames) -> None:
    truth = company.truth["coefficients"]["surveys"]
    sent = frames["invitations"].merge(frames["customers"][["customer_id", "age_band"]], on="customer_id")
    # In surveys about the relation nothing but the month's satisfaction is felt; the last month's are still coming in.
    month = month_of(sent["sent_at"])
    rows = sent["survey"].isin(["annual", "barometer"]) & (sent["status"] != "bounced")
    rows &= month < company.truth["end"][:7]
    sent, month = sent[rows], month[rows]
    felt = felt_then(company, sent["customer_id"], month)
    ages = ["18–29", "45–59", "60+"]
    x = np.column_stack(
        [felt, felt**2, *((sent["age_band"] == age) for age in ages), sent["survey"] == "annual", np.ones(len(sent))]
    ).astype(float)
    expected = [
        truth["satisfaction"],
        truth["satisfaction_squared"],
        *(truth["age_band"][age] for age in ages),
        truth["survey"]["annual"] - truth["survey"]["barometer"],
        truth["survey"]["barometer"],
    ]
    answered = sent["status"].to_numpy() == "answered"
    fit = LogisticRegression(C=np.inf, fit_intercept=False, solver="newton-cholesky", tol=1e-8).fit(x, answered)
    probability = fit.predict_proba(x)[:, 1]
    error = np.sqrt(np.diag(np.linalg.inv(x.T @ (x * (probability * (1 - probability))[:, None]))))
    z = (fit.coef_[0] - expected) / error
    assert np.abs(z).max() < 3.7, z
    assert error[0] < 0.04


def test_satisfied_customers_buy_more_often_and_for_more_as_recorded(
    company: simulate.Company, frames: Frames, months: pd.DataFrame
) -> None:
    truth = company.truth["coefficients"]["buying"]
    bought = frames["orders"][frames["orders"]["amount"] > 0]
    bought = bought.assign(month=month_of(bought["ordered_at"]))
    orders = bought.groupby(["customer_id", "month"]).size().rename("orders")
    each = months.groupby(["customer_id", "month"]).agg(exposure=("exposure", "sum"), felt=("felt", "first"))
    each = each.join(orders).fillna(0.0)
    x = np.column_stack([np.ones(len(each)), each["felt"]])
    fit = PoissonRegressor(alpha=0, fit_intercept=False, solver="newton-cholesky", tol=1e-7)
    fit.fit(x, each["orders"] / each["exposure"], sample_weight=each["exposure"])
    # Customers differ in their rate, so the error comes from the scores of whole customers.
    mean = np.exp(x @ fit.coef_) * each["exposure"].to_numpy()
    score = pd.DataFrame(x * (each["orders"].to_numpy() - mean)[:, None], index=each.index)
    score = score.groupby(level="customer_id").sum().to_numpy()
    bread = np.linalg.inv(x.T @ (x * mean[:, None]))
    error = np.sqrt((bread @ score.T @ score @ bread)[1, 1])
    assert abs(fit.coef_[1] - truth["satisfaction"]) < 3.7 * error
    assert error < 0.04

    with_felt = bought.join(each["felt"], on=["customer_id", "month"]).dropna()
    log_amount = np.log(with_felt["amount"]) - with_felt["category"].map(truth["category"])
    centred = with_felt["felt"] - with_felt["felt"].mean()
    slope = (centred * log_amount).sum() / (centred**2).sum()
    assert abs(slope - truth["spend_satisfaction"]) < 0.02
    assert abs(log_amount.mean() - truth["log_amount"] - slope * with_felt["felt"].mean()) < 0.02


def test_scores_fall_into_the_cut_points_as_recorded(company: simulate.Company, frames: Frames) -> None:
    truth = company.truth["coefficients"]["scores"]
    responses = frames["responses"]
    relational = responses[responses["kind"] == "relational"]
    scores = frames["answers"][frames["answers"]["item"] == "nps"].set_index("response_id")["score"]
    asked = frames["invitations"][frames["invitations"]["status"] == "answered"].sort_values("sent_at")
    paired = pd.merge_asof(
        relational.sort_values("answered_at"),
        asked[["customer_id", "survey", "sent_at"]],
        left_on="answered_at",
        right_on="sent_at",
        by=["customer_id", "survey"],
    )
    month = paired["sent_at"].dt.strftime("%Y-%m")
    felt = (
        company.satisfaction.stack().reindex(pd.MultiIndex.from_arrays([paired["customer_id"], month])).to_numpy(float)
    )
    score = scores.reindex(paired["response_id"]).to_numpy()
    there = ~np.isnan(score)
    # An independent draw from the recorded rule, with other random numbers.
    random = np.random.default_rng(5)
    latent = felt[there] + random.normal(0, truth["noise_sd"], there.sum())
    again = (latent[:, None] >= np.array(truth["cuts"]["nps"])).sum(axis=1)
    n = there.sum()
    for value in range(11):
        seen, drawn = np.mean(score[there] == value), np.mean(again == value)
        assert abs(seen - drawn) < 4 * np.sqrt(2 * drawn * (1 - drawn) / n) + 1e-9, value
    seen, drawn = np.corrcoef(felt[there], score[there])[0, 1], np.corrcoef(felt[there], again)[0, 1]
    assert abs(seen - drawn) < 0.03


def test_churn_expected_over_the_hidden_year_is_what_then_happens(company: simulate.Company) -> None:
    ahead = company.truth["next_months"]
    for group in (ahead["all"], *ahead["plan"].values(), *ahead["region"].values(), *ahead["joined_channel"].values()):
        for horizon, left in group["left_within"].items():
            share = group["churn"][horizon]
            assert abs(left - share * group["active"]) < 4 * np.sqrt(group["active"] * share * (1 - share))
    churn = ahead["all"]["churn"]
    assert 0 < churn["1"] < churn["3"] < churn["6"] < churn["12"] < 0.35


def test_indicators_of_a_construct_go_together_and_loyalty_follows_satisfaction(frames: Frames) -> None:
    wide = frames["answers"].pivot(index="response_id", columns="item", values="score")
    constructs = ("image", "satisfaction", "trust", "commitment", "loyalty")
    between = wide.corr(min_periods=100)
    for name in constructs:
        assert 0.5 < between.loc[f"{name}_1", f"{name}_2"] < 0.8
    assert between.loc["satisfaction_1", "loyalty_1"] > between.loc["image_1", "loyalty_1"] + 0.1
    # Implied by the paths: .4 + .4 × (.5 × corr(trust, satisfaction) + .2), times both loadings.
    assert between.loc["satisfaction_1", "loyalty_1"] == pytest.approx(0.88**2 * 0.62, abs=0.06)
