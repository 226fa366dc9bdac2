"""The notebook of segments: it calls what there is, and publishes the same page from the same study."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cxmodels as cx
from cxmodels.report.plan import read_plan

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "06_segments.ipynb"


def calls(name: str) -> set[str]:
    """Return what the notebook takes from a room: attributes of ``cx.NAME``."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    trees = [ast.parse("".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return {node.attr for node in nodes if ast.unparse(node.value) == name}


@pytest.mark.parametrize("room", ["segments", "churn", "clv", "feedback", "report"])
def test_every_name_it_takes_from_a_room_is_public_there(room: str) -> None:
    taken = calls(f"cx.{room}")
    assert taken
    assert taken - ({*getattr(cx, room).__all__} | {"figures"}) == set()


def test_every_figure_of_segments_is_on_the_page() -> None:
    assert calls("cx.segments.figures") == set(cx.segments.figures.__all__)


def test_the_plan_has_it_where_anything_is_known_of_customers() -> None:
    (planned,) = (each for each in read_plan(ROOT / "notebooks" / "plan.toml").notebooks if each.name == "segments")
    assert planned.page == "segments.html"
    assert not any(planned.lacks((table,)) for table in ("customers", "orders", "contracts"))
    assert planned.lacks(("responses",))


@pytest.mark.slow
def test_a_small_company_gets_its_page_and_the_same_page_when_it_is_run_again(planted: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns("explore"))
    shutil.copytree(planted, tmp_path / "data" / "small")
    command = [sys.executable, "-c", "from cxmodels.cli import main; main()", "report", "data/small"]
    words = ["--only", "segments", "--month"]

    def publish(month: str, *more: str) -> None:
        asked = [*command, *words, month, *more]
        done = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=False, env=os.environ)
        assert done.returncode == 0, done.stdout + done.stderr

    publish("2026-08")
    august = json.loads((tmp_path / "reports" / "2026-08" / "results.json").read_text(encoding="utf-8"))
    publish("2026-09")
    month = tmp_path / "reports" / "2026-09"
    page, figures = ((month / name).read_bytes() for name in ("segments.html", "results.json"))
    for part in (
        "customers fall into",
        'class="cards personas"',
        "A rule for other systems",
        "scores/segments.parquet",
    ):
        assert part in page.decode()
    # the model of September goes on from that of June, by which August was told
    assert "Same segments as the quarter before" in page.decode()
    before = (month / "scores" / "segments.parquet").read_bytes()
    publish("2026-09", "--force")
    assert (month / "scores" / "segments.parquet").read_bytes() == before
    assert (month / "results.json").read_bytes() == figures
    assert (month / "segments.html").read_bytes() == page
    publish("2026-08", "--force")
    again = json.loads((tmp_path / "reports" / "2026-08" / "results.json").read_text(encoding="utf-8"))
    assert again == august
    # nothing is written to the study
    assert {path.name for path in (tmp_path / "data" / "small").iterdir()} - {".secret"} <= {
        path.name for path in planted.iterdir()
    }
