"""Scores of customers: each its own, under its pseudonym, the same bytes for the same data."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_company import AS_OF, WriteStudy, company, contracts, orders, study_of

from cxmodels import churn
from cxmodels.churn.forecasts import scores as scoring
from cxmodels.churn.forecasts.causes import fit_causes
from cxmodels.churn.forecasts.scores import scores
from cxmodels.report.attachments import write_parquet
from cxmodels.report.gate_tables import inspect_table
from cxmodels.study.privacy import pseudonym
from cxmodels.study.secret import read_secret
from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import Study

CHANCES = [f"churn_{months}m{side}" for months in (1, 3, 6, 12) for side in ("", "_low", "_high")]


def tables(n: int = 600, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Contracts with an end reason, and customers with an income that is a number."""
    rng = np.random.default_rng(seed)
    contracts = company(n, seed)["contracts"]
    reason = rng.choice(["wish", "involuntary"], len(contracts), p=[0.7, 0.3])
    contracts["end_reason"] = np.where(contracts["ended_on"].notna(), reason, None)
    customers = contracts[["customer_id", "started_on"]].rename(columns={"started_on": "joined_on"})
    return contracts, customers.assign(income=rng.normal(30, 5, len(customers)).round(3))


def active(study: Study) -> pd.DataFrame:
    """Today's customers by pseudonym: ``tenure`` in days and ``plan``, read from the file."""
    table = pd.read_parquet(study.folder / "contracts.parquet")
    table = table[table["ended_on"].isna()]
    secret = read_secret(study.folder)
    names = [pseudonym(customer, secret) for customer in table["customer_id"]]
    tenure = (pd.Timestamp(AS_OF) - pd.to_datetime(table["started_on"])).dt.days
    return pd.DataFrame({"tenure": tenure.to_numpy(), "plan": table["plan"].to_numpy(), "n": 1}, index=names)


