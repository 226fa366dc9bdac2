from __future__ import annotations

from pathlib import Path

import nbformat
import papermill
import pytest

from cxmodels.look import MIME


def test_the_churn_page_of_telco_records_survival_as_r_has_it(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    out = tmp_path / "out.ipynb"
    papermill.execute_notebook(
        root / "notebooks" / "03_churn.ipynb", out, {"study": "data/telco"}, cwd=root, progress_bar=False
    )
    cells = [cell for cell in nbformat.read(out, as_version=4).cells if cell.cell_type == "code"]
    said = [output["data"][MIME] for cell in cells for output in cell.outputs if MIME in output.get("data", {})]
    kinds = [part["kind"] for part in said]
    assert {"headline", "cards", "verdict", "results"} <= set(kinds)
    rows = next(part["data"] for part in said if part["kind"] == "results")
    found = {row["name"]: row["value"] for row in rows}
    # R survival 3.5-3, all 7 043 customers
    survival = [round(found[f"churn.survival_{months}m"], 4) for months in (12, 24, 48, 72)]
    assert survival == [0.8432, 0.7887, 0.7088, 0.5928]
    assert "churn.rate_month" not in found
