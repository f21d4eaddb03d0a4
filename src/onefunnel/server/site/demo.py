"""The simulated company in this workspace: bring it in, take it away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from onefunnel.server.people.models import Person
from onefunnel.server.people.queries import workspace


class NotEmpty(Exception):  # noqa: N818
    """The workspace holds data of its own; simulated rows would mix in."""


def has_demo() -> bool:
    """Say whether the simulated company is here."""
    return workspace().is_demo


def add_demo(
    *,
    by: Person | None,
    at: datetime,
    seed: int = 1,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> None:
    """Bring the simulated company in."""


def remove_demo(*, by: Person | None, at: datetime) -> None:
    """Take the simulated company away."""
