"""What the chosen columns of a funnel file make: its leads, its deals, and their moves."""

from __future__ import annotations

from onefunnel.connectors.mapping_parts import Case, Columns, Make, Source, Step
from onefunnel.connectors.propose.condition_text import among, column_name
from onefunnel.connectors.propose.dates import stage_label
from onefunnel.connectors.propose.funnel import DEAL, LEAD, Funnel, stage_names
from onefunnel.connectors.propose.meanings import Choice
from onefunnel.connectors.propose.naming import meaning_score, stage_kind


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
        if funnel.dates.closed is not None and role.stage.closed:
            condition = among(role.stage.name, role.stage.closed)
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
    for name in DEAL:
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
    cases = [Case(among(stage.name, [v]), column=column) for column, v in funnel.role.dated]
    if dates.closed is not None and stage.closed:
        cases.append(Case(among(stage.name, stage.closed), column=dates.closed.column))
    if dates.changed is not None:
        cases.append(Case(f"{column_name(stage.name)} is not empty", column=dates.changed.column))
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
