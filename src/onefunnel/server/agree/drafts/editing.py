"""The parts of a draft as forms: what each field is called, how it is shown and read back.

Pure: an agreement and typed texts in, an agreement out. Fields with a dot belong to a part of the
thing (`customer_promise.words`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from onefunnel.agreement.charter import Charter, CreditPolicy, Outcome, Signatory
from onefunnel.agreement.compare.typed import BadValue, value_of
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover, Promise, WorkingTime
from onefunnel.agreement.promised import KINDS
from onefunnel.agreement.stage import CustomerPromise, Stage
from onefunnel.agreement.words import Persona, Segment, Term
from onefunnel.facts.sql_text import identifier, literal

Widget = Literal["line", "text", "definition", "choice", "yes", "one", "ticks", "date"]
#: What a field chooses among, where that hangs on the workspace and the draft.
Among = Literal["", "teams", "measures", "stages", "segments", "columns", "credit models"]


@dataclass(frozen=True)
class Field:
    """One field: its name in the document, what people call it, a help, how it is asked for.

    `options` are the same everywhere; those `among` things of the draft are made with it. A field
    `of_kinds` is asked for only where the thing is of one of these kinds.
    """

    name: str
    label: str
    help: str = ""
    widget: Widget = "line"
    options: tuple[tuple[str, str], ...] = ()
    among: Among = ""
    of_kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """One part of the agreement: where it stands, what it is called, its fields."""

    slug: str
    attribute: str
    made_of: type
    title: str
    one: str
    meaning: str
    fields: tuple[Field, ...]
    is_list: bool = True

    @property
    def document_name(self) -> str:
        """The part's name in the document; of the whole document its title."""
        return self.attribute or "title"


class Mistakes(ValueError):
    """Texts that cannot be read, by field, with what to write instead."""

    def __init__(self, by_field: Mapping[str, str]) -> None:
        self.by_field = dict(by_field)
        super().__init__("; ".join(f"{name}: {why}" for name, why in self.by_field.items()))


_COMMAS = "Several are separated by commas."
_HOURS = "Business hours."
_MEASURED = ("Choose one that is counted here, or write one of your own and say among the words "
             "what it means.")  # fmt: skip
_KINDS = (
    ("open", "on the way"), ("won", "won: the sale"), ("lost", "off the way: lost"),
    ("disqualified", "off the way: never a customer"), ("recycled", "off the way: comes back"),
)  # fmt: skip
_LANES = (
    ("", "not drawn yet"), ("before the sale", "before the sale"), ("the sale", "the sale"),
    ("after the sale", "after the sale"), ("detour", "a detour"),
)  # fmt: skip
_NAME = Field("name", "Name")

_PROMISED = tuple((kind, words) for kind, words in KINDS.items())
_PERIODS = (("", "no period"), ("week", "week"), ("month", "month"), ("quarter", "quarter"))

