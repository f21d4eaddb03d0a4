"""Parts a room may or may not have: an `api.py`, a list of duplicates."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType


def part(room: str, name: str) -> ModuleType | None:
    """The module `name` of a room, or None if the room has none; a broken one is an error."""
    module = f"onefunnel.server.{room}.{name}"
    try:
        is_there = find_spec(module) is not None
    except ModuleNotFoundError:  # the package it would stand in is not there
        return None
    return import_module(module) if is_there else None
