"""What a month leaves for later ones: on no page, read back from what is published."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cxmodels.look import MIME
from cxmodels.report.carried import leave, left


def study_in(root: Path) -> Any:
    return SimpleNamespace(root=root, settings=SimpleNamespace(report=SimpleNamespace(folder="reports")))


def publish(root: Path, month: str, *bundles: dict[str, Any]) -> None:
    """Write an executed notebook whose cells showed these."""
    folder = root / "reports" / month / "notebooks"
    folder.mkdir(parents=True)
    outputs = [{"output_type": "execute_result", "data": each, "metadata": {}} for each in bundles]
    cells = [{"cell_type": "markdown", "source": "# A"}, {"cell_type": "code", "source": "1", "outputs": outputs}]
    (folder / "01_a.ipynb").write_text(json.dumps({"cells": cells}, indent=1), encoding="utf-8")


def test_what_months_left_is_found_by_name_and_month(tmp_path: Path) -> None:
    model = leave("model", {"centre": [1.5, None], "of": "été"})._repr_mimebundle_()
    publish(tmp_path, "2026-07", model, leave("list", [1])._repr_mimebundle_())
    publish(tmp_path, "2026-08", {"text/plain": "nothing left"})
    publish(tmp_path, "2026-09", leave("model", {"centre": []})._repr_mimebundle_())
    publish(tmp_path, ".staging", leave("model", "half a month")._repr_mimebundle_())
    study = study_in(tmp_path)
    assert left(study, "model") == {"2026-07": {"centre": [1.5, None], "of": "été"}, "2026-09": {"centre": []}}
    assert left(study, "list") == {"2026-07": [1]}
    assert left(study, "others") == {}


def test_nothing_is_left_where_nothing_is_published(tmp_path: Path) -> None:
    assert left(study_in(tmp_path), "model") == {}


def test_nothing_of_it_shows_on_a_page() -> None:
    assert "text/html" not in leave("model", [1])._repr_mimebundle_()
    assert leave("model", [1])._repr_mimebundle_()[MIME]["kind"] == "left"  # type: ignore[index]


@pytest.mark.slow
def test_a_failed_month_leaves_nothing_and_one_run_again_reads_what_it_left(empty_project: Any) -> None:
    project = empty_project
    count = "import cxmodels as cx\nfound = cx.report.left(cx.open_study(study), 'times').get(month, 0)"
    project.notebook("a", count, "cx.report.leave('times', found + 1)", "assert n == 3", "print(found)")
    assert project.run("report", "data/small", "-p", "a.n=4").returncode == 1
    assert project.run("report", "data/small").returncode == 0
    page = project.reports / "2026-09" / "a.html"
    assert '<pre tabindex="0">0\n</pre>' in page.read_text(encoding="utf-8")
    again = project.run("report", "data/small")
    assert "unchanged" in again.stdout + again.stderr
    assert project.run("report", "data/small", "--force").returncode == 0
    assert '<pre tabindex="0">1\n</pre>' in page.read_text(encoding="utf-8")
