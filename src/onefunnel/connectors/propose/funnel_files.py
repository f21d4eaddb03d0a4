"""Which files are the funnel: the leads, the deals, and the histories of their stages."""

from __future__ import annotations

from onefunnel.connectors.propose.links import Link
from onefunnel.connectors.propose.naming import meaning_score, tokens
from onefunnel.connectors.propose.roles import Role, history_case
from onefunnel.connectors.propose.seen import Seen

#: A file whose columns speak less of stages than this is no funnel.
_ENOUGH = 0.55
#: People and not leads: a list of contacts is not a list of who entered the funnel.
_PEOPLE = frozenset({"contact", "contacts", "kontakt", "kontakte", "contacto", "contactos",
                     "contatto", "contatti", "contato", "contatos", "person", "persons",
                     "people"})  # fmt: skip


def find_funnels(seen: Seen) -> list[Role]:
    """The leads file and the deals file, or the one there is; histories are marked.

    Leads need no stages of their own where a history has them, or where deals name the lead they
    came from: then leads come first and the deals' stages after them.
    """
    for role in seen.roles:
        role.case = history_case(seen.con, role, seen.links)
        if role.case:
            role.role = "history"
    scored = [(_score(seen, role), -role.place, role) for role in seen.roles if not role.role]
    scored = [item for item in scored if item[0] >= _ENOUGH]
    scored.sort(key=lambda item: item[:2], reverse=True)
    if not scored:
        return _of_history(seen) or _contacts(seen)
    best = scored[0][2]
    best.role = _kind(best)
    other = _partner(seen, best, [role for _, _, role in scored[1:]])
    if other is None and best.role == "deals":
        other = _leads_of_history(seen, best) or _leads_named(seen, best)
    return [best] if other is None else sorted([best, other], key=lambda r: r.role == "deals")


def _kind(role: Role) -> str:
    """Rows with money are deals, and so are those of a file that is called that."""
    return "deals" if role.has_amount or role.says("deal") > role.says("lead") else "leads"


def linked(seen: Seen, one: Role, other: Role) -> Link | None:
    """A link between two files that names single rows: not a shared company or owner."""
    for link in seen.links:
        if {link.here, link.there} == {one.place, other.place}:
            here, there = seen.roles[link.here], seen.roles[link.there]
            column = here.profile.column(link.ours)
            if link.theirs == there.key and column.different > 0.3 * column.filled:
                return link
    return None


def _score(seen: Seen, role: Role) -> float:
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
    return score + 0.1 * (named >= 0.5) - 0.2 * (role.profile.rows < 10 and len(seen.roles) > 3)


def _partner(seen: Seen, best: Role, others: list[Role]) -> Role | None:
    """The other file with stages: leads beside the deals, or deals beside the leads."""
    kind = "leads" if best.role == "deals" else "deals"
    for other in others:
        fits = other.says(kind.rstrip("s")) >= 0.5 or linked(seen, best, other) is not None
        if fits and (kind == "leads" or other.has_amount):
            other.role = kind
            return other
    return None


def _of_history(seen: Seen) -> list[Role]:
    """Only a history is there: the file that its cases are rows of, if any, is the funnel."""
    for role in seen.of("history"):
        for link in seen.links_of(role, role.case):
            there = seen.roles[link.there]
            if not there.role:
                there.role, there.key = _kind(there), link.theirs
                return [there]
    return []


def _leads_of_history(seen: Seen, deals: Role) -> Role | None:
    """The file without stages of its own whose rows a history tells the way of."""
    for role in seen.of("history"):
        found = [link for link in seen.links_of(role, role.case) if link.loose_share >= 0.5]
        if any(link.there == deals.place for link in found):
            continue
        for link in found:
            there = seen.roles[link.there]
            if not there.role:
                there.role, there.key = "leads", link.theirs
                return there
    return None


def _leads_named(seen: Seen, deals: Role) -> Role | None:
    """A list of leads that deals name, or that names deals, row by row: it is called leads."""
    for role in seen.roles:
        if role.role or not role.key or not role.has_date():
            continue
        link = linked(seen, role, deals)
        if link is None:
            continue
        is_named = role.says("lead") >= 0.5 and not _PEOPLE & set(tokens(role.profile.name))
        if is_named or (link.here == deals.place and _is_of_leads(link.ours)):
            role.role = "leads"
            return role
    return None


def _is_of_leads(name: str) -> bool:
    said = meaning_score("lead", name)
    return said >= 0.5 and said > meaning_score("account", name) and not _PEOPLE & set(tokens(name))


def _contacts(seen: Seen) -> list[Role]:
    """No stages anywhere: the largest list of people is leads that nothing is known of yet."""
    if seen.of("history"):
        return []
    lists = [
        role
        for role in seen.roles
        if not role.role
        and any(c.email_share > 0.8 and c.filled > 1 for c in role.profile.columns.values())
        and (role.says("lead") >= 0.5 or not role.has_date())
    ]
    if not lists:
        return []
    most = max(lists, key=lambda role: role.profile.rows)
    most.role = "leads"
    return [most]
