"""The funnel of one file: leads, deals and moves from a stage column, dates, or dates of stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from onefunnel.connectors.mapping_parts import (
    Case,
    Columns,
    Join,
    Kind,
    Make,
    Source,
    StageMap,
    Step,
)
from onefunnel.connectors.propose.dates import Dates, choose_dates, stage_label
from onefunnel.connectors.propose.meanings import Choice, choose
from onefunnel.connectors.propose.naming import meaning_score, open_place, stage_kind
from onefunnel.connectors.propose.roles import Role
from onefunnel.connectors.propose.stages import order_stages

#: Columns of a lead that a funnel file may hold, and of a deal.
_LEAD = ("email", "phone", "source", "campaign", "segment", "country", "owner", "name", "company")
_DEAL = ("amount", "margin", "currency", "reason", "competitor")
#: Text longer than this on average is prose, which no measure groups by.
_PROSE = 60.0
#: The row's place in its file stands in where a file has no ids.
ROW = "_row"


@dataclass
class Funnel:
    """What one file gives of the funnel, before it is joined with the others.

    `id` is the row's own id; `lead_id` and `account_id` are sources that the caller may change.
    """

    role: Role
    id: Source
    dates: Dates
    chosen: dict[str, Choice]
    stages: list[StageMap]
    lead_id: Source
    account_id: Source | None = None
    joins: list[Join] = field(default_factory=list)
    attributes: dict[str, Source] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    deleted: str = ""
    entry_stage: str = ""
    before_close: str = ""


def look_at_funnel(con: Any, role: Role, linked: Sequence[str], *, decides: bool = True) -> Funnel:
    """Choose the columns of a funnel file; `linked` name rows of other files.

    With `decides` False another file tells what is won and lost (leads beside opportunities), so
    a converted lead is not yet a won one.
    """
    profile, taken = role.profile, set(linked)
    if role.key:
        is_whole = role.key in profile.keys
        said = "every row has one and no two are alike" if is_whole else (
            "nearly every row has one of its own")  # fmt: skip
        own_id = Source((role.key,), confidence=0.97 if is_whole else 0.8, reason=said)
        taken.add(role.key)
    else:
        own_id = Source(
            (ROW,), confidence=0.4, reason="no column names each row: rows are numbered"
        )
    if role.stage is not None:
        taken.add(role.stage.name)
    taken |= {name for name, _ in (*role.stage_dates, *role.dated)}
    dates = choose_dates(con, profile, role.stage)
    for choice in (dates.created, dates.closed, dates.changed):
        if choice is not None and not role.stage_dates:
            taken.add(choice.column)
    funnel = Funnel(role, own_id, dates, {}, [], own_id)
    if dates.updated:
        taken.add(dates.updated)
        funnel.left_out[dates.updated] = "when the row was last changed says nothing of the stage"
    for name, column in profile.columns.items():
        if name not in taken and column.is_flag and meaning_score("deleted", name) >= 0.8:
            funnel.deleted = name
            taken.add(name)
    funnel.chosen = choose(profile, (*_LEAD, *_DEAL), taken)
    _names(funnel, taken)
    funnel.before_close = _before_close(funnel, taken)
    funnel.stages = _stages(funnel, decides=decides)
    if role.stage is not None and not role.stage_dates:
        funnel.entry_stage = _entry(funnel)
    _rest(funnel, taken)
    return funnel


def _names(funnel: Funnel, taken: set[str]) -> None:
    """First and last name make a name where there is none."""
    profile = funnel.role.profile
    parts = []
    for meaning in ("first name", "last name"):
        best = max(profile.columns, key=lambda name: meaning_score(meaning, name))
        if best not in taken and meaning_score(meaning, best) >= 0.9:
            parts.append(best)
    if len(parts) == 2 and "name" not in funnel.chosen:
        taken |= set(parts)
        funnel.chosen["name"] = Choice("\x00".join(parts), 0.9, "first and last name")


def _before_close(funnel: Funnel, taken: set[str]) -> str:
    """A column that keeps the last open stage of what is closed."""
    stage = funnel.role.stage
    if stage is None:
        return ""
    known = {value for value, _ in stage.kinds}
    for name, column in funnel.role.profile.columns.items():
        if name in taken or not column.values or meaning_score("before close", name) < 0.8:
            continue
        if {value for value, _ in column.values} <= known:
            taken.add(name)
            return name
    return ""


def _stages(funnel: Funnel, *, decides: bool) -> list[StageMap]:
    role = funnel.role
    kinds: dict[str, Kind] = {}
    dated = [stage_label(column) for column, _ in role.stage_dates]
    for label in dated:
        kinds[label] = stage_kind(label) or "open"  # type: ignore[assignment]
    for value, kind in role.stage.kinds if role.stage is not None else ():
        if role.stage_dates and kind == "open":
            continue  # only ends are taken from a column that is coarser than the dates
        kinds[_stage_name(role, value)] = kind if decides or kind != "won" else "open"
    listed = list(kinds.items())
    return order_stages(listed, dated=[d for d in dated if kinds[d] == "open"])


def _stage_name(role: Role, value: str) -> str:
    """Yes and no are no stages: they are called Won and Lost."""
    if role.stage is None:
        return value
    return stage_names(role).get(value, value)


def stage_names(role: Role) -> dict[str, str]:
    """New names for values that only say yes or no."""
    if role.stage is None or "yes or no" not in role.stage.why:
        return {}
    return {value: "Won" if kind == "won" else "Lost" for value, kind in role.stage.kinds}


def _entry(funnel: Funnel) -> str:
    """The stage that the created date is the entry of: the first open one whose rows have it."""
    filled = dict(funnel.dates.filled_by_stage)
    names = {new: old for old, new in stage_names(funnel.role).items()}
    opened = [stage.stage for stage in funnel.stages if stage.kind == "open"]
    for stage in opened:
        if filled.get(names.get(stage, stage), 1.0) >= 0.5:
            return stage
    return opened[0] if opened else "Open"


def _rest(funnel: Funnel, taken: set[str]) -> None:
    """What has no standard place becomes a free attribute, or is left out with a reason."""
    for name, column in funnel.role.profile.columns.items():
        if name in taken or name.startswith("_"):
            continue
        if column.filled == 0:
            funnel.left_out[name] = "always empty"
        elif column.length > _PROSE and column.different > 20:
            funnel.left_out[name] = "long free text"
        else:
            funnel.attributes[attribute_name(name)] = Source((name,))


def attribute_name(column: str) -> str:
    """A free attribute is called as its column, but for names that the standard has."""
    reserved = {"lead_id", "account_id", "created_at", "source", "campaign", "segment", "country",
                "owner", "name", "email", "phone", "company"}  # fmt: skip
    name = column.strip() or "unnamed"
    return f"{name}_in_source" if name.lower() in reserved or name.startswith("_") else name


def lead_make(funnel: Funnel, *, where: str = "", only_missing: bool = False) -> Make:
    """Leads: one for each row of the file."""
    columns: dict[str, Source] = {"lead_id": funnel.lead_id}
    if funnel.account_id is not None:
        columns["account_id"] = funnel.account_id
    columns |= _created(funnel)
    for name in _LEAD:
        if name in funnel.chosen:
            columns[name] = _source(funnel.chosen[name])
    return Make(
        "leads", tuple(columns.items()), attributes=tuple(funnel.attributes.items()), where=where,
        only_missing=only_missing,
    )  # fmt: skip


def _created(funnel: Funnel) -> dict[str, Source]:
    if funnel.role.stage_dates:
        named = max(
            (name for name, c in funnel.role.profile.columns.items() if c.is_date),
            key=lambda name: meaning_score("created", name),
        )
        first = named if meaning_score("created", named) >= 0.7 else funnel.role.stage_dates[0][0]
        return {"created_at": Source((first,), confidence=0.8, reason="the first stage's date")}
    return {"created_at": funnel.dates.created.source()} if funnel.dates.created else {}


def _source(choice: Choice) -> Source:
    columns = tuple(choice.column.split("\x00"))
    glue = " " if len(columns) > 1 else None
    return Source(columns, glue=glue, confidence=choice.confidence, reason=choice.why)


def deal_make(funnel: Funnel) -> Make:
    """Deals: outcome from the stage, closed date only where it has ended."""
    role = funnel.role
    columns: dict[str, Source] = {"deal_id": funnel.id, "lead_id": funnel.lead_id}
    if funnel.account_id is not None:
        columns["account_id"] = funnel.account_id
    if "owner" in funnel.chosen:
        columns["owner"] = _source(funnel.chosen["owner"])
    created = _created(funnel)
    if created:
        columns["opened_at"] = created["created_at"]
    ends = outcome_values(funnel)
    if role.stage is not None:
        if funnel.dates.closed is not None and role.stage.closed:
            condition = _among(role.stage.name, role.stage.closed)
            columns["closed_at"] = Source(
                cases=(Case(condition, column=funnel.dates.closed.column),),
                confidence=funnel.dates.closed.confidence,
                reason=funnel.dates.closed.why + "; open rows have none",
            )
        columns["outcome"] = Source(
            (role.stage.name,), values=ends, otherwise="open", confidence=role.stage.score,
            reason=role.stage.why,
        )  # fmt: skip
    elif role.stage_dates:
        columns |= _ends_of_dates(funnel)
    for name in _DEAL:
        if name in funnel.chosen:
            columns[name] = _source(funnel.chosen[name])
    return Make("deals", tuple(columns.items()))


def outcome_values(funnel: Funnel) -> tuple[tuple[str, str], ...]:
    """won and lost by the values of the stage column."""
    if funnel.role.stage is None:
        return ()
    return tuple(
        (value, "won" if kind == "won" else "lost")
        for value, kind in funnel.role.stage.kinds
        if kind in ("won", "lost", "disqualified")
    )


def _ends_of_dates(funnel: Funnel) -> Columns:
    """Outcome and closing from the date columns that are named after an end."""
    ends = [
        (column, stage_kind(label))
        for column, label in funnel.role.stage_dates
        if stage_kind(label) in ("won", "lost")
    ]
    if not ends:
        return (("outcome", Source(value="open", confidence=0.4, reason="no date says an end")),)
    cases = tuple(Case(f"{_name(column)} is not empty", value=kind) for column, kind in ends)
    return (
        ("closed_at", Source(tuple(column for column, _ in ends))),
        (
            "outcome",
            Source(value="open", cases=cases, confidence=0.9, reason="which date is filled"),
        ),
    )


def moves_make(funnel: Funnel, *, only_missing: bool = False) -> Make:
    """Moves rebuilt from the dates of the row."""
    shared: dict[str, Source] = {"lead_id": funnel.lead_id}
    if "owner" in funnel.chosen:
        shared["by"] = _source(funnel.chosen["owner"])
    by_dates = bool(funnel.role.stage_dates)
    steps = _steps_of_dates(funnel) if by_dates else _steps_of_stage(funnel)
    return Make("moves", tuple(shared.items()), steps=tuple(steps), only_missing=only_missing)


def _steps_of_dates(funnel: Funnel) -> list[Step]:
    """One move per filled date column, ends last; then the stage column where it says more."""
    ordered = sorted(
        funnel.role.stage_dates, key=lambda item: stage_kind(item[1]) in ("won", "lost")
    )
    steps = [
        Step(
            (
                ("stage", Source(value=stage_label(column))),
                ("at", Source((column,), confidence=0.9, reason="a date column for each stage")),
            ),
            where=f"{_name(column)} is not empty",
        )
        for column, _ in ordered
    ]
    if funnel.role.stage is not None and funnel.role.stage.closed:
        known = {stage_label(column).lower() for column, _ in ordered}
        closed = [v for v in funnel.role.stage.closed if v.lower() not in known]
        ends = any(stage_kind(label) for _, label in ordered)
        if closed and not ends:
            closing = funnel.dates.closed
            at = (("at", Source((closing.column,))),) if closing is not None else ()
            steps.append(
                Step(
                    (("stage", _stage_source(funnel)), *at),
                    where=_among(funnel.role.stage.name, closed),
                )
            )
    return steps


def _steps_of_stage(funnel: Funnel) -> list[Step]:
    stage, dates = funnel.role.stage, funnel.dates
    if stage is None:
        at = (("at", dates.created.source()),) if dates.created else ()
        return [Step((("stage", Source(value="Lead")), *at))]
    steps = []
    if dates.created is not None:
        steps.append(
            Step(
                (
                    ("stage", Source(value=funnel.entry_stage)),
                    ("at", dates.created.source()),
                ),
                where=f"{_name(dates.created.column)} is not empty",
            )
        )
    names = stage_names(funnel.role)
    place = {one.stage: i for i, one in enumerate(funnel.stages)}
    dated = [(column, names.get(value, value)) for column, value in funnel.role.dated]
    steps += [
        Step(
            (
                ("stage", Source(value=value)),
                ("at", Source((column,), confidence=0.9, reason="named after the stage")),
            ),
            where=f"{_name(column)} is not empty",
        )
        for column, value in sorted(dated, key=lambda item: place.get(item[1], 0))
    ]
    if funnel.before_close:
        steps.append(
            Step(
                (("stage", Source((funnel.before_close,))),),
                where=_among(stage.name, stage.closed) if stage.closed else "",
            )
        )
    cases = [Case(_among(stage.name, [v]), column=column) for column, v in funnel.role.dated]
    if dates.closed is not None and stage.closed:
        cases.append(Case(_among(stage.name, stage.closed), column=dates.closed.column))
    if dates.changed is not None:
        cases.append(Case(f"{_name(stage.name)} is not empty", column=dates.changed.column))
    at_end = (("at", Source(cases=tuple(cases))),) if cases else ()
    reason = (("reason", _source(funnel.chosen["reason"])),) if "reason" in funnel.chosen else ()
    steps.append(Step((("stage", _stage_source(funnel)), *at_end, *reason)))
    return steps


def _stage_source(funnel: Funnel) -> Source:
    stage = funnel.role.stage
    assert stage is not None
    return Source(
        (stage.name,), values=tuple(stage_names(funnel.role).items()), confidence=stage.score,
        reason=stage.why,
    )  # fmt: skip


def _name(column: str) -> str:
    """A column as conditions write it."""
    plain = column.replace("_", "").isalnum() and column.isascii() and column.lower() != "not"
    return column if plain else '"' + column.replace('"', '""') + '"'


def _value(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _among(column: str, values: Sequence[str]) -> str:
    return f"{_name(column)} in ({', '.join(_value(value) for value in values)})"


def known_stage(value: str) -> bool:
    """Does the word name a stage that people know?"""
    return bool(stage_kind(value)) or open_place(value) is not None