STAGES = Part(
    "stages", "stages", Stage, "Stages", "stage", "The funnel, in the order leads go through it.",
    (
        _NAME,
        Field("meaning", "What it means", "In words that somebody new understands.", "text"),
        Field("kind", "What it is", "", "choice", _KINDS),
        Field("lane", "Where it stands", "", "choice", _LANES),
        Field("when", "A lead enters it when", "", "definition"),
        Field("leads", "Led by", "The team that leads it.", "ticks", among="teams"),
        Field("is_joint", "The teams lead it jointly", "", "yes"),
        Field("supports", "Supported by", "", "ticks", among="teams"),
        Field("measure", "Measured by", _MEASURED, among="measures"),
        Field("target", "Target", "In the measure's unit; a share may be written as 40 %."),
        Field("initiatives", "Initiatives", "What is done for leads here, one a line.", "text"),
        Field("touchpoints", "Touchpoints", _COMMAS),
        Field("customer_promise.words", "What the customer may count on", "", "text"),
        Field("customer_promise.reply_within_hours", "A reply within", _HOURS),
        Field("customer_promise.one_contact", "Never two teams at once", "", "yes"),
    ),
)  # fmt: skip
HANDOVERS = Part(
    "hand-overs", "handovers", Handover, "Hand-overs", "hand-over",
    "Who gives what to whom, and what happens without an answer.",
    (
        _NAME,
        Field("from_team", "From", "", "one", among="teams"),
        Field("to_team", "To", "", "one", among="teams"),
        Field("at_stage", "When a lead enters", "The stage that makes the hand-over due.", "one",
              among="stages"),
        Field("required", "Data that must be there", "", "ticks", among="columns"),
        Field("answer_within_hours", "Answered within", _HOURS),
        Field("accepted_when", "Accepted when", "", "definition"),
        Field("fallback", "Without an answer", "What happens then.", "text"),
    ),
)  # fmt: skip
PROMISES = Part(
    "promises", "promises", Promise, "Promises", "promise", "What one team owes the other.",
    (
        _NAME,
        Field("by_team", "By", "", "one", among="teams"),
        Field("to_team", "To", "", "one", among="teams"),
        Field("kind", "What is promised", "", "choice", _PROMISED),
        Field("kept_share", "Kept in", "A share of cases, for example 85 %."),
        Field("within_hours", "Within", "Business hours: for a step, an answer or a reply.",
              of_kinds=("", "answer", "reply")),
        Field("from_stage", "From stage", "For a step: the clock starts when a lead enters it.",
              "one", among="stages", of_kinds=("",)),
        Field("to_stage", "To stage", "For a step: the clock stops when a lead enters it. For "
              "attempts: no more are owed from there on. For a number of leads: where they are "
              "counted if no hand-overs are.", "one", among="stages",
              of_kinds=("", "attempts", "volume")),
        Field("leads", "How many leads", "For a number of leads.", of_kinds=("volume",)),
        Field("per", "In each", "For a number of leads.", "choice", _PERIODS,
              of_kinds=("volume",)),
        Field("attempts", "How many attempts", "For attempts to reach a lead.",
              of_kinds=("attempts",)),
        Field("within_days", "In how many days", "For attempts: days after the lead is accepted.",
              of_kinds=("attempts",)),
        Field("counts", "Contacts that count", f"For attempts: called, sent, met ... {_COMMAS}",
              of_kinds=("attempts",)),
    ),
)  # fmt: skip
SEGMENTS = Part(
    "segments", "segments", Segment, "Segments", "segment", "Groups of customers.",
    (_NAME, Field("when", "A lead belongs to it when", "", "definition"),
     Field("meaning", "What it means", "", "text")),
)  # fmt: skip
PERSONAS = Part(
    "personas", "personas", Persona, "Personas", "persona", "Typical buyers.",
    (_NAME, Field("when", "A lead is one when", "", "definition"),
     Field("meaning", "Who that is", "", "text"),
     Field("behaviours", "What they do", "One a line.", "text")),
)  # fmt: skip
TERMS = Part(
    "words", "glossary", Term, "Words", "word", "Words and the meaning both teams give them.",
    (_NAME, Field("meaning", "What it means", "", "text"),
     Field("owner", "Who answers for it", "", "one", among="teams")),
)  # fmt: skip
CHARTER = Part(
    "charter", "charter", Charter, "Charter", "charter", "What is agreed, why, and how.",
    (
        Field("what", "What is agreed", "", "text"),
        Field("why", "Why", "", "text"),
        Field("process", "By which process", "", "text"),
        Field("review_every", "Reviewed every", "For example: quarter."),
        Field("signatories", "Signed by", f"Teams, as: marketing (Ann Ash). {_COMMAS}"),
    ),
    is_list=False,
)  # fmt: skip
OUTCOME = Part(
    "success", "outcome", Outcome, "What success is", "success", "One outcome both teams want.",
    (
        Field("statement", "In words", "", "text"),
        Field("volume", "Won leads", "How many."),
        Field("margin", "Margin", "In the agreement's currency."),
        Field("segment", "In the segment", "", "one", among="segments"),
        Field("by", "By", "The last day.", "date"),
        Field("measures", "Shown by", "", "ticks", among="measures"),
    ),
    is_list=False,
)  # fmt: skip
CREDIT = Part(
    "credit", "credit", CreditPolicy, "Credit for a sale", "credit policy",
    "How credit is shared, agreed before the money is seen.",
    (
        Field("model", "By the model", "", "one", among="credit models"),
        Field("window_days", "Counting the last", "Days before the sale."),
        Field("purpose", "Used for", "", "text"),
    ),
    is_list=False,
)  # fmt: skip

