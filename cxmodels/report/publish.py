"""One command, one published month: check, run what changed, look at every page, put it in place in one step."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from cxmodels.language import LANGUAGES
from cxmodels.report.cache import package_hash, versions
from cxmodels.report.decision import Decision, decide
from cxmodels.report.errors import Interrupted, NotPublished, WrongInput, WrongUse
from cxmodels.report.facts import Facts, gather
from cxmodels.report.failure import Failure, failure_page
from cxmodels.report.folder import MONTH, ReportFolder, replace_file, scratch_folder
from cxmodels.report.manifest import LeftOut, Made, Manifest, commit, read_made, seeds
from cxmodels.report.parameters import Value, assigned, declared
from cxmodels.report.plan import Plan, PlannedNotebook, read_plan
from cxmodels.report.progress import Watcher
from cxmodels.report.request import Published, Request
from cxmodels.report.stop import Stop
from cxmodels.simulate import demo_on_first_use
from cxmodels.study.config import load_settings
from cxmodels.study.study import project_root

if TYPE_CHECKING:
    from cxmodels.report.execute import Executed


def run_month(request: Request, watcher: Watcher | None = None) -> Published:
    """Publish one month of a study.

    A notebook whose inputs (its source, parameters, the package, the settings, the data, the lock and the notebooks it
    waits for) are those of the published month is not run again. One that raises `NothingToTell` is withdrawn: the
    month goes without its page and says why. Until everything is done and every page has passed the gate, and after any
    failure, the month stays byte for byte as it was published last.

    Raises
    ------
    WrongUse
        When what is asked for cannot be done; nothing was started.
    StudyError
        When the study's settings or data are wrong; nothing was started.
    NotPublished
        When a notebook failed, the gate refused a page, the folder cannot be written or is in use, or the run was
        stopped. Where it can be written, ``failures/MONTH.html`` says why.
    """
    began = time.monotonic()
    root = project_root(Path(request.study).expanduser().absolute())
    plan = read_plan(root / "notebooks" / "plan.toml")
    given = assigned(plan, request.parameters)
    plan.chosen(request.only)
    if request.language and request.language not in LANGUAGES:
        raise WrongUse(f"--language: allowed are {', '.join(LANGUAGES)}; found {request.language!r}")
    if request.jobs < 0:
        raise WrongUse(f"--jobs: 1 or more is allowed, or 0 for one a core; found {request.jobs}")
    demo_on_first_use(request.study)
    settings = load_settings(request.study)
    reports = ReportFolder(root / settings.report.folder)
    path = Path(os.path.relpath(settings.folder, root)).as_posix()
    reports.check_owner(path)
    facts = gather(settings, reports)
    month = _month(request.month, facts)
    told = watcher or Watcher()
    run = _Run(replace(request, study=path, month=month), root, plan, facts, reports, given, told)
    decision = run.publish()
    ran = tuple(notebook.name for notebook in decision.run)
    return Published(reports.month(month), ran, decision.kept, decision.left_out, time.monotonic() - began)


def _month(asked: str, facts: Facts) -> str:
    first, last = facts.covers
    if not asked:
        return last
    if not MONTH.fullmatch(asked):
        raise WrongUse(f"--month: a month like {last} is allowed, the data cover {first} to {last}; found {asked!r}")
    if not first <= asked <= last:
        raise WrongUse(f"--month: the data cover {first} to {last}; found {asked!r}")
    return asked


@dataclass
class _Run:
    """One run: what it works on, and its steps."""

    request: Request
    root: Path
    plan: Plan
    facts: Facts
    reports: ReportFolder
    given: Mapping[str, Mapping[str, Value]]
    watcher: Watcher

    def __post_init__(self) -> None:
        self.month = self.request.month
        self.language = self.request.language or self.facts.settings.study.language
        self.pages_as = Path(os.path.relpath(self.reports.staging, self.root)).as_posix()
        own: dict[str, Value] = {"study": self.request.study, "month": self.month, "pages": self.pages_as}
        self.parameters: dict[str, dict[str, Value]] = {}
        for notebook in self.plan.notebooks:
            known = declared(notebook.file)
            values = {name: parameter.default for name, parameter in known.items()}
            values |= self.given[notebook.name]
            self.parameters[notebook.name] = values | {name: own[name] for name in own.keys() & known.keys()}

    def publish(self) -> Decision:
        """Run what has to be run and publish it."""
        scratch = scratch_folder()
        try:
            with Stop() as stop, self.reports.locked(scratch):
                try:
                    return self._make(scratch, stop)
                except Interrupted as error:
                    self._fail([Failure("the run", str(error))], error)
                except OSError as error:
                    place = error.filename or self.reports.path
                    self._fail([Failure(str(place), error.strerror or str(error))], error)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _make(self, scratch: Path, stop: Stop) -> Decision:
        if self.reports.pending:
            with stop.shielded():
                self._tell(self.reports.pending)
        place = self.reports.month(self.month)
        published, withdrawn = read_made(place)
        asked = self.request
        decision = decide(
            self.plan, self.facts, self.root, place, published, withdrawn, self.parameters, asked.only, asked.force,
            self.language,
        )  # fmt: skip
        if not decision.nothing_to_do:
            decision = replace(decision, left_out=self._run_and_swap(scratch, stop, decision, published))
        elif self._failure_page.exists():
            with stop.shielded():
                self._tell(self.month)
        return decision

    def _run_and_swap(
        self, scratch: Path, stop: Stop, decision: Decision, published: Mapping[str, Made]
    ) -> tuple[LeftOut, ...]:
        from cxmodels.report.kernels import Kernels
        from cxmodels.report.run import run_notebooks
        from cxmodels.report.stage import Stage

        stage = Stage(self.reports.staging, self._manifest(decision.left_out), self.pages_as)
        stage.notebooks.mkdir(parents=True)
        for name in decision.kept:
            stage.keep(published[name], self.reports.month(self.month))
        taken: set[str] = set()

        def take(notebook: PlannedNotebook | None, done: Mapping[str, Executed]) -> None:
            """Take in what is done, before a notebook that reads it starts and at the end."""
            for other in decision.run:
                result, inputs = done.get(other.name), decision.hashes[other.name]
                if result is None or result.failure or other.name in taken:
                    continue
                taken.add(other.name)
                if result.notebook is None:
                    stage.withdraw(other, str(result.withdrawn), inputs)
                else:
                    values = {k: v for k, v in self.parameters[other.name].items() if k != "pages"}
                    stage.add(other, result.notebook, inputs, result.seconds, values)
            if notebook is not None and "pages" in self.parameters[notebook.name]:
                stage.write_manifest()

        self.watcher.planned([notebook.name for notebook in decision.run])
        jobs = self.request.jobs or _cores()
        kernels = Kernels(scratch, self.root, stage.beside, self.language)
        done = run_notebooks(decision.run, self.parameters, stage.notebooks, kernels, jobs, self.watcher, take)
        take(None, done)
        if failures := [result.failure for result in done.values() if result.failure]:
            self._fail(failures)
        self.watcher.step("writing the pages")
        if refused := stage.finish(self.plan.names, *self.reports.neighbours(self.month)):
            self._fail(refused)
        with stop.shielded():
            self.reports.publish(self.month)
            self._tell(self.month)
        return stage.manifest.left_out

    @property
    def _failure_page(self) -> Path:
        return self.reports.failures / f"{self.month}.html"

    def _manifest(self, left_out: tuple[LeftOut, ...]) -> Manifest:
        return Manifest(
            {"path": self.request.study} | self.facts.to_dict(),
            self.month,
            datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            self.request.command,
            commit(self.root) | {"package": package_hash()},
            self.facts.data,
            versions(),
            seeds(self.parameters),
            (),
            left_out,
            self.language,
        )

    def _tell(self, month: str) -> None:
        """Tell the neighbours and the index of a month that is published; its failure is past."""
        from cxmodels.report.frame import restamp

        try:
            (self.reports.failures / f"{month}.html").unlink(missing_ok=True)
            for near in filter(None, (month, *self.reports.neighbours(month))):
                before, after = self.reports.neighbours(near)
                for page in sorted(self.reports.month(near).glob("*.html")):
                    old = page.read_text(encoding="utf-8")
                    if (new := restamp(old, before, near, after)) != old:
                        replace_file(page, new)
            self._write_index()
            self.reports.told()
        except OSError as error:
            raise NotPublished(
                f"{month} is published, but {error.filename or self.reports.path} could not be written "
                f"({error.strerror}), so its neighbours or the index do not show it yet; the next run will do it"
            ) from error

    def _write_index(self) -> None:
        from cxmodels.report.index import index_page

        name = self.facts.settings.study.name
        replace_file(self.reports.path / "index.html", index_page(self.reports.path, name, self.language))

    def _fail(self, failures: Sequence[Failure], cause: BaseException | None = None) -> NoReturn:
        """Write the failure page where one can be written, and give up."""
        when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        text = failure_page(
            self.facts.settings.study.name, self.month, failures, self.request.command, when, self.language
        )
        said = "\n".join(failure.sentence for failure in failures)
        shutil.rmtree(self.reports.staging, ignore_errors=True)
        try:
            self._failure_page.parent.mkdir(exist_ok=True)
            replace_file(self._failure_page, text)
            said += f"\nThe failure page: {self._failure_page}"
            self._write_index()
        except OSError as error:
            said += f"\nNo failure page could be written: {error.strerror}"
        first = f"{self.month} was not published; the last good month stays as it was."
        said = f"{first}\n{said}\nTry again: {self.request.command}"
        if isinstance(cause, Interrupted):
            raise Interrupted(said) from cause
        if all(failure.wrong_input for failure in failures):
            raise WrongInput(said) from cause
        raise NotPublished(said) from cause


def _cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
