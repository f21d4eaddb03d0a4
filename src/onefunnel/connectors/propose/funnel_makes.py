"""What the chosen columns of a funnel file make: its leads, its deals, and their moves."""

from __future__ import annotations

from collections.abc import Sequence

from onefunnel.connectors.mapping_parts import Case, Columns, Make, Source, Step
from onefunnel.connectors.propose.condition_text import among, column_name
from onefunnel.connectors.propose.dates import stage_label
from onefunnel.connectors.propose.funnel import DEAL, LEAD, LOST, Funnel, stage_names
from onefunnel.connectors.propose.meanings import Choice
from onefunnel.connectors.propose.naming import meaning_score, stage_kind

#: Where leads stand of which the source says no stage.
WITHOUT_STAGE = "Lead"


def lead_make(funnel: Funnel, *, where: str = "", only_missing: bool = False) -> Make:
    """Leads: one for each row of the file."""
    columns: dict[str, Source] = {"lead_id": funnel.lead_id}
    if funnel.account_id is not None:
        columns["account_id"] = funnel.account_id
    columns |= _created(funnel)
    for name in LEAD:
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
        if closings := closing_dates(funnel):
            sure, why = 0.9, "named after the end"
            if funnel.dates.closed is not None:
                sure, why = funnel.dates.closed.confidence, funnel.dates.closed.why
            columns["closed_at"] = Source(
                cases=closings, confidence=sure, reason=f"{why}; open rows have none"
            )
        columns["outcome"] = Source(
            (role.stage.name,), values=ends, otherwise="open", confidence=role.stage.score,
            cases=_undecided(funnel), reason=role.stage.why,
        )  # fmt: skip
    elif role.stage_dates:
        columns |= _ends_of_dates(funnel)
    for name in DEAL:
        if name in funnel.chosen:
            columns[name] = _source(funnel.chosen[name])
    return Make("deals", tuple(columns.items()))


def closing_dates(funnel: Funnel) -> tuple[Case, ...]:
    """When a row ended: the date named after that end, else the one of closing."""
    stage, closed = funnel.role.stage, funnel.dates.closed
    if stage is None:
        return ()
    cases = [*_dated_cases(funnel, stage.closed), *_named_after_ends(funnel)]
    if closed is not None and stage.closed and closed.column not in dict(funnel.role.dated):
        cases.append(Case(among(stage.name, stage.closed), column=closed.column))
    if closed is not None and stage.lost_when:
        cases.append(Case(stage.lost_when, column=closed.column))
    return tuple(cases)


def _named_after_ends(funnel: Funnel) -> list[Case]:
    """When a row ended, by a date column that is named after another word for its end."""
    stage = funnel.role.stage
    assert stage is not None
    cases = []
    for column, label in funnel.role.stage_dates:
        kind = stage_kind(label)
        values = [value for value, own in stage.kinds if own == kind and kind in ("won", "lost")]
        if values:
            is_filled = f"{column_name(column)} is not empty"
            cases.append(Case(f"{among(stage.name, values)} and {is_filled}", column=column))
    return cases


def _dated_cases(funnel: Funnel, values: Sequence[str]) -> list[Case]:
    """When a row entered the stage that it is in, by the date that is named after it."""
    stage = funnel.role.stage
    assert stage is not None
    return [
        Case(f"{among(stage.name, [value])} and {column_name(column)} is not empty", column=column)
        for column, value in funnel.role.dated
        if value in values
    ]


def outcome_values(funnel: Funnel) -> tuple[tuple[str, str], ...]:
    """won and lost by the values of the stage column."""
    stage = funnel.role.stage
    if stage is None:
        return ()
    told = tuple(
        (value, "won" if kind == "won" else "lost")
        for value, kind in stage.kinds
        if kind in ("won", "lost", "disqualified")
    )
    return (*told, ("lost", "lost")) if stage.lost_when else told


def _undecided(funnel: Funnel) -> tuple[Case, ...]:
    """What the stage column does not decide: a column that says yes or no says nothing of rows
    where it is empty, and no of rows that another column says are lost."""
    stage = funnel.role.stage
    assert stage is not None
    if stage.lost_when:
        return (Case(stage.lost_when, value="lost"),)
    if stage_names(funnel.role):
        return (Case(f"{column_name(stage.name)} is empty", value="open"),)
    return ()


def _ends_of_dates(funnel: Funnel) -> Columns:
    """Outcome and closing from the date columns that are named after an end."""
    ends = [
        (column, stage_kind(label))
        for column, label in funnel.role.stage_dates
        if stage_kind(label) in ("won", "lost")
    ]
    if not ends:
        return (("outcome", Source(value="open", confidence=0.4, reason="no date says an end")),)
    cases = tuple(Case(f"{column_name(column)} is not empty", value=kind) for column, kind in ends)
    return (
        ("closed_at", Source(tuple(column for column, _ in ends))),
        (
            "outcome",
            Source(value="open", cases=cases, confidence=0.9, reason="which date is filled"),
        ),
    )


