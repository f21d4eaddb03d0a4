"""Where Python keeps the frames of its calls, and how work that calls deeply gets room for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Words claimed on the stack: a little over 256 KiB, so that Python takes half a MiB in one piece
#: and as much again is free for the frames of the calls made.
_WORDS = 33_000


def with_room(call: Callable[..., Any]) -> Callable[..., Any]:
    """The same call, made from where there is room for more than a thousand frames.

    Python keeps frames in pieces of 16 KiB. It asks the system for a new piece, and gives it back
    at once, whenever a call and its return cross the edge of one. Ibis walks its expressions by
    calls within calls and sits on such edges for long: 10,000 crossings for one list, a third of
    its time. A frame that claims a large stack makes Python take one large piece instead; what
    nobody touches of it costs no memory.
    """

    def from_a_large_frame(*args: Any, **named: Any) -> Any:
        return call(*args, **named)

    code = from_a_large_frame.__code__
    from_a_large_frame.__code__ = code.replace(co_stacksize=_WORDS)
    return from_a_large_frame
