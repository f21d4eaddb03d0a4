"""How commands talk to the person at the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol


class Say(Protocol):
    """Tells the person something; a passing line is replaced by the next one."""

    def __call__(self, text: str, *, passing: bool = False) -> None: ...


def progress_to(say: Say) -> Callable[[str, int, int | None], None]:
    """A progress callback that says at most two lines a second."""
    last = 0.0

    def tell(step: str, done: int, total: int | None = None) -> None:
        nonlocal last
        if time.monotonic() - last < 0.5:
            return
        last = time.monotonic()
        of = f" of {total:,}" if total else ""
        say(f"  {step}: {done:,}{of} ...", passing=True)

    return tell
