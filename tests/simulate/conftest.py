"""One company for all tests of its truth."""

from __future__ import annotations

import pandas as pd
import pytest

from cxmodels import simulate


@pytest.fixture(scope="session")
def company() -> simulate.Company:
    return simulate.company(12_000, months=26, seed=11)


@pytest.fixture(scope="session")
def frames(company: simulate.Company) -> dict[str, pd.DataFrame]:
    return {name: table.to_pandas() for name, table in company.tables.items()}
