"""Leads asleep are woken on their day: into a stage, a sequence, a handover, or somebody's hands.

One of them, never two; what cannot be done is somebody's to do, with the reason, so nobody is
forgotten.
"""

from __future__ import annotations

import logging
import uuid
from collections import deque
from collections.abc import Iterable
from datetime import date, datetime
from itertools import chain, islice
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from onefunnel.facts.utc import in_utc
from onefunnel.measures.steps.contacted import WOKEN
from onefunnel.server.agree.basis import current_basis
from onefunnel.server.people.queries import workspace
from onefunnel.server.record.commands import append
from onefunnel.server.run.handovers.cards import NoAgreementInForce, NoSuchCard, terms_in_force
from onefunnel.server.run.handovers.lead_data import Known, NoSuchLead, label_of, lead_of
from onefunnel.server.run.handovers.models import Handover
from onefunnel.server.run.handovers.models import Status as Handed
from onefunnel.server.run.nurture import events
from onefunnel.server.run.nurture.asleep import Due, day_of, due_on
from onefunnel.server.run.nurture.entering import enter_now
from onefunnel.server.run.nurture.models import NurtureRules, Sequence, WakeInto, Waking, Why
from onefunnel.server.run.nurture.rules import rules_now
from onefunnel.server.run.nurture.todos import make_todo
from onefunnel.server.run.nurture.turns import WHOLE, Turn
from onefunnel.server.run.tracker.book import WAKE_ON, current_book
from onefunnel.server.run.tracker.events import subject_of
from onefunnel.server.run.tracker.history import MoveRefused, own_columns
from onefunnel.server.run.tracker.moved_by_program import move_by_program
from onefunnel.server.warehouse.commands import hold_the_door, record_rows
from onefunnel.server.warehouse.kept import Kept

#: So many are woken in one tick.
MOST = 200
_OURS = uuid.UUID("7a1c52ee-70a1-4b0e-8a55-52a1f7f1b0c3")
_looked = Kept(4)
_log = logging.getLogger("onefunnel.nurture")


def wake_due(*, at: datetime, turn: Turn = WHOLE) -> int:
    """Wake the leads whose day has come where the workspace is; how many.

    The data are asked once for each day and version of them.
    """
    basis = current_basis()
    day = at.astimezone(ZoneInfo(workspace().time_zone)).date()
    key = ("wake", basis.version, basis.agreement.digest, day)
    due = _looked.get(key, lambda: _next_to_wake(due_on(basis, day)))
    woken = 0
    while due and woken < MOST:  # each is looked at once for each version of the data
        try:
            woken += _wake(due.popleft(), at=at)
        except Exception:  # whatever is wrong with one lead, the others wake up
            _log.exception("A lead could not be woken; it is tried again with the next data.")
        if turn.is_over:
            break
    return woken


def _next_to_wake(due: Iterable[list[Due]]) -> deque[Due]:
    """The first that were not woken for their day yet.

    Those that were are left out before they are counted: who stays where it is after it was woken
    is due for ever, and keeps nobody else waiting.
    """
    return deque(islice(chain.from_iterable(map(_not_woken, due)), 20 * MOST))


def _not_woken(due: list[Due]) -> list[Due]:
    rows = Waking.objects.filter(lead_id__in=[one.lead_id for one in due])
    woken = set(rows.values_list("lead_id", "wake_on"))
    return [one for one in due if (one.lead_id, one.day) not in woken]


