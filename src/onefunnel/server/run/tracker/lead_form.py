"""What the forms of a lead ask, in which order, and reading what people wrote into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from onefunnel.facts.declaration import Type
from onefunnel.server.run.handovers.lead_data import label_of
from onefunnel.server.run.tracker.book import WAKE_ON, Book
from onefunnel.server.run.tracker.fields import OURS, BadField, read_value

#: What every form asks, after what the first hand-over needs.
USUAL = ("name", "company", "email", "phone", "source", "campaign", "country")
#: Where the values that occur already are offered, so that one thing keeps one spelling.
OFFERED = frozenset({"source", "campaign", "country", "segment", "owner"})
#: Before a field's name: what it said when the form was opened.
WAS = "was-"
_SAID = "said-"
#: Before a field's name: which of two values counts, one's own or the one that is there now.
TAKE = "take-"


@dataclass(frozen=True)
class Asked:
    """One thing a form asks; `was` is what it said when the form was opened.

    `is_due` marks what the first hand-over of the agreement needs.
    """

    name: str
    label: str
    kind: Type
    value: str = ""
    was: str = ""
    error: str = ""
    is_due: bool = False

    @property
    def send_as(self) -> str:
        """The name under which the form sends it: a lead's field may be called anything."""
        return _SAID + self.name

    @property
    def is_changed(self) -> bool:
        """Whether somebody wrote something else than stood there."""
        return self.value.split() != self.was.split()

    @property
    def options(self) -> tuple[str, ...]:
        """The choices of a flag; nothing else has any."""
        return ("yes", "no") if self.kind == "flag" else ()


def asked_of_a_new_lead(book: Book) -> tuple[Asked, ...]:
    """What "Add a lead" asks: first what the first hand-over needs, then the usual."""
    due = due_first(book)
    return tuple(_asked(book, name, name in due) for name in dict.fromkeys((*due, *USUAL)))


def asked_of_a_lead(
    book: Book, lead: Mapping[str, object]
) -> tuple[tuple[Asked, ...], tuple[Asked, ...]]:
    """What "Change details" asks: what is due, usual or known, and beside it all that may be."""
    due = due_first(book)
    known = [name for name in book.fields if lead.get(name) is not None]
    first = dict.fromkeys((*due, *USUAL, "segment", "owner", *known))
    rest = [name for name in book.fields if name not in first]

    def made(names: list[str]) -> tuple[Asked, ...]:
        found = [_asked(book, name, name in due) for name in names if name not in OURS]
        return tuple(replace(one, value=(said := written(lead.get(one.name))), was=said)
                     for one in found if one.name != WAKE_ON or lead.get(WAKE_ON))  # fmt: skip

    return made(list(first)), made(rest)


def due_first(book: Book) -> tuple[str, ...]:
    """The columns that the first hand-over card of the agreement requires."""
    cards = book.agreement.handovers
    return tuple(name for name in cards[0].required if name not in OURS) if cards else ()


def filled(asked: tuple[Asked, ...], sent: Mapping[str, str]) -> tuple[Asked, ...]:
    """The form as somebody sent it, each value that cannot be kept with its reason."""
    return tuple(_filled(one, sent) for one in asked)


def said(asked: tuple[Asked, ...]) -> dict[str, object]:
    """What was written into a form, by field; what was left empty is left out."""
    return {one.name: one.value for one in asked if one.value.strip()}


def with_error(asked: tuple[Asked, ...], bad: BadField) -> tuple[Asked, ...]:
    """The form with a reason beside the field it is about."""
    return tuple(replace(one, error=_told(bad)) if one.name == bad.field else one for one in asked)


def written(value: object) -> str:
    """A value as it stands in a form, read back as the same value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds" if not value.microsecond else "auto")
    return value.isoformat() if isinstance(value, date) else str(value)


def _asked(book: Book, name: str, is_due: bool) -> Asked:
    return Asked(name, label_of(name), book.fields.get(name, "text"), is_due=is_due)


def _filled(one: Asked, sent: Mapping[str, str]) -> Asked:
    value = sent.get(one.send_as, one.value)
    made = replace(one, value=value, was=sent.get(WAS + one.name, one.was))
    if sent.get(TAKE + one.name) == "now":
        made = replace(made, value=made.was)
    if not made.is_changed:
        return made
    try:
        read_value(one.name, value, one.kind)
    except BadField as bad:
        return replace(made, error=_told(bad))
    return made


def _told(bad: BadField) -> str:
    return f"{bad.reason[:1].upper()}{bad.reason[1:]}. {bad.fix}."
