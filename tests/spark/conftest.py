"""Spark for tables of a few rows: compiling each query to machine code would take most of the time of a test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import cxmodels as cx
from cxmodels.study import open_study
from cxmodels.study.snapshot import Snapshot

OnBoth = Callable[..., tuple[Snapshot, Snapshot]]

INTERPRETED = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}


@pytest.fixture(scope="session")
def quick_java() -> Iterator[None]:
    """Let Java start fast and skip its slow second compiler, also in the session that is made after this."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        yield


@pytest.fixture(scope="session")
def spark(quick_java: None, spark: Any) -> Any:
    """Return the session of all tests, set to interpret its plans."""
    for key, value in INTERPRETED.items():
        spark.conf.set(key, value)
    return spark


@pytest.fixture(scope="module")
def on_both(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnBoth]:
    """Call ``on_both("2026-06", customers=600, …)`` for a simulated company on one day, on DuckDB and on Spark."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CXMODELS_SECRET", "the same for both")

        def taken(day: str, **company: int) -> tuple[Snapshot, Snapshot]:
            ours = cx.simulate.write(tmp_path_factory.mktemp("duckdb"), **company)
            theirs = tmp_path_factory.mktemp("spark") / "study"
            shutil.copytree(ours, theirs)
            with (theirs / "study.toml").open("a", encoding="utf-8") as settings:
                settings.write('\n[source]\nurl = "spark://local[2]"\n')
            return open_study(ours).snapshot(day), open_study(theirs).snapshot(day)

        yield taken
