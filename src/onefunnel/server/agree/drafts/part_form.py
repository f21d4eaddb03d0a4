"""One thing of a draft as its form: what each field offers, and reading what people sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.http import QueryDict

from onefunnel.agreement.compare.pairing import folded
from onefunnel.agreement.compare.typed import BadValue, listed
from onefunnel.agreement.credit_models import MODELS, model_of, title
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.measured import MEASURES
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.predicates.sentence import phrases
from onefunnel.agreement.rules.gap import Columns
from onefunnel.agreement.rules.teams_known import named
from onefunnel.server.agree.drafts.editing import Field, Part, with_condition
from onefunnel.server.agree.pages import in_words
from onefunnel.server.agree.signatures import team_of
from onefunnel.server.people.models import Team

#: How a condition compares, in words.
OPERATORS = (
    ("=", "is (or is one of)"), ("<>", "is not"), (">=", "is at least"), ("<=", "is at most"),
    (">", "is more than"), ("<", "is less than"), ("IS NOT NULL", "is known"),
    ("IS NULL", "is not known"),
)  # fmt: skip
#: After a field's name: what is chosen beside the ticks, in words of one's own.
OTHERS = "-others"


@dataclass(frozen=True)
class Choice:
    """One thing a field offers: what is kept, what people read, whether it is chosen."""

    value: str
    words: str
    is_chosen: bool


@dataclass(frozen=True)
class Line:
    """One field as its form shows it; `sentence` and `problem` are of a definition."""

    field: Field
    value: str
    choices: tuple[Choice, ...] = ()
    mistake: str = ""
    sentence: str = ""
    problem: str = ""
    is_added: bool = False
    #: Of a definition that can be run: why nothing in the data meets it.
    note: str = ""


def typed_of(sent: QueryDict, part: Part) -> dict[str, str]:
    """What was sent, by field, as texts: ticks are joined as lists are written."""
    typed = {}
    for field in part.fields:
        if field.widget == "ticks":
            chosen = [*sent.getlist(field.name), *listed(sent.get(field.name + OTHERS, ""))]
            typed[field.name] = ", ".join(dict.fromkeys(one for one in chosen if one.strip()))
        else:
            typed[field.name] = sent.get(field.name, "")
    return typed


def lines_of(
    part: Part,
    typed: dict[str, str],
    mistakes: dict[str, str],
    agreement: Agreement,
    columns: Columns,
    added: str = "",
) -> list[Line]:
    """The fields of the form; `added` is the definition that just got a condition."""
    lines = []
    for field in part.fields:
        value = typed[field.name]
        line = Line(field, value, mistake=mistakes.get(field.name, ""))
        if field.widget == "definition":
            sentence, problem = in_words(value, columns)
            is_told = bool(value.strip()) and not line.mistake
            line = replace(line, sentence=sentence, problem=problem if is_told else "",
                           is_added=field.name == added)  # fmt: skip
        elif field.among:
            line = replace(line, choices=_choices(field, value, agreement, columns))
        lines.append(line)
    return lines


def columns_in_words(columns: Columns) -> list[tuple[str, str]]:
    """The columns a condition can be about, each as people call it, in their order."""
    said = {name: words.removeprefix("the ") for name, words in phrases(columns).items()}
    return sorted(said.items(), key=lambda each: each[1].casefold())


def unreadable(
    part: Part, typed: dict[str, str], before: dict[str, str], columns: Columns
) -> dict[str, str]:
    """The definitions that were written anew and cannot be run, each with why."""
    found = {}
    for field in part.fields:
        text = typed[field.name].strip()
        if field.widget != "definition" or not text or text == before[field.name].strip():
            continue
        try:
            parse(text, columns)
        except PredicateError as error:
            found[field.name] = f"It cannot be kept so: {error}"
    return found


def add_condition(sent: QueryDict, typed: dict[str, str], columns: Columns) -> dict[str, str]:
    """Put one more condition into the definition it was added to; a mistake, if there is one."""
    name = sent["add"]
    column, operator, value = (sent.get(f"{name}-{one}", "") for one in _CONDITION)
    if name not in typed or not column or operator not in dict(OPERATORS):
        return {name: "choose a column and how it is compared"}
    try:
        is_text = columns.get(column) == "text"
        typed[name] = with_condition(typed[name], column, operator, value, is_text=is_text)
    except BadValue as problem:
        return {name: str(problem)}
    return {}


_CONDITION = ("column", "operator", "value")


def _choices(
    field: Field, value: str, agreement: Agreement, columns: Columns
) -> tuple[Choice, ...]:
    is_list = field.widget == "ticks"
    chosen = listed(value) if is_list else tuple(filter(None, (value.strip(),)))
    offered = dict(_offered(field, agreement, columns))
    if field.among == "credit models" and model_of(value):
        offered = {value if name == model_of(value) else name: w for name, w in offered.items()}
    unknown = [one for one in chosen if one not in offered]
    strange = {one: f"{one} (not known here)" for one in unknown}
    if field.among == "teams":
        strange = {one: _team_words(one) for one in unknown}
        here = {team_of(one) for one in unknown}
        offered = {one: words for one, words in offered.items() if team_of(one) not in here}
    elif field.among == "measures":
        strange = {one: one for one in unknown}
    # what is chosen comes first and in its own order: sent back as it came, nothing changes
    names = [*chosen, *(one for one in offered if one not in chosen)]
    words = offered | strange
    return tuple(Choice(one, words[one], one in chosen) for one in names)


def _offered(field: Field, agreement: Agreement, columns: Columns) -> Iterable[tuple[str, str]]:
    match field.among:
        case "teams":
            return _teams(agreement).items()
        case "measures":
            return [(name, name) for name in MEASURES]
        case "stages":
            return [(stage.name, stage.name) for stage in agreement.stages]
        case "segments":
            return [(segment.name, segment.name) for segment in agreement.segments]
        case "columns":
            return columns_in_words(columns)
        case _:
            return [(model, title(model)) for model in MODELS]


def _teams(agreement: Agreement) -> dict[str, str]:
    """The teams of the workspace, as the draft writes them, and those of its own."""
    written: dict[str, str] = {}
    for team, _ in named(agreement):
        if team.strip():
            written.setdefault(team_of(team), team.strip())
    here = {written.pop(team.value, team.value): team.label for team in Team}
    own = {folded(team): team for team in written.values()}
    return here | {team: _team_words(team) for team in own.values()}


def _team_words(team: str) -> str:
    known = team_of(team)
    return Team(known).label if known in Team.values else f"{team} (nobody here works in it)"