@pytest.fixture(scope="module")
def by_plan(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study of `tables` with the covariate plan."""
    folder = tmp_path_factory.mktemp("by plan")
    contracts, customers = tables()
    settings = 'covariates = ["plan"]\nwindow_months = 0'
    return study_of(folder, {"contracts": contracts, "customers": customers}, settings)


@pytest.fixture(scope="module")
def now(by_plan: Study) -> Snapshot:
    return by_plan.snapshot(AS_OF)


@pytest.fixture(scope="module")
def fit(now: Snapshot) -> churn.CoxFit:
    return churn.fit_cox(churn.episodes(now))


def test_every_customer_of_today_has_the_scores_of_their_own_tenure_and_plan(
    by_plan: Study, now: Snapshot, fit: churn.CoxFit
) -> None:
    made = scores(now, fit, fitted=fit_causes(fit.episodes))
    found = made.table.execute().set_index("customer")
    own = active(by_plan)
    assert sorted(found.index) == sorted(own.index)
    assert (made.customers, made.unseen) == (len(own), 0)
    assert list(found.columns) == [
        "plan",
        "tenure_months",
        *CHANCES,
        "churn_12m_voluntary",
        "churn_12m_involuntary",
        "remaining_months",
        "extrapolated",
    ]
    known = fit.churn_probability(own).cells.loc[found.index]
    for months in (1, 3, 6, 12):
        assert found[f"churn_{months}m"].to_numpy() == pytest.approx(known[f"churn_{months}m"].to_numpy(), abs=1e-6)
        within = found[f"churn_{months}m"].between(found[f"churn_{months}m_low"], found[f"churn_{months}m_high"])
        assert within.all()
    assert (found["plan"] == known["plan"]).all()
    assert (found["tenure_months"] == np.floor(known["tenure"] / 30.4375)).all()
    assert (found["churn_12m_voluntary"] + found["churn_12m_involuntary"]).to_numpy() == pytest.approx(
        found["churn_12m"].to_numpy(), abs=1e-12
    )
    assert found["remaining_months"].between(0, now.settings.churn.horizon_months).all()
    assert (found["extrapolated"] == (known["tenure"] + 365.25 > fit.reach)).all()
    assert found["extrapolated"].nunique() == 2


def test_what_is_written_may_be_published_and_is_the_same_every_time(write_study: WriteStudy, tmp_path: Path) -> None:
    files = []
    for time in range(2):
        study = write_study(*tables(), covariates=("plan", "income"))
        snapshot = study.snapshot(AS_OF)
        fit = churn.fit_cox(churn.episodes(snapshot))
        files.append(tmp_path / f"{time}.parquet")
        write_parquet(scores(snapshot, fit, fitted=fit_causes(fit.episodes)).table, files[-1])
    assert inspect_table(files[0], "churn.parquet") == []
    assert files[0].read_bytes() == files[1].read_bytes()
    written = pd.read_parquet(files[0])
    assert written["customer"].is_monotonic_increasing
    assert "income" not in written.columns


def test_with_a_number_every_customer_is_a_cell_and_chunks_change_nothing(
    write_study: WriteStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = write_study(*tables(), covariates=("plan", "income")).snapshot(AS_OF)
    fit = churn.fit_cox(churn.episodes(snapshot))
    whole = scores(snapshot, fit)
    assert len(whole.cells) == whole.customers == fit.episodes.active
    monkeypatch.setattr(scoring, "_CHUNK", 50)
    parts = scores(snapshot, fit)
    pd.testing.assert_frame_equal(
        whole.table.order_by("customer").execute(), parts.table.order_by("customer").execute(), rtol=0, atol=2e-6
    )


def test_customers_at_a_rare_level_are_scored_as_other(write_study: WriteStudy) -> None:
    contracts, customers = tables()
    some = contracts.index[::10]
    contracts.loc[some, "plan"] = [f"rare {place % 3}" for place in range(len(some))]
    study = write_study(contracts, customers, covariates=("plan",), min_cell=30)
    snapshot = study.snapshot(AS_OF)
    fit = churn.fit_cox(churn.episodes(snapshot))
    found = scores(snapshot, fit).table.execute()
    assert fit.episodes.pooled["plan"] == ("rare 0", "rare 1", "rare 2")
    rare = active(study)["plan"].str.startswith("rare")
    assert set(found.loc[found["plan"] == "other", "customer"]) == set(rare.index[rare])


def test_a_level_the_model_has_never_seen_is_scored_as_other_or_refused(write_study: WriteStudy) -> None:
    contracts, customers = tables()
    contracts.loc[contracts.index % 10 == 0, "plan"] = "other"
    study = write_study(contracts, customers, covariates=("plan",))
    fit = churn.fit_cox(churn.episodes(study.snapshot(AS_OF)))
    renamed = contracts.assign(plan=contracts["plan"].replace("B", "new"))
    later = write_study(renamed, customers, covariates=("plan",)).snapshot(AS_OF)
    made = scores(later, fit)
    new = int((active(study)["plan"] == "new").sum())
    assert made.unseen == new > 0
    assert set(made.table.plan.execute()) == {"A", "other"}
    only = churn.fit_cox(replace(fit.episodes, frame=fit.episodes.frame[fit.episodes.frame["plan"] != "other"]))
    with pytest.raises(churn.UnseenLevel, match="never saw level 'new', and has no level 'other'"):
        scores(later, only)


def test_scores_in_months_are_of_whole_months_that_are_over(by_plan: Study, now: Snapshot) -> None:
    fit = churn.fit_cox(churn.episodes(now, unit="months"))
    made = scores(now, fit)
    cells = made.cells.groupby(["tenure", "plan"], as_index=False)["n"].sum()
    pd.testing.assert_frame_equal(cells, fit.episodes.cells(), check_dtype=False)
    found = made.table.execute().set_index("customer")
    own = active(by_plan).loc[found.index]
    assert (found["tenure_months"] == np.ceil((own["tenure"] + 1) / 30.4375) - 1).all()


def test_further_columns_are_joined_by_cell(now: Snapshot, fit: churn.CoxFit) -> None:
    found = scores(now, fit, more=lambda cells: pd.DataFrame({"contact": cells["churn_12m"] > 0.3})).table.execute()
    assert (found["contact"] == (found["churn_12m"] > 0.3)).all()
    assert found["contact"].nunique() == 2


def test_who_only_orders_is_scored_by_the_rule_of_inactivity(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    rows = []
    for customer in range(300):
        day = AS_OF - timedelta(days=int(rng.integers(100, 900)))
        while day <= AS_OF and rng.random() > 0.05:
            rows.append((f"c{customer}", f"{day}"))
            day += timedelta(days=int(rng.integers(5, 40)))
    study = study_of(tmp_path, {"orders": orders(*rows)}, "window_months = 0\ninactivity_days = 60")
    snapshot = study.snapshot(AS_OF)
    fit = churn.fit_cox(churn.episodes(snapshot))
    found = scores(snapshot, fit, horizons=(3,)).table.execute()
    last = pd.DataFrame(rows).groupby(0)[1].max()
    recent = last.index[last > f"{AS_OF - timedelta(days=60)}"]
    assert set(found["customer"]) == {pseudonym(customer, read_secret(study.folder)) for customer in recent}
    assert found["churn_3m"].between(0, 1, inclusive="neither").all()


def test_the_only_customer_of_a_company_nobody_left_is_scored_with_all_its_doubt(write_study: WriteStudy) -> None:
    study = write_study(contracts(("a", "2026-01-01", None)), covariates=("plan",))
    snapshot = study.snapshot(AS_OF)
    fit = churn.fit_cox(churn.episodes(snapshot))
    assert list(fit.left_out) == ["plan"]
    found = scores(snapshot, fit, fitted=fit_causes(fit.episodes)).table.execute()
    assert len(found) == 1
    assert found[["churn_12m", "churn_12m_low"]].to_numpy().tolist() == [[0, 0]]
    assert found["churn_12m_high"].iloc[0] > 0.9
    assert found["remaining_months"].iloc[0] == snapshot.settings.churn.horizon_months


def test_where_nobody_is_a_customer_there_is_nobody_to_score(write_study: WriteStudy, fit: churn.CoxFit) -> None:
    contracts, customers = tables()
    gone = contracts.assign(ended_on=contracts["ended_on"].fillna(AS_OF))
    snapshot = write_study(gone, customers, covariates=("plan",)).snapshot(AS_OF)
    with pytest.raises(churn.NobodyActive, match="nobody to score"):
        scores(snapshot, fit)


def test_every_column_of_the_scores_is_documented() -> None:
    said = scoring.Scores.__doc__ or ""
    readme = (Path(__file__).resolve().parents[2] / "reports" / "README.md").read_text(encoding="utf-8")
    for column in ("customer", "tenure_months", "churn_1m", "churn_1m_low", "remaining_months", "extrapolated"):
        assert f"``{column}``" in said
        assert f"`{column}`" in readme