WORKING_TIME = Part(
    "working-time", "working_time", WorkingTime, "Business hours", "business hours",
    "When both teams are at work; promises are counted in these hours.",
    (
        Field("zone", "Time zone", "For example: Europe/Berlin. Empty: that of the workspace."),
        Field("days", "Days", f"Empty: monday to friday. {_COMMAS}"),
        Field("opens", "From", "A time of the clock. Empty: 09:00."),
        Field("closes", "Until", "Empty: 17:00."),
        Field("holidays", "Holidays", f"Days, as 2027-12-31. {_COMMAS}"),
    ),
    is_list=False,
)  # fmt: skip

TITLE = Part(
    "title", "", Agreement, "Title and currency", "title", "What the agreement is called.",
    (Field("title", "Title"), Field("currency", "Currency", "Of its money, as EUR.")),
    is_list=False,
)  # fmt: skip

PARTS: dict[str, Part] = {
    part.slug: part
    for part in (TITLE, STAGES, HANDOVERS, PROMISES, WORKING_TIME, SEGMENTS, PERSONAS, TERMS,
                 OUTCOME, CHARTER, CREDIT)
}  # fmt: skip


def shown(thing: Any, part: Part) -> dict[str, str]:
    """The thing's values as texts, by field; empty where there is no thing yet."""
    if thing is None:
        return {field.name: "" for field in part.fields}
    return {field.name: _shown(_get(thing, field.name), field) for field in part.fields}


def made(part: Part, typed: Mapping[str, str], before: Any) -> Any:
    """A thing of these typed texts; what no field asks for stays as it was.

    Raises:
        Mistakes: texts that cannot be read, each with its field.
    """
    thing = before
    if thing is None:
        thing = part.made_of(name="") if part.is_list else part.made_of()
    mistakes: dict[str, str] = {}
    for field in part.fields:
        text = typed.get(field.name, "").replace("\x00", "")
        try:
            thing = _with(thing, field, text)
        except BadValue as problem:
            mistakes[field.name] = str(problem)
    if part.is_list and not thing.name.strip():
        mistakes["name"] = "it needs a name"
    if part is TITLE and not thing.title.strip():
        mistakes["title"] = "it needs a title"
    if mistakes:
        raise Mistakes(mistakes)
    if thing in (CreditPolicy(), WorkingTime()):
        return None
    return thing


def things(agreement: Agreement, part: Part) -> tuple[Any, ...]:
    """The things of one part, in order."""
    if part.is_list:
        return tuple(getattr(agreement, part.attribute))
    return (getattr(agreement, part.attribute) if part.attribute else agreement,)


def with_thing(agreement: Agreement, part: Part, place: int | None, thing: Any) -> Agreement:
    """The agreement with a thing put at a place, or at the end where `place` is None.

    Raises:
        Mistakes: another thing of the part has that name already.
        LookupError: there is no such place.
    """
    if not part.attribute:
        return replace(agreement, title=thing.title, currency=thing.currency)
    if not part.is_list:
        return _changed(agreement, part, thing)
    there = list(getattr(agreement, part.attribute))
    others = [one for at, one in enumerate(there) if at != place]
    if any(one.name.casefold() == thing.name.casefold() for one in others):
        raise Mistakes({"name": f"there is another {part.one} of that name"})
    if place is None:
        there.append(thing)
    else:
        there[_place(there, place)] = thing
    return _changed(agreement, part, tuple(there))


