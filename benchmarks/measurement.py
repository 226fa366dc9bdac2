"""One measurement: a command in a process of its own, its seconds and its peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Measurement:
    """What a command cost.

    Attributes
    ----------
    task, done_by
        What was done, and with what.
    rows
        How many rows or customers it was done for; a ratio compares the seconds a row.
    seconds
        Wall clock from the start of the process to its end, imports included.
    gigabytes
        Peak resident memory of the largest process, the command itself or one that it started.
    """

    task: str
    done_by: str
    rows: int
    seconds: float
    gigabytes: float

    def times_faster_than(self, other: Measurement) -> float:
        """Return how many times as long `other` takes for a row."""
        return (other.seconds / other.rows) / (self.seconds / self.rows)


def measure(task: str, done_by: str, command: Sequence[str], *, rows: int = 1) -> Measurement:
    """Run a command to its end and measure it.

    Raises
    ------
    RuntimeError
        When it fails; the message holds what it said.
    """
    # A kernel that inherits these settings would compile nothing or use threads of its own.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env=kept, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit {process.returncode}\n{said}")
    kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Measurement(task, done_by, rows, seconds, kilobytes / 1024**2)


def measure_stages(done_by: str, command: Sequence[str], *, rows: int = 1) -> list[Measurement]:
    """Run a command that says of each of its stages what it cost, and return them in turn.

    The command prints a line for each stage: its name, a tab, CPU seconds (all threads, imports and the making of
    data left out). The peak memory is that of the whole command.

    Raises
    ------
    RuntimeError
        When it fails; the message holds what it said.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with (
        tempfile.TemporaryFile("w+") as told,
        subprocess.Popen(command, cwd=ROOT, env=kept, stdout=told, stderr=subprocess.PIPE, text=True) as process,
    ):
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)}: exit {process.returncode}\n{said}")
        told.seek(0)
        stages = [line.rstrip("\n").split("\t") for line in told]
    gigabytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1) / 1024**2
    return [Measurement(stage, done_by, rows, float(seconds), gigabytes) for stage, seconds in stages]


def python(*arguments: str) -> list[str]:
    """Return the command that runs this interpreter with the arguments."""
    return [sys.executable, *arguments]


def cxmodels(*arguments: str) -> list[str]:
    """Return the command that runs the command line of the project."""
    return [str(Path(sys.executable).parent / "cxmodels"), *arguments]
