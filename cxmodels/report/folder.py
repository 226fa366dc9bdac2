"""The folder months are published in: one owner, one publisher at a time, a month appears by one rename."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cxmodels.report.errors import Busy, NotPublished, WrongUse

MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
"""How a month is written: the form of every month in a report folder."""

_RENAME_EXCHANGE, _AT_FDCWD = 2, -100


class ReportFolder:
    """Where the months of one study are published.

    Months are the folders named ``YYYY-MM``. Beside them stand ``index.html``, ``failures/`` and, while a run is under
    way, ``.lock``, ``.staging/`` (the month being made) and ``.pending`` (a month that was published while its
    neighbours and the index do not know of it yet).

    Parameters
    ----------
    path
        The folder; made when first published into.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.staging = path / ".staging"
        self.failures = path / "failures"
        self._aside = path / ".aside"
        self._pending = path / ".pending"

    def months(self) -> tuple[str, ...]:
        """The published months, oldest first."""
        if not self.path.is_dir():
            return ()
        return tuple(sorted(p.name for p in self.path.iterdir() if MONTH.fullmatch(p.name) and p.is_dir()))

    def month(self, month: str) -> Path:
        """The folder of a month, published or not."""
        return self.path / month

    def neighbours(self, month: str) -> tuple[str | None, str | None]:
        """The published months just before and just after a month."""
        before = [m for m in self.months() if m < month]
        after = [m for m in self.months() if m > month]
        return (before[-1] if before else None), (after[0] if after else None)

    def check_owner(self, study: str) -> None:
        """Refuse a folder that holds months of another study.

        Raises
        ------
        WrongUse
            When a published month names another study as its owner.
        """
        for month in self.months():
            try:
                manifest = json.loads((self.month(month) / "manifest.json").read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            if (owner := manifest.get("study", {}).get("path")) != study:
                raise WrongUse(
                    f"{self.path}: holds months of the study {owner!r}; a report folder belongs to one study. "
                    f'Give {study!r} its own: in its study.toml, [report] folder = "reports/{Path(study).name}"'
                )

    @contextmanager
    def locked(self, scratch: Path) -> Iterator[None]:
        """Hold the folder for one run; a run that was killed leaves no lock, and its remains are cleared here.

        Parameters
        ----------
        scratch
            A folder of this run elsewhere, to be removed by the next one should this one be killed.

        Raises
        ------
        Busy
            When another process holds it; the message says who.
        NotPublished
            When the folder cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = open(self.path / ".lock", "a+", encoding="utf-8")  # noqa: SIM115
        except OSError as error:
            raise NotPublished(f"{self.path}: months cannot be published here: {error.strerror}") from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Busy(
                    f"{self.path}: {_told(_holder(self.path / '.lock'))} is publishing here; try again later"
                ) from None
            try:
                self._repair(_holder(self.path / ".lock"))
                holder = {
                    "pid": os.getpid(),
                    "host": socket.gethostname(),
                    "since": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
                    "scratch": str(scratch),
                }
                lock.truncate(0)
                lock.write(json.dumps(holder))
                lock.flush()
            except OSError as error:
                raise NotPublished(f"{self.path}: months cannot be published here: {error.strerror}") from None
            try:
                yield
            finally:
                shutil.rmtree(self.staging, ignore_errors=True)
                lock.truncate(0)

    def publish(self, month: str) -> None:
        """Put what is in `staging` in the place of a month, all of it or nothing.

        Raises
        ------
        OSError
            When the disk is full or the folder cannot be written; the month is then as it was.
        """
        for folder, _, names in os.walk(self.staging):
            for name in names:
                _sync(Path(folder) / name)
            _sync(Path(folder))
        self._pending.write_text(month, encoding="utf-8")
        place = self.month(month)
        if not place.exists():
            self.staging.rename(place)
        elif _exchange(self.staging, place):
            shutil.rmtree(self.staging, ignore_errors=True)
        else:
            self._aside.mkdir(exist_ok=True)
            place.rename(self._aside / month)
            try:
                self.staging.rename(place)
            except OSError:
                (self._aside / month).rename(place)
                raise
            shutil.rmtree(self._aside, ignore_errors=True)
        _sync(self.path)

    @property
    def pending(self) -> str | None:
        """A published month whose neighbours and index have not been told yet."""
        return self._pending.read_text(encoding="utf-8") if self._pending.is_file() else None

    def told(self) -> None:
        """Note that neighbours and index know of the month published last."""
        self._pending.unlink(missing_ok=True)

    def _repair(self, last: dict[str, Any]) -> None:
        """Undo what a killed run left: a month moved aside comes back, half a month goes."""
        if self._aside.is_dir():
            for old in self._aside.iterdir():
                if not self.month(old.name).exists():
                    old.rename(self.month(old.name))
        shutil.rmtree(self._aside, ignore_errors=True)
        shutil.rmtree(self.staging, ignore_errors=True)
        scratch = Path(last.get("scratch", ""))
        if last.get("host") == socket.gethostname() and scratch.name.startswith(SCRATCH):
            shutil.rmtree(scratch, ignore_errors=True)


SCRATCH = "cx-"
"""How the name of a run's scratch folder begins."""


def scratch_folder() -> Path:
    """A new private folder for sockets and temporary files, its path short enough for a socket's name."""
    usual = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix=SCRATCH, dir=usual if len(usual) < 60 else "/tmp"))


def replace_file(path: Path, text: str) -> None:
    """Write a text file in one step: whoever reads it finds the old one or the new one, whole."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        _sync(new)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def _holder(lock: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(lock.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _told(holder: dict[str, Any]) -> str:
    if not holder:
        return "another process"
    return f"process {holder['pid']} on {holder['host']} (since {holder['since']})"


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step; False where the system cannot (it is not Linux, or an old file system)."""
    if sys.platform != "linux":
        return False
    system = ctypes.CDLL(None, use_errno=True)
    if not hasattr(system, "renameat2"):
        return False
    names = os.fsencode(one), os.fsencode(other)
    if system.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
        return True
    found = ctypes.get_errno()
    if found in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(found, os.strerror(found), str(other))
