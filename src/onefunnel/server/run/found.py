"""What Ctrl K finds in this room: leads and accounts by name, company or key; saved views."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from onefunnel.server.agree.basis import current_basis
from onefunnel.server.people.hiding import hiding_from
from onefunnel.server.people.models import Person
from onefunnel.server.run.accounts import first_accounts
from onefunnel.server.run.asking import wanted
from onefunnel.server.run.lead_rows import rows_of
from onefunnel.server.run.leads import line_of
from onefunnel.server.run.saved.queries import views_for

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
        for account in first_accounts(basis, text, hiding, most=MOST):
            key = quote(account.key, safe="")
            title = account.name or account.account_id
            hits.append(Hit(title, f"/run/accounts/{key}/", "account"))
    if not basis.is_empty:
        rows, _ = rows_of(basis, wanted({"q": text}), hiding)
        for lead in (line_of(row, hiding) for row in rows[:MOST]):
            title = " · ".join(part for part in (lead.title, lead.company, lead.stage) if part)
            hits.append(Hit(title, f"/run/leads/{quote(lead.key, safe='')}/", "lead"))
    return hits


def find_views(text: str, person: Person) -> list[Hit]:
    """Saved views with a word that begins with the text, as the person may open them."""
    asked, hiding = text.casefold(), hiding_from(person, current_basis().personal)
    return [
        Hit(one.name, one.address, "view")
        for one in views_for(person, hiding)
        if any(
            word.startswith(asked) for word in (one.name.casefold(), *one.name.casefold().split())
        )
    ][:MOST]
