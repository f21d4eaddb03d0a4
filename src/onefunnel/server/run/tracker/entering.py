"""Leads come in: one, or many at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db import transaction

from onefunnel.agreement.document import Agreement
from onefunnel.facts.declaration import Type
from onefunnel.facts.utc import in_utc
from onefunnel.server.people.ids import uuid7
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.record.commands import append
from onefunnel.server.run.tracker import events
from onefunnel.server.run.tracker.arrivals import (
    LONGEST_KEY,
    UNFIT,
    Entered,
    KeyUsed,
    answers_to,
    digest_of,
    is_unfit,
    keep_answers,
    keep_whole,
    legible,
)
from onefunnel.server.run.tracker.book import Book, current_book
from onefunnel.server.run.tracker.fields import BadField, read_fields
from onefunnel.server.run.tracker.history import (
    Change,
    MoveRefused,
    Row,
    entry_of,
    name_of,
    own_columns,
    requalified,
)
from onefunnel.server.warehouse.commands import (
    BadRow,
    Ground,
    add_rows,
    check_row,
    ground_of_leads,
    hold_the_door,
    record_rows,
)
from onefunnel.server.warehouse.queries import (
    living_leads,
    moves_of_leads,
    rows_of_leads,
    said_of_all,
)

DEED = "work leads"
#: So many leads at most come in at once.
MOST_AT_ONCE = 1000


#: How a change is looked at before it is written.
_Look = Callable[[Change], Change]


@dataclass(frozen=True)
class Sent:
    """One lead as it was sent. `lead_id` names one that is there, to be changed; `key` is the
    sender's own, under which it comes in once."""

    fields: Mapping[str, object]
    stage: str = ""
    lead_id: str = ""
    key: str = ""

    @cached_property
    def digest(self) -> str:
        return digest_of([dict(self.fields), self.stage, self.lead_id])


def enter_leads(*, leads: Sequence[Sent], by: Person, at: datetime, key: str = "") -> list[Entered]:
    """Enter up to MOST_AT_ONCE leads, all that can be in one go; what became of each, in order.

    One transaction and one event; a row that cannot be kept holds no other up.

    Raises:
        KeyUsed: the key of the whole was used for something else.
        BadField: it cannot be a key.
        ValueError: more leads than come in at once.
    """
    require(by, DEED)
    if len(leads) > MOST_AT_ONCE:
        raise ValueError(f"{len(leads):,} leads are too many at once: send {MOST_AT_ONCE:,}.")
    if is_unfit(key):
        raise BadField("key", UNFIT, "Use letters, digits and hyphens")
    whole = digest_of([(one.digest, one.key) for one in leads]) if key else ""
    caller = caller_of(by)
    batches = f"{caller}:batch"  # the key of the whole may be that of one of its rows
    with transaction.atomic():
        hold_the_door()
        if key and (batches, key) in (before := answers_to([(batches, key)])):
            digest, answer = before[batches, key]
            if digest != whole:
                raise KeyUsed(key)
            return [Entered(**row) for row in answer["rows"]]  # type: ignore[attr-defined]
        ground = ground_of_leads()
        book = current_book(at=at, columns=ground.columns)
        entered, changes = _recorded(leads, by, at, caller, book, ground)
        if changes:
            _tell_many(entered, changes, by, at, book.agreement)
            ids: dict[str, list[str]] = {"created": [], "updated": []}
            for one in entered:
                if one.outcome in ids:
                    ids[one.outcome].append(events.subject_of(one.lead_id))
            append(kind=events.LEADS_ENTERED, at=at, by=by, payload=ids)
        kept = [
            (caller, sent.key, sent.digest, one, at)
            for sent, one in zip(leads, entered, strict=True)
            if one.outcome in ("created", "updated")
        ]
        keep_answers(kept)
        if key:
            keep_whole(batches, key, whole, [dict(vars(one)) for one in entered], at)
    return entered


@dataclass(frozen=True)
class Found:
    """What is there of the leads that a batch names: as they are, their rows, their moves."""

    leads: Mapping[str, Row] = field(default_factory=dict)
    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    moves: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)


def caller_of(by: Person | None) -> str:
    """Whose keys are meant: each person has their own."""
    return f"person:{by.public_id}" if by is not None else "nobody"


def _recorded(
    leads: Sequence[Sent], by: Person, at: datetime, caller: str, book: Book, ground: Ground
) -> tuple[list[Entered], list[Change]]:
    """What becomes of each lead, and the changes, which are written.

    Rows are looked at one by one only where not all of them can be kept as they are.
    """
    entered, changes = _enter_all(leads, by, at, caller, book, _as_it_is)
    try:
        _write(entered, changes, by, at, ground)
    except BadField:  # nothing of it was written
        entered, changes = _enter_all(leads, by, at, caller, book, _kept_whole)
        _write(entered, changes, by, at, ground)
    return entered, changes


def _write(
    entered: Sequence[Entered],
    changes: Sequence[Change],
    by: Person,
    at: datetime,
    ground: Ground,
) -> None:
    """Write the rows; where all leads are new, nobody can have written under their keys before."""
    if not changes or any(one.outcome == "updated" for one in entered):
        record_changes(changes, by, at)
        return
    rows = rows_of(changes)
    first = hold_the_door(numbers=sum(len(found) for found in rows.values()))
    try:
        add_rows(rows=rows, by=by, at=at, first=first, ground=ground)
    except BadRow as bad:
        raise BadField(bad.column, bad.reason, bad.fix) from bad


