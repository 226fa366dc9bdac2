"""Notebooks run side by side, each as soon as those it waits for are done."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

from cxmodels.report.execute import Executed, execute
from cxmodels.report.kernels import Kernels
from cxmodels.report.plan import PlannedNotebook

if TYPE_CHECKING:
    from cxmodels.report.progress import Watcher


def run_notebooks(
    notebooks: Sequence[PlannedNotebook],
    parameters: Mapping[str, Mapping[str, object]],
    target: Path,
    kernels: Kernels,
    jobs: int,
    watcher: Watcher,
    prepare: Callable[[PlannedNotebook, Mapping[str, Executed]], None] = lambda notebook, done: None,
) -> dict[str, Executed]:
    """Run notebooks, at most `jobs` at a time.

    A notebook that fails stops those that wait for it; the others go on, so that one run tells all that is wrong. One
    that is withdrawn stops none.

    Parameters
    ----------
    notebooks
        In running order.
    parameters
        Values by notebook and name.
    target
        Folder the executed notebooks are written to, under their own file names.
    prepare
        Called before a notebook starts, with what is done so far.

    Returns
    -------
    dict
        What became of each notebook that was started.
    """
    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # failures are told once, by the caller
    done: dict[str, Executed] = {}
    waiting = {notebook.name: notebook for notebook in notebooks}
    running: dict[Future[Executed], str] = {}
    pool = ThreadPoolExecutor(max_workers=jobs)

    def start(notebook: PlannedNotebook) -> Executed:
        name = notebook.name
        watcher.started(name)
        result = execute(
            name,
            notebook.file,
            target / notebook.file.name,
            parameters[name],
            kernels,
            notebook.timeout,
            lambda cells, total: watcher.cell(name, cells, total),
        )
        if result.failure:
            watcher.failed(name, result.failure.reason)
        elif result.withdrawn is not None:
            watcher.withdrawn(name)
        else:
            watcher.finished(name, result.seconds)
        return result

    try:
        while waiting or running:
            for notebook in list(waiting.values()):
                open_still = set(notebook.after) & (set(waiting) | set(running.values()))
                if any(name in done and done[name].failure for name in notebook.after):
                    del waiting[notebook.name]
                elif not open_still and len(running) < jobs:
                    del waiting[notebook.name]
                    prepare(notebook, done)
                    running[pool.submit(start, notebook)] = notebook.name
            if running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    done[running.pop(future)] = future.result()
    finally:
        kernels.end_all()
        pool.shutdown(wait=True, cancel_futures=True)
    return done
