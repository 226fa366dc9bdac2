"""``python -m benchmarks [NAME …]``: run these benchmarks in this order, all without a name, and print one table."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Column, Table

from benchmarks.measurement import Measurement

ALL = (
    "purchase_counts",
    "churn_fit",
    "churn_concordance",
    "churn_scoring",
    "clv_fit",
    "clv_prediction",
    "pls_bootstrap",
    "sem_ml",
    "sem_bayes",
    "simulate",
    "report",
)


def table(measurements: list[Measurement]) -> Table:
    """Return the table; a peer's last column says how many times as long it takes as cxmodels."""
    names = ("task", "done by", "seconds", "GB", "ratio")
    caption = "GB: peak memory; ratio: the peer's time over that of cxmodels"
    shown = Table(
        *(Column(name, no_wrap=True, justify="left" if name in names[:2] else "right") for name in names),
        caption=caption,
    )
    ours = {each.task: each for each in measurements if each.done_by == "cxmodels"}
    for each in measurements:
        against = f"{ours[each.task].times_faster_than(each):.1f} ×" if each.done_by != "cxmodels" else ""
        seconds = f"{each.seconds:.1f}" if each.seconds >= 10 else f"{each.seconds:.3f}"
        shown.add_row(each.task, each.done_by, seconds, f"{each.gigabytes:.2f}", against)
    return shown


def main(names: list[str]) -> int:
    """Run the benchmarks of these names, all when none is given; 2 for an unknown name."""
    if unknown := sorted(set(names) - set(ALL)):
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    # a log has no width of its own, and 80 columns would cut the numbers
    console = Console() if sys.stdout.isatty() else Console(width=140)
    measurements: list[Measurement] = []
    for name in names or ALL:
        with TemporaryDirectory(prefix="cxmodels-") as folder, console.status(name):
            measurements += import_module(f"benchmarks.{name}").run(Path(folder))
    console.print(table(measurements))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
