"""What a report has to know of a study before it decides what to run: its tables, their hashes, the months covered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cxmodels.report.cache import file_hash, package_hash
from cxmodels.report.folder import ReportFolder
from cxmodels.report.manifest import FILE_NAME
from cxmodels.study.config import Settings
from cxmodels.study.fingerprint import file_fingerprints
from cxmodels.study.study import Study


@dataclass(frozen=True)
class Facts:
    """What is known of a study.

    Attributes
    ----------
    settings
        What its ``study.toml`` says.
    data
        Hash of each table, by its name.
    covers
        First and last complete month the data cover.
    """

    settings: Settings
    data: Mapping[str, str]
    covers: tuple[str, str]

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables the study has."""
        return tuple(self.data)

    def to_dict(self) -> dict[str, Any]:
        """What a manifest keeps of it."""
        said = self.settings.study
        return {
            "name": said.name,
            "currency": said.currency,
            "language": said.language,
            "extracted_on": said.extracted_on.isoformat(),
            "settings": file_hash(self.settings.file),
            "covers": list(self.covers),
        }


def gather(settings: Settings, reports: ReportFolder) -> Facts:
    """The facts of a study; its engine is opened only where no published month knows them already.

    A month knows them when the bytes of all files, the settings, the day of extraction and the package are the same:
    then the checks of files, columns and types that opening the study makes were passed before.

    Raises
    ------
    StudyError
        When a file, a column, a type, a query or the connection is not as the settings and the contract say.
    """
    words = file_fingerprints(settings)
    data = {name: word for name, word in words.items() if word is not None}
    if len(data) == len(words):
        for month in reversed(reports.months()):
            covers = _known(_manifest(reports, month), settings, data)
            if covers is not None:
                return Facts(settings, data, covers)
    study = Study(settings)
    return Facts(settings, study.fingerprint(), study.months())


def _known(manifest: Mapping[str, Any], settings: Settings, data: Mapping[str, str]) -> tuple[str, str] | None:
    covers = manifest.get("study", {}).get("covers", ("", ""))
    facts = Facts(settings, data, (covers[0], covers[1]))
    same_study = manifest.get("study", {}).items() >= facts.to_dict().items()
    same_code = manifest.get("code", {}).get("package") == package_hash()
    return facts.covers if same_study and same_code and manifest.get("data") == data else None


def _manifest(reports: ReportFolder, month: str) -> dict[str, Any]:
    try:
        return dict(json.loads((reports.month(month) / FILE_NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