def moves_make(funnel: Funnel, *, only_missing: bool = False) -> Make:
    """Moves rebuilt from the dates of the row."""
    by_dates = bool(funnel.role.stage_dates)
    steps = _steps_of_dates(funnel) if by_dates else _steps_of_stage(funnel)
    return Make(
        "moves", tuple(_whose(funnel).items()), steps=tuple(steps), only_missing=only_missing
    )


def ends_make(funnel: Funnel, ends: Sequence[str]) -> Make:
    """The moves of a file whose history tells the way of its rows, but not how they ended: those
    into these ends."""
    stage = funnel.role.stage
    assert stage is not None
    names = stage_names(funnel.role)
    values = [value for value, _ in stage.kinds if names.get(value, value) in ends]
    closing = closing_dates(funnel)
    more = (*((("at", Source(cases=closing)),) if closing else ()), *_reason(funnel))
    steps = _lost_steps(funnel, more)
    if values:
        where = among(stage.name, values)
        steps = [Step((("stage", _stage_source(funnel)), *more), where=where), *steps]
    return Make("moves", tuple(_whose(funnel).items()), steps=tuple(steps))


def _whose(funnel: Funnel) -> dict[str, Source]:
    """What all moves of a row share: whose they are."""
    shared: dict[str, Source] = {"lead_id": funnel.lead_id}
    if funnel.lead_id != funnel.id:
        shared["deal_id"] = funnel.id
    if "owner" in funnel.chosen:
        shared["by"] = _source(funnel.chosen["owner"])
    return shared


def _reason(funnel: Funnel) -> Columns:
    chosen = funnel.chosen.get("reason")
    return (("reason", _source(chosen)),) if chosen is not None else ()


def _lost_steps(funnel: Funnel, more: Columns) -> list[Step]:
    """The move of rows that ended and that a column says not to be won."""
    stage = funnel.role.stage
    if stage is None or not stage.lost_when:
        return []
    return [Step((("stage", Source(value=LOST)), *more), where=stage.lost_when)]


def _steps_of_dates(funnel: Funnel) -> list[Step]:
    """One move per filled date column, ends last; then the stage column where it says more."""
    ordered = _in_order_of_steps(funnel)
    steps = [
        Step(
            (
                ("stage", Source(value=stage_label(column))),
                ("at", Source((column,), confidence=0.9, reason="a date column for each stage")),
            ),
            where=f"{column_name(column)} is not empty",
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
                    where=among(funnel.role.stage.name, closed),
                )
            )
    return steps


def _in_order_of_steps(funnel: Funnel) -> list[tuple[str, str]]:
    """The columns as they are passed: won after the open ones, but before what follows a sale.

    That is a column to the right of a won one and filled no more often (`Order | Service`).
    """
    columns = funnel.role.stage_dates
    filled = {name: funnel.role.profile.column(name).filled for name, _ in columns}
    won = [i for i, (_, label) in enumerate(columns) if stage_kind(label) == "won"]

    def rank(place: int) -> int:
        name, label = columns[place]
        if (kind := stage_kind(label)) in ("won", "lost"):
            return 1 if kind == "won" else 3
        is_after = any(place > i and filled[name] <= filled[columns[i][0]] for i in won)
        return 2 if is_after else 0

    return [columns[place] for place in sorted(range(len(columns)), key=rank)]


def _steps_of_stage(funnel: Funnel) -> list[Step]:
    stage, dates = funnel.role.stage, funnel.dates
    if stage is None:
        at = (("at", dates.created.source()),) if dates.created else ()
        return [Step((("stage", Source(value=WITHOUT_STAGE)), *at))]
    steps = []
    if dates.created is not None:
        steps.append(
            Step(
                (
                    ("stage", Source(value=funnel.entry_stage)),
                    ("at", dates.created.source()),
                ),
                where=f"{column_name(dates.created.column)} is not empty",
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
            where=f"{column_name(column)} is not empty",
        )
        for column, value in sorted(dated, key=lambda item: place.get(item[1], 0))
    ]
    if funnel.before_close:
        steps.append(
            Step(
                (("stage", Source((funnel.before_close,))),),
                where=among(stage.name, stage.closed) if stage.closed else "",
            )
        )
    opened = [value for value, _ in stage.kinds if value not in stage.closed]
    cases = [*_dated_cases(funnel, opened), *closing_dates(funnel)]
    if dates.changed is not None:
        cases.append(Case(f"{column_name(stage.name)} is not empty", column=dates.changed.column))
    at_end = (("at", Source(cases=tuple(cases))),) if cases else ()
    more = (*at_end, *_reason(funnel))
    where = ""
    if funnel.role.position is not None:
        position = funnel.role.position
        source = Source((position.name,), confidence=position.score, reason=position.why)
        steps.append(Step((("stage", source),)))
        where = among(stage.name, stage.closed)
    steps.append(Step((("stage", _stage_source(funnel)), *more), where=where))
    return [*steps, *_lost_steps(funnel, more)]


def _stage_source(funnel: Funnel) -> Source:
    stage = funnel.role.stage
    assert stage is not None
    return Source(
        (stage.name,), values=tuple(stage_names(funnel.role).items()), confidence=stage.score,
        reason=stage.why,
    )  # fmt: skip
