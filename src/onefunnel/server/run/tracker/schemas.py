"""What programs send and get about leads. Nothing that is not named here is taken."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from ninja import Field, Schema
from pydantic import BaseModel, ConfigDict

Value = str | int | float | bool | None


class Strict(BaseModel):
    """Takes the fields it names and no other. A body holds no rows of ours, so it is no Schema:
    looking for those costs more than reading a thousand leads."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


class LeadFields(Strict):
    """What is known of a lead. Left out or null: not known (of a change: left as it is or gone).

    `attributes` are the workspace's own columns, and those the agreement asks for, by name.
    """

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    company: str | None = None
    account_id: str | None = None
    source: str | None = None
    campaign: str | None = None
    segment: str | None = None
    country: str | None = None
    owner: str | None = None
    attributes: dict[str, Value] = Field(default_factory=dict)

    def said(self) -> dict[str, Any]:
        """Only what was sent, attributes beside the declared fields."""
        beside = self.model_fields_set & _FIELDS
        return {**{name: getattr(self, name) for name in beside}, **self.attributes}


#: The declared fields; what else some bodies have (stage, lead_id, key) is no field of a lead.
_FIELDS = frozenset(LeadFields.model_fields) - {"attributes"}


class LeadIn(LeadFields):
    """One lead. `stage`: where it begins, if not at the first stage of the agreement."""

    stage: str = ""


class BatchRow(LeadIn):
    """One lead of many. `lead_id` names a lead to change; `key` is your own name for the row."""

    lead_id: str = ""
    key: str = ""  # one too long refuses its row, not the batch


class BatchIn(Strict):
    leads: list[BatchRow]


class EnteredOut(Schema):
    """What became of one lead: created, updated, skipped (it is there already) or refused."""

    outcome: str
    lead_id: str
    stage: str
    field: str
    reason: str
    fix: str


class BatchOut(Schema):
    """`sent` is the sum of the other four; `rows` are in the order sent."""

    sent: int
    created: int
    updated: int
    skipped: int
    refused: int
    rows: list[EnteredOut]


class FormFieldIn(Strict):
    """One thing a form asks. `kind`: text, int, number, money, time, day or flag."""

    name: str
    label: str
    kind: str = "text"
    required: bool = False


class FormIn(Strict):
    """A form of a website; `origins` are the sites that may send it."""

    name: str = Field(max_length=80)
    fields: list[FormFieldIn]
    origins: list[str] = Field(default_factory=list)
    source: str = Field(default="", max_length=120)
    thanks_url: str = Field(default="", max_length=400)
    is_open: bool = True


class FormOut(Schema):
    """Where the form's answers are to be sent."""

    slug: str
    address: str


class FieldCostOut(Schema):
    """One field: of answers that became leads, how many it was asked of and filled in; how often
    it was refused; how many visitors left at it (null: no page tells); how many leads it decided
    about, and what (null: nothing is in force, or it cannot be asked)."""

    name: str
    label: str
    is_required: bool
    asked: int
    filled: int
    empty: int
    refused: int
    left: int | None
    decided: int | None
    by_kind: dict[str, int]
    is_enough: bool


class FormCostOut(Schema):
    """`begun` and `left`: visitors who began the form and those of them who left it (null: no
    page tells); `unknown`: why no decision can be told."""

    answers: int
    since: datetime | None
    begun: int | None
    left: int | None
    unknown: str
    fields: list[FieldCostOut]


class MoveIn(Strict):
    """Into which stage; a loss needs its reason, recycling the day to look again."""

    stage: str
    reason: str = Field(default="", max_length=2000)
    wake_on: date | None = None


class DealIn(Strict):
    """What was won: `amount`, or in `no_amount` why there is none: not-settled, none, unknown.

    Money is exact as text ("12000.50"). Without a currency it is that of the deal, or else of the
    agreement; without a day that of the deal, or else today. Of a correction, margin and product
    stay where they are left out, and go where they are null or empty. `deal_id` names a deal that
    the lead has; empty is the one that is made here.
    """

    deal_id: str = ""
    amount: str | int | float | None = None
    currency: str = ""
    margin: str | int | float | None = None
    product: str | None = Field(default=None, max_length=400)
    closed_on: date | None = None
    no_amount: str = ""


class DealOut(Schema):
    """`revision` takes this back (DELETE, as If-Match)."""

    lead_id: str
    deal_id: str
    revision: int


class ContactIn(Strict):
    """How the lead was contacted just now: called, wrote, met, messaged, visited, demonstrated."""

    kind: str = Field(max_length=40)


class ContactedOut(Schema):
    touch_id: str
    lead_id: str
    kind: str


class MovedOut(Schema):
    """`asks_for_deal`: the lead is won, and nobody said yet what was won."""

    lead_id: str
    stage: str
    asks_for_deal: bool


class ClauseOut(Schema):
    """One condition: whether it holds (null: not known), and what the lead has."""

    words: str
    holds: bool | None
    found: str


class SignatoryOut(Schema):
    team: str
    name: str
    at: datetime


class AgreementRef(Schema):
    """The version of the agreement that says so, and who signed it."""

    title: str
    version: str
    digest: str
    is_agreed: bool
    signatories: list[SignatoryOut]


class LeadOut(Schema):
    """A lead as it is now. Send `revision` as If-Match when you change it, and `last_move` (the
    number of its last move, 0 before the first) when you move it.
    """

    lead_id: str
    revision: int
    last_move: int
    fields: dict[str, Any]
    stage: str | None
    since: datetime | None
    why: list[ClauseOut]
    next_stage: str | None
    next_stage_asks: list[ClauseOut]
    agreement: AgreementRef
    moves: list[dict[str, Any]]
    deals: list[dict[str, Any]]


class ChangedOut(Schema):
    lead_id: str
    stage: str
    revision: int
    changed: bool


class Refusal(Schema):
    """What is wrong and what to do; `field` is the one it is about, `clauses` those that fail."""

    detail: str
    field: str = ""
    fix: str = ""
    clauses: list[ClauseOut] = Field(default_factory=list)


class Conflict(Schema):
    """Two said different things: `now` is the lead as it stands."""

    detail: str
    revision: int | None = None
    now: dict[str, Any] | None = None


class MovedConflict(Schema):
    """The lead was moved meanwhile: `now` is the lead as it stands, as asking for it gives it."""

    detail: str
    now: LeadOut
