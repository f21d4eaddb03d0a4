"""The simulated company in this workspace: bring it in, take it away."""

from __future__ import annotations

from datetime import datetime

from onefunnel.server.people.models import Person


class NotEmpty(Exception):  # noqa: N818
    """The workspace holds data of its own; simulated rows would mix in."""


def add_demo(*, by: Person | None, at: datetime) -> None:
    """Bring the simulated company in."""
    raise NotImplementedError


def remove_demo(*, by: Person | None, at: datetime) -> None:
    """Take the simulated company away."""
    raise NotImplementedError
