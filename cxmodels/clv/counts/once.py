"""What is worked out once for a snapshot and asked for by several counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from cxmodels.study.snapshot import Snapshot


def once_a_snapshot[Result](function: Callable[[Snapshot], Result]) -> Callable[[Snapshot], Result]:
    """Keep what `function` returns for a snapshot as long as the snapshot lives."""
    known: WeakKeyDictionary[Snapshot, Result] = WeakKeyDictionary()

    @wraps(function)
    def kept(snapshot: Snapshot) -> Result:
        if snapshot not in known:
            known[snapshot] = function(snapshot)
        return known[snapshot]

    return kept
