"""An environment for the peers that cannot live beside the project's packages, made on first use."""

from __future__ import annotations

import subprocess
import sys
import venv

from benchmarks.measurement import ROOT

PINNED = ROOT / "benchmarks" / "peers.txt"
FOLDER = ROOT / "build" / "peers"


def peer_python() -> str | None:
    """Return the interpreter that has the peers of peers.txt, or None, said in a line, where they cannot be installed.

    The environment is made anew when peers.txt changed.
    """
    python, ready = FOLDER / "bin" / "python", FOLDER / "ready.txt"
    wanted = PINNED.read_text(encoding="utf-8")
    if ready.exists() and ready.read_text(encoding="utf-8") == wanted:
        return str(python)
    ready.unlink(missing_ok=True)
    try:
        venv.create(FOLDER, clear=True, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(PINNED)]
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        last = said.strip().splitlines()[-1:] or [repr(error)]
        print(f"peers left out: {PINNED.name} could not be installed: {last[0]}", file=sys.stderr)
        return None
    ready.write_text(wanted, encoding="utf-8")
    return str(python)
