"""What is held likely of a path model before its answers: weakly informative, on the standardised scale."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cxmodels.loyalty.errors import InvalidValue


@dataclass(frozen=True)
class Priors:
    """Priors of a path model for standardised items and constructs whose unexplained part has the variance one.

    Attributes
    ----------
    loading
        Standard deviation of loadings, normal around zero; of the first one of a construct only the positive half,
        which says which way the construct points.
    path
        Standard deviation of direct paths, normal around zero.
    residual
        Scale of the half-normal standard deviation of what an item has of its own.
    correlation
        Shape of the prior of correlations of constructs, and of what items have of their own: |R|^(shape - 1); 1 is
        flat, more draws towards zero (Lewandowski, Kurowicka & Joe 2009).

    Raises
    ------
    InvalidValue
        When one is not positive and finite.
    """

    loading: float = 1.0
    path: float = 1.0
    residual: float = 1.0
    correlation: float = 2.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (math.isfinite(value) and value > 0):
                raise InvalidValue(f"Priors: {name} must be positive and finite, found {value}")

    @property
    def told(self) -> str:
        """The same in words."""
        return (
            "Before the answers are seen, items counted in standard deviations and constructs in those of their "
            f"unexplained part: 95 % of direct paths lie within ±{1.96 * self.path:.2g} and of loadings within "
            f"±{1.96 * self.loading:.2g}, the first loading of a construct is positive, the standard deviation of "
            f"what an item has of its own is below {1.96 * self.residual:.2g}, and correlations left free are "
            f"{'as likely small as large' if self.correlation == 1 else 'rather small than large'}."
        )
