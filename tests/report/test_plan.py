from pathlib import Path

import pytest

from cxmodels.report.errors import WrongUse
from cxmodels.report.plan import Bounds, read_plan

ENTRY = '[notebooks.{0}]\nfile = "{0}.ipynb"\npage = "{0}.html"\ntitle = "{0}"\n'


def written(folder: Path, text: str, *notebooks: str) -> Path:
    for name in notebooks:
        (folder / f"{name}.ipynb").write_text("{}")
    (folder / "plan.toml").write_text(text)
    return folder / "plan.toml"


def test_a_plan_lists_notebooks_as_written_and_runs_each_after_those_it_stopped_by(tmp_path):
    text = ENTRY.format("summary") + 'after = ["*"]\n' + ENTRY.format("value") + 'after = ["churn"]\n'
    plan = read_plan(written(tmp_path, text + ENTRY.format("churn"), "summary", "value", "churn"))
    assert plan.names == ("summary", "value", "churn")
    assert [notebook.name for notebook in plan.in_running_order] == ["churn", "value", "summary"]
    assert plan["summary"].after == ("value", "churn")


def test_what_is_chosen_brings_what_stopped_by_it(tmp_path):
    text = ENTRY.format("summary") + 'after = ["*"]\n' + ENTRY.format("value") + ENTRY.format("churn")
    plan = read_plan(written(tmp_path, text, "summary", "value", "churn"))
    assert plan.chosen(["churn"]) == ("summary", "churn")
    assert plan.chosen([]) == plan.names
    with pytest.raises(WrongUse, match="found 'chrun'; did you mean 'churn'"):
        plan.chosen(["chrun"])


def test_bounds_of_parameters_are_read(tmp_path):
    text = ENTRY.format("churn") + "[notebooks.churn.parameters.window]\nmin = 0\nmax = 60\n"
    assert read_plan(written(tmp_path, text, "churn"))["churn"].parameters == {"window": Bounds(0, 60)}


def test_a_need_with_alternatives_is_met_by_one_of_them_and_else_names_all(tmp_path):
    text = ENTRY.format("churn") + "needs = ['customers', 'contracts|orders']\n"
    churn = read_plan(written(tmp_path, text, "churn"))["churn"]
    assert churn.lacks(["customers", "orders"]) == churn.lacks(["contracts", "customers"]) == ()
    assert churn.lacks(["costs"]) == ("customers", "contracts or orders")
    assert [churn.stopped_by(table, ["costs"]) for table in ("customers", "orders", "items")] == [True, True, False]
    assert not churn.stopped_by("contracts", ["customers", "orders"])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("needs = ['order']", "found 'order'; did you mean 'orders'"),
        ("needs = ['contracts|order']", "found 'order'; did you mean 'orders'"),
        ("after = ['churns']", "found 'churns'; did you mean 'churn'"),
        ("time_out = 3", "found 'time_out'; did you mean 'timeout'"),
        ("timeout = 0", "more than 0 seconds is allowed, found 0"),
        ("timeout = 'long'", "timeout: int or float is allowed, found 'long'"),
        ("after = ['churn']", "wait for each other"),
    ],
)
def test_a_wrong_plan_is_told_with_the_place_and_what_is_allowed(tmp_path, more, said):
    with pytest.raises(WrongUse, match=said):
        read_plan(written(tmp_path, ENTRY.format("churn") + more, "churn"))


def test_all_that_is_wrong_with_a_plan_is_told_at_once(tmp_path):
    text = '[notebooks.churn]\nfile = "churm.ipynb"\npage = 3\n'
    with pytest.raises(WrongUse) as told:
        read_plan(written(tmp_path, text, "churn"))
    for said in ("did you mean 'churn.ipynb'", "page: str is allowed, found 3", "title: is required"):
        assert said in str(told.value)


def test_two_notebooks_may_not_make_the_same_page(tmp_path):
    text = ENTRY.format("churn") + ENTRY.format("value").replace("value.html", "churn.html")
    with pytest.raises(WrongUse, match=r"'churn.html' is made by more than one"):
        read_plan(written(tmp_path, text, "churn", "value"))


def test_a_plan_that_is_missing_or_not_toml_is_told(tmp_path):
    with pytest.raises(WrongUse, match="there is no plan here"):
        read_plan(tmp_path / "plan.toml")
    with pytest.raises(WrongUse, match="not TOML"):
        read_plan(written(tmp_path, "[notebooks"))


def test_the_plan_of_this_project_is_right(root):
    plan = read_plan(root / "notebooks" / "plan.toml")
    assert plan.in_running_order[-1].name == "summary"
    assert plan["summary"].page == "index.html"


def test_a_study_of_orders_alone_has_a_page_on_churn(root):
    plan = read_plan(root / "notebooks" / "plan.toml")
    assert plan["churn"].lacks(["customers", "orders"]) == ()
