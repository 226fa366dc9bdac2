import os
from pathlib import Path

import pytest

from cxmodels.report import folder as room
from cxmodels.report.folder import ReportFolder, replace_file, scratch_folder


def published(reports: ReportFolder, tmp_path: Path, text: str) -> None:
    with reports.locked(tmp_path / "scratch"):
        (reports.staging / "notebooks").mkdir(parents=True)
        (reports.staging / "index.html").write_text(text)
        reports.publish("2026-09")


@pytest.fixture(params=["exchange", "move aside"])
def reports(tmp_path, request, monkeypatch):
    """A report folder, on a system that can exchange two folders in one step and on one that cannot."""
    if request.param == "move aside":
        monkeypatch.setattr(room, "_exchange", lambda one, other: False)
    return ReportFolder(tmp_path / "reports")


def test_a_month_appears_whole_and_is_replaced_whole(reports, tmp_path):
    for text in ("first", "second"):
        published(reports, tmp_path, text)
        assert reports.pending == "2026-09"
        reports.told()
        assert (reports.month("2026-09") / "index.html").read_text() == text
    assert sorted(path.name for path in reports.path.iterdir()) == [".lock", "2026-09"]
    assert reports.months() == ("2026-09",)


def test_a_month_that_was_moved_aside_when_the_run_was_killed_comes_back(reports, tmp_path, monkeypatch):
    published(reports, tmp_path, "good")

    class Killed(BaseException):
        pass

    real = Path.rename

    def dies_with_the_second_move(self, target):
        if self == reports.staging:
            raise Killed
        return real(self, target)

    monkeypatch.setattr(room, "_exchange", lambda one, other: False)
    monkeypatch.setattr(Path, "rename", dies_with_the_second_move)
    with pytest.raises(Killed):
        published(reports, tmp_path, "half")
    assert not reports.month("2026-09").exists()
    monkeypatch.setattr(Path, "rename", real)
    with reports.locked(tmp_path / "scratch"):
        assert (reports.month("2026-09") / "index.html").read_text() == "good"
        assert not reports.staging.exists()


def test_a_swap_that_fails_leaves_the_month_as_it_was(reports, tmp_path, monkeypatch):
    published(reports, tmp_path, "good")
    real = Path.rename

    def full(self, target):
        if self == reports.staging:
            raise OSError(28, os.strerror(28), str(target))
        return real(self, target)

    monkeypatch.setattr(room, "_exchange", lambda one, other: False)
    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(OSError, match="No space left"):
        published(reports, tmp_path, "new")
    assert (reports.month("2026-09") / "index.html").read_text() == "good"


def test_the_neighbours_of_a_month_are_the_published_ones_next_to_it(tmp_path):
    for month in ("2026-01", "2026-05", "2026-09", "failures", "2026-13"):
        (tmp_path / month).mkdir()
    reports = ReportFolder(tmp_path)
    assert reports.neighbours("2026-05") == ("2026-01", "2026-09")
    assert reports.neighbours("2026-06") == ("2026-05", "2026-09")
    assert reports.neighbours("2026-09") == ("2026-05", None)


def test_a_file_that_cannot_be_replaced_stays_and_nothing_lies_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "index.html"
    path.write_text("old")

    def full(self, target):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"]
    assert path.read_text() == "old"


def test_the_scratch_folder_is_short_enough_for_sockets_however_long_the_usual_place_is(tmp_path, monkeypatch):
    long = tmp_path / ("x" * 120)
    long.mkdir()
    monkeypatch.setattr(room.tempfile, "tempdir", str(long))
    made = scratch_folder()
    try:
        assert len(str(made)) < 90
    finally:
        made.rmdir()