def without_thing(agreement: Agreement, part: Part, place: int) -> Agreement:
    """The agreement without the thing at a place. LookupError where there is none."""
    there = list(getattr(agreement, part.attribute))
    del there[_place(there, place)]
    return _changed(agreement, part, tuple(there))


def moved(agreement: Agreement, part: Part, place: int, by: int) -> Agreement:
    """The agreement with a thing moved up (-1) or down (1); at the end it stays where it is."""
    there = list(getattr(agreement, part.attribute))
    thing = there.pop(_place(there, place))
    there.insert(min(max(place + by, 0), len(there)), thing)
    return _changed(agreement, part, tuple(there))


def with_condition(
    text: str, column: str, operator: str, value: str, *, is_text: bool = False
) -> str:
    """A definition with one more condition that must hold too, written as definitions are.

    Values of a text column are texts, also where they look like numbers (`0044`).
    """
    name = column if column.isidentifier() else identifier(column)
    if operator in ("IS NULL", "IS NOT NULL"):
        condition = f"{name} {operator}"
    else:
        values = [_literal(one.strip(), is_text) for one in value.split(",") if one.strip()]
        if not values:
            raise BadValue("say what it is compared with")
        if len(values) > 1 and operator in ("=", "<>"):
            condition = f"{name} {'IN' if operator == '=' else 'NOT IN'} ({', '.join(values)})"
        else:
            condition = f"{name} {operator} {values[0]}"
    before = text.strip()
    if re.search(r"\bor\b", before, re.IGNORECASE):
        before = f"({before})"
    return f"{before} AND {condition}" if before else condition


def _literal(value: str, is_text: bool) -> str:
    if not is_text:
        try:
            if Decimal(value).is_finite():
                return value
        except ArithmeticError:
            pass
    return literal(value)


def _changed(agreement: Agreement, part: Part, value: object) -> Agreement:
    return replace(agreement, **{part.attribute: value})  # type: ignore[arg-type]


def _place(there: list[Any], place: int) -> int:
    if not 0 <= place < len(there):
        raise LookupError("there is nothing at that place; somebody may have changed the draft")
    return place


def _get(thing: Any, name: str) -> Any:
    for step in name.split("."):
        if thing is None:
            return None
        thing = getattr(thing, step)
    return thing


def _with(thing: Any, field: Field, text: str) -> Any:
    text = text.replace("\r\n", "\n")
    if text == _shown(_get(thing, field.name), field):
        return thing  # also where it holds commas that a list would be cut at
    head, _, rest = field.name.partition(".")
    if rest:
        inner = getattr(thing, head) or CustomerPromise()
        changed = _with(inner, replace(field, name=rest), text)
        return replace(thing, **{head: None if changed == CustomerPromise() else changed})
    if field.widget == "yes":
        return replace(thing, **{head: bool(text)})
    if field.widget == "definition":
        return replace(thing, **{head: text.strip()})
    if field.widget == "text" and isinstance(getattr(thing, head), tuple):
        lines = dict.fromkeys(" ".join(line.split()) for line in text.split("\n"))
        return replace(thing, **{head: tuple(line for line in lines if line)})
    return replace(thing, **{head: value_of(type(thing), head, text, getattr(thing, head))})


def _shown(value: Any, field: Field) -> str:
    if field.widget == "text" and isinstance(value, tuple):
        return "\n".join(_text(one) for one in value)
    return _text(value)


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, tuple):
        return ", ".join(_text(one) for one in value)
    if isinstance(value, Signatory):
        return f"{value.team} ({value.person})" if value.person else value.team
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)
