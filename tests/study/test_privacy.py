"""Pseudonyms are HMAC-SHA256 in every engine; small cells are hidden and stay hidden."""

from __future__ import annotations

import hmac
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmodels.study.errors import StudyError
from cxmodels.study.privacy import pseudonym, pseudonyms, suppress
from cxmodels.study.secret import read_secret

IDS = ["1", "C000001", "Zoë Müller", "李", "a'b\"c", "x" * 200, " ", "anna@example.org"]
# Short, with bytes that are not text, exactly a block of SHA-256, longer than a block.
SECRETS = [b"k", b"\xff\x00\x36\x5c", b"s" * 64, bytes(range(200))]


def by_python(value: str, secret: bytes) -> str:
    return hmac.new(secret, value.encode(), "sha256").hexdigest()[:32]


@pytest.mark.parametrize("secret", SECRETS, ids=["short", "bytes", "block", "long"])
def test_duckdb_computes_what_pythons_hmac_computes(secret: bytes) -> None:
    table = ibis.duckdb.connect().create_table("ids", ibis.memtable(pd.DataFrame({"id": [*IDS, None]})))
    found = pseudonyms(table, "id", "alias", secret).to_pandas().set_index("id").alias
    assert {value: found[value] for value in IDS} == {value: by_python(value, secret) for value in IDS}
    assert found[found.index.isna()].isna().all()
    assert {pseudonym(value, secret) for value in IDS} == {by_python(value, secret) for value in IDS}


def test_an_engine_without_sha256_gets_the_same_pseudonyms() -> None:
    table = ibis.sqlite.connect().create_table("ids", ibis.memtable(pd.DataFrame({"id": [*IDS, None, "1"]})))
    found = pseudonyms(table, "id", "alias", b"secret").to_pandas()
    assert len(found) == len(IDS) + 2
    named = found.dropna(subset="id")
    assert all(row.alias == by_python(row.id, b"secret") for row in named.itertuples())
    assert found[found.id.isna()].alias.isna().all()


def test_the_secret_comes_from_the_environment_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXMODELS_SECRET", "from outside")
    assert read_secret(tmp_path) == b"from outside"
    assert list(tmp_path.iterdir()) == []


def test_a_study_gets_a_secret_of_its_own_that_only_its_owner_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CXMODELS_SECRET", raising=False)
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    first, second = (read_secret(folder) for folder in folders)
    assert first != second
    assert len(first) == 64
    assert read_secret(folders[0]) == first
    assert stat.S_IMODE((folders[0] / ".secret").stat().st_mode) == 0o600
    assert [file.name for file in folders[0].iterdir()] == [".secret"]


def test_runs_that_start_at_once_agree_on_the_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CXMODELS_SECRET", raising=False)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: read_secret(tmp_path), range(40)))) == 1


def test_an_empty_or_unreachable_secret_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CXMODELS_SECRET", raising=False)
    (tmp_path / ".secret").write_text("\n")
    with pytest.raises(StudyError, match="empty; a secret is required"):
        read_secret(tmp_path)
    with pytest.raises(StudyError, match="set the environment variable CXMODELS_SECRET"):
        read_secret(tmp_path / "nowhere")


def test_a_small_cell_takes_the_next_smallest_with_it() -> None:
    frame = pd.DataFrame({"plan": list("abcd"), "n": [50, 3, 20, 0], "rate": [0.1, 0.9, 0.2, np.nan]})
    shown = suppress(frame, ["plan"], min_cell=10)
    assert shown.suppressed.tolist() == [False, True, True, False]
    assert shown.n.isna().tolist() == [False, True, True, False]
    assert shown.rate.isna().tolist() == [False, True, True, True]
    assert frame.n.tolist() == [50, 3, 20, 0]


def test_two_small_cells_that_are_few_together_take_a_third() -> None:
    frame = pd.DataFrame({"plan": list("abc"), "n": [2, 3, 40]})
    assert suppress(frame, ["plan"], min_cell=10).suppressed.all()


def test_in_a_cross_table_no_line_betrays_its_small_cell() -> None:
    frame = pd.DataFrame(
        {
            "plan": ["a"] * 3 + ["b"] * 3 + ["c"] * 3,
            "region": ["n", "s", "w"] * 3,
            "n": [4, 30, 40, 50, 60, 70, 80, 90, 95],
        }
    )
    hidden = suppress(frame, ["plan", "region"], min_cell=10).pivot(index="plan", columns="region", values="suppressed")
    assert hidden.loc["a", "n"]
    assert set(hidden.sum(axis=0)) <= {0, 2, 3}
    assert set(hidden.sum(axis=1)) <= {0, 2, 3}


def test_enough_people_everywhere_hides_nothing() -> None:
    assert not suppress(pd.DataFrame({"plan": list("ab"), "n": [10, 11]}), ["plan"]).suppressed.any()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=8), st.integers(2, 12))
def test_the_hidden_part_of_a_total_is_never_a_few_people(people: list[int], min_cell: int) -> None:
    frame = pd.DataFrame({"cell": range(len(people)), "n": people})
    hidden = suppress(frame, ["cell"], min_cell=min_cell).suppressed
    assert hidden[(frame.n > 0) & (frame.n < min_cell)].all()
    if hidden.any() and frame.n[~hidden].sum() > 0:
        assert hidden.sum() >= 2
        assert frame.n[hidden].sum() >= min_cell


def test_wrong_use_names_the_column() -> None:
    with pytest.raises(ValueError, match="columns \\['region'\\] are not there"):
        suppress(pd.DataFrame({"plan": ["a"], "n": [1]}), ["plan", "region"])
    with pytest.raises(ValueError, match="names some cells twice"):
        suppress(pd.DataFrame({"plan": ["a", "a"], "n": [1, 2]}), ["plan"])
