"""What holds for the project as a whole: the direction of imports, the size of a file, what no file may name."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LONGEST_FILE = 350
# Written so that this file does not name what it looks for.
MACHINE_PATHS = re.compile(r"/(?:wor[k]|roo[t]|tm[p])/")
REGISTRIES = re.compile(r"pypi\.or[g]|pythonhosted\.or[g]|registry\.npmj[s]|conda\.anacond[a]")
HEAVY = {"arviz", "duckdb", "ibis", "lifelines", "matplotlib", "nbconvert", "numpy", "pandas", "pymc", "sklearn"}


@pytest.fixture(scope="module")
def files(require: Callable[..., str]) -> list[Path]:
    """Return the files of the project that are, or are about to be, under version control."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git work tree: the files of the project cannot be told from others")
    git = require("git", remedy="apt-get install git")
    asked = [git, "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def texts(files: list[Path]) -> dict[str, str]:
    """Return the text files of the project by their path."""
    found = {}
    for file in files:
        try:
            found[str(file.relative_to(ROOT))] = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


def found_in(texts: dict[str, str], pattern: re.Pattern[str]) -> list[str]:
    """Return where a pattern occurs, as ``file:line: what``."""
    return [
        f"{name}:{number}: {match[0]}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if (match := pattern.search(line))
    ]


def test_imports_go_one_way() -> None:
    # The script of the package stands beside the interpreter that runs the tests.
    script = str(Path(sys.executable).parent / "lint-imports")
    run = subprocess.run([script, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("module", ["cxmodels", "cxmodels.study.config", "cxmodels.cli", "cxmodels.report.plan"])
def test_importing_it_loads_no_heavy_package(module: str) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert HEAVY & set(run.stdout.split()) == set()


def test_no_file_of_code_is_more_than_one_room(texts: dict[str, str]) -> None:
    lengths = {name: len(text.splitlines()) for name, text in texts.items() if name.endswith(".py")}
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_file_names_a_path_of_somebodys_machine(texts: dict[str, str]) -> None:
    assert found_in(texts, MACHINE_PATHS) == []


def test_no_file_names_the_host_of_a_registry(texts: dict[str, str]) -> None:
    assert found_in(texts, REGISTRIES) == []


def test_the_paths_and_hosts_that_are_looked_for_would_be_found() -> None:
    planted = {"a.py": "x = 1\ny = '/" + "root/x.csv'\n", "b.lock": "-i https://pypi." + "org/simple\n"}
    assert found_in(planted, MACHINE_PATHS) == ["a.py:2: /" + "root/"]
    assert found_in(planted, REGISTRIES) == ["b.lock:1: pypi." + "org"]


@pytest.mark.parametrize("script", [".ci/run", "tools/set-up"])
def test_a_script_is_executable_and_stops_at_the_first_error(script: str, require: Callable[..., str]) -> None:
    shell = require("bash", remedy="apt-get install bash")
    file = ROOT / script
    assert file.stat().st_mode & 0o111
    assert re.search(r"^set -eu", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    run = subprocess.run([shell, "-n", str(file)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
