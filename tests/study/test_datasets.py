"""Data that installed packages ship, read as files: a package is found, not imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cxmodels.study import SourceError, open_study

MakeStudy = Callable[..., Path]


def ids(folder: Path) -> list[str]:
    return sorted(open_study(folder).table("customers").to_pandas()["customer_id"])


def refusal(folder: Path) -> str:
    with pytest.raises(SourceError) as caught:
        open_study(folder)
    return str(caught.value)


@pytest.fixture
def shipping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of files of a package that must not be imported."""
    folder = tmp_path / "site" / "shipping" / "files"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise RuntimeError('imported')", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return folder


def test_a_file_inside_an_installed_package_is_read_without_importing_it(make_study: MakeStudy, shipping: Path) -> None:
    (shipping / "people.csv").write_text("who;since\n007;2020-01-02\n8;2020-02-03\n", encoding="utf-8")
    toml = """
[source.datasets]
people = "shipping:files/people.csv"
[tables.customers]
sql = "select who as customer_id, since as joined_on from people"
"""
    folder = make_study(toml, {})
    assert ids(folder) == ["007", "8"]  # text, as every file's columns are
    first = open_study(folder).fingerprint()
    (shipping / "people.csv").write_text("who;since\n007;2020-01-02\n", encoding="utf-8")
    assert open_study(folder).fingerprint() != first


def test_a_file_or_a_package_that_is_not_there_is_told(make_study: MakeStudy, shipping: Path) -> None:
    (shipping / "people.csv").write_text("who\n1\n", encoding="utf-8")
    table = '[tables.customers]\nsql = "select who as customer_id, null as joined_on from people"\n'
    wrong = make_study('[source.datasets]\npeople = "shipping:files/pepole.csv"\n' + table, {}, name="wrong")
    said = refusal(wrong)
    assert "source.datasets.people: 'shipping:files/pepole.csv': the package 'shipping' has no such file" in said
    assert "did you mean 'people.csv'?; in files it has: people.csv" in said
    none = make_study('[source.datasets]\npeople = "no_such_package:people.csv"\n' + table, {}, name="none")
    assert "the package 'no_such_package' is not installed" in refusal(none)
