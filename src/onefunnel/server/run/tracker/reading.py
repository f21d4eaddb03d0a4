"""One lead as it is now: what is known, where it stands and why, what the next stage asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from onefunnel.agreement.qualify import Clause
from onefunnel.agreement.stage import Stage
from onefunnel.server.agree import queries as agree
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.run.tracker.book import Book, current_book
from onefunnel.server.run.tracker.history import NoSuchLead, Row, own_columns
from onefunnel.server.warehouse.queries import REVISION, living_lead, moves_of


@dataclass(frozen=True)
class LeadNow:
    """A lead read from the rows themselves, so that what was just done is in it."""

    lead: Row
    revision: int
    moves: tuple[Row, ...]
    stage: Stage | None
    since: datetime | None
    why: tuple[Clause, ...]
    onward: Stage | None
    asks: tuple[Clause, ...]
    book: Book


def lead_now(lead_id: str, *, at: datetime) -> LeadNow:
    """The lead under the agreement in force. Raises NoSuchLead."""
    found = living_lead(lead_id)
    if found is None:
        raise NoSuchLead(f"There is no lead {lead_id}.")
    book, moves, lead = current_book(at=at), moves_of(lead_id), own_columns(found)
    stage, entered = book.rules.current(lead, moves)
    since = entered["at"] if entered else None
    onward = _after(book, stage)
    latest = moves[-1] if moves else {}
    return LeadNow(
        lead=lead,
        revision=int(str(found[REVISION])),
        moves=moves,
        stage=stage,
        since=since if isinstance(since, datetime) else None,
        why=book.rules.clauses(stage, {**lead, **(entered or {})}) if stage else (),
        onward=onward,
        asks=book.rules.clauses(onward, {**lead, **latest}) if onward else (),
        book=book,
    )


def signatories(*, at: datetime) -> list[dict[str, object]]:
    """Which teams signed the version in force, who for each, and when."""
    found = agree.in_use(at=at)
    if found is None:
        return []
    return [
        {"team": line.team, "name": line.signature.signed_by.name, "at": line.signature.signed_at}
        for line in agree.signature_lines(found)
        if line.signature is not None
    ]


def shown(now: LeadNow, hiding: Hiding) -> Row:
    """The lead as its reader may see it."""
    return hiding.row("leads", now.lead)


def may_know(clauses: tuple[Clause, ...], hiding: Hiding) -> tuple[Clause, ...]:
    """The clauses as a reader may see them: what a lead has is told only to who sees all."""
    if hiding.sees_all:
        return clauses
    return tuple(Clause(one.words, one.holds) for one in clauses)


def _after(book: Book, stage: Stage | None) -> Stage | None:
    path = book.agreement.success_path
    if stage is None:
        return path[0] if path else None
    place = path.index(stage) + 1 if stage in path else len(path)
    return path[place] if place < len(path) else None
