"""Nurture for programs: sequences, who is in them, what is to do, and the rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Header, Query, Router

from onefunnel.server.people.access import who_may
from onefunnel.server.run.handovers.lead_data import hiding_for
from onefunnel.server.run.nurture import commands, queries
from onefunnel.server.run.nurture.finding import enrolment_for, sequence_for, todo_for
from onefunnel.server.run.nurture.models import Sequence, Todo
from onefunnel.server.run.nurture.plan import HumanNeeded, Plan, Step, kept_plan
from onefunnel.server.run.nurture.rules import BadRules, RulesChanged, rules_now
from onefunnel.server.run.nurture.schemas import (
    CalledOffIn,
    DoneIn,
    EnteredOut,
    EnterIn,
    GiveIn,
    LeadDeedIn,
    LeadList,
    LeadOut,
    Refusal,
    RulesIn,
    RulesOut,
    SequenceIn,
    SequenceOut,
    SwitchIn,
    TodoList,
    TodoOut,
)

router = Router()

Answer = tuple[int, Any]
_REFUSED = {404: Refusal, 409: Refusal, 422: Refusal}
_IfMatch = Annotated[int | None, Header(alias="If-Match")]


@router.get("/sequences", response=list[SequenceOut], summary="Which sequences are there?")
@who_may("see numbers")
def sequences(request: HttpRequest) -> list[dict[str, Any]]:
    """All of them, those that are on first."""
    return [_sequence(line) for line in queries.sequence_lines()]


@router.post("/sequences", response={201: SequenceOut, **_REFUSED}, summary="Make a sequence")
@who_may("arrange sequences")
def make(request: HttpRequest, said: SequenceIn) -> Answer:
    """It is switched off. A name that is taken is refused: sent again, nothing is doubled."""

    def deed(at: datetime) -> Any:
        made = commands.make_sequence(name=said.name, plan=_plan(said), by=request.user, at=at)
        return _one(made)

    return _answered(deed, 201)


@router.put("/sequences/{sequence_id}", response={200: SequenceOut, **_REFUSED},
            summary="Change a sequence")  # fmt: skip
@who_may("arrange sequences", others="refused", unless="switch sequences")
def change(
    request: HttpRequest, sequence_id: UUID, said: SequenceIn, if_match: _IfMatch = None
) -> Answer:
    """With If-Match (its `revision`), what somebody else changed meanwhile is not overwritten.

    One that is on is changed by who may switch it.
    """

    def deed(at: datetime) -> Any:
        seen = sequence_for(sequence_id).current if if_match is None else if_match
        saved = commands.change_sequence(
            sequence_id=sequence_id, name=said.name, plan=_plan(said), seen=seen,
            running=said.running, by=request.user, at=at,
        )  # fmt: skip
        return _one(saved.sequence)

    return _answered(deed)


@router.post("/sequences/{sequence_id}/switch", response={200: SequenceOut, **_REFUSED},
             summary="Switch a sequence on or off")  # fmt: skip
@who_may("switch sequences")
def switch(request: HttpRequest, sequence_id: UUID, to: SwitchIn) -> Answer:
    """`with_present`: leads that meet its rule already enter too."""

    def deed(at: datetime) -> Any:
        return _one(
            commands.switch_sequence(
                sequence_id=sequence_id, is_on=to.is_on, with_present=to.with_present,
                by=request.user, at=at,
            )
        )  # fmt: skip

    return _answered(deed)


@router.get("/sequences/{sequence_id}/leads", response={200: LeadList, 404: Refusal},
            summary="Who is in a sequence?")  # fmt: skip
@who_may("see numbers")
def leads(
    request: HttpRequest, sequence_id: UUID, state: str = "",
    start: int = Query(0, ge=0, le=1_000_000),
) -> Answer:  # fmt: skip
    """Fifty from `start` on, of one state (running, paused, finished, human, stopped) or all."""

    def deed(at: datetime) -> Any:
        found = queries.leads_in(sequence_for(sequence_id), state)
        count = found.count()
        lines = queries.lead_lines(found[start : start + queries.PAGE], hiding_for(request.user))
        return {
            "count": count,
            "next": _after(start, count),
            "leads": [_lead(one) for one in lines],
        }

    return _answered(deed)


@router.post("/sequences/{sequence_id}/leads", response={200: EnteredOut, **_REFUSED},
             summary="Have leads enter a sequence")  # fmt: skip
@who_may("work leads")
def enter(request: HttpRequest, sequence_id: UUID, said: EnterIn) -> Answer:
    """A lead that is in it already is refused by name: sent again, nobody enters twice."""
    hiding = hiding_for(request.user)

    def deed(at: datetime) -> Any:
        keys = {one: hiding.key("leads", "lead_id", one) for one in said.leads}
        sent = {key: one for one, key in keys.items() if key is not None}
        made = commands.enter_leads(
            sequence_id=sequence_id, lead_ids=list(sent), by=request.user, at=at
        )
        gone = {one: "there is no such lead any more" for one, key in keys.items() if key is None}
        refused = {sent[key]: why for key, why in made.refused.items()}
        return {"entered": [sent[key] for key in made.entered], "refused": gone | refused,
                "batch": made.batch_id}  # fmt: skip

    return _answered(deed)


@router.delete("/entered/{batch_id}", response={200: EnteredOut, **_REFUSED},
               summary="Take leads out again that entered together")  # fmt: skip
@who_may("work leads", others="refused", unless="take back moves of others")
def undo(request: HttpRequest, batch_id: UUID) -> Answer:
    """Who got a mail already stays."""
    hiding = hiding_for(request.user)

    def deed(at: datetime) -> Any:
        back = commands.undo_entering(batch_id=batch_id, by=request.user, at=at)
        show = {one: hiding.address("leads", "lead_id", one)
                for one in (*back.entered, *back.refused)}  # fmt: skip
        return {"entered": [show[one] for one in back.entered], "batch": str(batch_id),
                "refused": {show[one]: why for one, why in back.refused.items()}}  # fmt: skip

    return _answered(deed)


@router.post("/leads/{enrolment_id}", response={200: LeadOut, **_REFUSED},
             summary="Pause, resume or stop a sequence for a lead")  # fmt: skip
@who_may("work leads")
def lead_deed(request: HttpRequest, enrolment_id: UUID, what: LeadDeedIn) -> Answer:
    """`enrolment_id` is the `id` of the lead in the sequence."""
    do = {"pause": commands.pause_lead, "resume": commands.resume_lead,
          "stop": commands.stop_lead}[what.deed]  # fmt: skip

    def made(at: datetime) -> Any:
        do(enrolment_id=enrolment_id, by=request.user, at=at)
        (line,) = queries.lead_lines([enrolment_for(enrolment_id)], hiding_for(request.user))
        return _lead(line)

    return _answered(made)


@router.get("/todos", response=TodoList, summary="What has my team to do?")
@who_may("work leads")
def todos(request: HttpRequest, start: int = Query(0, ge=0, le=1_000_000)) -> dict[str, Any]:
    """Fifty from `start` on, the longest due first."""
    found = queries.todos_for(request.user)
    count = found.count()
    rows = found[start : start + queries.PAGE]
    return {"count": count, "next": _after(start, count),
            "todos": [_todo(request, one) for one in rows]}  # fmt: skip


@router.post("/todos/{todo_id}/done", response={200: TodoOut, **_REFUSED}, summary="It is done")
@who_may("work leads", others="refused", unless="manage people")
def done(request: HttpRequest, todo_id: UUID, how: DoneIn) -> Answer:
    """A contact is noted and the sequence goes on."""

    def deed(at: datetime) -> Any:
        commands.do_todo(todo_id=todo_id, kind=how.kind, by=request.user, at=at)
        return _todo(request, todo_for(todo_id))

    return _answered(deed)


@router.post("/todos/{todo_id}/give", response={200: TodoOut, **_REFUSED},
             summary="Take it, or give it to somebody")  # fmt: skip
@who_may("work leads", others="refused", unless="manage people")
def give(request: HttpRequest, todo_id: UUID, whom: GiveIn) -> Answer:
    """Everybody of the team may take it; its heads give it to others."""

    def deed(at: datetime) -> Any:
        to = whom.to or request.user.public_id
        commands.give_todo(todo_id=todo_id, to=to, by=request.user, at=at)
        return _todo(request, todo_for(todo_id))

    return _answered(deed)


@router.post("/todos/{todo_id}/off", response={200: TodoOut, **_REFUSED}, summary="Call it off")
@who_may("work leads", others="refused", unless="manage people")
def called_off(request: HttpRequest, todo_id: UUID, why: CalledOffIn) -> Answer:
    """It is not done, and why; the sequence goes on."""

    def deed(at: datetime) -> Any:
        commands.call_off(todo_id=todo_id, reason=why.reason, by=request.user, at=at)
        return _todo(request, todo_for(todo_id))

    return _answered(deed)


@router.get("/rules", response=RulesOut, summary="The quiet time, and what leads wake into")
@who_may("see numbers")
def rules(request: HttpRequest) -> Any:
    """What holds for all sequences."""
    return rules_now()


@router.put("/rules", response={200: RulesOut, **_REFUSED}, summary="Change the rules")
@who_may("switch sequences")
def save_rules(request: HttpRequest, said: RulesIn, if_match: _IfMatch = None) -> Answer:
    """With If-Match (their `revision`), what somebody else changed is not overwritten."""

    def deed(at: datetime) -> Any:
        seen = rules_now().revision if if_match is None else if_match
        return commands.save_rules(**said.dict(), revision=seen, by=request.user, at=at)

    return _answered(deed)


def _answered(deed: Callable[[datetime], Any], status: int = 200) -> Answer:
    try:
        return status, deed(timezone.now())
    except commands.NoSuch as absent:
        return 404, {"detail": str(absent)}
    except (commands.ChangedMeanwhile, commands.TodoEnded, RulesChanged) as meanwhile:
        return 409, {"detail": str(meanwhile)}
    except (commands.NurtureRefused, commands.BadPlan, BadRules) as refusal:
        return 422, {"detail": str(refusal)}


def _plan(said: SequenceIn) -> Plan:
    human = said.human.dict() | {"kinds": tuple(said.human.kinds)}
    return Plan(
        purpose=said.purpose, stages=tuple(said.stages), when=said.when,
        is_for_asleep=said.is_for_asleep, human=HumanNeeded(**human),
        steps=tuple(Step(**one.dict()) for one in said.steps),
    )  # fmt: skip


def _one(one: Sequence) -> dict[str, Any]:
    return next(_sequence(line) for line in queries.sequence_lines() if line.sequence.pk == one.pk)


def _sequence(line: queries.SequenceLine) -> dict[str, Any]:
    one = line.sequence
    return {"id": one.public_id, "name": one.name, "is_on": one.is_on, "revision": one.current,
            "plan": kept_plan(line.plan),
            "leads": {state: n for state, _, n in line.counts}}  # fmt: skip


def _lead(line: queries.LeadLine) -> dict[str, Any]:
    one = line.enrolment
    return {"id": one.public_id, "lead_id": line.key, "status": one.status, "next": line.next,
            "due_at": one.due_at, "waits": one.held, "reason": one.reason,
            "entered_at": one.entered_at, "ended_at": one.ended_at}  # fmt: skip


def _todo(request: HttpRequest, one: Todo) -> dict[str, Any]:
    hiding = hiding_for(request.user)
    return {"id": one.public_id, "lead_id": hiding.address("leads", "lead_id", one.lead_id),
            "team": one.team, "deed": one.deed, "words": one.words if hiding.sees_all else "",
            "why": one.why, "assigned_to": str(one.assigned_to or ""), "due_at": one.due_at,
            "ended_at": one.ended_at, "is_done": one.is_done}  # fmt: skip


def _after(start: int, count: int) -> int | None:
    return start + queries.PAGE if start + queries.PAGE < count else None
