"""A stage of the funnel as two teams define it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["open", "won", "lost", "disqualified", "recycled"]

#: Kinds that lie on the success path; the rest are detours.
SUCCESS_KINDS: tuple[Kind, ...] = ("open", "won")
#: What stands in place of a meaning, and begins with this, until somebody says one.
AS_FOUND = "As the data name it."


@dataclass(frozen=True)
class CustomerPromise:
    """What the customer may count on while in a stage.

    `reply_within_hours` are business hours; `one_contact` promises that no two teams contact the
    customer at once.
    """

    words: str = ""
    reply_within_hours: float | None = None
    one_contact: bool = False


@dataclass(frozen=True)
class Stage:
    """One stage: what counts as being in it, who leads, what it is measured by.

    `when` is a predicate over the columns of a move joined with its lead's columns; a move that
    satisfies it is an entry into this stage. `lane` is the stage's place on the map ("before the
    sale", "the sale", "after the sale"); its order is its place in the agreement. `leads` names
    the teams that lead it: more than one means joint ownership and needs `is_joint`. `supports`
    names the teams that help. `target` is in the unit of `measure` (a share is 0..1).
    """

    name: str
    kind: Kind = "open"
    when: str = ""
    meaning: str = ""
    lane: str = ""
    leads: tuple[str, ...] = ()
    supports: tuple[str, ...] = ()
    is_joint: bool = False
    measure: str = ""
    target: float | None = None
    initiatives: tuple[str, ...] = ()
    touchpoints: tuple[str, ...] = ()
    customer_promise: CustomerPromise | None = None

    @property
    def is_meant(self) -> bool:
        """Whether somebody said what it means."""
        said = self.meaning.strip()
        return bool(said) and not said.startswith(AS_FOUND)

    @property
    def is_success(self) -> bool:
        """Whether the stage lies on the success path (open or won)."""
        return self.kind in SUCCESS_KINDS
