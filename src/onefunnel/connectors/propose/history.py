"""A stage history: its moves, the deals it tells of where nothing else does; and stage lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onefunnel.connectors.mapping_parts import Case, FileMap, Join, Kind, Make, Source, StageMap
from onefunnel.connectors.propose.condition_text import among, column_name
from onefunnel.connectors.propose.links import Link
from onefunnel.connectors.propose.meanings import Choice, choose
from onefunnel.connectors.propose.naming import meaning_score, stage_kind
from onefunnel.connectors.propose.roles import Role
from onefunnel.connectors.propose.stages import order_stages

#: What a history that tells of money gives its deals: names of columns taken from its own rows.
_FIRST_TIME = "first time"


@dataclass(frozen=True)
class History:
    """The chosen columns of a history; `stages` are the stages it names, in their likely order.

    `lead` is whose move a row is: the case, or the lead of the deal that the case is, which
    `joins` look up.
    """

    role: Role
    files: tuple[str, ...]
    chosen: dict[str, Choice]
    stage: str
    kinds: dict[str, Kind]
    stages: list[StageMap]
    lead: Source
    joins: tuple[Join, ...] = ()

    @property
    def amount(self) -> str:
        """The column of the amount at that time; '' without one."""
        if self.role.rows is not None:
            return self.stage if self.role.rows.amount else ""
        return self.chosen["amount"].column if "amount" in self.chosen else ""


def look_at_history(role: Role, files: tuple[str, ...], *, decides: bool = True) -> History:
    """Choose the columns of a history: one move a row.

    With `decides` False another file tells what is won (opportunities after leads), so that a
    lead the history calls converted is not yet a won one.
    """
    assert role.stage is not None
    profile = role.profile
    taken = {role.case, role.stage.name} | ({role.key} if role.key else set())
    chosen = choose(
        profile, ("at", "from_stage", "owner", "team", "reason", "amount", "currency"), taken
    )
    _without_others_values(role, chosen, taken)
    stage_column = _column_entered(role, chosen, taken)
    at = chosen.get("at") or _only_time(role, taken)
    if at is not None:
        chosen["at"] = at
    kinds: dict[str, Kind] = {}
    for name in (stage_column, role.stage.name):
        for value, _ in profile.column(name).values:
            kinds.setdefault(value, stage_kind(value) or "open")  # type: ignore[arg-type]
    kinds |= dict(role.stage.kinds)
    if not decides:
        kinds = {value: "open" if kind == "won" else kind for value, kind in kinds.items()}
    case = Source((role.case,), confidence=0.9, reason="several rows have the same")
    stages = order_stages(list(kinds.items()))
    return History(role, files, chosen, stage_column, kinds, stages, case)


def history_entry(history: History, *, with_deals: bool) -> FileMap:
    """The moves of a history; `with_deals` also a deal for each case, as its last row has it."""
    role = history.role
    assert role.stage is not None
    columns: list[tuple[str, Source]] = [("lead_id", history.lead)]
    if history.lead.columns != (role.case,):
        columns.append(("deal_id", Source((role.case,), reason="the stages are those of the deal")))
    if "at" in history.chosen:
        columns.append(("at", history.chosen["at"].source()))
    why = role.stage.why
    columns.append(("stage", Source((history.stage,), confidence=role.stage.score, reason=why)))
    if history.stage != role.stage.name:
        columns.append(("from_stage", Source((role.stage.name,))))
    for standard, wanted in (("from_stage", "from_stage"), ("team", "team"), ("by", "owner"),
                             ("reason", "reason")):  # fmt: skip
        if wanted in history.chosen and standard not in {name for name, _ in columns}:
            columns.append((standard, history.chosen[wanted].source()))
    makes = [Make("moves", tuple(columns))]
    joins, latest = history.joins, ""
    if with_deals and history.amount and "at" in history.chosen:
        makes.insert(0, _deals(history))
        joins = (*joins, amount_of(history, role.case), _first_time(history))
        latest = history.chosen["at"].column
    used = {name for make in makes for _, source in make.columns for name in source.columns}
    used |= {case.column for m in makes for _, s in m.columns for case in s.cases if case.column}
    left = {
        name: "the stage history takes no further columns"
        for name in role.profile.columns
        if name not in used | {role.case, history.stage, history.amount}
    }
    return FileMap(
        history.files, tuple(makes), needs=(role.case, history.stage),
        where=role.rows.where if role.rows is not None else "", joins=joins, latest_by=latest,
        left_out=tuple(left.items()),
    )  # fmt: skip


def amount_of(history: History, ours: str, *, loose: bool = False) -> Join:
    """The last amount that the history has of the case that our column `ours` names."""
    where = f"{column_name(history.amount)} is not empty"
    if history.role.rows is not None:
        where = history.role.rows.amount
    take = [(last_amount(history), history.amount)]
    if "currency" in history.chosen:
        currency = history.chosen["currency"].column
        take.append((f"last {currency}", currency))
    latest = history.chosen["at"].column if "at" in history.chosen else ""
    on = ((ours, history.role.case),)
    return Join(history.files, on, tuple(take), where=where, loose=loose, partial=True,
                latest_by=latest)  # fmt: skip


def last_amount(history: History) -> str:
    """How the looked up amount is called."""
    return f"last {history.amount}"


def money_of(history: History) -> dict[str, Source]:
    """Amount and currency of a deal, by the columns that `amount_of` takes."""
    why = f"the last that {history.role.profile.name} says of the deal"
    money = {"amount": Source((last_amount(history),), confidence=0.8, reason=why)}
    if "currency" in history.chosen:
        money["currency"] = Source((f"last {history.chosen['currency'].column}",))
    return money


def _without_others_values(role: Role, chosen: dict[str, Choice], taken: set[str]) -> None:
    """A stage that was left is a stage; `changed from` (`geändert von`) may name a person."""
    if role.stage is None or "from_stage" not in chosen:
        return
    column = role.profile.column(chosen["from_stage"].column)
    known = {value for value, _ in role.stage.kinds}
    rows = sum(n for _, n in column.values)
    if sum(n for value, n in column.values if value in known) < 0.5 * max(rows, 1):
        taken.discard(chosen.pop("from_stage").column)


def _column_entered(role: Role, chosen: dict[str, Choice], taken: set[str]) -> str:
    """`from` and `to` hold the same values: the one whose name says "from" is not the stage."""
    assert role.stage is not None
    if meaning_score("from stage", role.stage.name) < 0.8 or "from_stage" in chosen:
        return role.stage.name
    known = {value for value, _ in role.stage.kinds}
    for name, column in role.profile.columns.items():
        is_named = name not in taken and meaning_score("to stage", name) >= 0.5
        if is_named and known & {value for value, _ in column.values}:
            taken.add(name)
            return name
    return role.stage.name


def _deals(history: History) -> Make:
    """One deal a case: the last of its rows says how it stands, the first when it was opened."""
    role = history.role
    case = Source((role.case,), confidence=0.8, reason="no other file has deals")
    ends = {
        value: "won" if kind == "won" else "lost"
        for value, kind in history.kinds.items()
        if kind in ("won", "lost", "disqualified")
    }
    columns = {
        "deal_id": case,
        "lead_id": history.lead,
        "opened_at": Source((_FIRST_TIME,), reason="the first row of the case"),
        "closed_at": Source(
            cases=(Case(among(history.stage, list(ends)), column=history.chosen["at"].column),)
        ),
        "outcome": Source((history.stage,), values=tuple(ends.items()), otherwise="open"),
        **money_of(history),
    }
    if not ends:
        del columns["closed_at"]
    if "owner" in history.chosen:
        columns["owner"] = history.chosen["owner"].source()
    return Make("deals", tuple(columns.items()))


def _first_time(history: History) -> Join:
    at, case = history.chosen["at"].column, history.role.case
    return Join(
        history.files, ((case, case),), ((_FIRST_TIME, at),), partial=True, earliest_by=at,
        where=history.role.rows.where if history.role.rows is not None else "",
    )  # fmt: skip


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
