"""What is worked out once for a snapshot and asked for several times."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from cxmodels.study.snapshot import Snapshot


def once_a_snapshot[**Asked, Result](
    function: Callable[Concatenate[Snapshot, Asked], Result],
) -> Callable[Concatenate[Snapshot, Asked], Result]:
    """Keep what `function` returns for a snapshot, and for each set of further arguments, as long as it lives."""
    known: WeakKeyDictionary[Snapshot, dict[Hashable, Result]] = WeakKeyDictionary()

    @wraps(function)
    def kept(snapshot: Snapshot, *args: Asked.args, **options: Asked.kwargs) -> Result:
        results = known.setdefault(snapshot, {})
        key = (args, *sorted(options.items()))
        if key not in results:
            results[key] = function(snapshot, *args, **options)
        return results[key]

    return kept
