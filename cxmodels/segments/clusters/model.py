"""The model that is kept: where the segments lie, by what scale, under which names; nothing of a single customer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxmodels.segments.errors import InvalidModel, InvalidValue
from cxmodels.segments.features.features import TRANSFORMS

FORM = 1
_DIGITS = 9


@dataclass(frozen=True)
class ModelFeature:
    """A feature as the model sees it: (transform(value) − mean) / sd, 0 where it is not known."""

    name: str
    aspect: str
    unit: str
    transform: str
    mean: float
    sd: float


@dataclass(frozen=True)
class Segment:
    """A segment.

    Attributes
    ----------
    number, name
        They stay when the model is fitted anew.
    since
        The day its number was given.
    share
        Of the customers it was fitted to.
    centre
        Mean of the scaled features.
    slope, intercept
        Of the log odds of belonging to it, in the scaled features: a mixture of normal distributions with one
        covariance.
    """

    number: int
    name: str
    since: date
    share: float
    centre: tuple[float, ...]
    slope: tuple[float, ...]
    intercept: float


@dataclass(frozen=True)
class SegmentModel:
    """Segments of the customers of a day, fixed.

    Attributes
    ----------
    fitted_on
        The day.
    window_months
        How far back its features look.
    customers, sampled
        How many customers there were, and how many of them it was fitted to.
    features
        What it is made of.
    segments
        By number.
    gone
        Number → name of segments of earlier models that are not in it.
    """

    fitted_on: date
    window_months: int
    customers: int
    sampled: int
    features: tuple[ModelFeature, ...]
    segments: tuple[Segment, ...]
    gone: dict[int, str]

    @property
    def k(self) -> int:
        """How many segments."""
        return len(self.segments)

    @property
    def names(self) -> dict[int, str]:
        """Number → name."""
        return {segment.number: segment.name for segment in self.segments}

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its features."""
        return tuple(feature.name for feature in self.features)

    @property
    def centres(self) -> NDArray[np.float64]:
        """(segments, features) in scaled features."""
        return np.array([segment.centre for segment in self.segments])

    def named(self, names: dict[int, str]) -> SegmentModel:
        """The same under other names, by number; segments that are not mentioned keep theirs.

        Raises
        ------
        InvalidValue
            When a number is unknown, or two segments would have one name.
        """
        if unknown := sorted(set(names) - set(self.names)):
            raise InvalidValue(f"named: no segment {unknown[0]}; there are: {', '.join(map(str, self.names))}")
        segments = tuple(replace(one, name=names.get(one.number, one.name)) for one in self.segments)
        if len({one.name for one in segments}) < len(segments):
            raise InvalidValue("named: each segment needs a name of its own")
        return replace(self, segments=segments)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as JSON has it: centres, scales and names, no row of a customer."""
        return dict(json.loads(json.dumps({"form": FORM, **asdict(self)}, default=str)))

    def to_json(self) -> str:
        """`to_dict` as text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1)

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> SegmentModel:
        """The model that `to_dict` told; errors as `from_json`."""
        return cls.from_json(json.dumps(said))

    @classmethod
    def from_json(cls, text: str) -> SegmentModel:
        """The model that `to_json` wrote.

        Raises
        ------
        InvalidModel
            When it is not one.
        """
        try:
            return _read(json.loads(text))
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidModel(f"from_json: this is no segment model of form {FORM}: {_said(error)}") from None


def rounded(values: Any) -> Any:
    """A number or a tuple of numbers as it is kept: to nine digits after the point, alike on every machine."""
    found = np.round(np.asarray(values, np.float64), _DIGITS) + 0.0
    return float(found) if found.ndim == 0 else tuple(found.tolist())


def _read(found: dict[str, Any]) -> SegmentModel:
    if found["form"] != FORM:
        raise ValueError(f"its form is {found['form']!r}")
    features = tuple(ModelFeature(**one) for one in found["features"])
    segments = tuple(
        Segment(**{**one, "since": date.fromisoformat(one["since"]), "centre": tuple(one["centre"]),
                   "slope": tuple(one["slope"])})
        for one in found["segments"]
    )  # fmt: skip
    numbers = [one.number for one in segments]
    if not segments or numbers != sorted(set(numbers)):
        raise ValueError("segments must have ascending numbers")
    if any(len(one.centre) != len(features) or len(one.slope) != len(features) for one in segments):
        raise ValueError("a centre needs one number a feature")
    kept = [value for one in segments for value in (*one.centre, *one.slope, one.intercept)]
    kept += [value for one in features for value in (one.mean, one.sd)]
    if not np.isfinite(kept).all() or any(one.sd <= 0 or one.transform not in TRANSFORMS for one in features):
        raise ValueError("a number is not finite, a scale not positive or a transform unknown")
    return SegmentModel(
        fitted_on=date.fromisoformat(found["fitted_on"]),
        window_months=int(found["window_months"]),
        customers=int(found["customers"]),
        sampled=int(found["sampled"]),
        features=features,
        segments=segments,
        gone={int(number): str(name) for number, name in found["gone"].items()},
    )


def _said(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
