"""The notebook of loyalty: it calls what there is, and publishes its page from a study of its own."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from loyal_company import company

import cxmodels as cx
from cxmodels.report.plan import read_plan

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "05_loyalty.ipynb"


def calls(name: str) -> set[str]:
    """Return what the notebook takes from a room: attributes of ``cx.NAME``."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    trees = [ast.parse("".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return {node.attr for node in nodes if ast.unparse(node.value) == name}


@pytest.mark.parametrize("room", ["loyalty", "churn", "clv", "report"])
def test_every_name_it_takes_from_a_room_is_public_there(room: str) -> None:
    taken = calls(f"cx.{room}")
    assert taken
    public = set(getattr(cx, room).__all__) | {"figures"}
    assert taken - public == set()


def test_what_the_room_lists_of_itself_is_public_there() -> None:
    listed = set(re.findall(r"(?<!`)`(\w+)`(?!`)", cx.loyalty.__doc__ or ""))
    assert len(listed) > 50
    assert listed <= set(cx.loyalty.__all__)


def test_every_figure_it_shows_is_one_of_the_page() -> None:
    from cxmodels.loyalty import figures

    assert calls("cx.loyalty.figures") == set(figures.__all__)


def test_the_plan_leaves_it_out_where_nobody_is_surveyed() -> None:
    (planned,) = (each for each in read_plan(ROOT / "notebooks" / "plan.toml").notebooks if each.name == "loyalty")
    assert planned.page == "loyalty.html"
    assert planned.needs == ("responses", "answers", "items")


@pytest.mark.slow
def test_a_small_company_gets_its_page_with_every_part(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns("explore"))
    folder = tmp_path / "data" / "loyal"
    folder.mkdir(parents=True)
    company(folder)
    command = [sys.executable, "-c", "from cxmodels.cli import main; main()", "report", str(folder)]
    done = subprocess.run([*command, "--only", "loyalty"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    month = tmp_path / "reports" / "2026-09"
    page = (month / "loyalty.html").read_text(encoding="utf-8")
    for part in (
        "What goes with loyalty most is satisfaction",
        'class="paths broad"',
        "Loyalty classes: True loyalty",
        "times the hazard of leaving",
    ):
        assert part in page
    assert (month / "scores" / "loyalty.parquet").is_file()
    names = {row["name"] for row in json.loads((month / "results.json").read_text(encoding="utf-8"))}
    assert {"loyalty.total_effect.satisfaction", "loyalty.class.true", "loyalty.hazard_ratio", "loyalty.cfi"} <= names
