"""The demo study, made once."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from cxmodels.simulate import write

DIRT = {
    "contracts.ends_before_start": 2,
    "orders.duplicate_row": 14,
    "orders.missing": 5,
    "orders.not_finite": 2,
    "orders.orphan": 6,
    "responses.in_future": 2,
    "answers.off_scale": 7,
    "interactions.duplicate_key": 9,
    "invitations.orphan": 4,
}
"""A little of what any real extract holds, so that the page on data quality has something to tell."""


def make_demo(folder: Path) -> Path:
    """Write the demo beside `folder`, then rename it into place."""
    if (folder / "study.toml").exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        write(making, dirt=DIRT)
        making.chmod(0o755)
        os.rename(making, folder)
    except OSError:
        # Another process was faster: a folder that is not empty is never replaced by a rename.
        if not (folder / "study.toml").exists():
            raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return folder
