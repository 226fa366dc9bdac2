"""One company with planted types for all tests of segments, and features made by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest

from cxmodels import simulate
from cxmodels.segments.features.features import COLUMNS, Features
from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import Study, open_study


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate.write(tmp_path_factory.mktemp("planted") / "study", customers=1_200, months=18, seed=5)


@pytest.fixture(scope="session")
def study(planted: Path) -> Study:
    return open_study(planted)


@pytest.fixture(scope="session")
def today(study: Study) -> Snapshot:
    """The last day; its features are counted once for all tests."""
    return study.snapshot("2026-09")


@pytest.fixture
def features_of() -> Callable[..., Features]:
    """Features from a matrix, as the engine would hold them."""

    def made(values: np.ndarray, as_of: date = date(2026, 9, 30), min_cell: int = 10, **how: str) -> Features:
        names = [f"x{place}" for place in range(values.shape[1])]
        frame = pd.DataFrame(values, columns=names)
        frame.insert(0, "number", np.arange(len(values)))
        rows = [(name, "behaviour", "points", how.get(name, "none"), "the mean") for name in names]
        table = ibis.memtable(frame)
        left_out = pd.DataFrame(columns=["name", "why"])
        return Features(table, pd.DataFrame(rows, columns=COLUMNS), left_out, as_of, 12, len(values), 0, min_cell)

    return made
