"""Executed notebooks without a kernel: cells whose outputs are what the shown objects say of themselves."""

from __future__ import annotations

import nbformat
import pandas as pd

import cxmodels as cx
from cxmodels.look import Figure, styled
from cxmodels.report.context import PageContext

MONTHS = [f"2026-{number:02d}" for number in range(4, 10)]
FALLING = pd.DataFrame({"month": MONTHS, "value": [0.20, 0.20, 0.21, 0.20, 0.196, 0.178]}).assign(
    low=lambda frame: frame.value - 0.005, high=lambda frame: frame.value + 0.005
)
CHURN = cx.Estimate(0.178, 0.173, 0.183, "share", 3912)
VERDICT = cx.Verdict(
    "Churn",
    (
        cx.Check("events per parameter", "68", "at least 20", "green", "Enough customers left."),
        cx.Check(
            "proportional hazards", "p .012", "p at least .05", "amber", "The effect of plan changes with tenure."
        ),
    ),
)
CONTEXT = PageContext(
    study="Maison <Aurore>",
    month="2026-09",
    href="churn.html",
    pages=(("Summary", "index.html"), ("Churn", "churn.html"), ("Data", "data_quality.html")),
    as_of="2026-09-30",
    command="cxmodels report data/demo --month 2026-09",
    previous="2026-08",
    customers=5012,
    left_out=61,
    data="3f9c20a1b7de",
    code="a41be02",
    clean=True,
)


@styled
def drawing() -> Figure:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([0, 1], [1, 0.5])
    axes.annotate("a label that stands outside the axes", (1, 0.5), annotation_clip=False)
    return Figure(figure, "Half are gone", "A line falls from 100 to 50 percent.", "One line.")


def shows(*objects: object, source: str = "show()", **metadata: object) -> nbformat.NotebookNode:
    """A code cell that has run and showed these objects (or raw outputs, given as dictionaries)."""
    cell = nbformat.v4.new_code_cell(source, execution_count=1, metadata=metadata)
    for thing in objects:
        if isinstance(thing, dict):
            cell.outputs.append(nbformat.from_dict(thing))
        else:
            data = thing._repr_mimebundle_()
            cell.outputs.append(nbformat.v4.new_output("execute_result", data, execution_count=1))
    return cell


def says(text: str, **metadata: object) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(text, metadata=metadata)


def notebook(*cells: nbformat.NotebookNode) -> nbformat.NotebookNode:
    book = nbformat.v4.new_notebook(cells=list(cells))
    for number, cell in enumerate(book.cells):
        cell["id"] = f"cell-{number}"
    return book


def churn() -> nbformat.NotebookNode:
    """A page with everything a page may hold."""
    report = cx.report
    groups = pd.DataFrame(
        {"group": ["Plan: <Monthly>", "Plan: Annual"], "leaves": [CHURN, None], "customers": [900, 1200]}
    )
    return notebook(
        says("# Churn\n\nWho leaves, and when."),
        shows(source='study: str = "data/demo"', tags=["parameters"]),
        shows(report.headline("Fewer customers will leave", "About <b>17.8 %</b> will leave.", VERDICT)),
        shows(
            report.cards(
                [
                    report.Card("Leave within 12 months", CHURN, FALLING, "lower"),
                    report.Card("Active customers", cx.Estimate.exact(3912, "customers", 3912)),
                ]
            )
        ),
        says("## What moved\n\nThe forecast [fell](data_quality.html)."),
        shows(drawing()),
        says("## Who is concerned"),
        shows(report.table(groups, title="Groups", hint="Small groups are left out.", bars="leaves")),
        says("## How sure we are"),
        shows(VERDICT),
        shows(report.note("An association, not a cause.")),
        says("## Method\n\nKaplan and Meier (1958)."),
        shows(report.record({"churn.rate_12m": CHURN}, {"churn.rate_12m": FALLING})),
    )
