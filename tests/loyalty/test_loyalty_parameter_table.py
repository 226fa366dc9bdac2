"""A parameter table holds what lavaan's does: the same parameters, fixed at the same values, equal in the same way."""

from __future__ import annotations

import re

import numpy as np
import pytest
from sem_models import ABILITIES, COMPACT, ECSI, EQUAL_LOADINGS, MEDIATION, POLITICAL_DEMOCRACY

from cxmodels.loyalty.errors import InvalidModel, InvalidValue
from cxmodels.loyalty.syntax.parameter_table import ParameterTable, Scaling, parameter_table
from cxmodels.loyalty.syntax.path_model import PathModel

GROUPS = ("Pasteur", "Grant-White")
HIGHER_ORDER = PathModel("""
G =~ A + B + C
A =~ a1 + a2 + a3
B =~ b1 + b2 + b3
C =~ c1
G ~ w
v ~ G
""")
# lavaan 0.6-14, sem(…, fixed.x = FALSE): free parameters, degrees of freedom and items, the same by either scale
COUNTED = [
    (ABILITIES, 21, 24, 9),
    (POLITICAL_DEMOCRACY, 31, 35, 11),
    (EQUAL_LOADINGS, 28, 38, 11),
    (MEDIATION, 25, 41, 11),
    (COMPACT, 27, 39, 11),
    (ECSI, 59, 241, 24),
    (HIGHER_ORDER, 20, 25, 9),
]


def counted(table: ParameterTable) -> tuple[int, int]:
    return len(table.names), table.degrees_of_freedom


def of(table: ParameterTable, lhs: str, op: str, rhs: str, group: str = "") -> tuple[float, int]:
    rows = table.frame.set_index(["lhs", "op", "rhs", "group"])
    row = rows.loc[(lhs, op, rhs, group)]
    return float(row["value"]), int(row["free"])


@pytest.mark.parametrize("scaling", ["marker", "variance"])
@pytest.mark.parametrize(("model", "free", "df", "items"), COUNTED)
def test_free_parameters_and_degrees_of_freedom_are_lavaans(
    model: PathModel, free: int, df: int, items: int, scaling: Scaling
) -> None:
    assert counted(parameter_table(model, scaling=scaling)) == (free, df)
    assert counted(parameter_table(model, scaling=scaling, means=True)) == (free + items, df)


# lavaan 0.6-14: sem(…, group = "school", group.equal = …) of Holzinger & Swineford (1939), with std.lv and without.
PATHS = ABILITIES.text + "textual ~ visual\nspeed ~ visual"
CORRELATED = ABILITIES.text + "x1 ~~ x4"


@pytest.mark.parametrize("scaling", ["marker", "variance"])
@pytest.mark.parametrize(
    ("equal", "paths", "correlated"),
    [
        ("loadings", (54, 54), (56, 52)),
        ("loadings intercepts", (48, 60), (50, 58)),
        ("loadings intercepts residuals", (39, 69), (41, 67)),
        ("loadings intercepts residuals means", (36, 72), (38, 70)),
        ("loadings lv.variances", (51, 57), (53, 55)),
        ("loadings lv.variances lv.covariances", (50, 58), (50, 58)),
        ("loadings regressions", (52, 56), (56, 52)),
        ("intercepts", (54, 54), (56, 52)),
        ("loadings intercepts means", (45, 63), (47, 61)),
        ("means", (60, 48), (62, 46)),
        ("residuals residual.covariances", (51, 57), (52, 56)),
    ],
)
def test_what_is_equal_across_groups_is_what_is_equal_in_lavaan(
    equal: str, paths: tuple[int, int], correlated: tuple[int, int], scaling: Scaling
) -> None:
    for text, expected in ((PATHS, paths), (CORRELATED, correlated)):
        table = parameter_table(PathModel(text), groups=GROUPS, equal=tuple(equal.split()), means=True, scaling=scaling)
        assert counted(table) == expected


def test_equal_intercepts_free_the_means_of_later_groups() -> None:
    table = parameter_table(ABILITIES, groups=GROUPS, equal=("loadings", "intercepts"), means=True)
    assert of(table, "visual", "~1", "", GROUPS[0]) == (0.0, 0)
    assert of(table, "visual", "~1", "", GROUPS[1])[1] > 0
    assert of(table, "x1", "~1", "", GROUPS[0])[1] == of(table, "x1", "~1", "", GROUPS[1])[1] > 0


def test_a_partially_equal_model_frees_what_is_named() -> None:
    table = parameter_table(ABILITIES, groups=GROUPS, equal=("loadings",), partial=("visual=~x2",), means=True)
    assert of(table, "visual", "=~", "x2", GROUPS[0])[1] != of(table, "visual", "=~", "x2", GROUPS[1])[1]
    assert of(table, "visual", "=~", "x3", GROUPS[0])[1] == of(table, "visual", "=~", "x3", GROUPS[1])[1]
    with pytest.raises(InvalidValue, match=r"partial names parameters such as .* found visual=~x9"):
        parameter_table(ABILITIES, groups=GROUPS, equal=("loadings",), partial=("visual=~x9",))


def test_the_scale_of_a_construct_is_its_first_loading_or_its_variance() -> None:
    model = PathModel("f =~ x1 + x2 + x3\ng =~ NA*y1 + y2 + y3\ng ~~ 1*g")
    marker, variance = (parameter_table(model, scaling=scaling) for scaling in ("marker", "variance"))
    assert of(marker, "f", "=~", "x1") == (1.0, 0)
    assert of(marker, "g", "=~", "y1")[1] > 0
    assert of(marker, "g", "~~", "g") == (1.0, 0)
    assert of(variance, "f", "=~", "x1")[1] > 0
    assert of(variance, "f", "~~", "f") == (1.0, 0)


