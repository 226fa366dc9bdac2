"""The simulated company at two sizes, every table of the contract written to Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.measurement import Measurement, cxmodels, measure

SIZES = (5_000, 1_000_000)


def run(folder: Path) -> Iterator[Measurement]:
    """Yield the measurements; the companies are written to `folder`."""
    for customers in SIZES:
        command = cxmodels("demo", "--customers", str(customers), "--out", str(folder / f"company-{customers}"))
        yield measure(f"simulate {customers:,} customers", "cxmodels", command, rows=customers)
