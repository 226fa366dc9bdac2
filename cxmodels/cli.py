"""The command line: ``cxmodels check``, ``cxmodels report``, ``cxmodels demo``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from cxmodels.study.quality import Quality
    from cxmodels.study.study import Study

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A research workbook for customer experience: check a study, publish a month of it.",
)

StudyFolder = Annotated[str, typer.Argument(help="The study's folder, for example data/demo.", metavar="STUDY")]
_Number = Annotated[int, typer.Option(min=1, help="How many customers.")]


def main() -> None:
    """Run the command line."""
    app()


def _version(asked: bool) -> None:
    if asked:
        from cxmodels import __version__

        typer.echo(f"cxmodels {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and stop.")
    ] = False,
) -> None:
    """Take what stands before the command."""


@app.command()
def check(
    study: StudyFolder,
    quarantine: Annotated[
        Path | None,
        typer.Option(help="Write every row set aside to this .csv or .parquet file, with its reason.", metavar="FILE"),
    ] = None,
) -> None:
    """Check every row of a study and say what was set aside, and why.

    Exit code: 0 when there is something to compute with, 2 when there is not or the study is wrong.
    """
    if quarantine and quarantine.suffix not in (".csv", ".parquet"):
        _stop(f"--quarantine: a .csv or .parquet file is allowed, found {quarantine}", 2)
    if quarantine and not quarantine.parent.is_dir():
        _stop(f"--quarantine: there is no folder {quarantine.parent}", 2)
    with _told():
        from cxmodels import open_study

        opened = open_study(study)
        console, quality = Console(), opened.quality()
        for table in _quality_tables(quality):
            console.print(table)
        if quarantine:
            aside = quality.quarantine
            # The engine writes, so that no row passes through here.
            (aside.to_csv if quarantine.suffix == ".csv" else aside.to_parquet)(quarantine)
            _say(console, f"rows set aside, with table, row, column, value and reason: {quarantine}")
        for line in _mends(quality):
            _say(console, line)
        quality.require_usable()
        if opened.settings.loyalty.model:
            from cxmodels.loyalty import check_settings

            check_settings(opened.snapshot())
        _check_scales(opened)
        first, last = opened.months()
        for line in _pages(opened, quality):
            _say(console, line)
        _say(console, f"months covered: {first} to {last}; report publishes {last} unless --month names another")


@app.command()
def report(
    study: StudyFolder,
    month: Annotated[str, typer.Option(help="YYYY-MM; without it the last complete month.", metavar="MONTH")] = "",
    only: Annotated[
        str, typer.Option(help="Run these and what waits for them; the others stay as published.", metavar="A,B")
    ] = "",
    jobs: Annotated[int, typer.Option(help="Notebooks at a time; 0: one a core.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Run even what has not changed.")] = False,
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", help="NOTEBOOK.NAME=VALUE, or NAME=VALUE.", metavar="NAME=VALUE"),
    ] = None,
    language: Annotated[str, typer.Option(help="en or fr; without it as the study says.", metavar="LANGUAGE")] = "",
) -> None:
    """Publish a month: run the notebooks that changed, look at every page, put the month in place in one step.

    A notebook with nothing to tell this month is withdrawn, which is said with the reason and is no failure.

    Exit code: 0 published (or nothing had changed), 1 something failed and nothing was published, 2 wrong use or input.
    """
    with _told():
        from cxmodels.report.progress import Bar, Lines
        from cxmodels.report.publish import run_month
        from cxmodels.report.request import Request

        names = tuple(name.strip() for name in only.split(",") if name.strip())
        request = Request(study, month, names, jobs, force, tuple(parameter or ()), language)
        console = Console()
        if console.is_terminal:
            with Bar(console) as bar:
                done = run_month(request, bar)
        else:
            done = run_month(request, Lines(console))
        for one in done.left_out:
            what = f"{one.name} withdrawn:" if one.withdrawn else f"{one.name}: left out,"
            _say(console, f"{what} {one.reason}")
        what = "published" if done.ran else "unchanged"
        _say(console, f"{done.folder.name} {what} in {done.seconds:.1f} s: {_shown(done.folder / 'index.html')}")


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="A folder that does not exist yet.", metavar="DIR")],
    customers: _Number = 5000,
    seed: Annotated[int, typer.Option(help="Same seed, same company.")] = 1,
) -> None:
    """Write the tables of a simulated company, whose truth is known, as a study."""
    with _told():
        from cxmodels import simulate

        if out.exists():
            _stop(f"--out: a folder that does not exist yet is allowed, found {out}", 2)
        try:
            folder = simulate.write(out, customers=customers, seed=seed)
        except OSError as error:
            _stop(f"{error.filename or out}: {error.strerror}", 1)
        _say(Console(), f"{customers} customers written to {folder}")


@contextmanager
def _told() -> Iterator[None]:
    """Turn what is wrong with the study, the wish or the run into one readable message and an exit code."""
    from cxmodels.report.errors import ReportError
    from cxmodels.study.errors import StudyError

    try:
        yield
    except StudyError as error:
        _stop(str(error), 2)
    except ReportError as error:
        _stop(str(error), error.exit_code)


def _stop(message: str, code: int) -> NoReturn:
    from cxmodels import personal

    Console(stderr=True).print(f"[red]error:[/] {escape(personal.mask(message))}", highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def _quality_tables(quality: Quality) -> Iterator[Table]:
    """What was checked, what was set aside and why, what was left out."""
    from cxmodels.study.checks import in_words

    tables = Table("table", "rows", "usable", "set aside", title="Tables", title_justify="left")
    reasons = Table("table", "column", "reason", "in words", "rows", title="Rows set aside", title_justify="left")
    columns = Table("table", "column", "why", title="Columns left out", title_justify="left")
    for row in quality.tables.itertuples():
        tables.add_row(row.table, *(f"{number:,}" for number in (row.rows, row.usable, row.set_aside)))
        for column, why in row.columns_left_out.items():
            columns.add_row(row.table, escape(column), escape(why))
    for row in quality.counts.itertuples():
        said = in_words(row.table, row.column, row.reason)
        reasons.add_row(row.table, escape(row.column), escape(row.reason), escape(said), f"{row.rows:,}")
    yield from (table for table in (tables, reasons, columns) if table.row_count)


def _mends(quality: Quality) -> Iterator[str]:
    """How a column is mended of which the source writes most values in another form than the contract reads."""
    from cxmodels.study.checks import in_sql

    rows = quality.tables.set_index("table")["rows"]
    for found in quality.counts.itertuples():
        how = in_sql(found.table, found.column)
        if found.reason == "wrong_type" and found.rows > rows[found.table] / 2 and how:
            yield f"{found.table}.{found.column}: most values are in another form; SQL reads them, such as {how}"


def _check_scales(study: Study) -> None:
    """Stop where questions of one metric are asked on different scales: their scores are not one score."""
    from cxmodels.feedback.counts.metrics import METRICS, questions
    from cxmodels.feedback.errors import InvalidCounts, UnknownMetric

    for metric in METRICS.values() if "items" in study.tables else ():
        with suppress(UnknownMetric):
            try:
                questions(study.snapshot(), metric)
            except InvalidCounts as error:
                _stop(str(error), 2)


def _pages(study: Study, quality: Quality) -> Iterator[str]:
    """Which pages the usable rows are enough for, and what the others lack."""
    plan = study.root / "notebooks" / "plan.toml"
    if not plan.is_file():
        return
    from cxmodels.report.plan import read_plan

    there = quality.tables.loc[quality.tables["usable"] > 0, "table"].tolist()
    lacking = {notebook.title: [*notebook.lacks(there)] for notebook in read_plan(plan).notebooks}
    if "Loyalty" in lacking and not study.settings.loyalty.model:
        lacking["Loyalty"].append("a path model (loyalty.model)")
    yield f"pages: {', '.join(title for title, lacks in lacking.items() if not lacks)}"
    for title, lacks in lacking.items():
        if lacks:
            yield f"no page {title}: it needs {', '.join(lacks)}"


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _shown(path: Path) -> str:
    """A path as short as it can be said from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
