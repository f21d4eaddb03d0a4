"""What Ctrl K finds in this room: leads and accounts by name, company or key."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from onefunnel.facts.personal import MASK
from onefunnel.server.people.hiding import hiding_from
from onefunnel.server.people.models import Person
from onefunnel.server.run.accounts import accounts_page
from onefunnel.server.run.asking import wanted
from onefunnel.server.run.basis import current_basis
from onefunnel.server.run.leads import leads_page

MOST = 6


@dataclass(frozen=True)
class Hit:
    title: str
    url: str
    kind: str


def find_records(text: str, person: Person) -> list[Hit]:
    """Accounts, then leads, that hold the text; a few of each, as the person may see them."""
    basis = current_basis()
    hiding = hiding_from(person, basis.personal)
    hits: list[Hit] = []
    if "accounts" in basis.facts:
        for account in accounts_page(basis, text, hiding=hiding).lines[:MOST]:
            key = quote(account.key, safe="")
            title = account.name or account.account_id
            hits.append(Hit(title, f"/run/accounts/{key}/", "account"))
    if not basis.is_empty:
        page = leads_page(
            basis,
            wanted({"q": text}),
            hiding=hiding,
        )
        for lead in page.lines[:MOST]:
            name = lead.name if lead.name not in ("", MASK) else lead.lead_id
            title = " · ".join(part for part in (name, lead.company, lead.stage) if part)
            hits.append(Hit(title, f"/run/leads/{quote(lead.key, safe='')}/", "lead"))
    return hits
