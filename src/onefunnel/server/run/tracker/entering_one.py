"""One lead comes in, written together with those that come at the same moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from onefunnel.facts.declaration import Type
from onefunnel.server.people.models import Person
from onefunnel.server.people.rules import require
from onefunnel.server.record.commands import Happening, append_many
from onefunnel.server.run.tracker import events
from onefunnel.server.run.tracker.arrivals import (
    UNFIT,
    Entered,
    KeyUsed,
    answers_to,
    is_unfit,
    keep_answers,
)
from onefunnel.server.run.tracker.book import Book, current_book
from onefunnel.server.run.tracker.entering import (
    DEED,
    Sent,
    caller_of,
    new_lead,
    rows_of,
    tell,
)
from onefunnel.server.run.tracker.fields import BadField
from onefunnel.server.run.tracker.gate import Gate
from onefunnel.server.run.tracker.history import Change, MoveRefused
from onefunnel.server.run.tracker.models import FormAnswer
from onefunnel.server.warehouse.commands import (
    BadRow,
    Ground,
    add_rows,
    ground_of_leads,
    hold_the_door,
)

#: So many leads that come at the same moment are written together.
MOST_TOGETHER = 100
#: A lead that comes in is a row of its own and, by history.entry_of, one move or two.
_ROWS_EACH = 3


@dataclass(frozen=True)
class Job:
    """A lead as it was sent, by whom, when, and under whose key."""

    sent: Sent
    by: Person | None
    at: datetime
    caller: str
    via: str
    declared: Mapping[str, Type] = field(default_factory=dict)
    answer: FormAnswer | None = None
    before: str = ""


def enter_lead(
    *,
    fields: Mapping[str, object],
    by: Person | None,
    at: datetime,
    stage: str = "",
    key: str = "",
    caller: str = "",
    via: str = "a form",
    declared: Mapping[str, Type] | None = None,
    answer: FormAnswer | None = None,
    before: str = "",
) -> Entered:
    """Enter one lead: kept, qualified by the agreement in force, and on the disk when this returns.

    Args:
        by: Who enters it; None for a form of a website, which says its name in `via`.
        key: The sender's own name for this request: sent again, it gets the same answer.
        caller: Whose keys these are; the person's own by default.
        declared: Fields that this lead may have beside those the workspace knows.
        answer: What is kept of the form it came by, with the lead; once for a key.
        before: A key under which the same request may have come a moment before.

    Raises:
        BadField: a field that nobody knows, or a value that cannot be read.
        MoveRefused: the agreement does not let the lead into the stage asked for.
        KeyUsed: the key was used for something else.
    """
    if by is not None:
        require(by, DEED)
    if is_unfit(key):
        raise BadField("key", UNFIT, "Use letters, digits and hyphens")
    sent = Sent(fields, stage, key=key)
    whose = caller or caller_of(by)
    return _gate.through(Job(sent, by, at, whose, via, declared or {}, answer, before))


def _enter_together(jobs: Sequence[Job]) -> list[Entered | Exception]:
    """What became of each; all that came in is one transaction, which the gate opens and ends."""
    answers: list[Entered | Exception] = []
    made: list[tuple[Job, Change]] = []
    first = hold_the_door(numbers=_ROWS_EACH * len(jobs))
    keys = ((job.caller, key) for job in jobs for key in (job.sent.key, job.before) if key)
    before = answers_to(keys)
    ground = ground_of_leads()
    book = current_book(at=max(job.at for job in jobs), columns=ground.columns)
    for job in jobs:
        mark = (job.caller, job.sent.key)
        if job.before and (earlier := before.get((job.caller, job.before))):
            before.setdefault(mark, earlier)
        if job.sent.key and mark in before:
            digest, answer = before[mark]
            is_same = digest == job.sent.digest
            answers.append(Entered(**answer) if is_same else KeyUsed(job.sent.key))  # type: ignore[arg-type]
            continue
        try:
            change = new_lead(book, job.sent, job.by, job.at, job.via, job.declared)
        except (BadField, MoveRefused) as refusal:
            answers.append(refusal)
            continue
        entered = Entered("created", change.lead_id, change.stage)
        before[mark] = (job.sent.digest, dict(vars(entered)))
        made.append((job, change))
        answers.append(entered)
    if made:
        _keep(made, book, first, ground)
    return answers


def _keep(made: Sequence[tuple[Job, Change]], book: Book, first: int, ground: Ground) -> None:
    rows = rows_of([change for _, change in made])
    try:
        add_rows(rows=rows, by=None, at=made[0][0].at, first=first, ground=ground)
    except BadRow as bad:
        raise BadField(bad.column, bad.reason, bad.fix) from bad
    by_person: dict[Person | None, list[tuple[Job, Change]]] = {}
    for job, change in made:
        by_person.setdefault(job.by, []).append((job, change))
    for by, theirs in by_person.items():
        changes = [change for _, change in theirs]
        at = theirs[-1][0].at
        tell(events.LEAD_ENTERED, changes, by, at, book.agreement, is_new=True)
    append_many(
        [
            Happening(
                events.LEAD_ENTERED,
                job.at,
                job.by,
                events.subject_of(change.lead_id),
                {"stage": events.name_of(change.stage)},
            )
            for job, change in made
        ]
    )
    by_forms = []
    for job, change in made:
        if job.answer is not None:
            job.answer.lead_id = change.lead_id
            by_forms.append(job.answer)
    if by_forms:
        FormAnswer.objects.bulk_create(by_forms)
    keep_answers(
        (job.caller, job.sent.key, job.sent.digest, Entered("created", c.lead_id, c.stage), job.at)
        for job, c in made
    )


_gate: Gate[Job, Entered] = Gate(_enter_together, most=MOST_TOGETHER)
