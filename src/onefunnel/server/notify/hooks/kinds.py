"""Which kinds of events there are: what a webhook may tell. Rooms say it; this one knows none."""

from __future__ import annotations

from collections.abc import Mapping

_kinds: dict[str, str] = {}


def declare_kinds(meanings: Mapping[str, str]) -> None:
    """Say which events happen, each with what it means; called when the site is ready."""
    _kinds.update(meanings)


def kinds() -> dict[str, str]:
    """Every kind of event by name, with what it means."""
    return dict(sorted(_kinds.items()))
