"""Leads come in: one, or many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from onefunnel.server.people.ids import uuid7
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.record.commands import append
from onefunnel.server.run.tracker import events
from onefunnel.server.run.tracker.arrivals import (
    KeyUsed,
    answered,
    answered_many,
    digest_of,
    keep_answers,
)
from onefunnel.server.run.tracker.book import Book, current_book
from onefunnel.server.run.tracker.fields import BadField, read_fields
from onefunnel.server.run.tracker.history import (
    Change,
    MoveRefused,
    entry_of,
    name_of,
    own_columns,
    plain,
    requalified,
)
from onefunnel.server.warehouse.commands import BadRow, hold_the_door, record_rows
from onefunnel.server.warehouse.queries import living_leads, moves_of_leads

DEED = "work leads"
#: So many leads at most come in at once.
MOST_AT_ONCE = 1000


@dataclass(frozen=True)
class Entered:
    """What became of one lead that was sent: created, updated, skipped (it is there) or refused.

    `stage` is where it stands then, empty where it meets no definition.
    """

    outcome: str
    lead_id: str = ""
    stage: str = ""
    field: str = ""
    reason: str = ""
    fix: str = ""


@dataclass(frozen=True)
class Sent:
    """One lead as it was sent. `lead_id` names one that is there, to be changed; `key` is the
    sender's own, under which it comes in once."""

    fields: Mapping[str, object]
    stage: str = ""
    lead_id: str = ""
    key: str = ""

    @property
    def digest(self) -> str:
        return digest_of([dict(self.fields), self.stage, self.lead_id])


def enter_lead(
    *,
    fields: Mapping[str, object],
    by: Person | None,
    at: datetime,
    stage: str = "",
    key: str = "",
    caller: str = "",
    via: str = "a form",
) -> Entered:
    """Enter one lead: kept, qualified by the agreement in force, and on the disk when this returns.

    Args:
        by: Who enters it; None for a form of a website, which says its name in `via`.
        key: The sender's own name for this request: sent again, it gets the same answer.
        caller: Whose keys these are; the person's own by default.

    Raises:
        BadField: a field that nobody knows, or a value that cannot be read.
        MoveRefused: the agreement does not let the lead into the stage asked for.
        KeyUsed: the key was used for something else.
    """
    if by is not None:
        require(by, DEED)
    one = Sent(fields, stage, key=key)
    whose = caller or caller_of(by)
    with transaction.atomic():
        if key and (before := answered(caller=whose, key=key, digest=one.digest)) is not None:
            return Entered(**before)  # type: ignore[arg-type]
        change = _new(current_book(at=at), one, by, at, via)
        record_changes([change], by, at)
        entered = Entered("created", change.lead_id, change.stage)
        tell(events.LEAD_ENTERED, [change], by, at)
        append(
            kind=events.LEAD_ENTERED,
            at=at,
            by=by,
            subject=events.subject_of(change.lead_id),
            payload={"stage": change.stage},
        )
        keep_answers(caller=whose, answers=[(key, one.digest, asdict(entered))], at=at)
    return entered


def enter_leads(*, leads: Sequence[Sent], by: Person, at: datetime, key: str = "") -> list[Entered]:
    """Enter up to MOST_AT_ONCE leads, all that can be in one go; what became of each, in order.

    Raises:
        KeyUsed: the key of the whole was used for something else.
        ValueError: more leads than come in at once.
    """
    require(by, DEED)
    if len(leads) > MOST_AT_ONCE:
        raise ValueError(f"{len(leads):,} leads are too many at once: send {MOST_AT_ONCE:,}.")
    whole = digest_of([(one.digest, one.key) for one in leads]) if key else ""
    caller = caller_of(by)
    with transaction.atomic():
        if key and (before := answered(caller=caller, key=key, digest=whole)) is not None:
            return [Entered(**row) for row in before["rows"]]  # type: ignore[attr-defined]
        entered, changes = _enter_all(leads, by, at, caller)
        if changes:
            record_changes(changes, by, at)
            tell(events.LEADS_ENTERED, changes, by, at)
            append(
                kind=events.LEADS_ENTERED,
                at=at,
                by=by,
                payload={
                    "created": [one.lead_id for one in entered if one.outcome == "created"],
                    "updated": [
                        events.subject_of(one.lead_id)
                        for one in entered
                        if one.outcome == "updated"
                    ],
                },
            )
        answers = [
            (sent.key, sent.digest, asdict(one))
            for sent, one in zip(leads, entered, strict=True)
            if one.outcome in ("created", "updated")
        ]
        if key:
            answers.append((key, whole, {"rows": [asdict(one) for one in entered]}))
        keep_answers(caller=caller, answers=answers, at=at)
    return entered


