"""Notebooks tell, the package computes: what every notebook of the project keeps to."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
LONGEST_CELL = 15
MEDIAN_CELL = 4
LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.AsyncFor, ast.While)

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    """Return the cells of one kind that hold anything."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if cell["cell_type"] == kind and "".join(cell["source"]).strip()]


def source(cell: dict[str, Any]) -> str:
    """Return the text of a cell."""
    return "".join(cell["source"])


def lines(cell: dict[str, Any]) -> int:
    """Return how many lines of a code cell are not empty."""
    return sum(bool(line.strip()) for line in source(cell).splitlines())


def test_its_name_says_its_place_and_subject(path: Path) -> None:
    number, _, subject = path.stem.partition("_")
    assert number.isdigit()
    assert len(number) == 2
    assert subject.replace("_", "").isalpha()
    assert subject == subject.lower()


def test_it_is_a_valid_notebook_whose_cells_have_ids_of_their_own(path: Path) -> None:
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) >= (4, 5)
    ids = [cell["id"] for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


def test_it_starts_with_its_title_and_names_its_kernel(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert notebook["cells"][0]["cell_type"] == "markdown"
    assert source(notebook["cells"][0]).startswith("# ")
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


def test_its_first_code_cell_and_no_other_holds_the_parameters_typed(path: Path) -> None:
    tagged = ["parameters" in cell["metadata"].get("tags", []) for cell in cells(path, "code")]
    assert tagged[0]
    assert sum(tagged) == 1
    statements = ast.parse(source(cells(path, "code")[0])).body
    assert all(isinstance(statement, ast.AnnAssign) for statement in statements)
    names = {statement.target.id for statement in statements}  # type: ignore[attr-defined]
    assert {"study", "month"} <= names


def test_no_function_class_or_loop_lives_in_it(path: Path) -> None:
    found = [
        f"cell {cell['id']}, line {node.lineno}: {type(node).__name__}"
        for cell in cells(path, "code")
        for node in ast.walk(ast.parse(source(cell)))
        if isinstance(node, LOGIC)
    ]
    assert not found


def test_its_code_cells_are_short(path: Path) -> None:
    counts = {cell["id"]: lines(cell) for cell in cells(path, "code")}
    assert {cell: count for cell, count in counts.items() if count > LONGEST_CELL} == {}
    assert median(counts.values()) <= MEDIAN_CELL


def test_prose_precedes_code_and_there_is_at_least_as_much_of_it(path: Path) -> None:
    kinds = [cell["cell_type"] for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    assert kinds[0] == "markdown"
    assert len(cells(path, "markdown")) >= len(cells(path, "code"))


@pytest.fixture(scope="module")
def unstripped() -> str:
    """Return the lines with which nbstripout names the notebooks it would change."""
    asked = [sys.executable, "-m", "nbstripout", "--verify", "--keep-id", *map(str, NOTEBOOKS)]
    run = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (run.returncode == 0) == (run.stdout == ""), run.stdout + run.stderr
    return run.stdout


def test_no_output_or_trace_of_a_run_is_committed(path: Path, unstripped: str) -> None:
    assert path.name not in unstripped, (
        f"nbstripout {path.name} would change it: run nbstripout --keep-id notebooks/*.ipynb"
    )
    for cell in cells(path, "code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
