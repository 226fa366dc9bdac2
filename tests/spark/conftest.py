"""Spark for tables of a few rows: compiling each query to machine code would take most of the time of a test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

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
