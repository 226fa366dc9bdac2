"""What tests may ask for: the tools of the system, each skipped where it is missing and demanded where CI is true."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[1]
AXE = ROOT / "tests" / "assets" / "node_modules" / "axe-core" / "axe.min.js"

# As where notebooks are executed: jsonschema would spend a second on a grammar of addresses that no notebook has.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def missing(tool: str, remedy: str) -> NoReturn:
    """Skip the test that needs `tool`; under CI=true fail it, so that no check is lost unseen."""
    said = f"{tool} is missing: {remedy}"
    if os.environ.get("CI", "").lower() in {"true", "1"}:
        pytest.fail(said, pytrace=False)
    pytest.skip(said)


def program(names: tuple[str, ...], remedy: str) -> str:
    """Return the path of the first of these programs that is installed."""
    for name in names:
        if path := shutil.which(name):
            return path
    missing(names[0], remedy)


@pytest.fixture(scope="session")
def require() -> Callable[..., str]:
    """Call ``require("git", remedy="apt-get install git")`` for the path of a program, or skip (CI: fail)."""

    def path_of(*names: str, remedy: str) -> str:
        return program(names, remedy)

    return path_of


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the system's Chromium, for ``playwright…launch(executable_path=chromium)``."""
    return program(
        ("chromium", "chromium-browser", "google-chrome"),
        "apt-get install chromium, or run .ci/run, which installs it",
    )


@pytest.fixture(scope="session")
def axe_source() -> str:
    """Return the text of axe.min.js, to be injected into a page with ``page.evaluate``."""
    if not AXE.exists():
        missing("axe-core", "npm ci --prefix tests/assets (make test does it where npm is installed)")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Yield a local Spark session on two threads; ``ibis.pyspark.connect(spark)`` is its Ibis backend."""
    if importlib.util.find_spec("pyspark") is None:
        missing("pyspark", "make test-spark installs it")
    if not os.environ.get("JAVA_HOME"):
        program(("java",), "apt-get install default-jre-headless, or run .ci/run, which installs it")
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .appName("cxmodels")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()
