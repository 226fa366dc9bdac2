"""A study: its settings, its tables, what was known when. Heavy parts are loaded when they are first used."""

from cxmodels.study.config import Settings, load_settings
from cxmodels.study.contract import TABLES
from cxmodels.study.errors import MissingTable, NothingToCompute, SettingsError, SourceError, StudyError
from cxmodels.study.study import Study, open_study

__all__ = [
    "TABLES",
    "MissingTable",
    "NothingToCompute",
    "Settings",
    "SettingsError",
    "SourceError",
    "Study",
    "StudyError",
    "load_settings",
    "open_study",
]
