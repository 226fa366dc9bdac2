"""What every fitted path model offers, whichever engine fitted it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from cxmodels.loyalty.syntax.path_model import PathModel

type Array = NDArray[np.float64]
Engine = Literal["pls", "ml", "bayes"]
NORMAL_95 = 1.959963984540054
"""Standard errors on either side of an estimate within which 95 % of a normal distribution lie."""


class PathFit(Protocol):
    """A path model fitted to answers.

    Attributes
    ----------
    model
        The model.
    engine
        Which engine fitted it.
    names
        Constructs, and items used as such in a regression, in the order of the matrices below.
    n
        Respondents.
    estimates
        One row a parameter: ``lhs, op, rhs, label, coef, se, low, high, std, std_low, std_high``; limits of 95 %,
        ``std`` the fully standardised coefficient; NaN where an engine does not tell it. A row of several groups also
        has ``group``.
    """

    model: PathModel
    engine: Engine
    names: tuple[str, ...]
    n: float
    estimates: pd.DataFrame

    def path_matrix(self, *, standardised: bool = True) -> Array:
        """(names, names) direct paths, row = what is explained, column = what explains it."""
        ...

    def path_draws(self, *, standardised: bool = True) -> Array:
        """(draws, names, names) the same with its doubt: bootstraps, draws of the limiting normal, or posterior."""
        ...

    def construct_covariance(self) -> Array:
        """(names, names) model-implied correlations of the constructs."""
        ...


def in_short(fit: Any) -> str:
    """A fit in one line, as an interpreter shows it; its numbers are in `PathFit.estimates`."""
    sizes = f"{fit.n:,.0f} respondents, {len(fit.model.constructs)} constructs, {len(fit.model.paths)} paths"
    return f"<{type(fit).__name__}: {sizes}>"
