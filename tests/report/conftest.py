"""A small project in a temporary folder: a study of three customers, a plan, notebooks of a few cells."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil
import pytest
from typer.testing import CliRunner

from cxmodels.cli import app

PARAMETERS = 'study: str = "data/small"\nmonth: str = ""\nn: int = 3'
STUDY = """
[study]
name = "Small & Sons"
currency = "EUR"
extracted_on = 2026-10-01
[tables.customers]
path = "customers.csv"
"""
CUSTOMERS = "customer_id,joined_on\na,2026-06-03\nb,2026-07-04\nc,2026-09-30\n"
SHOWS = "import cxmodels as cx\ncx.report.headline('{0} is told', 'There are <b>3</b> customers.')"
RECORDS = "cx.report.record({{'{0}.customers': cx.Estimate.exact(n, 'customers', n)}})"


@dataclass
class Project:
    """A project one can publish months of."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    def notebook(self, name: str, *cells: str, parameters: str = PARAMETERS, plan: str = "") -> None:
        """Write notebooks/NAME.ipynb and add it to the plan; without cells it shows and records something."""
        book = nbformat.v4.new_notebook()
        book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        cell = nbformat.v4.new_code_cell(parameters)
        cell.metadata["tags"] = ["parameters"]
        sources = cells or (SHOWS.format(name), RECORDS.format(name))
        book.cells = [nbformat.v4.new_markdown_cell(f"# {name}"), cell, *map(nbformat.v4.new_code_cell, sources)]
        for number, cell in enumerate(book.cells):
            cell["id"] = f"cell-{number}"
        nbformat.write(book, self.root / "notebooks" / f"{name}.ipynb")
        path = self.root / "notebooks" / "plan.toml"
        said = path.read_text() if path.exists() else ""
        if f"[notebooks.{name}]" not in said:
            own = f'[notebooks.{name}]\nfile = "{name}.ipynb"\npage = "{name}.html"\ntitle = "{name}"\n{plan}\n'
            path.write_text(said + own)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-c", "from cxmodels.cli import main; main()", *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command line to its end in this process, which has loaded what it needs; kernels are their own."""
        with contextlib.chdir(self.root):
            done = CliRunner().invoke(app, words, env={"COLUMNS": "300"} | self.environment)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)

    def start(self, *words: str, **options: object) -> subprocess.Popen[str]:
        """Run the command line in the background, in a process of its own."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self.command(*words), cwd=self.root, env=self._environment(), stdout=pipe, stderr=pipe, text=True, **options
        )

    def report(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Publish a month."""
        return self.run("report", "data/small", *words)

    def bytes_of(self, month: str) -> Mapping[str, str]:
        """Hash of every file of a published month, by its path."""
        folder = self.reports / month
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    def kernels(self) -> list[psutil.Process]:
        """Kernels of this project that are alive."""
        return [process for process in psutil.process_iter() if self._is_kernel(process)]

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        return kept | {"COLUMNS": "300"} | self.environment

    def _is_kernel(self, process: psutil.Process) -> bool:
        try:
            mine = process.cwd() == str(self.root) and "cxmodels.report.kernel" in process.cmdline()
            return mine and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


@pytest.fixture(scope="session")
def new_project() -> Callable[[Path], Project]:
    """Make a project with a study and no notebook yet in a folder; for fixtures that many tests share."""
    return _new_project


@pytest.fixture
def empty_project(tmp_path: Path) -> Project:
    """A project with a study and no notebook yet."""
    return _new_project(tmp_path / "project")


@pytest.fixture
def project(empty_project: Project) -> Project:
    """A project with two notebooks, the second after the first."""
    return _with_two_notebooks(empty_project)


def _new_project(root: Path) -> Project:
    (root / "notebooks").mkdir(parents=True)
    (root / "data" / "small").mkdir(parents=True)
    (root / "data" / "small" / "study.toml").write_text(STUDY)
    (root / "data" / "small" / "customers.csv").write_text(CUSTOMERS)
    return Project(root)


def _with_two_notebooks(project: Project) -> Project:
    project.notebook("people")
    project.notebook("last", plan='after = ["*"]')
    return project


@pytest.fixture(scope="session")
def _published_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("published") / "project"
    made = _with_two_notebooks(_new_project(root))
    done = made.report()
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def published(_published_once: Path, tmp_path: Path) -> Project:
    """The same project with 2026-09 published."""
    shutil.copytree(_published_once, tmp_path / "project")
    return Project(tmp_path / "project")


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Wait for a condition; the test fails when it does not come true within a minute."""
    import time

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, "the event that was waited for did not happen"
            time.sleep(0.02)

    return wait
