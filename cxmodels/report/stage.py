"""A month being made: executed notebooks, then pages, results and manifest, all in one folder not yet published."""

from __future__ import annotations

import calendar
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxmodels.errors import without_place
from cxmodels.look import escape
from cxmodels.report import results
from cxmodels.report.cache import file_hash
from cxmodels.report.context import PageContext
from cxmodels.report.failure import Failure
from cxmodels.report.manifest import FILE_NAME, Attached, LeftOut, Made, Manifest
from cxmodels.report.plan import PlannedNotebook

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass
class Stage:
    """The month in the making.

    Parameters
    ----------
    folder
        Where it is made, on the same file system as the published months.
    manifest
        What it is made from; the notebooks are added as they are done or withdrawn.
    pages_as
        How notebooks that read the month in the making are told where it is.
    """

    folder: Path
    manifest: Manifest
    pages_as: str
    _clashes: list[Failure] = field(default_factory=list)

    @property
    def beside(self) -> Path:
        """Where notebooks leave the files that are to lie beside their pages, each in a folder of its name."""
        return self.folder / ".beside"

    @property
    def notebooks(self) -> Path:
        """Where the executed notebooks lie."""
        return self.folder / "notebooks"

    def keep(self, made: Made, month: Path) -> None:
        """Take over a notebook that was executed before."""
        shutil.copyfile(month / "notebooks" / made.file, self.notebooks / made.file)
        for one in made.attached:
            (self.folder / one.file).parent.mkdir(exist_ok=True)
            shutil.copyfile(month / one.file, self.folder / one.file)
        self._add(made)

    def add(
        self,
        notebook: PlannedNotebook,
        executed: NotebookNode,
        inputs: str,
        seconds: float,
        parameters: Mapping[str, object],
    ) -> None:
        """Take in a notebook that has just been executed, without the traces of this machine."""
        import nbformat

        path = self.notebooks / notebook.file.name
        nbformat.write(_published(executed, self.pages_as), path)
        self._add(
            Made(
                notebook.name,
                notebook.title,
                notebook.file.name,
                notebook.page,
                inputs,
                file_hash(path),
                round(seconds, 1),
                dict(parameters),
                self._attached(notebook.name),
            )
        )

    def withdraw(self, notebook: PlannedNotebook, why: str, inputs: str) -> None:
        """Leave out a notebook that has just said why it has nothing to tell, and what it has left so far."""
        (self.notebooks / notebook.file.name).unlink(missing_ok=True)
        reason = without_place(" ".join(why.split())).rstrip(".") or "it has nothing to tell"
        left_out = LeftOut(notebook.name, notebook.title, withdrawn=reason, inputs=inputs)
        self.manifest = replace(self.manifest, left_out=(*self.manifest.left_out, left_out))

    def write_manifest(self) -> None:
        """Write down what is made so far."""
        (self.folder / FILE_NAME).write_text(results.as_json(self.manifest.to_dict()), encoding="utf-8")

    def finish(self, order: tuple[str, ...], previous: str | None, following: str | None) -> list[Failure]:
        """Write results, pages and manifest.

        Parameters
        ----------
        order
            Names of the notebooks in the order of the navigation.
        previous, following
            The neighbouring months published.

        Returns
        -------
        list
            What the gate refuses; publish only when it is empty.
        """
        import nbformat

        from cxmodels.report.gate import inspect, inspect_notebook
        from cxmodels.report.gate_tables import inspect_table
        from cxmodels.report.render import render_page

        made = tuple(sorted(self.manifest.notebooks, key=lambda one: order.index(one.name)))
        left_out = tuple(sorted(self.manifest.left_out, key=lambda one: order.index(one.name)))
        self.manifest = replace(self.manifest, notebooks=made, left_out=left_out)
        executed = {one.name: nbformat.read(self.notebooks / one.file, as_version=4) for one in made}
        figures = results.collect(executed)
        (self.folder / "results.json").write_text(results.as_json(figures), encoding="utf-8")
        refused = [*self._clashes]
        for out in left_out:
            # The list of months shows the reason too, and nothing else looks at that one.
            refused += [Failure("the gate", str(found)) for found in inspect(escape(out.reason), out.name)]
        for one in made:
            context = self._context(one, figures, previous, following)
            page = render_page(executed[one.name], context, Path(one.file).stem)
            (self.folder / one.page).write_text(page, encoding="utf-8")
            found = inspect(page, one.page) + inspect_notebook(executed[one.name], one.file)
            for beside in one.attached:
                found += inspect_table(self.folder / beside.file, beside.file)
            refused += [Failure("the gate", str(finding)) for finding in found]
        shutil.rmtree(self.beside, ignore_errors=True)
        self.write_manifest()
        return refused

    def _attached(self, notebook: str) -> tuple[Attached, ...]:
        """Move what a notebook left to lie beside its page to its place."""
        from cxmodels.report.gate_tables import rows_of

        own, taken = self.beside / notebook, []
        for path in sorted(path for path in own.rglob("*") if path.is_file()):
            file = path.relative_to(own).as_posix()
            place = self.folder / file
            if place.exists():
                self._clashes.append(Failure(notebook, f"another notebook has attached {file} as well"))
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)
            taken.append(Attached(file, file_hash(place), rows_of(place)))
        shutil.rmtree(own, ignore_errors=True)
        return tuple(taken)

    def _add(self, made: Made) -> None:
        self.manifest = replace(self.manifest, notebooks=(*self.manifest.notebooks, made))

    def _context(
        self, one: Made, figures: list[dict[str, Any]], previous: str | None, following: str | None
    ) -> PageContext:
        manifest = self.manifest
        counted = {figure["name"]: figure["value"] for figure in figures}
        customers, refused = counted.get("data.customers"), counted.get("data.refused")
        commit = manifest.code["commit"]
        return PageContext(
            study=manifest.study["name"],
            month=manifest.month,
            href=one.page,
            pages=tuple((other.title, other.page) for other in manifest.notebooks),
            as_of=last_day(manifest.month),
            command=manifest.command,
            previous=previous,
            next=following,
            customers=None if customers is None else int(customers),
            left_out=None if refused is None else int(refused),
            data=_short(manifest.data.values()),
            code=str(commit or manifest.code["package"])[:10],
            clean=manifest.code["clean"],  # type: ignore[arg-type]
            language=manifest.language,
        )


def last_day(month: str) -> str:
    """The last day of a month: ``"2026-09-30"``."""
    year, number = map(int, month.split("-"))
    return f"{month}-{calendar.monthrange(year, number)[1]:02d}"


def _short(words: Any) -> str:
    import hashlib

    return hashlib.sha256("".join(words).encode()).hexdigest()[:10]


def _published(notebook: NotebookNode, pages_as: str) -> NotebookNode:
    """The executed notebook as it is published: what papermill notes of times and paths is left out."""
    notes = notebook.metadata.pop("papermill", {})
    given = {name: value for name, value in notes.get("parameters", {}).items() if name != "pages"}
    notebook.metadata["papermill"] = {"parameters": given, "version": notes.get("version", "")}
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            # The month was in the making; a reader who runs this again reads it where it was published.
            cell.source = cell.source.replace(repr(pages_as), '""').replace(f'"{pages_as}"', '""')
    return notebook
