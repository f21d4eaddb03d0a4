"""Small results that lists need again: worked out once for the same facts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from onefunnel.facts.store import Facts

T = TypeVar("T")
MOST = 64


def once(facts: Facts, key: object, make: Callable[[], T]) -> T:
    """What `make` gives, made once for these facts; `key` holds all else that it depends on."""
    if key not in facts.worked_out:
        if len(facts.worked_out) >= MOST:
            facts.worked_out.clear()
        facts.worked_out[key] = make()
    return cast(T, facts.worked_out[key])
