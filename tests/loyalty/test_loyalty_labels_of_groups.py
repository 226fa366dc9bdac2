"""A text written for one group, where several are fitted by it."""

from __future__ import annotations

import pytest
from sem_models import EQUAL_LOADINGS, POLITICAL_DEMOCRACY

from cxmodels.loyalty.syntax.of_each_group import of_each_group
from cxmodels.loyalty.syntax.parameter_table import parameter_table
from cxmodels.loyalty.syntax.path_model import PathModel

GROUPS = ("first wave", "second")


@pytest.mark.parametrize(("model", "one", "both"), [(POLITICAL_DEMOCRACY, 31, 76), (EQUAL_LOADINGS, 28, 73)])
def test_labels_are_equalities_within_a_group(model: PathModel, one: int, both: int) -> None:
    found = of_each_group(model)
    assert set(found.table["label"]) == {""}
    assert found.defined == ()
    assert len(parameter_table(found).names) == len(parameter_table(model).names) == one
    # eleven intercepts a group; equal loadings, 8 or 5 free ones, are counted once
    assert len(parameter_table(found, groups=GROUPS, means=True).names) == 2 * (one + 11)
    assert len(parameter_table(found, groups=GROUPS, means=True, equal=("loadings",)).names) == both


def test_what_lines_say_of_labels_is_said_of_the_parameters() -> None:
    text = "'my score' ~ a*x1 + a*'x 2' + equal('a')*x3 + b*x4 + NA*c*x5\na == b\nc == 0.5\ntwice := 2*a"
    found = parameter_table(of_each_group(PathModel(text)), groups=GROUPS).frame
    paths = found[found["op"] == "~"].groupby("group", sort=False)["free"].agg(list)
    first, second = paths["first wave"], paths["second"]
    assert len(set(first[:4])) == len(set(second[:4])) == 1
    assert 0 < first[0] != second[0] > 0
    assert found.loc[found["rhs"] == "x5", "value"].iloc[[0]].tolist() == [0.5]
    assert first[4] == second[4] == 0


def test_a_text_for_several_groups_stays_as_it_is() -> None:
    model = PathModel("y ~ c(a, a)*x + b*z")
    assert of_each_group(model) is model
