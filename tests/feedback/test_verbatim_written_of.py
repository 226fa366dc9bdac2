"""Which themes a customer wrote of, as the call list has them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from written_comments import written

from cxmodels.feedback.errors import InvalidValue
from cxmodels.feedback.verbatims.themes import themes
from cxmodels.feedback.verbatims.written_of import themes_by_customer


def test_a_customer_has_the_themes_of_the_own_comments_the_latest_first() -> None:
    read = written({"late": 60, "taste": 50, "site": 40})
    person = np.arange(150)
    # one wrote of two themes, one twice of one, one is nobody
    person[[60, 1]] = 0
    person[2] = -1
    read = replace(read, frame=read.frame.assign(person=person))
    found = themes(read)
    table = themes_by_customer(read, found).set_index("number")["themes"]
    late, taste, site = (found.assigned.iloc[at] for at in (0, 60, 149))
    assert table[0] == f"{taste}; {late}"
    assert (table[3], table[149]) == (late, site)
    assert set(table.index) == set(person) - {-1}
    with pytest.raises(InvalidValue, match="those the themes were found in are required"):
        themes_by_customer(replace(read, frame=read.frame.iloc[:9]), found)


def test_themes_of_few_people_are_told_of_no_customer() -> None:
    read = written({"late": 60, "taste": 50, "site": 9})
    found = themes(read, count=3)
    few = {name for name in found.models["en"].names if "website" in name}
    told = set("; ".join(themes_by_customer(read, found)["themes"]).split("; "))
    assert len(few) == 1
    assert told == set(found.table["theme"])
    assert not told & few
