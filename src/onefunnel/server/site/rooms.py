"""Which rooms are here, and their parts. While rooms are still being built, a part that cannot be
imported is left out with a warning; once all are in, `STRICT` turns that into an error."""

from __future__ import annotations

import warnings
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

STRICT = False


def part(room: str, name: str) -> ModuleType | None:
    """The module `name` of a room, or None if the room has none."""
    module = f"onefunnel.server.{room}.{name}"
    if not find_spec(module):
        return None
    try:
        return import_module(module)
    except ImportError as missing:
        if STRICT:
            raise
        warnings.warn(f"{module} is left out: {missing}", stacklevel=2)
        return None
