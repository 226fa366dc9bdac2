"""The demo appears once, whole, where the project is, and only when it is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cxmodels import simulate
from cxmodels.simulate import first_use


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "plan.toml").write_text("", encoding="utf-8")
    return tmp_path


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders a demo is made in; nothing is written."""
    folders: list[Path] = []
    monkeypatch.setattr(simulate, "demo", lambda folder: folders.append(Path(folder)))
    return folders


@pytest.mark.parametrize("path", ["data/demo", "data/demo/study.toml", "../data/demo"])
def test_the_demo_is_made_in_the_project_from_a_folder_inside_it(
    project: Path, made: list[Path], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(project / "notebooks")
    simulate.demo_on_first_use(path)
    assert made == [project / "data" / "demo"]


def test_its_full_path_names_it_too(project: Path, made: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    simulate.demo_on_first_use(project / "data" / "demo")
    assert made == [project / "data" / "demo"]


@pytest.mark.parametrize("path", ["data/telco", "demo", "data/demo/orders", "elsewhere/data/demo"])
def test_another_path_makes_nothing(
    project: Path, made: list[Path], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(project)
    simulate.demo_on_first_use(path)
    assert made == []


def test_nothing_is_made_outside_a_project(tmp_path: Path, made: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    simulate.demo_on_first_use("data/demo")
    assert made == []


def test_a_demo_that_exists_is_left_alone(project: Path, made: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "data" / "demo").mkdir(parents=True)
    (project / "data" / "demo" / "study.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(project / "notebooks")
    simulate.demo_on_first_use("data/demo")
    assert made == []


def test_two_that_make_the_demo_at_once_leave_one_whole_demo(project: Path) -> None:
    code = "import cxmodels as cx; print(len(cx.open_study('data/demo').tables))"
    both = [
        subprocess.Popen([sys.executable, "-c", code], cwd=project, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    assert [process.communicate()[0] for process in both] == ["12\n", "12\n"]
    assert [path.name for path in (project / "data").iterdir()] == ["demo"]
    demo = project / "data" / "demo"
    assert {path.name for path in demo.iterdir()} >= {"study.toml", "truth.json", "customers.parquet"}
    assert pq.read_metadata(demo / "customers.parquet").num_rows == 5000


def test_a_demo_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(folder: Path, **_: object) -> None:
        (folder / "orders.parquet").write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(first_use, "write", fails)
    with pytest.raises(OSError, match="no space left"):
        simulate.demo(tmp_path / "data" / "demo")
    assert list((tmp_path / "data").iterdir()) == []