def test_the_only_item_of_a_construct_measures_it_without_error_unless_said_otherwise() -> None:
    assert of(parameter_table(PathModel("f =~ x\ny ~ f")), "x", "~~", "x") == (0.0, 0)
    assert of(parameter_table(PathModel("f =~ x\ny ~ f\nx ~~ 0.2*x")), "x", "~~", "x") == (0.2, 0)


def test_constructs_without_causes_vary_together_and_so_do_last_effects_but_not_items() -> None:
    table = parameter_table(PathModel("a =~ a1 + a2\nb =~ b1 + b2\nc =~ c1 + c2\nd =~ d1 + d2\nc + d ~ a + b"))
    assert of(table, "a", "~~", "b")[1] > 0
    assert of(table, "c", "~~", "d")[1] > 0
    pairs = table.frame[(table.frame["op"] == "~~") & (table.frame["lhs"] != table.frame["rhs"])]
    assert len(pairs) == 2
    written = parameter_table(table.model, covariances="written").frame
    assert ((written["op"] != "~~") | (written["lhs"] == written["rhs"])).all()


def test_equal_parameters_share_a_number_by_label_by_equal_and_by_a_line() -> None:
    table = parameter_table(PathModel("y ~ a*x1 + a*x2 + equal('a')*x3 + b*x4 + equal('y~x6')*x5 + x6\na - b == 0"))
    numbers = [of(table, "y", "~", f"x{n}")[1] for n in range(1, 7)]
    assert len(set(numbers[:4])) == 1
    assert numbers[4] == numbers[5] != numbers[0]


def test_a_line_that_gives_a_label_a_value_fixes_it() -> None:
    table = parameter_table(PathModel("y ~ a*x1 + a*x2\n2*a == 1"))
    assert of(table, "y", "~", "x1") == of(table, "y", "~", "x2") == (0.5, 0)


def test_what_is_equal_to_a_fixed_parameter_is_fixed_and_two_values_are_refused() -> None:
    table = parameter_table(PathModel("f =~ a*x1 + x2\ng =~ y1 + a*y2"))
    assert of(table, "g", "=~", "y2") == (1.0, 0)
    with pytest.raises(InvalidModel, match=re.escape("'a' is fixed at 2 and equal to one that is fixed at 1")):
        parameter_table(PathModel("f =~ a*x1 + x2\ng =~ y1 + y2\na == 2"))


def test_a_label_is_the_same_in_all_groups_and_c_parts_them() -> None:
    table = parameter_table(PathModel("y ~ a*x + c(b, d)*z + c(1, NA)*v"), groups=GROUPS)
    one, other = ({name: of(table, "y", "~", name, group)[1] for name in "xzv"} for group in GROUPS)
    assert one["x"] == other["x"] > 0
    assert one["z"] != other["z"]
    assert (one["v"], other["v"] > 0) == (0, True)
    assert table.names[:3] == ("a", "b", "y ~~ y [Pasteur]")


def test_a_composite_has_no_error_and_its_items_vary_freely() -> None:
    table = parameter_table(
        PathModel("price <~ p1 + p2\nimage =~ i1 + i2 + i3\nloyal =~ l1 + l2\nloyal ~ price + image")
    )
    assert of(table, "price", "<~", "p1") == (1.0, 0)
    assert of(table, "price", "~~", "price") == (0.0, 0)
    for item in ("p1", "p2"):
        assert of(table, "image", "~~", item)[1] > 0
    assert of(table, "p1", "~~", "p2")[1] > 0
    with pytest.raises(InvalidModel, match=r"'price' is composed of its items .* and a path leads to it"):
        parameter_table(PathModel("price <~ p1 + p2\nprice ~ x"))


def test_theta_is_spread_over_the_rows_and_read_by_label() -> None:
    table = parameter_table(PathModel("f =~ x1 + l*x2 + x3\ny ~ b*f"))
    theta = np.arange(1.0, 2 * len(table.names) + 1).reshape(2, -1)
    values = table.values(theta)
    assert values.shape == (2, len(table.frame))
    assert values[0, 0] == values[1, 0] == 1.0
    assert table.labelled(theta)["l"].tolist() == [theta[0, 0], theta[1, 0]]
    assert table.labelled(theta)["b"].tolist() == theta[:, table.names.index("b")].tolist()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scaling": "unit"}, "scaling must be one of marker, variance, found 'unit'"),
        ({"covariances": "all"}, "covariances must be one of sem, written, found 'all'"),
        ({"equal": ("loading",)}, "equal must be one of loadings, intercepts"),
        ({"equal": ("means",)}, "equal intercepts or means need means=True"),
        ({"groups": ("a", "a")}, "groups must differ, found a, a"),
        ({"groups": ("a", "b", "c")}, "c() in the text has values for 2 groups, found 3: a, b, c"),
        ({}, "c() in the text has values for 2 groups, found 0: none"),
    ],
)
def test_an_option_that_is_none_is_refused_with_what_is_allowed(options: dict, said: str) -> None:
    with pytest.raises(InvalidValue, match=re.escape(said)):
        parameter_table(PathModel("y ~ c(a, b)*x"), **options)
