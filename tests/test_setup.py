"""What a fresh machine relies on: locks, environment, verbs; and that pyproject.toml is the source of them."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pinned(lock: Path) -> Iterator[tuple[Requirement, str]]:
    """Yield every pinned requirement of a lock with the hashes that follow it."""
    text = re.sub(r"^\s*#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for entry in re.split(r"\n(?=\S)", text.strip()):
        requirement, _, hashes = entry.partition(" \\\n")
        yield Requirement(requirement), hashes


def versions(lock: Path) -> dict[str, list[Version]]:
    """Return the versions a lock pins, by canonical name (more than one where platforms differ)."""
    found: dict[str, list[Version]] = {}
    for requirement, _ in pinned(lock):
        (specifier,) = requirement.specifier
        assert specifier.operator == "=="
        found.setdefault(canonicalize_name(requirement.name), []).append(Version(specifier.version))
    return found


def verbs() -> list[str]:
    """Return the targets of the Makefile that say what they do."""
    return re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_the_environment_for_conda_is_the_one_pyproject_describes() -> None:
    written = runpy.run_path(str(ROOT / "tools" / "environment.py"))["environment"]
    wanted = written((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == wanted, "run: make lock"


def test_a_package_that_does_not_say_what_it_is_for_is_refused() -> None:
    written = runpy.run_path(str(ROOT / "tools" / "environment.py"))["environment"]
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=r"pandas.* has no comment"):
        written(re.sub(r'("pandas>=[^"]*",).*', r"\1", text))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_host_and_no_path(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert "file:" not in text
    options = [line for line in text.splitlines() if line.startswith("-")]
    assert options == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_of_a_lock_is_pinned_and_hashed(lock: Path) -> None:
    entries = list(pinned(lock))
    assert entries
    assert [str(r) for r, hashes in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", hashes)] == []
    assert [str(r) for r, _ in entries if [s.operator for s in r.specifier] != ["=="]] == []


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]),
        *[("requirements.lock", PROJECT["project"]["optional-dependencies"][e]) for e in ("examples", "test", "bench")],
        ("requirements-spark.lock", PROJECT["project"]["optional-dependencies"]["spark"]),
        ("requirements-uv.lock", ["uv"]),
    ],
)
def test_a_lock_satisfies_what_pyproject_asks_for(lock: str, wanted: list[str]) -> None:
    locked = versions(ROOT / lock)
    for requirement in map(Requirement, wanted):
        found = locked.get(canonicalize_name(requirement.name), [])
        assert found, f"{requirement.name} is not in {lock}: run make lock"
        assert all(requirement.specifier.contains(version) for version in found), f"{requirement} in {lock}: {found}"


def test_spark_shares_the_versions_of_everything_else() -> None:
    common, spark = versions(ROOT / "requirements.lock"), versions(ROOT / "requirements-spark.lock")
    assert {name: spark[name] for name in spark if name in common and spark[name] != common[name]} == {}


def test_the_test_assets_are_pinned_without_a_host() -> None:
    folder = ROOT / "tests" / "assets"
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    assert "://" not in (folder / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    asked = json.loads((folder / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert asked == {name.removeprefix("node_modules/"): p["version"] for name, p in packages.items()}


def test_the_python_that_is_named_is_the_oldest_that_is_allowed() -> None:
    named = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
    assert PROJECT["project"]["requires-python"] == f">={named}"
    assert PROJECT["tool"]["mypy"]["python_version"] == named
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{named.replace('.', '')}"


@pytest.mark.parametrize("verb", verbs())
def test_the_readme_explains_every_verb(verb: str) -> None:
    assert f"`make {verb}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_there_are_the_daily_verbs() -> None:
    assert {"report", "test", "lab", "lint", "bench"} <= set(verbs())


@pytest.fixture
def machine(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return what runs the set-up in a copy of the project, on a PATH that holds only the given pythons."""
    project, programs = tmp_path / "project", tmp_path / "bin"
    (project / "tools").mkdir(parents=True)
    programs.mkdir()
    shutil.copy(ROOT / "tools" / "set-up", project / "tools" / "set-up")
    for name in ("dirname", "sh", "touch"):
        os.symlink(str(shutil.which(name)), programs / name)

    def run(**pythons: str) -> subprocess.CompletedProcess[str]:
        for name, script in pythons.items():
            file = programs / name.replace("_", ".")
            file.write_text(f"#!{shutil.which('sh')}\n{script}\n", encoding="utf-8")
            file.chmod(0o755)
        return subprocess.run(
            [str(project / "tools" / "set-up")],
            env={"PATH": str(programs)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


# A python as the set-up asks it: its version; whether that is new enough; whether it has ensurepip and venv.
ANSWERS = 'case "$2" in *print*) echo {version};; *version_info*) exit {old};; *ensurepip*) exit {bare};; esac'
OLD = ANSWERS.format(version="3.11.7", old=1, bare=0)
WITHOUT_VENV = ANSWERS.format(version="3.12.3", old=0, bare=1)
SHIM = "echo 'this version is not installed' >&2; exit 127"


def test_where_python_is_too_old_one_line_says_what_to_do(machine: Callable[..., subprocess.CompletedProcess]) -> None:
    run = machine(python3=OLD, python3_13=SHIM)
    assert run.returncode != 0
    assert len(run.stderr.splitlines()) == 1
    assert "Python 3.12 or newer" in run.stderr
    assert "python3 is 3.11.7" in run.stderr


def test_where_there_is_no_python_one_line_says_so(machine: Callable[..., subprocess.CompletedProcess]) -> None:
    run = machine()
    assert run.returncode != 0
    assert len(run.stderr.splitlines()) == 1
    assert "no python3 found" in run.stderr


def test_where_debian_split_venv_off_one_line_names_its_package(
    machine: Callable[..., subprocess.CompletedProcess],
) -> None:
    run = machine(python3=WITHOUT_VENV)
    assert run.returncode != 0
    assert len(run.stderr.splitlines()) == 1
    assert "apt-get install python3.12-venv" in run.stderr


def test_behind_an_old_python_a_newer_one_is_found_by_name(
    machine: Callable[..., subprocess.CompletedProcess],
) -> None:
    new = 'case "$1" in --version) echo Python 3.13.1;; -m) echo making "$@"; exit 7;; esac'
    run = machine(python3=OLD, python3_12=SHIM, python3_13=ANSWERS.format(version="3.13.1", old=0, bare=0) + "\n" + new)
    assert run.returncode == 7
    assert "making .venv with Python 3.13.1" in run.stdout
    assert "-m venv --clear .venv" in run.stdout


def test_a_test_without_its_tool_is_skipped_but_fails_where_ci_is_true(
    require: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-program is missing: install it"):
        require("no-such-program", remedy="install it")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-program is missing: install it"):
        require("no-such-program", remedy="install it")
