"""Propose a mapping for files nobody has seen: what each file is, and what each column says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from onefunnel.connectors.background import Tell
from onefunnel.connectors.mapping_parts import FileMap, Join, Make, Mapping, Source, StageMap
from onefunnel.connectors.propose.funnel import (
    Funnel,
    attribute_name,
    deal_make,
    lead_make,
    look_at_funnel,
    moves_make,
)
from onefunnel.connectors.propose.grouping import is_part, same_header
from onefunnel.connectors.propose.history import history_file, stage_list_file
from onefunnel.connectors.propose.links import Link, find_links
from onefunnel.connectors.propose.naming import meaning_score, tokens
from onefunnel.connectors.propose.others import (
    accounts_file,
    awareness_file,
    installed_file,
    orders_file,
    spend_file,
    touches_file,
)
from onefunnel.connectors.propose.profile import profile_table
from onefunnel.connectors.propose.roles import Role, describes_others, first_look, history_case
from onefunnel.connectors.reading.tables import TextTable

_NO_FUNNEL = (
    "no funnel was found: no file has a stage, an outcome, or dates of stages for each lead or "
    "deal. Name the column that holds it in the mapping, or add the file that has it."
)


def propose_mapping(
    con: Any,
    tables: Sequence[TextTable],
    *,
    title: str = "",
    tell: Tell = lambda done, total, what: None,
) -> Mapping:
    """A mapping of these files, each column with its confidence and reason.

    `con` is a DuckDB connection; nothing is created in it. Every file is either used or left out
    with a reason; every column of a used file is mapped, a free attribute, or left out with one.
    """
    return _Proposal(con, tables, title, tell).make()


@dataclass
class _Proposal:
    con: Any
    tables: Sequence[TextTable]
    title: str
    tell: Tell

    def make(self) -> Mapping:
        self.left_out: dict[str, str] = {}
        self.notes: list[str] = []
        self.entries: list[FileMap] = []
        self.groups = self._group()
        self.roles = self._first_look()
        profiles = [role.profile for role in self.roles]
        self.tell(1, 3, "looking for keys that files share")
        self.links = find_links(self.con, profiles)
        self.tell(2, 3, "proposing what each column says")
        funnels = self._funnels()
        self._name_others(funnels)
        stages = self._build(funnels)
        if not funnels:
            self.notes.append(_NO_FUNNEL)
        first = next((stage.stage for stage in stages if stage.kind == "open"), "Lead")
        return Mapping(
            title=self.title or "Proposed from the files",
            files=tuple(self.entries),
            stages=tuple(stages),
            first_stage=first,
            left_out=tuple(self.left_out.items()),
            notes=tuple(self.notes),
        )

    # What there is

    def _group(self) -> list[list[int]]:
        places = range(len(self.tables))
        for place in places:
            if self.tables[place].rows_read == 0:
                self.left_out[self.tables[place].shown] = "has no rows"
        groups = same_header(self.tables, [p for p in places if self.tables[p].rows_read])
        return [self._without_samples(group) for group in groups]

    def _without_samples(self, group: list[int]) -> list[int]:
        """Without files whose every row stands in a larger file of the group."""
        if len(group) < 2 or not self.tables[group[0]].columns:
            return group
        kept: list[int] = []
        for place in sorted(group, key=lambda p: -self.tables[p].rows_read):
            whole = next((k for k in kept if is_part(self.con, self.tables, place, k)), None)
            if whole is None:
                kept.append(place)
            else:
                self.left_out[self.tables[place].shown] = (
                    f"every one of its rows is in {self.tables[whole].shown}"
                )
        return sorted(kept)

    def _files(self, role: Role) -> tuple[str, ...]:
        return tuple(self.tables[place].shown for place in self.groups[role.place])

    def _first_look(self) -> list[Role]:
        """One role per group, by its largest file; descriptions of other files are left out."""
        largest = [max(group, key=lambda p: self.tables[p].rows_read) for group in self.groups]
        profiles = []
        for i, place in enumerate(largest):
            self.tell(i, len(largest), f"looking at {self.tables[place].shown}")
            profiles.append(profile_table(self.con, self.tables[place]))
        kept_groups: list[list[int]] = []
        roles: list[Role] = []
        for i, profile in enumerate(profiles):
            others = [p for p in profiles if p is not profile]
            if describes_others(self.con, profile, others):
                self.left_out[profile.name] = "describes the columns of the other files"
                continue
            kept_groups.append(self.groups[i])
            roles.append(first_look(self.con, len(roles), profile))
        self.groups = kept_groups
        return roles

    # Which files are the funnel

    def _funnels(self) -> list[Role]:
        """The deals file and the leads file, or the one there is; histories are marked."""
        for role in self.roles:
            role.case = history_case(self.con, role, self.links)
            if role.case:
                role.role = "history"
        scored = [
            (self._funnel_score(role), -role.place, role) for role in self.roles if not role.role
        ]
        scored = [item for item in scored if item[0] >= 0.55]
        scored.sort(key=lambda item: item[:2], reverse=True)
        if not scored:
            return self._funnel_of_history() or self._contacts()
        best = scored[0][2]
        best.role = "deals" if best.has_amount or best.says("deal") > best.says("lead") else "leads"
        chosen = [best]
        for _, _, other in scored[1:]:
            kind = "leads" if best.role == "deals" else "deals"
            fits = other.says(kind.rstrip("s")) >= 0.5 or self._linked(best, other) is not None
            if fits and (kind == "leads" or other.has_amount):
                other.role = kind
                chosen.append(other)
                break
        return sorted(chosen, key=lambda role: role.role == "deals")

    def _funnel_score(self, role: Role) -> float:
        if role.profile.rows < 2:
            return 0.0
        score = 0.0
        if role.stage is not None:
            score = role.stage.score + 0.1 * role.stage.has_end
        if role.stage_dates:
            score = max(score, 0.7)
        if not score:
            return 0.0
        score += 0.1 * role.has_date() + 0.1 * bool(role.key) + 0.1 * role.has_amount
        named = max(role.says("lead"), role.says("deal"))
        return score + 0.1 * (named >= 0.5) - 0.2 * (role.profile.rows < 10 and len(self.roles) > 3)

    def _funnel_of_history(self) -> list[Role]:
        """Only a history is there: the file that its cases are rows of, if any, is the leads."""
        for role in self.roles:
            if role.role != "history":
                continue
            for link in self.links:
                if link.here == role.place and link.ours == role.case:
                    there = self.roles[link.there]
                    if not there.role:
                        there.role, there.key = "leads", link.theirs
                        return [there]
        return []

    def _contacts(self) -> list[Role]:
        """No stages anywhere: the largest list of people is leads that nothing is known of yet."""
        lists = [
            role
            for role in self.roles
            if not role.role
            and any(c.email_share > 0.8 and c.filled > 1 for c in role.profile.columns.values())
            and (role.says("lead") >= 0.5 or not role.has_date())
        ]
        if not lists:
            return []
        most = max(lists, key=lambda role: role.profile.rows)
        most.role = "leads"
        return [most]

    def _linked(self, one: Role, other: Role) -> Link | None:
        """A link between two files that names single rows: not a shared company or owner."""
        for link in self.links:
            if {link.here, link.there} == {one.place, other.place}:
                here, there = self.roles[link.here], self.roles[link.there]
                if link.theirs == there.key and here.profile.column(link.ours).different > 0.3 * (
                    here.profile.column(link.ours).filled
                ):
                    return link
        return None

    # What the others are

    def _name_others(self, funnels: Sequence[Role]) -> None:
        places = {role.place for role in funnels}
        histories = [role for role in self.roles if role.role == "history"]
        for role in histories:
            cases = [
                link
                for link in self.links
                if link.here == role.place and link.ours == role.case and link.there in places
            ]
            if funnels and not cases:
                role.role = ""
        for role in self.roles:
            if not role.role:
                role.role = self._other_role(role, places)

    def _other_role(self, role: Role, funnels: set[int]) -> str:
        columns = role.profile.columns
        said = {name: meaning_score("spend", name) for name in columns if columns[name].is_number}
        pointed = [link for link in self.links if link.there == role.place]
        from_funnel = [link for link in pointed if link.here in funnels]
        to_funnel = [
            link
            for link in self.links
            if link.here == role.place
            and link.there in funnels
            and link.theirs == self.roles[link.there].key
        ]
        if to_funnel and role.has_date():
            return "touches"
        if any(self._is_account(link) for link in pointed if link.here in funnels or not funnels):
            return "accounts"
        if from_funnel:
            return "lookup"
        if role.has_date() and max(said.values(), default=0) >= 0.5:
            return "spend"
        if role.has_date() and _speaks_of_awareness(role):
            return "awareness"
        if role.key and (
            role.says("asset") >= 0.5
            or any(meaning_score("installed", n) >= 0.7 for n in columns if columns[n].is_date)
        ):
            return "installed"
        if role.has_date() and role.has_amount and self._account_column(role):
            return "orders"
        if role.says("account") >= 0.5 and role.key:
            return "accounts"
        if pointed:
            return "lookup"
        if role.has_date() and self._account_column(role):
            return "touches"
        return ""

    def _is_account(self, link: Link) -> bool:
        there = self.roles[link.there]
        return (
            max(
                meaning_score("account", link.ours),
                meaning_score("account", link.theirs),
                there.says("account"),
            )
            >= 0.5
            and meaning_score("owner", link.ours) < 0.9
        )

    def _account_column(self, role: Role) -> str:
        """The column that names the company or customer: linked to accounts, else by its name."""
        for link in self.links:
            if link.here == role.place and self.roles[link.there].role == "accounts":
                return link.ours
        best, most = "", 0.6
        for name, column in role.profile.columns.items():
            said = meaning_score("account", name)
            if said >= most and not column.is_date and column.different > 1 and name != role.key:
                best, most = name, said + 0.001
        return best

    # The mapping

    def _build(self, funnels: Sequence[Role]) -> list[StageMap]:
        stages: dict[str, StageMap] = {}
        built: dict[int, Funnel] = {}
        for role in funnels:
            built[role.place] = self._look(role, decides=role.role == "deals" or len(funnels) == 1)
        histories = [role for role in self.roles if role.role == "history"]
        for role in histories:
            entry, found, note = history_file(
                role, self._files(role), funnels, self.links, self.roles
            )
            self.entries.append(entry)
            self.notes.append(note)
            stages |= {stage.stage: stage for stage in found}
        if len(funnels) == 2:
            self._join_leads_and_deals(built, *funnels)
        for role in funnels:
            funnel = built[role.place]
            self._funnel_entry(funnel, has_history=bool(histories))
            stages |= {stage.stage: stage for stage in funnel.stages if stage.stage not in stages}
            self.notes += funnel.notes
        self._build_others(funnels)
        rank = {"open": 0, "won": 1, "recycled": 2, "lost": 3, "disqualified": 4}
        return sorted(stages.values(), key=lambda stage: rank[stage.kind])

    def _look(self, role: Role, *, decides: bool) -> Funnel:
        """Choose the columns of a funnel file and the lookups it takes."""
        joins, linked, account = [], [], None
        others = {r.place: r for r in self.roles if r.role in ("accounts", "lookup")}
        seen: set[int] = set()
        for link in self.links:
            if link.here != role.place or link.there not in others or link.there in seen:
                continue
            if link.ours == role.key or (role.stage is not None and link.ours == role.stage.name):
                continue
            seen.add(link.there)
            there = others[link.there]
            if there.role == "accounts":
                share = f"{link.loose_share:.0%} of its values are rows of {there.profile.name}"
                account = Source((link.ours,), confidence=0.95, reason=share)
                linked.append(link.ours)
            else:
                joins.append(_lookup(link, there, self._files(there), role))
        funnel = look_at_funnel(self.con, role, linked, decides=decides)
        if account is None and (name := self._account_column(role)) and name in funnel.attributes:
            account = Source((name,), confidence=0.7, reason="its name says account")
            del funnel.attributes[name]
        funnel.account_id, funnel.joins = account, joins
        for join in joins:
            for new, _ in join.take:
                funnel.attributes.setdefault(attribute_name(new), Source((new,)))
        return funnel

    def _join_leads_and_deals(self, built: dict[int, Funnel], leads: Role, deals: Role) -> None:
        """Give the deals the lead they came from, whichever of the two files says it."""
        link = self._linked(leads, deals)
        own, other = built[deals.place], built[leads.place]
        if link is None:
            self.notes.append(
                f"{leads.profile.name} and {deals.profile.name} have no common key: their leads "
                "are counted apart; map lead_id of the deals if there is one"
            )
            return
        said = f"{link.loose_share:.0%} of its values name rows of the other file"
        if link.here == deals.place:
            came_from = link.ours
        else:
            came_from = "lead of the deal"
            key = other.id.columns[0]
            own.joins.append(Join(self._files(leads), ((own.id.columns[0], link.ours),),
                                  ((came_from, key),)))  # fmt: skip
            other.attributes.pop(link.ours, None)
            other.left_out[link.ours] = "says which deal the lead became"
        own.attributes.pop(came_from, None)
        for name in [n for n, choice in own.chosen.items() if choice.column == came_from]:
            del own.chosen[name]
        own.lead_id = Source(
            (came_from, *own.id.columns), confidence=round(link.loose_share, 2), reason=said
        )
        self.notes.append("a deal without a lead is a lead of its own")

    def _funnel_entry(self, funnel: Funnel, *, has_history: bool) -> None:
        role = funnel.role
        makes: list[Make] = [lead_make(funnel, only_missing=funnel.lead_id != funnel.id)]
        if role.role == "deals":
            makes.append(deal_make(funnel))
        has_stages = role.stage is not None or bool(role.stage_dates)
        if has_stages or not has_history:
            makes.append(moves_make(funnel, only_missing=has_history))
        needs = [c for c in (role.key, role.stage.name if role.stage else "") if c]
        where = f"{funnel.deleted} is not yes" if funnel.deleted.replace("_", "").isalnum() else ""
        self.entries.append(
            FileMap(
                self._files(role), tuple(makes), needs=tuple(needs), where=where,
                joins=tuple(funnel.joins), latest_by=funnel.dates.updated,
                left_out=tuple(funnel.left_out.items()),
            )
        )  # fmt: skip
        if role.role == "leads" and len(makes) == 2 and not role.stage and not role.stage_dates:
            self.notes.append(f"{role.profile.name} has no stage: its leads stand in the first one")

    def _build_others(self, funnels: Sequence[Role]) -> None:
        for role in self.roles:
            if role.role in ("leads", "deals", "history"):
                continue
            entry = self._other_entry(role, funnels)
            if entry is not None:
                self.entries.append(entry)
            elif role.role != "lookup" or not self._is_taken(role):
                for file in self._files(role):
                    self.left_out[file] = role.why or _why_left_out(role)

    def _is_taken(self, role: Role) -> bool:
        files = set(self._files(role))
        return any(files & set(join.files) for entry in self.entries for join in entry.joins)

    def _other_entry(self, role: Role, funnels: Sequence[Role]) -> FileMap | None:
        files = self._files(role)
        if role.role == "accounts":
            key, share = role.key, ""
            for link in self.links:
                if link.there == role.place:
                    key, share = link.theirs, f"other files name its rows by {link.ours}"
                    break
            return accounts_file(role, files, key, share) if key else None
        if role.role == "spend":
            return spend_file(role, files)
        if role.role == "awareness":
            return awareness_file(role, files)
        if role.role == "orders":
            return orders_file(role, files, self._account_column(role))
        if role.role == "installed":
            return installed_file(role, files, self._account_column(role))
        if role.role == "touches":
            return touches_file(role, files, self._lead_of(role, funnels),
                                self._account_column(role))  # fmt: skip
        if role.role == "lookup":
            return stage_list_file(role, files, funnels, self.links)
        return None

    def _lead_of(self, role: Role, funnels: Sequence[Role]) -> Source | None:
        for wanted in ("leads", "deals"):
            for link in self.links:
                if link.here == role.place and any(
                    f.place == link.there and f.role == wanted and f.key == link.theirs
                    for f in funnels
                ):
                    said = f"{link.loose_share:.0%} of its values are {wanted}"
                    return Source((link.ours,), confidence=round(link.loose_share, 2), reason=said)
        return None


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


def _speaks_of_awareness(role: Role) -> bool:
    words = set(tokens(role.profile.table.name)) | {
        word for name in role.profile.columns for word in tokens(name)
    }
    return bool(
        words & {"awareness", "bekanntheit", "notoriete", "notoriedad", "recall", "brand", "survey",
                 "umfrage", "share", "bekendheid", "branded"}
    )  # fmt: skip


def _why_left_out(role: Role) -> str:
    if role.stage is not None and role.stage.score >= 0.5:
        return (
            f"looks like a funnel of its own (column {role.stage.name}); one is read at a time: "
            "import it from a folder of its own"
        )
    if role.stage is None and not role.has_date():
        return "has neither stages nor dates, and no other file names its rows"
    return "is not linked to leads or accounts by any column that the files share"


def with_title(mapping: Mapping, title: str) -> Mapping:
    """The mapping under another title."""
    return replace(mapping, title=title)
