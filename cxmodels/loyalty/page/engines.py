"""One model text, three engines: each as far as the answers let it, and which of them the page tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cxmodels.errors import without_place
from cxmodels.loyalty.errors import InvalidValue, LoyaltyError, NoModel, TooFewRespondents
from cxmodels.loyalty.syntax.path_model import ENGINES

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.bayes.bayes_fit import BayesFit
    from cxmodels.loyalty.ml.ml_fit import MlFit
    from cxmodels.loyalty.path_fit import Engine
    from cxmodels.loyalty.pls.pls_fit import PlsFit
    from cxmodels.loyalty.syntax.path_model import PathModel

BOOTSTRAPS = 1_000
TITLES: Mapping[str, str] = {
    "ml": "Maximum likelihood",
    "bayes": "Bayes",
    "pls": "Partial least squares",
    "consistent": "Consistent partial least squares",
}
"""How the engines are called, in the order in which one stands in for another."""


@dataclass(frozen=True, eq=False)
class Engines:
    """The same model by every engine that could fit it.

    Attributes
    ----------
    ml, bayes, pls, consistent
        The fits; None where there is none. Partial least squares as they are, and corrected for the unreliability of
        scores, which is what the other two estimate.
    asked
        The engine the page was to tell.
    why_not
        Engine → why it has no fit.
    """

    ml: MlFit | None
    bayes: BayesFit | None
    pls: PlsFit | None
    consistent: PlsFit | None
    asked: Engine
    why_not: Mapping[str, str]

    @property
    def all(self) -> dict[str, Any]:
        """Engine → fit, of those there are."""
        fits = {name: getattr(self, name) for name in TITLES}
        return {name: fit for name, fit in fits.items() if fit is not None}

    @property
    def used(self) -> Any:
        """The fit that the page tells: that asked for, else the first there is."""
        fits = self.all
        return fits.get(self.asked) or next(iter(fits.values()))

    @property
    def title(self) -> str:
        """What it is called."""
        return next(TITLES[name] for name, fit in self.all.items() if fit is self.used)


def fit_engines(
    model: PathModel,
    answers: Answers,
    *,
    engine: Engine | Literal[""] = "",
    bootstraps: int = BOOTSTRAPS,
    alone: bool = False,
) -> Engines:
    """Fit a model by every engine.

    Parameters
    ----------
    model, answers
        The model and the answers to its items.
    engine
        The one the page tells. Empty: maximum likelihood; partial least squares of a model with composites (``<~``).
    bootstraps
        Resamples of partial least squares.
    alone
        Whether to fit by that engine only.

    Raises
    ------
    InvalidValue
        When there is no such engine.
    TooFewRespondents
        When there are too few answers for any engine, or to be told of.
    NoModel
        When no engine finds a solution.

    Notes
    -----
    Maximum likelihood is robust (MLR) and takes everybody where answers are missing (FIML); the other two take those
    who answered every item.
    """
    composites = any(construct.kind == "composite" for construct in model.constructs)
    asked: Engine = engine or ("pls" if composites else "ml")
    if asked not in ENGINES:
        raise InvalidValue(f"fit_engines: engine must be one of {', '.join(ENGINES)}, found {engine!r}")
    if answers.respondents < answers.min_cell:
        raise TooFewRespondents(
            f"fit_engines: at least {answers.min_cell} respondents are required, as many as a group must have to be "
            "told of (privacy.min_cell), found fewer"
        )
    some_missing = bool(answers.frame[list(model.items)].isna().to_numpy().any())
    factors = any(construct.kind == "reflective" and len(construct.items) > 1 for construct in model.constructs)
    options: dict[str, dict[str, Any]] = {
        "ml": {"engine": "ml", "robust": True, "missing": "fiml" if some_missing else "listwise"},
        "bayes": {"engine": "bayes"},
        "pls": {"engine": "pls", "bootstraps": bootstraps},
        "consistent": {"engine": "pls", "bootstraps": bootstraps, "consistent": True},
    }
    fits: dict[str, Any] = dict.fromkeys(TITLES)
    errors: dict[str, LoyaltyError] = {}
    for name, chosen in options.items():
        if (name == "consistent" and not factors) or (alone and name != asked):
            continue
        try:
            fits[name] = model.fit(answers, **chosen)
        except LoyaltyError as error:
            errors[name] = error
    why_not = {name: without_place(str(error)) for name, error in errors.items()}
    if not any(fit is not None for fit in fits.values()):
        if few := [error for error in errors.values() if isinstance(error, TooFewRespondents)]:
            raise few[0]
        raise NoModel(f"fit_engines: no engine finds a solution of the model; {next(iter(why_not.values()))}")
    return Engines(**fits, asked=asked, why_not=why_not)
