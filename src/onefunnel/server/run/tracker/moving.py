"""Leads move: forward, back, past a stage, out with a reason, or to a later day; one or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import may, require
from onefunnel.server.record.commands import append
from onefunnel.server.run.tracker import events
from onefunnel.server.run.tracker.book import WAKE_ON, Book, current_book
from onefunnel.server.run.tracker.deals_following import bring_back
from onefunnel.server.run.tracker.entering import DEED, record_changes, tell
from onefunnel.server.run.tracker.history import (
    Change,
    MovedMeanwhile,
    MoveRefused,
    NoSuchLead,
    Row,
    move_of,
    name_of,
    number_of_last,
    own_columns,
)
from onefunnel.server.run.tracker.models import BulkMove
from onefunnel.server.warehouse.commands import hold_the_door
from onefunnel.server.warehouse.queries import (
    living_leads,
    moves_of_leads,
    rows_of_leads,
    said_of_all,
)

#: So many leads at most move at once.
MOST_AT_ONCE = 500
#: Who may take back what somebody else moved.
UNDO_OTHERS = "take back moves of others"


@dataclass(frozen=True)
class Moved:
    """What became of leads that were to be moved: those that were, and why each other was not.

    `bulk_id` takes it back.
    """

    stage: str
    moved: tuple[str, ...]
    refused: Mapping[str, str]
    bulk_id: str = ""


def move_lead(
    *,
    lead_id: str,
    stage: str,
    by: Person,
    at: datetime,
    reason: str = "",
    wake_on: date | None = None,
    stands: str | None = None,
    seen: int = 0,
    last_move: int | None = None,
) -> Moved:
    """Move a lead into a stage of the agreement: the move is a new row, nothing is rewritten.

    `stands` is the stage whoever moves it saw it in (empty: in none; None: nobody looked), `seen`
    the last change of the data they saw. `last_move` is the number of the lead's last move as a
    program saw it (None: it did not look).

    Raises:
        NoSuchLead.
        MovedMeanwhile: it was moved since, and stands elsewhere than was seen; or it has another
            last move than the program saw.
        MoveRefused: the lead is there already, does not meet the stage's definition, or a reason
            (of a loss) or a later day (of recycling) lacks.
    """
    require(by, DEED)
    with transaction.atomic():
        hold_the_door()
        found = living_leads([lead_id]).get(lead_id)
        if found is None:
            raise NoSuchLead(f"There is no lead {lead_id}.")
        moves = moves_of_leads([lead_id]).get(lead_id, ())
        book = current_book(at=at)
        if stands is not None:
            _refuse_if_moved(book, found, moves, stands, seen)
        if last_move is not None and number_of_last(moves) != last_move:
            raise _meanwhile(book, found, moves)
        change, left = _moved(book, found, moves, stage, by, at, reason, wake_on)
        days: list[str | None] = []
        if change.rows:
            rows = rows_of_leads([lead_id])[lead_id]
            change.rows = said_of_all(lead_id, rows, _woken(wake_on))
            days = [_day_of(lead_id, rows), str(wake_on)]
        record_changes([change], by, at)
        tell(events.LEAD_MOVED, [change], by, at)
        bulk = BulkMove.objects.create(by=by, at=at, moves=[[lead_id, left, stage, *days]])
        append(
            kind=events.LEAD_MOVED,
            at=at,
            by=by,
            subject=events.subject_of(lead_id),
            payload={"from": events.name_of(left), "to": events.name_of(stage)},
        )
    return Moved(stage, (lead_id,), {}, str(bulk.public_id))


def _refuse_if_moved(book: Book, found: Row, moves: Sequence[Row], stands: str, seen: int) -> None:
    """Refuse where a lead was moved after it was seen, out of the stage it was seen in.

    Without a later move nobody else is in the way, whatever the page called the place: a lead of
    several deals stands where the best of them does.
    """
    refusal = _meanwhile(book, found, moves)
    if number_of_last(moves) > seen and refusal.stands != stands:
        raise refusal


def _meanwhile(book: Book, found: Row, moves: Sequence[Row]) -> MovedMeanwhile:
    """The refusal of a move of a lead that others moved: where it stands, and by whom."""
    stage, entered = book.rules.current(own_columns(found), moves)
    return MovedMeanwhile(stage.name if stage else "", str((entered or {}).get("by") or ""))


def move_leads(
    *,
    lead_ids: Sequence[str],
    stage: str,
    by: Person,
    at: datetime,
    reason: str = "",
    wake_on: date | None = None,
) -> Moved:
    """Move up to MOST_AT_ONCE leads in one go; those the agreement does not let in stay.

    Raises:
        ValueError: more leads than move at once.
    """
    require(by, DEED)
    wanted = list(dict.fromkeys(lead_ids))
    if len(wanted) > MOST_AT_ONCE:
        raise ValueError(f"{len(wanted):,} leads are too many at once: choose {MOST_AT_ONCE}.")
    changes: list[Change] = []
    lefts: list[list[str | None]] = []
    refused: dict[str, str] = {}
    with transaction.atomic():
        hold_the_door()
        there, rows, moves = living_leads(wanted), rows_of_leads(wanted), moves_of_leads(wanted)
        book = current_book(at=at)
        for one in wanted:
            if one not in there:
                refused[one] = "There is no such lead."
                continue
            try:
                change, left = _moved(
                    book, there[one], moves.get(one, ()), stage, by, at, reason, wake_on
                )
            except MoveRefused as why:
                refused[one] = str(why)
            else:
                days: list[str | None] = []
                if change.rows:
                    change.rows = said_of_all(one, rows[one], _woken(wake_on))
                    days = [_day_of(one, rows[one]), str(wake_on)]
                changes.append(change)
                lefts.append([one, left, stage, *days])
        if not changes:
            return Moved(stage, (), refused)
        record_changes(changes, by, at)
        tell(events.LEADS_MOVED, changes, by, at)
        bulk = BulkMove.objects.create(by=by, at=at, moves=lefts)
        append(
            kind=events.LEADS_MOVED,
            at=at,
            by=by,
            subject=f"bulk-move:{bulk.public_id}",
            payload={
                "to": events.name_of(stage),
                "leads": [events.subject_of(c.lead_id) for c in changes],
            },
        )
    return Moved(stage, tuple(c.lead_id for c in changes), refused, str(bulk.public_id))


def undo_bulk_move(*, bulk_id: object, by: Person, at: datetime) -> Moved:
    """Move one lead, or those of a bulk move, back where they were: further moves, none removed.

    Leads that moved on since stay where they are, and are named; so does one that stood in no
    stage before, for no move leads into none. The day on which a recycled lead is looked at again
    becomes what it was, and so does a deal that followed its lead. Where no lead moves, nothing is
    recorded and it can be tried again.

    KeyError where there is no such bulk move, or it is taken back already; PermissionDenied for
    all but who made it and heads.
    """
    require(by, DEED)
    changes: list[Change] = []
    refused: dict[str, str] = {}
    with transaction.atomic():
        hold_the_door()
        bulk = BulkMove.objects.filter(public_id=bulk_id, undone_at=None).first()
        if bulk is None:
            raise KeyError(f"there is no bulk move {bulk_id} to take back")
        if not may_undo(bulk, by):
            require(by, UNDO_OTHERS)
        ids = [one for one, *_ in bulk.moves]
        there, rows, moves = living_leads(ids), rows_of_leads(ids), moves_of_leads(ids)
        book = current_book(at=at)
        for one, left, entered, *days in bulk.moves:
            lead, mine = there.get(one), moves.get(one, ())
            stands = book.rules.current(own_columns(lead), mine)[0] if lead else None
            if lead is None or stands is None or stands.name != entered:
                refused[one] = "It moved on since."
                continue
            if not left:
                refused[one] = "It stood in no stage before, and no move leads into none."
                continue
            own = [row for row in rows[one] if row["lead_id"] == one]
            said: dict[str, object] = {}
            if days and _day_of(one, own) == days[1]:
                said = _woken(date.fromisoformat(days[0]) if days[0] else None)
            try:
                change = move_of(
                    book, own_columns(lead), mine, left,
                    at=at, by=name_of(by, ""), reason="taken back",
                )  # fmt: skip
            except MoveRefused as why:
                refused[one] = str(why)
                continue
            if said:
                change.rows = said_of_all(one, own, said)  # of its own row only, as it was
            changes.append(change)
        if not changes:
            return Moved("", (), refused)
        record_changes(changes, by, at)
        tell(events.LEADS_MOVED, changes, by, at)
        bring_back({c.lead_id: c.stage for c in changes}, moved_at=bulk.at, by=by, at=at)
        bulk.undone_at = at
        bulk.save(update_fields=["undone_at"])
        leads = [events.subject_of(c.lead_id) for c in changes]
        append(
            kind=events.BULK_MOVE_UNDONE,
            at=at,
            by=by,
            subject=leads[0] if len(bulk.moves) == 1 else f"bulk-move:{bulk.public_id}",
            payload={"back": len(changes), "kept": len(refused), "leads": leads},
        )
    return Moved("", tuple(c.lead_id for c in changes), refused)


def may_undo(bulk: BulkMove, person: Person) -> bool:
    """Whether this person may take the bulk move back: who made it, and heads."""
    return bulk.by_id == person.pk or may(person, UNDO_OTHERS)


def _woken(day: date | None) -> dict[str, object]:
    return {WAKE_ON: day}


def _day_of(lead_id: str, rows: Sequence[Row]) -> str | None:
    """The day on which a lead is to be looked at again, as its own row says."""
    found = next((row.get(WAKE_ON) for row in rows if row["lead_id"] == lead_id), None)
    return str(found) if found else None


def _moved(
    book: Book,
    found: Row,
    moves: Sequence[Row],
    stage: str,
    by: Person,
    at: datetime,
    reason: str,
    wake_on: date | None,
) -> tuple[Change, str]:
    """The move of one lead, and the stage it leaves (empty: none).

    `rows` are there where the lead says something new, as one joined row.
    """
    lead = own_columns(found)
    wanted = book.stage(stage)
    is_recycled = wanted is not None and wanted.kind == "recycled"
    if is_recycled and (wake_on is None or wake_on <= at.date()):
        raise MoveRefused(f"“{stage}” needs the later day on which the lead is looked at again.")
    woken = {**lead, WAKE_ON: wake_on} if is_recycled else lead
    change = move_of(book, woken, moves, stage, at=at, by=name_of(by, ""), reason=reason)
    if is_recycled:
        change.rows = [woken]
    left, _ = book.rules.current(lead, moves)
    return change, left.name if left else ""
