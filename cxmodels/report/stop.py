"""A request to stop, SIGTERM or Ctrl-C, turned into an exception, but not in the middle of a swap."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

from cxmodels.report.errors import Interrupted


class Stop:
    """While it is entered, the first SIGTERM or SIGINT raises `Interrupted` in the main thread; later ones are ignored.

    In a thread other than the main one signals cannot be caught, and it does nothing.
    """

    def __init__(self) -> None:
        self._asked = 0
        self._shielded = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._caught)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Finish what is within; a request that comes meanwhile comes too late."""
        self._shielded = True
        try:
            yield
        finally:
            self._shielded = False

    def _caught(self, number: int, frame: FrameType | None) -> None:
        if self._asked or self._shielded:
            return
        self._asked = number
        raise Interrupted(f"stopped by {signal.Signals(number).name}")
