"""The kernels of one run: each in the run's own folder, all ended together, none of the user's configuration."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from cxmodels.language import ENGLISH, SPOKEN
from cxmodels.report.attachments import BESIDE

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS")


@dataclass
class Kernels:
    """The kernels alive in this process.

    Parameters
    ----------
    folder
        Holds their sockets, connection files and temporary files. Its path is short: a socket's path may have 107
        bytes.
    cwd
        Where they run.
    beside
        Where each notebook's files go that are to lie beside its page, in a folder of its name.
    language
        What readers are spoken to in.
    """

    folder: Path
    cwd: Path
    beside: Path
    language: str = ENGLISH
    closed: bool = False
    _alive: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _places: itertools.count[int] = field(default_factory=itertools.count)

    def manager(self, notebook: str) -> type[AsyncKernelManager]:
        """The class of the kernel manager that will start the kernel of `notebook`."""
        place = self.folder / str(next(self._places))
        settings: dict[str, Any] = {"kernels": self, "notebook": notebook, "place": place}
        return type("Kernel", (_Kernel,), settings)

    def started(self, notebook: str, pid: int) -> None:
        """Note a kernel; one that comes up after the end was called is ended at once."""
        with self._lock:
            self._alive[notebook] = pid
            if self.closed:
                self._end(notebook)

    def end(self, notebook: str) -> None:
        """End the kernel of a notebook and whatever it started in its process group."""
        with self._lock:
            self._end(notebook)

    def end_all(self) -> None:
        """End every kernel; none can start afterwards."""
        with self._lock:
            self.closed = True
            for notebook in list(self._alive):
                self._end(notebook)

    def environment(self, notebook: str) -> dict[str, str]:
        """The runner's environment with one BLAS thread a kernel and without the user's IPython profile."""
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        own = {
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "IPYTHONDIR": str(self.folder / "ipython"),
            "TMPDIR": str(temporary),
            "PYTHONHASHSEED": "0",
            BESIDE: str(self.beside / notebook),
            SPOKEN: self.language,
        }
        return kept | dict.fromkeys(_THREADS, "1") | own

    def _end(self, notebook: str) -> None:
        pid = self._alive.pop(notebook, None)
        if pid is not None:
            try:
                os.killpg(pid, signal.SIGKILL)
            except ProcessLookupError:
                return


class _Kernel(AsyncKernelManager):
    """A kernel of this very interpreter that talks over sockets in a folder of its own.

    Ports would race between parallel runs, and plain IPC shares the name ``kernel-ipc`` with every other run.
    """

    kernels: Kernels
    notebook: str
    place: Path

    def __init__(self, **settings: Any) -> None:
        own = {"transport": "ipc", "ip": f"{self.place}", "connection_file": f"{self.place}.json"}
        super().__init__(**settings | own)

    @property
    def kernel_spec(self) -> KernelSpec:
        """How the kernel is started, whatever kernels the user has installed."""
        command = [sys.executable, "-m", "cxmodels.report.kernel", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python 3", language="python")

    async def _async_pre_start_kernel(self, **options: Any) -> tuple[list[str], dict[str, Any]]:
        options |= {"env": self.kernels.environment(self.notebook), "cwd": str(self.kernels.cwd)}
        return await super()._async_pre_start_kernel(**options)

    async def _async_post_start_kernel(self, **options: Any) -> None:
        self.kernels.started(self.notebook, self.provisioner.pid)  # type: ignore[union-attr]
        await super()._async_post_start_kernel(**options)
