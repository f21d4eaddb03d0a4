"""The files as first seen: parts of one put together, each profiled, and the keys they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from onefunnel.connectors.background import Tell
from onefunnel.connectors.propose.field_history import stage_rows
from onefunnel.connectors.propose.grouping import is_part, same_header
from onefunnel.connectors.propose.links import Link, find_links
from onefunnel.connectors.propose.naming import meaning_score
from onefunnel.connectors.propose.profile import profile_table
from onefunnel.connectors.propose.roles import Role, describes_others, first_look
from onefunnel.connectors.reading.tables import TextTable


@dataclass
class Seen:
    """What there is: one role for each group of files that are parts of one, and their links.

    `left_out` says of a file why it is not used; whoever decides so adds to it.
    """

    con: Any
    tables: Sequence[TextTable]
    groups: list[list[int]] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    def files(self, role: Role) -> tuple[str, ...]:
        """The names of the files of one role."""
        return tuple(self.tables[place].shown for place in self.groups[role.place])

    def of(self, *kinds: str) -> list[Role]:
        """The roles of these kinds, as the files stand."""
        return [role for role in self.roles if role.role in kinds]

    def links_of(self, role: Role, column: str = "") -> list[Link]:
        """Links from a role's columns (or that one) to other files, the surest first."""
        return [
            link for link in self.links if link.here == role.place and column in ("", link.ours)
        ]


def see(con: Any, tables: Sequence[TextTable], tell: Tell) -> Seen:
    """Look at every file: what is empty, part of another or a description of others is left out."""
    seen = Seen(con, tables)
    _look(seen, _grouped(seen), tell)
    tell(1, 3, "looking for keys that files share")
    seen.links = find_links(
        con, [role.profile for role in seen.roles], [role.key for role in seen.roles]
    )
    for role in seen.roles:
        role.key = _own_key(seen, role)
    return seen


def _own_key(seen: Seen, role: Role) -> str:
    """The key of the rows themselves, where the one chosen is that of another file: each lead has
    one deal, so `Lead ID` is unique among the deals too, but `Deal ID` is what names them."""
    theirs = {
        link.ours
        for link in seen.links_of(role)
        if link.theirs == link.ours and seen.roles[link.there].profile.rows > role.profile.rows
    }
    if role.key not in theirs:
        return role.key
    named = sorted({link.theirs for link in seen.links if link.there == role.place} - theirs)
    ids = [k for k in role.profile.keys if k not in theirs and meaning_score("id", k) >= 0.5]
    return next((key for key in (*named, *ids) if key in role.profile.keys), role.key)


def _grouped(seen: Seen) -> list[list[int]]:
    places = range(len(seen.tables))
    for place in places:
        if seen.tables[place].rows_read == 0:
            seen.left_out[seen.tables[place].shown] = "has no rows"
    groups = same_header(seen.tables, [p for p in places if seen.tables[p].rows_read])
    return [_without_samples(seen, group) for group in groups]


def _without_samples(seen: Seen, group: list[int]) -> list[int]:
    """Without files whose every row stands in a larger file of the group."""
    tables = seen.tables
    if len(group) < 2 or not tables[group[0]].columns:
        return group
    kept: list[int] = []
    for place in sorted(group, key=lambda p: -tables[p].rows_read):
        whole = next((k for k in kept if is_part(seen.con, tables, place, k)), None)
        if whole is None:
            kept.append(place)
        else:
            seen.left_out[tables[place].shown] = (
                f"every one of its rows is in {tables[whole].shown}"
            )
    return sorted(kept)


def _look(seen: Seen, groups: list[list[int]], tell: Tell) -> None:
    """One role per group, by its largest file; descriptions of other files are left out."""
    tables = seen.tables
    largest = [max(group, key=lambda p: tables[p].rows_read) for group in groups]
    profiles, fields = [], []
    for i, place in enumerate(largest):
        tell(i, len(largest), f"looking at {tables[place].shown}")
        table, rows = stage_rows(seen.con, tables[place]) or (tables[place], None)
        profiles.append(profile_table(seen.con, table))
        fields.append(rows)
    for i, profile in enumerate(profiles):
        others = [p for p in profiles if p is not profile]
        if describes_others(seen.con, profile, others):
            seen.left_out[profile.name] = "describes the columns of the other files"
            continue
        seen.groups.append(groups[i])
        role = first_look(seen.con, len(seen.roles), profile)
        role.rows = fields[i]
        seen.roles.append(role)
