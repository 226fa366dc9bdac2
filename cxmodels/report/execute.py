"""One notebook, executed by papermill in a kernel of its own, and judged by what really ran."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxmodels.report.failure import Failure
from cxmodels.report.kernel import NOTHING_TO_TELL, WRONG_INPUT
from cxmodels.report.kernels import Kernels

# jsonschema, which papermill brings along, would build a grammar of internationalised addresses to check a format that
# no notebook uses; that alone takes 1.5 s.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import papermill  # noqa: E402
from nbclient.exceptions import DeadKernelError  # noqa: E402
from nbformat import NotebookNode  # noqa: E402
from papermill.exceptions import PapermillExecutionError  # noqa: E402

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Executed:
    """What became of one notebook.

    Attributes
    ----------
    notebook
        The executed notebook, or None when it failed or was withdrawn.
    failure
        Why it failed, or None.
    seconds
        How long it took, start of the kernel included.
    withdrawn
        Why it has nothing to tell this month, as the error says it; or None.
    """

    notebook: NotebookNode | None
    failure: Failure | None
    seconds: float
    withdrawn: str | None = None


def execute(
    name: str,
    source: Path,
    target: Path,
    parameters: Mapping[str, object],
    kernels: Kernels,
    timeout: float,
    on_cell: Callable[[int, int], None] = lambda done, total: None,
) -> Executed:
    """Execute one notebook into the file `target`.

    A notebook counts as executed when nothing was raised and the kernel answered for every code cell. What papermill
    notes in the file is not asked: after a killed kernel or ``sys.exit(0)`` it calls cells completed that never ran.
    It is withdrawn where the cell it ended with raised `NothingToTell`, by the word of the kernel that ran it.

    Parameters
    ----------
    name
        What the notebook is called in the plan.
    parameters
        Values for the cell tagged ``parameters``, already checked.
    timeout
        Seconds the whole notebook may take, start of its kernel included.
    on_cell
        Called with the number of code cells done and their total.
    """
    began = time.monotonic()
    at: list[int] = []
    answered: set[int] = set()
    untold: dict[int, str] = {}
    wrong: set[int] = set()
    overdue = threading.Event()
    given: dict[str, Any] = {"parameters": dict(parameters), "kernel_name": "python3", "language": "python"}
    notebook = papermill.execute_notebook(str(source), str(target), **given, prepare_only=True)
    total = sum(map(_has_code, notebook.cells))

    def begins(cell: NotebookNode, cell_index: int) -> None:
        at.append(cell_index)

    def answers(cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        if execute_reply["content"]["status"] == "ok":
            answered.add(cell_index)
            on_cell(len(answered), total)
        elif NOTHING_TO_TELL in execute_reply["content"]:
            untold[cell_index] = execute_reply["content"][NOTHING_TO_TELL]
        elif WRONG_INPUT in execute_reply["content"]:
            wrong.add(cell_index)

    def time_is_up() -> None:
        overdue.set()
        kernels.end(name)

    def outcome(reason: str, index: int | None, traceback: str = "") -> Executed:
        failure = _failure(name, reason, notebook, index, traceback, index in wrong)
        return Executed(None, failure, time.monotonic() - began)

    alarm = threading.Timer(timeout, time_is_up)
    alarm.daemon = True
    alarm.start()
    try:
        notebook = papermill.execute_notebook(
            str(source),
            str(target),
            **given,
            # papermill would write the file anew around every cell, some 800 times in a demo month
            request_save_on_cell_execute=False,
            progress_bar=False,
            # The alarm is the only timeout: on a busy machine nbclient's own would give up on what goes well.
            start_timeout=int(timeout) + 1,
            iopub_timeout=int(timeout) + 1,
            kernel_manager_class=kernels.manager(name),
            shutdown_kernel="immediate",
            record_timing=False,
            on_cell_execute=begins,
            on_cell_executed=answers,
        )
    except PapermillExecutionError as error:
        if at[-1] in untold:
            return Executed(None, None, time.monotonic() - began, untold[at[-1]])
        reason = f"a cell raised {error.ename}: {_plain(error.evalue)}"
        notebook = papermill.iorw.load_notebook_node(str(target))
        notebook.cells = [
            cell for cell in notebook.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])
        ]
        return outcome(reason, at[-1], _plain("\n".join(error.traceback)))
    except Exception as error:
        last = at[-1] if at else None
        if overdue.is_set():
            return outcome(f"it ran past its timeout of {timeout:g} s", last)
        if kernels.closed:
            return outcome("it was interrupted", None)
        if isinstance(error, DeadKernelError):
            return outcome("the kernel died (killed, out of memory, or ended by the cell)", last)
        what = "it could not go on" if at else "no kernel started"
        return outcome(f"{what}: {type(error).__name__}: {error}", last)
    finally:
        alarm.cancel()
        kernels.end(name)
    if silent := [i for i, cell in enumerate(notebook.cells) if _has_code(cell) and i not in answered]:
        return outcome(
            f"the kernel ended before {len(silent)} of {total} code cells had run", max(at, default=silent[0])
        )
    return Executed(notebook, None, time.monotonic() - began)


def _failure(
    name: str, reason: str, notebook: NotebookNode, index: int | None, traceback: str, wrong_input: bool
) -> Failure:
    if index is None or index >= len(notebook.cells):
        return Failure(name, reason, traceback=traceback)
    own = (cell for cell in notebook.cells[: index + 1] if "injected-parameters" not in cell.metadata.get("tags", []))
    number = sum(map(_has_code, own))
    return Failure(name, reason, number, notebook.cells[index].source, traceback, wrong_input)


def _has_code(cell: NotebookNode) -> bool:
    return bool(cell.cell_type == "code" and cell.source.strip())


def _plain(text: str) -> str:
    return _COLOUR.sub("", text)
