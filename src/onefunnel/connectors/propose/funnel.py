"""The funnel of one file: which columns give its leads, deals and stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from onefunnel.connectors.mapping_parts import Join, Kind, Source, StageMap
from onefunnel.connectors.propose.dates import Dates, choose_dates, stage_label
from onefunnel.connectors.propose.meanings import Choice, choose
from onefunnel.connectors.propose.naming import meaning_score, open_place, stage_kind
from onefunnel.connectors.propose.roles import Role
from onefunnel.connectors.propose.stages import YES_OR_NO, order_stages

#: Columns of a lead that a funnel file may hold, and of a deal.
LEAD = ("email", "phone", "source", "campaign", "segment", "country", "owner", "name", "company")
DEAL = ("amount", "margin", "currency", "reason", "competitor")
#: Text longer than this on average is prose, which no measure groups by.
_PROSE = 60.0
#: What rows are called that a column says are not won, and another that they ended.
LOST = "Lost"
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
    if role.position is not None:
        taken.add(role.position.name)
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
    funnel.chosen = choose(profile, (*LEAD, *DEAL), taken)
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
    for value, _ in role.position.kinds if role.position is not None else ():
        kinds[value] = "open"
    for value, kind in role.stage.kinds if role.stage is not None else ():
        if (role.stage_dates or role.position is not None) and kind == "open":
            continue  # only ends are taken from a column that is coarser than the dates
        kinds[_stage_name(role, value)] = kind if decides or kind != "won" else "open"
    if role.stage is not None and role.stage.lost_when:
        kinds[LOST] = "lost"
    if role.stage is not None and not role.stage_dates and "open" not in kinds.values():
        kinds = {"Open": "open", **kinds}
    listed = list(kinds.items())
    ordered = order_stages(listed, dated=[d for d in dated if kinds[d] == "open"])
    return _as_dated(ordered, [_stage_name(role, value) for _, value in role.dated])


def _as_dated(stages: list[StageMap], dated: Sequence[str]) -> list[StageMap]:
    """Stages with a date column of their own in the order of these columns, after the stage that
    rows begin in: one without such a date, for that is when the row was created."""
    opened = [stage for stage in stages if stage.kind == "open"]
    place = {value: i for i, value in enumerate(dated)}
    own = sorted((s for s in opened if s.stage in place), key=lambda s: place[s.stage])
    if not own:
        return stages
    following = iter(own)
    opened = [next(following) if stage.stage in place else stage for stage in opened]
    first = next((stage for stage in opened if stage.stage not in place), None)
    if first is not None and (open_place(first.stage) or 0) <= (open_place(own[0].stage) or 99):
        opened.remove(first)
        opened.insert(0, first)
    return [*opened, *(stage for stage in stages if stage.kind != "open")]


def _stage_name(role: Role, value: str) -> str:
    """Yes and no are no stages: they are called Won and Lost."""
    if role.stage is None:
        return value
    return stage_names(role).get(value, value)


def stage_names(role: Role) -> dict[str, str]:
    """New names for values that only say yes or no."""
    if role.stage is None or role.stage.why != YES_OR_NO:
        return {}
    return {value: kind.capitalize() for value, kind in role.stage.kinds}


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
