"""A stage history beside the leads or deals, and the source's own list of stages."""

from __future__ import annotations

from collections.abc import Sequence

from onefunnel.connectors.mapping_parts import FileMap, Join, Kind, Make, Source, StageMap
from onefunnel.connectors.propose.links import Link
from onefunnel.connectors.propose.meanings import Choice, choose
from onefunnel.connectors.propose.naming import meaning_score, stage_kind
from onefunnel.connectors.propose.roles import Role
from onefunnel.connectors.propose.stages import order_stages


def history_file(
    role: Role,
    files: tuple[str, ...],
    funnels: Sequence[Role],
    links: Sequence[Link],
    roles: Sequence[Role],
) -> tuple[FileMap, list[StageMap], str]:
    """One move a row; the case names a lead, or a deal whose lead another file knows."""
    assert role.stage is not None
    profile = role.profile
    taken = {role.case, role.stage.name} | ({role.key} if role.key else set())
    chosen = choose(profile, ("at", "from_stage", "owner", "team", "reason"), taken)
    stage_column = role.stage.name
    # `from` and `to` hold the same values: the one whose name says "from" is not the stage.
    if meaning_score("from stage", stage_column) >= 0.8 and "from_stage" not in chosen:
        for name, column in profile.columns.items():
            if name not in taken and meaning_score("to stage", name) >= 0.5 and column.values:
                known = {value for value, _ in role.stage.kinds}
                if known & {value for value, _ in column.values}:
                    stage_column, taken = name, taken | {name}
                    break
    columns: list[tuple[str, Source]] = [
        ("lead_id", Source((role.case,), confidence=0.9, reason="several rows have the same"))
    ]
    at = chosen.get("at") or _only_time(role, taken)
    if at is not None:
        columns.append(("at", at.source()))
        taken.add(at.column)
    why = role.stage.why
    columns.append(("stage", Source((stage_column,), confidence=role.stage.score, reason=why)))
    if stage_column != role.stage.name:
        columns.append(("from_stage", Source((role.stage.name,))))
    for standard, wanted in (("from_stage", "from_stage"), ("team", "team"), ("by", "owner"),
                             ("reason", "reason")):  # fmt: skip
        if wanted in chosen and standard not in {name for name, _ in columns}:
            columns.append((standard, chosen[wanted].source()))
    left = {
        name: "the stage history takes no further columns"
        for name in profile.columns
        if name not in taken
    }
    kinds: dict[str, Kind] = {}
    for name in (stage_column, role.stage.name):
        for value, _ in profile.column(name).values:
            kinds.setdefault(value, stage_kind(value) or "open")  # type: ignore[arg-type]
    for value, kind in role.stage.kinds:
        kinds[value] = kind
    entry = FileMap(
        files, (Make("moves", tuple(columns)),), needs=(role.case, stage_column),
        left_out=tuple(left.items()),
    )  # fmt: skip
    return entry, order_stages(list(kinds.items())), f"{profile.name} is the stage history"


def _only_time(role: Role, taken: set[str]) -> Choice | None:
    """A history's moments under a header nobody knows: the date that is filled most often."""
    dates = [
        c for n, c in role.profile.columns.items() if c.is_date and c.filled and n not in taken
    ]
    if not dates:
        return None
    best = max(dates, key=lambda column: (column.filled, column.different))
    only = len(dates) == 1
    why = "the only date there is" if only else "the date that is filled most often"
    return Choice(best.name, 0.8 if only else 0.5, why)


def stage_list_file(
    role: Role, files: tuple[str, ...], funnels: Sequence[Role], links: Sequence[Link]
) -> FileMap | None:
    """The source's own list of stages, when the stage column of the funnel names its rows."""
    for funnel in funnels:
        if funnel.stage is None:
            continue
        for link in links:
            if link.here != funnel.place or link.there != role.place:
                continue
            if link.ours != funnel.stage.name or role.profile.rows > 200:
                continue
            taken = {link.theirs}
            chosen = choose(role.profile, ("position", "team"), taken)
            values = tuple((value, kind) for value, kind in funnel.stage.kinds if kind != "open")
            columns = [
                ("stage", Source((link.theirs,), confidence=0.9, reason="stages of the funnel")),
                ("kind", Source((link.theirs,), values=values, otherwise="open")),
                *((name, choice.source()) for name, choice in chosen.items()),
            ]
            left = {n: "stages take no further columns" for n in role.profile.columns
                    if n not in taken}  # fmt: skip
            return FileMap(files, (Make("stages", tuple(columns)),), left_out=tuple(left.items()))
    return None


def deal_lead_join(files: tuple[str, ...], case: str, key: str, lead: str) -> Join:
    """Where the history names deals and the deals name their leads: take the lead."""
    return Join(files, ((case, key),), (("lead of the deal", lead),))
