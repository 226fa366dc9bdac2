"""Constructs as a linear path model: the correlations that its paths imply, and draws that have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

Correlations = dict[tuple[str, str], float]
"""Correlation of each ordered pair of constructs, of one with itself too."""
Paths = Mapping[str, Mapping[str, float]]
"""Construct → its causes, each with its standardised path; a cause stands before what it explains."""


def implied(paths: Paths, between: Correlations) -> Correlations:
    """The correlations of all constructs, given those of the ones that nothing explains.

    A construct's correlation with an earlier one is the sum over its paths of their causes' (Wright 1921).
    """
    correlation = dict(between)
    known = list(dict.fromkeys(name for name, _ in between))
    for name, causes in paths.items():
        for other in known:
            value = sum(path * correlation[cause, other] for cause, path in causes.items())
            correlation[name, other] = correlation[other, name] = value
        correlation[name, name] = 1.0
        known.append(name)
    return correlation


def residual_sd(causes: Mapping[str, float], correlation: Correlations) -> float:
    """Standard deviation of what the causes leave unexplained of a construct with variance 1."""
    share = sum(a * b * correlation[i, j] for i, a in causes.items() for j, b in causes.items())
    return float(np.sqrt(1 - share))


def drawn_given(
    names: Sequence[str], known: Mapping[str, np.ndarray], correlation: Correlations, random: np.random.Generator
) -> dict[str, np.ndarray]:
    """Draw constructs from their normal distribution given those that are known already."""

    def between(some: Sequence[str], others: Sequence[str]) -> np.ndarray:
        return np.array([[correlation[one, other] for other in others] for one in some])

    given = list(known)
    weights = np.linalg.solve(between(given, given), between(given, names)).T
    left = between(names, names) - weights @ between(given, names)
    size = len(known[given[0]])
    values = weights @ np.stack(list(known.values()))
    values = values + np.linalg.cholesky(left) @ random.standard_normal((len(names), size))
    return dict(zip(names, values, strict=True))
