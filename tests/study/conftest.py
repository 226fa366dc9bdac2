"""A study on disk for a test: settings, and files by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

HEAD = '[study]\nname = "Shop"\ncurrency = "EUR"\nextracted_on = 2020-06-30\n'
MakeStudy = Callable[..., Path]


@pytest.fixture
def make_study(tmp_path: Path) -> MakeStudy:
    """Return a function that writes a study: ``make_study(toml, {"orders.csv": b"..."}, name="shop", head=HEAD)``."""

    def make(toml: str, files: dict[str, bytes | str], name: str = "shop", head: str = HEAD) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "study.toml").write_text(head + toml, encoding="utf-8")
        for file, content in files.items():
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return make
