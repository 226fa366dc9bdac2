from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cxmodels.study import SourceError, open_study
from cxmodels.study.config import load_settings
from cxmodels.study.fingerprint import file_fingerprints

MakeStudy = Callable[..., Path]


@pytest.mark.parametrize(
    "tables",
    [
        "path = '${SHOP}/costs.csv'",
        'sql = """select * from read_csv(\'${SHOP}/costs.csv\')"""',
    ],
)
def test_a_file_may_be_named_by_a_variable_of_the_environment(
    make_study: MakeStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: str
) -> None:
    elsewhere = tmp_path / "it's elsewhere"
    elsewhere.mkdir()
    (elsewhere / "costs.csv").write_text("channel,month,cost\nweb,2020-01-01,3\n")
    folder = make_study(f"[tables.costs]\n{tables}\n", {})
    monkeypatch.setenv("SHOP", str(elsewhere))
    assert open_study(folder).table("costs").channel.to_pyarrow().to_pylist() == ["web"]
    assert len(file_fingerprints(load_settings(folder))) == 1
    monkeypatch.delenv("SHOP")
    key = f"tables.costs.{tables.partition(' ')[0]}"
    with pytest.raises(SourceError, match=f"{key}: the environment variable SHOP is not set"):
        open_study(folder)
