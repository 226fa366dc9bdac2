"""Small studies written to disk, so that churn is tested through the same door a user comes in by."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from small_company import AS_OF, WriteStudy

from cxmodels.study.study import Study, open_study


@pytest.fixture
def write_study(tmp_path: Path) -> WriteStudy:
    """Write ``contracts`` and ``customers`` as a study and open it; ``churn`` and ``min_cell`` are its settings."""

    def write(
        contracts: pd.DataFrame,
        customers: pd.DataFrame | None = None,
        covariates: tuple[str, ...] = (),
        window_months: int = 0,
        min_cell: int = 1,
    ) -> Study:
        if customers is None:
            customers = contracts.groupby("customer_id", as_index=False)["started_on"].min()
            customers = customers.rename(columns={"started_on": "joined_on"})
        contracts.to_parquet(tmp_path / "contracts.parquet")
        customers.to_parquet(tmp_path / "customers.parquet")
        named = ", ".join(f'"{name}"' for name in covariates)
        (tmp_path / "study.toml").write_text(
            f'[study]\nname = "Test"\ncurrency = "EUR"\nextracted_on = {AS_OF}\n'
            '[tables.contracts]\npath = "contracts.parquet"\n[tables.customers]\npath = "customers.parquet"\n'
            f"[churn]\ncovariates = [{named}]\nwindow_months = {window_months}\n[privacy]\nmin_cell = {min_cell}\n",
            encoding="utf-8",
        )
        return open_study(tmp_path)

    return write
