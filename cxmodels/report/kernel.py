"""The kernel a report runs in, ``python -m cxmodels.report.kernel -f FILE``: it dies with its runner."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

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


if __name__ == "__main__":
    die_with_parent()
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance()
