import nbformat
import pytest

from cxmodels.report.errors import WrongUse
from cxmodels.report.parameters import assigned, declared
from cxmodels.report.plan import Bounds, Plan, PlannedNotebook

CELL = (
    'study: str = "data/demo"\nmonth: str = ""\nwindow_months: int = 24\nlevel: float = 1\n'
    'quick: bool = False\nby: str = "plan"'
)


def notebook(folder, name, cell=CELL, **bounds):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell, metadata={"tags": ["parameters"]})])
    nbformat.write(book, folder / f"{name}.ipynb")
    return PlannedNotebook(name, folder / f"{name}.ipynb", f"{name}.html", name, parameters=bounds)


@pytest.fixture
def plan(tmp_path):
    bounds = {"window_months": Bounds(0, 120), "by": Bounds(choices=("plan", "region"))}
    return Plan((notebook(tmp_path, "churn", **bounds), notebook(tmp_path, "clv", "window_months: int = 12")))


def test_the_cell_tagged_parameters_declares_names_types_and_defaults(tmp_path):
    found = declared(notebook(tmp_path, "churn").file)
    assert {name: (p.type, p.default) for name, p in found.items()} == {
        "study": (str, "data/demo"),
        "month": (str, ""),
        "window_months": (int, 24),
        "level": (float, 1.0),
        "quick": (bool, False),
        "by": (str, "plan"),
    }


def test_a_value_goes_to_the_notebook_named_or_to_all_that_have_it(plan):
    assert assigned(plan, ["churn.window_months=6"]) == {"churn": {"window_months": 6}, "clv": {}}
    assert assigned(plan, ["window_months=6"]) == {"churn": {"window_months": 6}, "clv": {"window_months": 6}}


def test_values_have_the_type_the_notebook_gives(plan):
    given = assigned(plan, ["level=0.5", "quick=yes", "by=region"])["churn"]
    assert given == {"level": 0.5, "quick": True, "by": "region"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("windw_months=6", "found 'windw_months'; did you mean 'window_months'"),
        ("churm.level=1", "found 'churm'; did you mean 'churn'"),
        ("clv.level=1", "clv has the parameters window_months; found 'level'"),
        ("window_months=six", "churn.window_months: a whole number is allowed .default 24., found 'six'"),
        ("window_months=5.5", "a whole number is allowed"),
        ("window_months=121", "from 0 to 120 is allowed .default 24., found 121"),
        ("level=inf", "a finite number is allowed, found 'inf'"),
        ("quick=perhaps", "true or false is allowed"),
        ("by=regio", "allowed are plan, region; found 'regio'; did you mean 'region'"),
        ("level", "NAME=VALUE or NOTEBOOK.NAME=VALUE is allowed, found 'level'"),
        ("month=2026-09", "month is not set with -p but by --month"),
        ("study=data/telco", "study is not set with -p but by the STUDY argument"),
    ],
)
def test_a_wrong_parameter_is_told_with_what_is_allowed_and_what_was_found(plan, text, said):
    with pytest.raises(WrongUse, match=said):
        assigned(plan, [text])


@pytest.mark.parametrize("name", ["api_key", "crm_password", "churn.TOKEN", "client_secret"])
def test_a_secret_may_not_be_a_parameter_and_is_not_repeated(plan, name):
    with pytest.raises(WrongUse, match="environment variable") as told:
        assigned(plan, [f"{name}=hunter2hunter2"])
    assert "hunter2" not in str(told.value)


def test_a_personal_datum_may_not_be_a_parameter_and_is_not_repeated(plan):
    with pytest.raises(WrongUse, match="looks like e-mail") as told:
        assigned(plan, ["by=jane.doe@example.org"])
    assert "jane.doe" not in str(told.value)


def test_all_that_is_wrong_is_told_at_once(plan):
    with pytest.raises(WrongUse, match=r"2 problems[\s\S]*quick[\s\S]*level"):
        assigned(plan, ["quick=perhaps", "level=high"])


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("n = 3", "a line 'name: type = value' is allowed, found 'n = 3'"),
        ("n: list = []", "int, float, str, bool are allowed, found 'list'"),
        ("n: int = '3'", "a literal value of type int is allowed"),
        ("n: int = len('abc')", "a literal value of type int is allowed"),
        ("n: int =", "not Python"),
    ],
)
def test_a_parameters_cell_that_cannot_be_checked_is_refused(tmp_path, cell, said):
    with pytest.raises(WrongUse, match=said):
        declared(notebook(tmp_path, "churn", cell).file)
