"""Deals and the leads they came from: which column says so, and how moves of both are one way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from onefunnel.connectors.mapping_parts import Join, Source
from onefunnel.connectors.propose.funnel import Funnel
from onefunnel.connectors.propose.history import History
from onefunnel.connectors.propose.links import Link
from onefunnel.connectors.propose.roles import Role
from onefunnel.connectors.propose.seen import Seen

_LEAD = "lead of the deal"
#: Empty for deals that their history does not have; a second history's is called `... 2`.
IN_HISTORY = "case in the history"


def join_leads_and_deals(seen: Seen, link: Link | None, leads: Funnel, deals: Funnel) -> list[str]:
    """Give the deals the lead they came from, whichever of the two files says it; the notes."""
    if link is None:
        return [
            f"{leads.role.profile.name} and {deals.role.profile.name} have no common key: their "
            "leads are counted apart; map lead_id of the deals if there is one"
        ]
    said = f"{link.loose_share:.0%} of its values name rows of the other file"
    if link.here == deals.role.place:
        came_from = link.ours
    else:
        came_from, key = _LEAD, leads.id.columns[0]
        on = ((deals.id.columns[0], link.ours),)
        deals.joins.append(Join(seen.files(leads.role), on, ((came_from, key),),
                                loose=_is_loose(link), partial=True))  # fmt: skip
        leads.attributes.pop(link.ours, None)
        leads.left_out[link.ours] = "says which deal the lead became"
    deals.attributes.pop(came_from, None)
    for name in [n for n, choice in deals.chosen.items() if choice.column == came_from]:
        del deals.chosen[name]
    deals.lead_id = Source(
        (came_from, *deals.id.columns), confidence=round(link.loose_share, 2), reason=said
    )
    return ["a deal without a lead is a lead of its own"]


def moves_of_leads(seen: Seen, link: Link, leads: Role, deals: Role, history: History) -> History:
    """The history of deals, each move given to the lead that its deal came from."""
    case = history.role.case
    if link.here == deals.place:
        join = Join(seen.files(deals), ((case, deals.key),), ((_LEAD, link.ours),), loose=True,
                    partial=True)  # fmt: skip
    else:
        join = Join(seen.files(leads), ((case, link.ours),), ((_LEAD, leads.key),), loose=True,
                    partial=True)  # fmt: skip
    why = "the lead that the deal came from"
    lead = Source((_LEAD, case), confidence=0.9, reason=why)
    return replace(history, lead=lead, joins=(join,))


def without_histories(deals: Funnel, histories: Sequence[History]) -> str:
    """Condition that keeps the deals which none of their histories moves; looks that up in each.

    A history of any field has rows of deals whose stage it never tells: these do not count.
    """
    conditions = []
    for place, history in enumerate(histories):
        case, name = history.role.case, IN_HISTORY + (f" {place + 1}" if place else "")
        where = history.role.rows.where if history.role.rows is not None else ""
        deals.joins.append(Join(history.files, ((deals.id.columns[0], case),), ((name, case),),
                                where=where, loose=True, partial=True))  # fmt: skip
        conditions.append(f'"{name}" is empty')
    return " and ".join(conditions)


def _is_loose(link: Link) -> bool:
    return link.share < 1.0 and link.loose_share > link.share
