"""The kernel a report runs in, ``python -m cxmodels.report.kernel -f FILE``: it dies with its runner.

It also tells its runner where a cell found that there is nothing to tell this month.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from cxmodels.errors import NothingToTell
from cxmodels.study.errors import StudyError

if TYPE_CHECKING:
    from ipykernel.ipkernel import IPythonKernel

NOTHING_TO_TELL = "cxmodels_nothing_to_tell"
"""Key of the reply to a cell under which the kernel gives the reason, where the cell raised `NothingToTell`."""
WRONG_INPUT = "cxmodels_wrong_input"
"""Key of the reply to a cell that is there where the cell raised `StudyError`: the study is wrong, not the run."""
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Have the system kill this process when its parent dies, however the parent dies.

    On Linux the kernel of the system does it, so that a cell busy in C code, which no Python thread could interrupt,
    ends too, and a container whose orphans fall to a process other than number 1 makes no difference. Elsewhere
    ipykernel's own watch over ``JPY_PARENT_PID`` does it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # The parent may have died before the line above: then nobody will tell.
    parent = os.environ.get("JPY_PARENT_PID")
    if parent and os.getppid() != int(parent):
        os._exit(1)


def kernel_class() -> type[IPythonKernel]:
    """IPython's kernel, whose replies say where a cell raised `NothingToTell` or `StudyError`.

    The name of an error, which every reply has, does not say what it inherits from; and what a cell shows says
    nothing of how the cell ended. So the reply is the one place that nothing in a notebook writes by accident.
    """
    from ipykernel.ipkernel import IPythonKernel

    class ReportKernel(IPythonKernel):
        async def do_execute(self, *given: Any, **options: Any) -> dict[str, Any]:
            reply: dict[str, Any] = await super().do_execute(*given, **options)
            if reply["status"] == "error":
                error = self.shell.last_execution_result.error_in_exec  # type: ignore[union-attr]
                if isinstance(error, NothingToTell):
                    reply[NOTHING_TO_TELL] = str(error)
                elif isinstance(error, StudyError):
                    reply[WRONG_INPUT] = True
            return reply

    return ReportKernel


if __name__ == "__main__":
    die_with_parent()
    # Nobody debugs a report; to load the debugger takes a quarter of the time a kernel needs to start.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(kernel_class=kernel_class())