def _tell_many(
    entered: Sequence[Entered],
    changes: Sequence[Change],
    by: Person,
    at: datetime,
    agreement: Agreement,
) -> None:
    """Tell of those that are new, and of those that were changed."""
    new = {one.lead_id for one in entered if one.outcome == "created"}
    for is_new in (True, False):
        if theirs := [one for one in changes if (one.lead_id in new) is is_new]:
            tell(events.LEADS_ENTERED, theirs, by, at, agreement, is_new=is_new)


def _enter_all(
    leads: Sequence[Sent], by: Person, at: datetime, caller: str, book: Book, look: _Look
) -> tuple[list[Entered], list[Change]]:
    before = answers_to([(caller, one.key) for one in leads if one.key and not is_unfit(one.key)])
    named = [one.lead_id for one in leads if one.lead_id and not is_unfit(one.lead_id)]
    there = Found()
    if named:
        there = Found(living_leads(named), rows_of_leads(named), moves_of_leads(named))
    entered: list[Entered] = []
    changes: dict[str, Change] = {}
    for one in leads:
        mark = (caller, one.key)
        if one.key and mark in before:
            digest, answer = before[mark]
            if digest == one.digest:
                result = Entered(**{**answer, "outcome": "skipped"})  # type: ignore[arg-type]
            else:
                result = Entered("refused", field="key", reason=str(KeyUsed(one.key)),
                                 fix="Give each lead a key of its own")  # fmt: skip
        else:
            result, change = _one(book, one, there, by, at, changes, look)
            if change is not None:
                changes[change.lead_id] = change
            if one.key and result.outcome != "refused":
                before[mark] = (one.digest, dict(vars(result)))
        entered.append(result)
    return entered, list(changes.values())


def _one(
    book: Book,
    one: Sent,
    there: Found,
    by: Person,
    at: datetime,
    changes: Mapping[str, Change],
    look: _Look,
) -> tuple[Entered, Change | None]:
    try:
        for name, text in (("key", one.key), ("lead_id", one.lead_id)):
            if is_unfit(text):
                raise BadField(name, UNFIT, "Use letters, digits and hyphens")
        if len(one.key) > LONGEST_KEY:
            raise BadField("key", f"it is longer than {LONGEST_KEY} characters", "Shorten it")
        if not one.lead_id:
            change = look(new_lead(book, one, by, at, ""))
            return Entered("created", change.lead_id, change.stage), change
        if one.lead_id not in there.leads or one.lead_id in changes:
            why = "it is twice in this batch" if one.lead_id in changes else "there is no such lead"
            fix = "Leave lead_id out to enter a new lead, else send each lead once"
            return Entered("refused", one.lead_id, "", "lead_id", why, fix), None
        lead = own_columns(there.leads[one.lead_id])
        read = read_fields(one.fields, book.fields)
        after = {**lead, **read}
        change = requalified(book, lead, after, there.moves.get(one.lead_id, ()), at=at)
        change.rows = said_of_all(one.lead_id, there.rows[one.lead_id], read)
        look(change)
        is_same = own_columns(after) == lead
        return Entered("skipped" if is_same else "updated", one.lead_id, change.stage), (
            None if is_same else change
        )
    except BadField as bad:
        told = ("", legible(bad.field), legible(bad.reason), legible(bad.fix))
    except MoveRefused as bad:
        told = ("", "stage", legible(str(bad)), "Send what lacks")
    return Entered("refused", legible(one.lead_id), *told), None


def _as_it_is(change: Change) -> Change:
    return change


def _kept_whole(change: Change) -> Change:
    """The change, of which every row can be kept. Raises BadField where one cannot."""
    try:
        for row in change.rows:
            check_row("leads", row)
        for move in change.moves:
            check_row("moves", move)
    except BadRow as bad:
        raise BadField(bad.column, bad.reason, bad.fix) from bad
    return change


def new_lead(
    book: Book,
    one: Sent,
    by: Person | None,
    at: datetime,
    via: str,
    declared: Mapping[str, Type] | None = None,
) -> Change:
    """A lead that is new, with its first moves. Raises BadField, MoveRefused."""
    known = {**(declared or {}), **book.fields}
    read = {n: v for n, v in read_fields(one.fields, known).items() if v is not None}
    if not read:
        raise BadField("fields", "nothing is said of the lead", "Say at least a name or an address")
    lead = {**read, "lead_id": str(uuid7()), "created_at": in_utc(at)}
    return entry_of(book, lead, at=at, by=name_of(by, via), stage=one.stage)


def rows_of(changes: Sequence[Change]) -> dict[str, list[Row]]:
    """The rows of the changes, by table."""
    return {
        "leads": [row for change in changes for row in change.rows],
        "moves": [move for change in changes for move in change.moves],
    }


def record_changes(changes: Sequence[Change], by: Person | None, at: datetime) -> None:
    """Write the rows of the changes. Raises BadField where the warehouse cannot keep one."""
    try:
        record_rows(rows=rows_of(changes), by=by, at=at)
    except BadRow as bad:
        raise BadField(bad.column, bad.reason, bad.fix) from bad


def tell(
    kind: str,
    changes: Sequence[Change],
    by: Person | None,
    at: datetime,
    agreement: Agreement | None = None,
    *,
    is_new: bool = False,
) -> None:
    """Tell whoever listens, in the transaction of the deed; see LeadEvent."""
    stages = {change.lead_id: change.stage for change in changes}
    events.happened.send(
        sender=None, event=events.LeadEvent(kind, at, by, stages, agreement, is_new)
    )