def _wake(due: Due, *, at: datetime) -> int:
    lead_id, day, _ = due
    if Waking.objects.filter(lead_id=lead_id, wake_on=day).exists():
        return 0
    try:
        with transaction.atomic():
            hold_the_door()
            try:
                known = lead_of(lead_id)
            except NoSuchLead:
                return 0
            if not _is_asleep(known, due, at=at):
                return 0
            rules = rules_now()
            woken = Waking.objects.create(lead_id=lead_id, wake_on=day, at=at, into=rules.wake_into)
            _record_touch(known, day, at=at)
            said = f"“{str(known.lead[WAKE_ON])[:40]}”, which is no day" if not due.is_read else ""
            why_not = "Nobody knows when to wake it." if said else _into(rules, lead_id, at=at)
            if why_not:
                woken.into, woken.words = WakeInto.TODO, why_not
                words = f"It was put aside until {said or f'{day:%Y-%m-%d}'}. Ask how things stand."
                if rules.wake_into != WakeInto.TODO:
                    words += f" It could not go on by itself: {why_not}"
                make_todo(
                    lead_id=lead_id, team=rules.wake_team, deed="call", words=words,
                    why=Why.WOKEN, at=at,
                )  # fmt: skip
                woken.save(update_fields=["into", "words"])
            append(kind=events.LEAD_WOKEN, at=at, subject=subject_of(lead_id),
                   payload={"into": str(woken.into)})  # fmt: skip
    except IntegrityError:  # another worker was faster
        return 0
    return 1


def _into(rules: NurtureRules, lead_id: str, *, at: datetime) -> str:
    """Do what was arranged; why not, in words, where it cannot be done or nothing is arranged."""
    match rules.wake_into:
        case WakeInto.STAGE:
            return _moved(lead_id, rules.wake_name, at=at)
        case WakeInto.CARD:
            try:
                stage = terms_in_force(at=at).card(rules.wake_name).at_stage
            except (NoAgreementInForce, NoSuchCard) as gone:
                return str(gone)
            # to enter the card's stage is to be offered
            return _moved(lead_id, stage, at=at) or _not_offered(lead_id, rules.wake_name)
        case WakeInto.SEQUENCE:
            sequence = Sequence.objects.filter(name=rules.wake_name).first()
            if sequence is None or not sequence.is_on:
                return f"“{rules.wake_name}” is switched off."
            refused = enter_now(sequence, [lead_id], by=None, at=at).refused
            return f"{refused[lead_id]}." if lead_id in refused else ""
    return "its owner gets it to do"


def _moved(lead_id: str, stage: str, *, at: datetime) -> str:
    try:
        with transaction.atomic():
            move_by_program(lead_id=lead_id, stage=stage, reason="woke up on its day", at=at)
    except MoveRefused as why:
        return str(why)
    return ""


def _not_offered(lead_id: str, card: str) -> str:
    """Why a lead in the card's stage is offered to nobody, in words; empty where it is offered."""
    last = Handover.objects.filter(lead_id=lead_id, card=card).order_by("pk").last()
    if last is not None and last.status == Handed.OFFERED:
        return ""
    lacks: list[str] = []
    if last is not None and last.status == Handed.WAITING:
        lacks = [f"{label_of(one)} is missing" for one in last.missing] or last.failing
    why = "; ".join(lacks) or "offer it by hand, which says what is wrong"
    return f"it is not offered under “{card}”: {why}."


def _is_asleep(known: Known, due: Due, *, at: datetime) -> bool:
    """Whether it stands in a recycled stage still, until that very day."""
    stage, _ = current_book(at=at).rules.current(own_columns(known.lead), known.moves)
    if stage is None or stage.kind != "recycled":
        return False
    said = known.lead.get(WAKE_ON)
    return day_of(said) == (due.day if due.is_read else None) and bool(str(said or "").strip())


def _record_touch(known: Known, wake_on: date, *, at: datetime) -> None:
    """Note the waking where the measures read it, whatever follows."""
    lead_id = str(known.lead["lead_id"])
    touch = {
        "touch_id": str(uuid.uuid5(_OURS, f"{lead_id}\n{wake_on}")),
        "lead_id": lead_id,
        "account_id": known.lead.get("account_id"),
        "at": in_utc(at),
        "channel": "keep-warm",
        "kind": WOKEN,
    }
    record_rows(rows={"touches": [touch]}, by=None, at=at)
