"""How constructs show in items: what scores and plausible values are computed from, whichever engine fitted it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cxmodels.loyalty.errors import InvalidValue
from cxmodels.loyalty.path_fit import Array
from cxmodels.sampling import evenly


@dataclass(frozen=True, eq=False)
class Measurement:
    """Items as intercepts + loadings @ constructs + residuals, for one set of parameters or for draws of them.

    Scores have the scale of the constructs here: with variances of one in `construct_covariance` they count standard
    deviations of the construct from its mean.

    Attributes
    ----------
    items, names
        The items and the constructs.
    loadings
        (items, names) or (draws, items, names).
    construct_covariance
        (names, names) or (draws, names, names).
    residual_covariance
        (items, items) or (draws, items, items).
    intercepts
        (items,) or (draws, items): means of the items where the constructs are zero.
    construct_means
        (names,) or (draws, names). Default: zero.

    Raises
    ------
    InvalidValue
        When shapes do not agree.
    """

    items: tuple[str, ...]
    names: tuple[str, ...]
    loadings: Array
    construct_covariance: Array
    residual_covariance: Array
    intercepts: Array
    construct_means: Array = field(default_factory=lambda: np.zeros(()))

    def __post_init__(self) -> None:
        p, k = len(self.items), len(self.names)
        draws = self.draws
        for name, shape in (
            ("loadings", (p, k)),
            ("construct_covariance", (k, k)),
            ("residual_covariance", (p, p)),
            ("intercepts", (p,)),
            ("construct_means", (k,)),
        ):
            found = np.asarray(getattr(self, name), float)
            if found.shape not in (shape, (draws, *shape)) and not (name == "construct_means" and found.shape == ()):
                raise InvalidValue(
                    f"Measurement: {name} must have the shape {shape}, of draws {(draws, *shape)}, found {found.shape}"
                )
            object.__setattr__(self, name, np.broadcast_to(found, (draws, *shape)))

    @property
    def draws(self) -> int:
        """How many; 1 for one set of parameters."""
        loadings = np.asarray(self.loadings)
        return loadings.shape[0] if loadings.ndim == 3 else 1

    def thinned(self, size: int) -> Measurement:
        """`size` draws, evenly spaced; all of them where there are no more."""
        parts = (
            self.loadings,
            self.construct_covariance,
            self.residual_covariance,
            self.intercepts,
            self.construct_means,
        )
        return Measurement(self.items, self.names, *(evenly(part, size) for part in parts))
