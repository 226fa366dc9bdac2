"""What a table is read from, in one hex word: an unchanged word means that nothing has to be computed again.

Files are told by their bytes. A table of another engine is told by a checksum that the engine computes; where it
cannot, the word is never the same twice, so the table counts as changed.
"""

from __future__ import annotations

import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from cxmodels.study.config import Settings
from cxmodels.study.places import path_files, shipped_file, sql_files

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.study import Study

_PRIMES = (2_147_483_647, 2_147_483_629)


def file_fingerprints(settings: Settings) -> dict[str, str | None]:
    """A word for each table that comes from files; ``None`` where only the engine can tell. Opens no engine.

    Raises
    ------
    SourceError
        When a file of a table or a package is missing.
    """
    sources: dict[str, list[Path] | None] = {name: _files(settings, name) for name in settings.tables}
    files = sorted({file for found in sources.values() if found for file in found})
    with ThreadPoolExecutor() as pool:
        by_file = dict(zip(files, pool.map(_of_bytes, files), strict=True))
    words: dict[str, str | None] = {}
    for name, found in sources.items():
        shipped = _shipped(settings, name)
        if found is None or not (found or shipped):
            words[name] = None
            continue
        section = settings.tables[name]
        # The name of a file is part of what is read: a glob sees it, and Hive-style folders hold a column.
        parts = [section.path or "", section.sql or "", *shipped]
        parts += [f"{_within(file, settings.folder)} {by_file[file]}" for file in found]
        words[name] = _word(*parts)
    return words


def fingerprint(settings: Settings, study: Study) -> dict[str, str]:
    """A word for every table; the engine is asked only for those that do not come from files."""
    words = file_fingerprints(settings)
    return {
        name: word if word is not None else _word(settings.tables[name].sql or "", _checksum(study.table(name)))
        for name, word in words.items()
    }


def _files(settings: Settings, table: str) -> list[Path] | None:
    """Files a table comes from; ``None`` when it comes from elsewhere too."""
    if settings.tables[table].path is not None:
        return path_files(settings, table)
    url = settings.source.url.get_secret_value()
    engine, _, place = url.partition("://")
    sql = settings.tables[table].sql or ""
    if engine != "duckdb" or place.partition("?")[0] not in ("", ":memory:") or "://" in sql:
        return None
    shipped = [shipped_file(settings, name) for name in settings.source.datasets if name in sql]
    return sorted({*sql_files(settings, table), *(file for file in shipped if file)})


def _shipped(settings: Settings, table: str) -> list[str]:
    """Data frames that the SQL of a table names, with the version of the package that ships them."""
    sql = settings.tables[table].sql or ""
    named = [dataset for name, dataset in settings.source.datasets.items() if name in sql and ".csv" not in dataset]
    try:
        return [f"{dataset} {version(dataset.partition(':')[0])}" for dataset in named]
    except PackageNotFoundError:
        return named


def _within(file: Path, folder: Path) -> str:
    """Name of a file that stays when the study, or a package, is moved."""
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else file.name


def _of_bytes(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "blake2b").hexdigest()


def _checksum(rows: ir.Table) -> str:
    """Count and sums of row hashes: the order of rows does not matter."""
    import ibis
    from ibis.common.exceptions import OperationNotDefinedError

    text = ibis.literal("")
    for name in rows.columns:
        text = text + rows[name].cast("string").fill_null("\x00") + "\x1f"
    hashed = text.hash()
    sums = {f"sum_{prime}": (hashed % prime).sum() for prime in _PRIMES}
    try:
        found = rows.aggregate(n=rows.count(), **sums).to_pyarrow().to_pylist()[0]
    except OperationNotDefinedError:
        return secrets.token_hex(16)
    return repr(sorted(found.items()))


def _word(*parts: str) -> str:
    return hashlib.blake2b("\x00".join(parts).encode(), digest_size=16).hexdigest()
