"""What who answers a hand-over has to judge: the lead, what its card asks, and what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from onefunnel.server.agree.basis import current_basis
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.people.models import Person
from onefunnel.server.run.handovers.cards import NoSuchCard, Terms, terms_of
from onefunnel.server.run.handovers.lead_data import label_of
from onefunnel.server.run.handovers.models import Handover
from onefunnel.server.run.nurture import queries as nurture
from onefunnel.server.run.records import Known, NoSuchRecord, known_of, lead_record
from onefunnel.server.run.timeline import Entry
from onefunnel.server.run.tracker.history import NoSuchLead
from onefunnel.server.run.tracker.reading import LeadNow, lead_now

#: So many of the latest things that happened are shown; the lead's page has all.
SHOWN = 8


@dataclass(frozen=True)
class AboutLead:
    """`asked` is what the card requires, `rest` what else is known, `entries` the latest of what
    happened; `nurture` is what marketing sent last and sends next."""

    asked: tuple[Known, ...]
    rest: tuple[Known, ...]
    entries: tuple[Entry, ...]
    has_more: bool
    nurture: nurture.OnTheLeadPage


def about_lead(one: Handover, reader: Person, hiding: Hiding, *, at: datetime) -> AboutLead | None:
    """The lead of a hand-over as its reader may see it; None where the lead is gone."""
    try:
        now = lead_now(one.lead_id, at=at)
        record = lead_record(current_basis(), one.lead_id, hiding=hiding, now=now)
    except (NoSuchLead, NoSuchRecord):
        return None
    required = _required(one, terms_of(one.agreement_digest))
    return AboutLead(
        asked=_asked(now, required, hiding),
        rest=known_of({n: v for n, v in now.lead.items() if n not in required}, "leads", hiding),
        entries=record.entries[:SHOWN],
        has_more=len(record.entries) > SHOWN,
        nurture=nurture.on_the_lead_page(one.lead_id, reader, hiding=hiding, at=at),
    )


def _asked(now: LeadNow, required: tuple[str, ...], hiding: Hiding) -> tuple[Known, ...]:
    """What the card requires, in its order; what the lead lacks is said to be missing."""
    found: list[Known] = []
    for column in required:
        value = now.lead.get(column)
        there = known_of({column: value}, "leads", hiding)
        lacks = "missing" if value in (None, "") else str(hiding.shown("leads", column, value))
        found += there or [Known(label_of(column), lacks)]
    return tuple(found)


def _required(one: Handover, terms: Terms | None) -> tuple[str, ...]:
    try:
        return terms.card(one.card).required if terms else ()
    except NoSuchCard:
        return ()