def caller_of(by: Person | None) -> str:
    """Whose keys are meant: each person has their own."""
    return f"person:{by.public_id}" if by is not None else "nobody"


def _enter_all(
    leads: Sequence[Sent], by: Person, at: datetime, caller: str
) -> tuple[list[Entered], list[Change]]:
    book = current_book(at=at)
    keyed = {one.key: one.digest for one in leads if one.key}
    try:
        before = answered_many(caller=caller, digests=keyed)
        used: set[str] = set()
    except KeyUsed:
        before, used = _one_by_one(caller, keyed)
    named = [one.lead_id for one in leads if one.lead_id]
    if named:
        hold_the_door()
    there, moves = (living_leads(named), moves_of_leads(named)) if named else ({}, {})
    entered: list[Entered] = []
    changes: dict[str, Change] = {}
    seen: dict[str, tuple[str, Entered]] = {}
    for one in leads:
        if one.key in before:
            result = Entered(**{**before[one.key], "outcome": "skipped"})  # type: ignore[arg-type]
        elif one.key in used or (one.key in seen and seen[one.key][0] != one.digest):
            result = Entered("refused", field="key", reason=str(KeyUsed(one.key)),
                             fix="Give each lead a key of its own")  # fmt: skip
        elif one.key in seen:
            first = seen[one.key][1]
            result = Entered("skipped", first.lead_id, first.stage)
        else:
            result, change = _one(book, one, there, moves, by, at, changes)
            if change is not None:
                changes[change.lead_id] = change
            if one.key and result.outcome != "refused":
                seen[one.key] = (one.digest, result)
        entered.append(result)
    return entered, list(changes.values())


def _one(
    book: Book,
    one: Sent,
    there: Mapping[str, Mapping[str, object]],
    moves: Mapping[str, tuple[Mapping[str, object], ...]],
    by: Person,
    at: datetime,
    changes: Mapping[str, Change],
) -> tuple[Entered, Change | None]:
    try:
        if not one.lead_id:
            change = _new(book, one, by, at, "")
            return Entered("created", change.lead_id, change.stage), change
        if one.lead_id not in there or one.lead_id in changes:
            why = "it is twice in this batch" if one.lead_id in changes else "there is no such lead"
            fix = "Leave lead_id out to enter a new lead, else send each lead once"
            return Entered("refused", one.lead_id, "", "lead_id", why, fix), None
        lead = own_columns(there[one.lead_id])
        after = {**lead, **read_fields(one.fields, book.fields)}
        change = requalified(book, lead, after, moves.get(one.lead_id, ()), at=at)
        is_same = own_columns(after) == lead
        return Entered("skipped" if is_same else "updated", one.lead_id, change.stage), (
            None if is_same else change
        )
    except BadField as bad:
        return Entered("refused", one.lead_id, "", bad.field, bad.reason, bad.fix), None
    except MoveRefused as bad:
        return Entered("refused", one.lead_id, "", "stage", str(bad), "Send what lacks"), None


def _new(book: Book, one: Sent, by: Person | None, at: datetime, via: str) -> Change:
    read = {n: v for n, v in read_fields(one.fields, book.fields).items() if v is not None}
    if not read:
        raise BadField("fields", "nothing is said of the lead", "Say at least a name or an address")
    lead = {**read, "lead_id": str(uuid7()), "created_at": plain(at)}
    return entry_of(book, lead, at=at, by=name_of(by, via), stage=one.stage)


def record_changes(changes: Sequence[Change], by: Person | None, at: datetime) -> None:
    """Write the rows of the changes. Raises BadField where the warehouse cannot keep one."""
    rows = {
        "leads": [change.row for change in changes if change.row is not None],
        "moves": [move for change in changes for move in change.moves],
    }
    try:
        record_rows(rows=rows, by=by, at=at)
    except BadRow as bad:
        raise BadField(bad.column, bad.reason, bad.fix) from bad


def tell(kind: str, changes: Sequence[Change], by: Person | None, at: datetime) -> None:
    """Tell whoever listens, in the transaction of the deed."""
    stages = {change.lead_id: change.stage for change in changes}
    events.happened.send(sender=None, event=events.LeadEvent(kind, at, by, stages))


def _one_by_one(
    caller: str, keyed: Mapping[str, str]
) -> tuple[dict[str, Mapping[str, object]], set[str]]:
    """What was answered to each key, and the keys that were used for something else."""
    answers: dict[str, Mapping[str, object]] = {}
    used: set[str] = set()
    for key, digest in keyed.items():
        try:
            answers |= answered_many(caller=caller, digests={key: digest})
        except KeyUsed:
            used.add(key)
    return answers, used
