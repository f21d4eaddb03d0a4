"""What programs send to nurture and what they are told."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from onefunnel.server.run.tracker.moving import MOST_AT_ONCE


class Strict(Schema):
    """What a program may send: the fields named, and no other."""

    model_config = ConfigDict(extra="forbid")


class StepIn(Strict):
    """`kind` mail (with `subject`) or todo (with `deed`). The same `key` is the same step."""

    key: str = Field(pattern=r"^[a-z0-9]{1,12}$")
    kind: Literal["mail", "todo"]
    team: str = Field(max_length=40)
    wait: int = Field(0, ge=0, le=3650)
    unit: Literal["days", "hours"] = "days"
    subject: str = Field("", max_length=200)
    text: str = Field("", max_length=20_000)
    deed: str = Field("", max_length=12)


class HumanIn(Strict):
    when: str = Field("", max_length=4000)
    touches: int = Field(0, ge=0, le=100)
    days: int = Field(14, ge=1, le=3650)
    kinds: list[str] = Field(default_factory=list, max_length=20)
    team: str = Field("sales", max_length=40)


class SequenceIn(Strict):
    """`running` says what becomes of the leads in a sequence that is changed."""

    name: str = Field(min_length=1, max_length=80)
    purpose: str = Field("nurture", max_length=40)
    stages: list[str] = Field(default_factory=list, max_length=100)
    when: str = Field("", max_length=4000)
    is_for_asleep: bool = False
    steps: list[StepIn] = Field(max_length=40)
    human: HumanIn = Field(default_factory=HumanIn)
    running: Literal["stay", "move"] = "stay"


class SwitchIn(Strict):
    is_on: bool
    with_present: bool = False


class EnterIn(Strict):
    leads: list[str] = Field(min_length=1, max_length=MOST_AT_ONCE)


class LeadDeedIn(Strict):
    deed: Literal["pause", "resume", "stop"]


class DoneIn(Strict):
    """`kind`: how the lead was contacted; empty: as it was asked."""

    kind: str = Field("", max_length=20)


class GiveIn(Strict):
    """`to`: the id of a person of the team; none: whoever asks takes it."""

    to: UUID | None = None


class CalledOffIn(Strict):
    reason: str = Field(min_length=1, max_length=2000)


class RulesIn(Strict):
    quiet_hours: int = Field(ge=0, le=400)
    wake_into: Literal["todo", "stage", "sequence", "card"]
    wake_name: str = Field("", max_length=200)
    wake_team: str = Field("sales", max_length=40)


class RulesOut(Schema):
    quiet_hours: int
    wake_into: str
    wake_name: str
    wake_team: str
    revision: int


class SequenceOut(Schema):
    """`revision` goes into If-Match; `leads` counts who stands how in it."""

    id: UUID
    name: str
    is_on: bool
    revision: int
    plan: dict[str, Any]
    leads: dict[str, int]


class LeadOut(Schema):
    """A lead in a sequence; `next` is its step in words, `waits` why a mail waits."""

    id: UUID
    lead_id: str
    status: str
    next: str
    due_at: datetime | None
    waits: str
    reason: str
    entered_at: datetime
    ended_at: datetime | None


class LeadList(Schema):
    count: int
    next: int | None
    leads: list[LeadOut]


class EnteredOut(Schema):
    """`refused` says of each other lead why not; `batch` takes those that entered out again."""

    entered: list[str]
    refused: dict[str, str]
    batch: str


class TodoOut(Schema):
    id: UUID
    lead_id: str
    team: str
    deed: str
    words: str
    why: str
    assigned_to: str
    due_at: datetime
    ended_at: datetime | None
    is_done: bool


class TodoList(Schema):
    count: int
    next: int | None
    todos: list[TodoOut]


class Refusal(Schema):
    """What is wrong and what to do."""

    detail: str
