"""How the way of leads and the way of deals make one: whose history, and which file says won."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from onefunnel.connectors.apply.rows import parquet_sql
from onefunnel.connectors.apply.spellings import loose_key
from onefunnel.connectors.propose.funnel_files import linked
from onefunnel.connectors.propose.links import Link
from onefunnel.connectors.propose.roles import Role
from onefunnel.connectors.propose.seen import Seen
from onefunnel.facts.sql_text import literal


@dataclass(frozen=True)
class Ways:
    """`histories` by the place of the file they tell of (None: of no file that is there).

    `link` joins leads and deals, where both are there. `ends_with_leads` says that the leads'
    history already tells how their deals ended, so that the deals' own stages add nothing;
    `are_all_told` that it does so for every deal.
    """

    histories: dict[int | None, list[Role]] = field(default_factory=dict)
    link: Link | None = None
    ends_with_leads: bool = False
    are_all_told: bool = False

    def of(self, role: Role) -> list[Role]:
        """The histories whose cases are rows of that file."""
        return self.histories.get(role.place, [])


def find_ways(seen: Seen, funnels: Sequence[Role]) -> Ways:
    """Which history belongs to which funnel file, and which of two files says how it ended."""
    histories: dict[int | None, list[Role]] = {}
    for history in seen.of("history"):
        histories.setdefault(_owner(seen, history, funnels), []).append(history)
    if len(funnels) < 2:
        return Ways(histories)
    leads, deals = funnels
    link = linked(seen, leads, deals)
    ends = (
        link is not None
        and not histories.get(deals.place)
        and any(
            _tells_ends(seen, one, leads, deals, link) for one in histories.get(leads.place, [])
        )
    )
    return Ways(histories, link, ends, ends and link is not None and _is_whole(link, leads, deals))


def _is_whole(link: Link, leads: Role, deals: Role) -> bool:
    """Does every deal have a lead that the other file knows?"""
    column = (deals if link.here == deals.place else leads).profile.column(link.ours)
    return link.loose_share >= 1.0 and column.filled >= deals.profile.rows


def _owner(seen: Seen, history: Role, funnels: Sequence[Role]) -> int | None:
    """The file of the funnel whose rows the cases are: by its own key before any other column."""
    places = {role.place: role for role in funnels}
    found = [link for link in seen.links_of(history, history.case) if link.there in places]
    found.sort(key=lambda link: (link.theirs != places[link.there].key, -link.loose_share))
    if found:
        return found[0].there
    return funnels[0].place if len(funnels) == 1 else None


def _tells_ends(seen: Seen, history: Role, leads: Role, deals: Role, link: Link) -> bool:
    """Does the leads' history say won of the leads whose deals were won, and hardly of others?

    A lead that is only "converted" became a deal, however that ended: then the deals say it. They
    also do where they have open stages of their own that the history does not know.
    """
    assert history.stage is not None
    won = [value for value, kind in history.stage.kinds if kind == "won"]
    if deals.stage is None or not won:
        return False
    known = {value.lower() for value, _ in history.stage.kinds}
    opened = [value for value, kind in deals.stage.kinds if kind == "open"]
    if len([value for value in opened if value.lower() not in known]) > 1:
        return False
    ends = [value for value, kind in deals.stage.kinds if kind == "won"]
    is_won = f"{deals.profile.plain(deals.stage.name)} IN ({_listed(ends)})"
    key = loose_key(deals.profile.plain(link.ours if link.here == deals.place else deals.key))
    source = f"SELECT {key} AS lead, {is_won} AS is_won FROM {parquet_sql(deals.profile.table)}"
    if link.here == leads.place:
        names = loose_key(leads.profile.plain(link.ours))
        own = loose_key(leads.profile.plain(leads.key))
        source = (
            f"SELECT l.lead, d.is_won FROM ({source}) d JOIN (SELECT {own} AS lead, "
            f"{names} AS deal FROM {parquet_sql(leads.profile.table)}) l ON l.deal = d.lead"
        )
    case = loose_key(history.profile.plain(history.case))
    says = history.profile.plain(history.stage.name)
    said = (
        f"SELECT DISTINCT {case} AS lead FROM {parquet_sql(history.profile.table)} "
        f"WHERE {says} IN ({_listed(won)})"
    )
    of_won, said_won, others, said_others = seen.con.execute(
        f"SELECT count_if(is_won), count_if(is_won AND s), count_if(NOT is_won), "
        f"count_if(NOT is_won AND s) FROM (SELECT coalesce(d.is_won, false) AS is_won, "
        f"h.lead IS NOT NULL AS s FROM ({source}) d LEFT JOIN ({said}) h USING (lead))"
    ).fetchone()
    return bool(of_won and said_won >= 0.8 * of_won and said_others <= 0.5 * others)


def _listed(values: Sequence[str]) -> str:
    return ", ".join(literal(value) for value in values) or "NULL"
