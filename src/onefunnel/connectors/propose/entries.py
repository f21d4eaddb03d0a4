"""The entries of the proposed mapping: what each file makes, and the stages there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from onefunnel.connectors.mapping_parts import FileMap, Join, Make, Source, StageMap
from onefunnel.connectors.propose.condition_text import column_name
from onefunnel.connectors.propose.funnel import Funnel, attribute_name, look_at_funnel
from onefunnel.connectors.propose.funnel_makes import (
    WITHOUT_STAGE,
    deal_make,
    ends_make,
    lead_make,
    moves_make,
)
from onefunnel.connectors.propose.history import (
    History,
    amount_of,
    history_entry,
    look_at_history,
    money_of,
    stage_list_file,
)
from onefunnel.connectors.propose.leads_and_deals import (
    join_leads_and_deals,
    moves_of_leads,
    without_histories,
)
from onefunnel.connectors.propose.links import Link
from onefunnel.connectors.propose.naming import tokens
from onefunnel.connectors.propose.other_files import account_column, why_left_out
from onefunnel.connectors.propose.others import (
    accounts_file,
    awareness_file,
    installed_file,
    orders_file,
    spend_file,
    touches_file,
)
from onefunnel.connectors.propose.roles import Role
from onefunnel.connectors.propose.seen import Seen
from onefunnel.connectors.propose.ways import find_ways

_RANK = {"open": 0, "won": 1, "recycled": 2, "lost": 3, "disqualified": 4}


@dataclass
class Entries:
    """What the files make, in the order that moves of one moment stand in, and what to say."""

    seen: Seen
    funnels: Sequence[Role]
    entries: list[FileMap] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stages: dict[str, StageMap] = field(default_factory=dict)

    def build(self) -> None:
        """Fill `entries`, `notes` and `stages`; files that make nothing go to `seen.left_out`."""
        self.ways = find_ways(self.seen, self.funnels)
        is_one = len(self.funnels) < 2 or self.ways.ends_with_leads
        built = {
            role.place: _look(self.seen, role, decides=role.role == "deals" or is_one)
            for role in self.funnels
        }
        histories = {
            history.place: look_at_history(
                history, self.seen.files(history), decides=is_one or not self._is_of_leads(place)
            )
            for place, found in self.ways.histories.items()
            for history in found
        }
        joined: list[str] = []
        if len(self.funnels) == 2:
            leads, deals = (built[role.place] for role in self.funnels)
            joined = join_leads_and_deals(self.seen, self.ways.link, leads, deals)
        for history in self.ways.histories.get(None, []):
            self._history_entry(histories[history.place])
        for role in self.funnels:
            of_this = [histories[history.place] for history in self.ways.of(role)]
            for one in of_this:
                self._history_entry(one)
            self._funnel_entry(built[role.place], of_this)
        self.notes[:0] = joined
        self._build_others()
        self.notes += [
            told
            for role in self.seen.roles
            if (told := _nearly_part(self.seen, role, self.funnels))
        ]

    def in_order(self) -> list[StageMap]:
        """The stages: leads' before deals', open before won before the other ends."""
        return sorted(self.stages.values(), key=lambda stage: _RANK[stage.kind])

    def _is_of_leads(self, place: int | None) -> bool:
        return any(role.place == place and role.role == "leads" for role in self.funnels)

    def _add_stages(self, stages: Sequence[StageMap]) -> None:
        """What two files say of one stage: an end goes before open."""
        for stage in stages:
            known = self.stages.get(stage.stage)
            if known is None or (known.kind == "open" and stage.kind == "won"):
                self.stages[stage.stage] = stage

    def _history_entry(self, history: History) -> None:
        link, seen = self.ways.link, self.seen
        if link is not None and history.role in self.ways.of(self.funnels[-1]):
            leads, deals = self.funnels
            history = moves_of_leads(seen, link, leads, deals, history)
        has_deals = any(role.role == "deals" for role in self.funnels)
        self.entries.append(history_entry(history, with_deals=not has_deals))
        self.notes.append(f"{history.role.profile.name} is the stage history")
        if not self.funnels:
            self.notes.append(
                f"the funnel is the one that {history.role.profile.name} tells: each "
                f"{history.role.case} in it is a lead"
            )
        self._add_stages(history.stages)

    def _funnel_entry(self, funnel: Funnel, histories: Sequence[History]) -> None:
        role = funnel.role
        is_second = len(self.funnels) == 2 and role.role == "deals"
        makes: list[Make] = [lead_make(funnel, only_missing=funnel.lead_id != funnel.id)]
        if role.role == "deals":
            makes.append(self._deals(funnel, histories))
        has_stages = role.stage is not None or bool(role.stage_dates)
        ends = _untold_ends(funnel, histories)
        if ends:
            funnel.stages = [stage for stage in funnel.stages if stage.kind != "open"]
            makes.append(ends_make(funnel, ends))
        elif has_stages or not histories:
            moves = moves_make(funnel, only_missing=bool(histories) or (
                is_second and self.ways.ends_with_leads))  # fmt: skip
            if is_second and histories:
                where = without_histories(funnel, histories)
                moves = replace(moves, only_missing=False, where=where)
            makes.append(moves)
        makes[0] = _with_unused(makes, funnel)
        needs = [c for c in (role.key, role.stage.name if role.stage else "") if c]
        where = f"{column_name(funnel.deleted)} is not yes" if funnel.deleted else ""
        self.entries.append(
            FileMap(
                self.seen.files(role), tuple(makes), needs=tuple(needs), where=where,
                joins=tuple(funnel.joins), latest_by=funnel.dates.updated,
                left_out=tuple(funnel.left_out.items()),
            )
        )  # fmt: skip
        if len(self.funnels) == 2 and not (has_stages or histories):
            self._add_stages([StageMap(WITHOUT_STAGE)])
        if role.role == "leads" and len(makes) == 2 and not has_stages:
            self.notes.append(f"{role.profile.name} has no stage: its leads stand in the first one")
        if not (is_second and self.ways.are_all_told):
            self._add_stages(funnel.stages)
        self.notes += funnel.notes

    def _deals(self, funnel: Funnel, histories: Sequence[History]) -> Make:
        """The deals; where the file has no amounts, the last ones of their history."""
        make = deal_make(funnel)
        history = next((one for one in histories if one.amount), None)
        if make.column("amount") is not None or history is None or not funnel.role.key:
            return make
        funnel.joins.append(amount_of(history, funnel.role.key, loose=True))
        money = {**money_of(history), **dict(make.columns)}
        return replace(make, columns=tuple(money.items()))

    def _build_others(self) -> None:
        for role in self.seen.roles:
            if role.role in ("leads", "deals", "history"):
                continue
            entry = self._other_entry(role)
            if entry is not None:
                self.entries.append(entry)
            elif role.role != "lookup" or not self._is_taken(role):
                for file in self.seen.files(role):
                    self.seen.left_out[file] = role.why or why_left_out(
                        role, has_funnel=bool(self.seen.of("leads", "deals", "history"))
                    )

    def _is_taken(self, role: Role) -> bool:
        files = set(self.seen.files(role))
        return any(files & set(join.files) for entry in self.entries for join in entry.joins)

    def _other_entry(self, role: Role) -> FileMap | None:
        seen, files = self.seen, self.seen.files(role)
        if role.role == "accounts":
            link = next((link for link in seen.links if link.there == role.place), None)
            key, why = role.key, ""
            if link is not None:
                key, why = link.theirs, f"other files name its rows by {link.ours}"
            return accounts_file(role, files, key, why) if key else None
        if role.role == "spend":
            return spend_file(role, files)
        if role.role == "awareness":
            return awareness_file(role, files)
        if role.role == "orders":
            return orders_file(role, files, account_column(seen, role))
        if role.role == "installed":
            return installed_file(role, files, account_column(seen, role))
        if role.role == "touches":
            return touches_file(role, files, self._lead_of(role), account_column(seen, role))
        if role.role == "lookup":
            return stage_list_file(role, files, self.funnels, seen.links)
        return None

    def _lead_of(self, role: Role) -> Source | None:
        for wanted in ("leads", "deals"):
            for link in self.seen.links_of(role):
                if any(
                    f.place == link.there and f.role == wanted and f.key == link.theirs
                    for f in self.funnels
                ):
                    said = f"{link.loose_share:.0%} of its values are {wanted}"
                    return Source((link.ours,), confidence=round(link.loose_share, 2), reason=said)
        return None


def _nearly_part(seen: Seen, role: Role, funnels: Sequence[Role]) -> str:
    """What to say of a file that is like one of the funnel but for few columns, and not read so."""
    own = set(role.profile.columns)
    for funnel in funnels:
        others = set(funnel.profile.columns)
        shared = own & others
        is_near = len(shared) >= max(5, 0.7 * max(len(own), len(others)))
        if role in funnels or role.role == "history" or not is_near:
            continue
        here, there = (", ".join(sorted(some - shared)) for some in (own, others))
        return (
            f"{', '.join(seen.files(role))} is like "
            f"{', '.join(seen.files(funnel))} but for its columns ({here or 'none'} instead of "
            f"{there or 'none'}), and is not counted as part of it: call the columns the same in "
            "all of them if they belong together"
        )
    return ""


def _untold_ends(funnel: Funnel, histories: Sequence[History]) -> tuple[str, ...]:
    """The stages by which the file says how its rows ended, where no history of them does."""
    stage = funnel.role.stage
    if not histories or stage is None or funnel.role.stage_dates:
        return ()
    told = {kind for history in histories for kind in history.kinds.values()}
    return tuple(one.stage for one in funnel.stages if one.kind != "open" and one.kind not in told)


def _with_unused(makes: Sequence[Make], funnel: Funnel) -> Make:
    """The leads with what was chosen for deals or moves and is in none: the value of a lead."""
    used = {
        name
        for make in makes
        for columns in (make.columns, *(step.columns for step in make.steps))
        for _, source in columns
        for name in (*source.columns, *(case.column for case in source.cases))
    }
    unused = {
        attribute_name(choice.column): Source((choice.column,))
        for choice in funnel.chosen.values()
        if "\x00" not in choice.column and choice.column not in used
    }
    known = dict(makes[0].attributes)
    return replace(makes[0], attributes=tuple({**known, **unused}.items()))


def _look(seen: Seen, role: Role, *, decides: bool) -> Funnel:
    """Choose the columns of a funnel file and the lookups it takes."""
    joins, names, account = [], [], None
    others = {other.place: other for other in seen.of("accounts", "lookup")}
    looked_up: set[int] = set()
    for link in seen.links_of(role):
        if link.there not in others or link.there in looked_up:
            continue
        if link.ours == role.key or (role.stage is not None and link.ours == role.stage.name):
            continue
        looked_up.add(link.there)
        there = others[link.there]
        if there.role == "accounts":
            share = f"{link.loose_share:.0%} of its values are rows of {there.profile.name}"
            account = Source((link.ours,), confidence=0.95, reason=share)
            names.append(link.ours)
        else:
            joins.append(_lookup(link, there, seen.files(there), role))
    funnel = look_at_funnel(seen.con, role, names, decides=decides)
    if account is None and (name := account_column(seen, role)) and name in funnel.attributes:
        account = Source((name,), confidence=0.7, reason="its name says account")
        del funnel.attributes[name]
    funnel.account_id, funnel.joins = account, joins
    for join in joins:
        for new, _ in join.take:
            funnel.attributes.setdefault(attribute_name(new), Source((new,)))
    return funnel


def _lookup(link: Link, there: Role, files: tuple[str, ...], role: Role) -> Join:
    """Take every column of the other file but its key; clashing names say where they are from."""
    stem = "_".join(tokens(there.profile.table.name)[:3])
    own = {name.lower() for name in role.profile.columns}
    take = []
    for name, column in there.profile.columns.items():
        if name == link.theirs or column.filled == 0 or column.length > 60:
            continue
        take.append((f"{stem}_{name}" if name.lower() in own else name, name))
    loose = link.share < 1.0 and link.loose_share > link.share
    return Join(files, ((link.ours, link.theirs),), tuple(take), loose=loose)
