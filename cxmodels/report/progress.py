"""What a run says while it works: a bar on a terminal, one line an event elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Watcher:
    """Is told what happens, perhaps by several threads at once; this one says nothing."""

    def planned(self, names: list[str]) -> None:
        """These notebooks will run."""

    def started(self, name: str) -> None:
        """A notebook has begun."""

    def cell(self, name: str, done: int, total: int) -> None:
        """So many of its code cells are done."""

    def finished(self, name: str, seconds: float) -> None:
        """It ran to its end."""

    def failed(self, name: str, reason: str) -> None:
        """It did not."""

    def withdrawn(self, name: str) -> None:
        """It has nothing to tell this month."""

    def step(self, text: str) -> None:
        """The run went on to something else."""


class Lines(Watcher):
    """One line an event, for logs."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def started(self, name: str) -> None:
        """Say that it begins."""
        self.step(f"{name}: started")

    def finished(self, name: str, seconds: float) -> None:
        """Say how long it took."""
        self.step(f"{name}: done in {seconds:.1f} s")

    def failed(self, name: str, reason: str) -> None:
        """Say that it failed; why is told at the end."""
        self.step(f"{name}: failed")

    def withdrawn(self, name: str) -> None:
        """Say that it goes; why is told at the end."""
        self.step(f"{name}: withdrawn")

    def step(self, text: str) -> None:
        """Say what comes next."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class Bar(Watcher):
    """A bar with the notebooks done and the ones running."""

    def __init__(self, console: Console) -> None:
        shown = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        self._progress = Progress(*shown, console=console, transient=True)
        self._all: TaskID | None = None
        self._running: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def planned(self, names: list[str]) -> None:
        """Show how many there are."""
        self._all = self._progress.add_task("notebooks", total=len(names))

    def started(self, name: str) -> None:
        """Show one more line."""
        self._running[name] = self._progress.add_task(f"  {name}", total=None)

    def cell(self, name: str, done: int, total: int) -> None:
        """Move its line on."""
        self._progress.update(self._running[name], completed=done, total=total)

    def finished(self, name: str, seconds: float) -> None:
        """Turn its line into a sentence above the bar."""
        self._end(name, f"[green]✓[/] {name} [dim]{seconds:.1f} s[/]")

    def failed(self, name: str, reason: str) -> None:
        """Turn its line into a sentence above the bar; why is told at the end."""
        self._end(name, f"[red]✗[/] {name}")

    def withdrawn(self, name: str) -> None:
        """Turn its line into a sentence above the bar; why is told at the end."""
        self._end(name, f"[yellow]–[/] {name} [dim]withdrawn[/]")

    def _end(self, name: str, sentence: str) -> None:
        self._progress.remove_task(self._running.pop(name))
        self._progress.console.print(sentence)
        if self._all is not None:
            self._progress.advance(self._all)
