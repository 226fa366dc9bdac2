"""The levels of a category and the counts behind them: their order, the rare ones pooled, identical rows as one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

UNKNOWN, OTHER = "unknown", "other"
MOST_LEVELS = 50
_SAMPLE = 20_000


def ordered_levels(frame: pd.DataFrame, name: str) -> tuple[str, ...]:
    """The levels of a category, most frequent first, those of equal size in alphabetical order."""
    return tuple(_sizes(frame, name).index)


def rare_levels(frame: pd.DataFrame, covariate: str, minimum: int) -> tuple[str, ...]:
    """Levels with fewer than `minimum` episodes or no departure, with the next smallest until both are reached."""
    sizes = _sizes(frame, covariate)
    left = frame[frame["event"] == 1].groupby(covariate)["n"].sum().reindex(sizes.index, fill_value=0)
    rare = list(sizes.index[(sizes < minimum) | (left == 0)])
    if not rare or len(rare) == len(sizes):
        return ()
    rest = [level for level in sizes.index if level not in rare]
    while len(rest) > 1 and (sizes[rare].sum() < minimum or left[rare].sum() == 0):
        rare.append(rest.pop())
    return tuple(sorted(rare))


def pool(frame: pd.DataFrame, pooled: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    """The frame with each covariate's pooled levels counted as ``"other"``, collapsed again."""
    out = frame.copy()
    for name, rare in pooled.items():
        out[name] = out[name].where(~out[name].isin(rare), OTHER)
    counts = [column for column in out.columns if column in ("n", "left")]
    by = [column for column in out.columns if column not in counts]
    return out.groupby(by, as_index=False, sort=True)[counts].sum()


def collapsed(frame: pd.DataFrame) -> pd.DataFrame:
    """Identical rows as one with the sum of their ``n``, in order of the columns; as it is where few are identical."""
    if not _repeats(frame):
        return frame
    by = [column for column in frame.columns if column != "n"]
    key, size = np.zeros(len(frame), dtype=np.int64), 1
    for column in by:
        code, values = pd.factorize(frame[column], sort=True, use_na_sentinel=False)
        if size * len(values) >= 2**62:
            key, found = pd.factorize(key, sort=True)
            size = len(found)
        key, size = key * len(values) + code, size * len(values)
    group, found = pd.factorize(key, sort=True)
    first = np.full(len(found), len(frame))
    np.minimum.at(first, group, np.arange(len(frame)))
    out = frame.take(first).reset_index(drop=True)
    out["n"] = np.bincount(group, weights=frame["n"]).astype(np.int64)
    return out


def too_many_levels(name: str, count: int, found: Iterable[object], remedy: str) -> str:
    """What is wrong with a category that has nearly as many levels as customers."""
    shown = ", ".join(repr(level) for level in found)
    return f"churn covariate {name!r} has {count:,} levels ({shown} …), at most {MOST_LEVELS} are allowed; {remedy}"


def _sizes(frame: pd.DataFrame, covariate: str) -> pd.Series:
    code, level = pd.factorize(frame[covariate], sort=True)
    sizes = np.bincount(code, weights=frame["n"], minlength=len(level)).astype(np.int64)
    order = np.argsort(-sizes, kind="stable")
    return pd.Series(sizes[order], index=level[order])


def _repeats(frame: pd.DataFrame) -> bool:
    """Whether counting is worth it: of a sample of m rows drawn from K equally likely ones, m²/2K pairs agree."""
    step = max(len(frame) // _SAMPLE, 1)
    sample = frame.iloc[::step].drop(columns="n")
    alike = int(sample.duplicated().sum())
    if step == 1:
        return alike > 0
    return alike > 0 and len(sample) ** 2 / (2 * alike) < len(frame)
