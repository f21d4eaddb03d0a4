"""What is known of a lead at this moment, from the rows themselves: never from a copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from onefunnel.facts.personal import MASK
from onefunnel.server.agree.basis import personal_columns_now
from onefunnel.server.people.hiding import Hiding, hiding_from
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import may
from onefunnel.server.warehouse import queries as warehouse

Row = Mapping[str, object]

#: Names that are not just the column's with spaces.
_LABELS = {
    "email": "E-mail", "account_id": "Account", "created_at": "Entered",
    "is_customer": "Customer", "lead_id": "Lead",
}  # fmt: skip


class NoSuchLead(LookupError):
    """There is no living lead with that key."""


@dataclass(frozen=True)
class Known:
    """A lead, and its moves in the order they were made."""

    lead: Row
    moves: tuple[Row, ...]

    @property
    def move(self) -> Row:
        """The latest move."""
        return self.moves[-1] if self.moves else {}

    @property
    def as_moved(self) -> Row:
        """What conditions are put to: on a clash of names the move's column wins."""
        return {**self.lead, **self.move}


def lead_of(lead_id: str) -> Known:
    """The lead as it is known now, free attributes included. Raises NoSuchLead."""
    found = warehouse.living_lead(lead_id)
    if found is None:
        raise NoSuchLead(f"There is no lead {lead_id}.")
    return Known(found, warehouse.moves_of(lead_id))


def hiding_for(person: Person) -> Hiding:
    """What is hidden from the person of leads, also of columns that came in a moment ago."""
    if may(person, "see personal data"):  # nothing: so nothing needs to be looked up
        return hiding_from(person, frozenset())
    return hiding_from(person, personal_columns_now())


def titles_of(lead_ids: Iterable[str], hiding: Hiding) -> dict[str, str]:
    """What a list calls leads: their name, company, else key; as the reader may see them."""
    wanted = list(dict.fromkeys(lead_ids))
    there = warehouse.living_leads(wanted)
    return {
        one: _title(hiding.row("leads", {"lead_id": one, **there.get(one, {})})) for one in wanted
    }


def _title(lead: Row) -> str:
    names = (str(lead.get(name) or "") for name in ("name", "company"))
    return next((name for name in names if name not in ("", MASK)), f"Lead {lead['lead_id']}")


def label_of(column: str) -> str:
    """A column as people call it."""
    return _LABELS.get(column, column.replace("_", " ").capitalize())
