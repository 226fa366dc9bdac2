"""A month of the demo company: published for the first time, and again with nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.measurement import Measurement, cxmodels, measure


def run(folder: Path) -> Iterator[Measurement]:
    """Yield the measurements; study and pages are written to `folder`."""
    study = folder / "demo"
    measure("make the demo company", "cxmodels", cxmodels("demo", "--out", str(study)))
    with (study / "study.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[report]\nfolder = "{folder / "reports"}"\n')
    for task in ("report, first time", "report, nothing changed"):
        yield measure(task, "cxmodels", cxmodels("report", str(study)))
