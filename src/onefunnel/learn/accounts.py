"""Which account does a lead belong to? By domain, then alias, then name in the same country."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from onefunnel.learn.identity.company import normalise_company
from onefunnel.learn.identity.country import country_code
from onefunnel.learn.identity.domain import company_domain, registrable_domain
from onefunnel.learn.identity.email import normalise_email

if TYPE_CHECKING:
    import ibis.expr.types as ir

MATCHES = pa.schema(
    [
        ("lead_id", pa.string()),
        ("account_id", pa.string()),
        ("how", pa.string()),
        ("why", pa.string()),
    ]
)


def match_accounts(
    leads: ir.Table, accounts: ir.Table, *, aliases: Mapping[str, str] | None = None
) -> pa.Table:
    """The account each lead belongs to, one row per lead, and why.

    Args:
        leads: uses account_id, email, company and country where they exist.
        accounts: uses account_id, domain, name and country.
        aliases: further domains of companies, domain -> account_id.

    `how` is the first that decides: "given" (the lead names an account that exists), "domain"
    (the registrable domain of its e-mail is one account's; free mail providers never count),
    "alias", "name" (one account has the same company name, legal form aside, and no other
    country), or "none" with an empty account_id: several accounts fit, or none does, and a person
    decides. Nothing is guessed from a part of a name.
    """
    known = accounts.select(*_there(accounts, "account_id", "domain", "name", "country"))
    book = _Book(known.to_pyarrow())
    book.aliases = {
        domain: account
        for text, account in (aliases or {}).items()
        if (domain := registrable_domain(text))
    }
    columns = _there(leads, "lead_id", "account_id", "email", "company", "country")
    arrow = leads.select(*columns).to_pyarrow()
    count = arrow.num_rows
    texts = {
        name: arrow[name].cast(pa.string()).to_pylist() if name in columns else [None] * count
        for name in ("lead_id", "account_id", "email", "company", "country")
    }
    domain_of = _once(lambda email: company_domain(normalise_email(email)))
    name_of = _once(normalise_company)
    country_of = _once(country_code)
    found = [
        book.match(given, domain_of(email), name_of(company), country_of(country))
        for given, email, company, country in zip(
            texts["account_id"], texts["email"], texts["company"], texts["country"], strict=True
        )
    ]
    account, how, why = zip(*found, strict=True) if found else ((), (), ())
    return pa.table(
        [
            pa.array(texts["lead_id"], pa.string()),
            pa.array(account, pa.string()),
            pa.array(how, pa.string()),
            pa.array(why, pa.string()),
        ],
        schema=MATCHES,
    )


def _there(table: ir.Table, *wanted: str) -> list[str]:
    return [name for name in wanted if name in table.columns]


def _once(work: Callable[[str], str | None]) -> Callable[[str | None], str | None]:
    """The same function, each distinct text worked on once."""
    done: dict[str, str | None] = {}

    def remembered(text: str | None) -> str | None:
        if not text:
            return None
        if text not in done:
            done[text] = work(text)
        return done[text]

    return remembered


class _Book:
    """The accounts by domain and by name."""

    def __init__(self, accounts: pa.Table) -> None:
        self.aliases: dict[str, str] = {}
        self.ids: set[str] = set()
        self.by_domain: dict[str, list[str]] = defaultdict(list)
        self.by_name: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
        for row in _rows(accounts):
            account = row["account_id"]
            if not account:
                continue
            self.ids.add(account)
            if domain := company_domain(row.get("domain")):
                self.by_domain[domain].append(account)
            if name := normalise_company(row.get("name")):
                self.by_name[name].append((account, country_code(row.get("country"))))

    def match(
        self, given: str | None, domain: str | None, name: str | None, country: str | None
    ) -> tuple[str | None, str, str]:
        if given and given in self.ids:
            return given, "given", "the lead names the account"
        owners = self.by_domain.get(domain, []) if domain else []
        if len(owners) == 1:
            return owners[0], "domain", f"its e-mail is under {domain}"
        if domain and domain in self.aliases:
            return self.aliases[domain], "alias", f"{domain} is another domain of the account"
        same = self.by_name.get(name, []) if name else []
        near = [account for account, where in same if not (where and country) or where == country]
        if len(near) == 1:
            return near[0], "name", f"an account has the same name: {name}"
        if len(owners) > 1:
            return None, "none", f"{len(owners)} accounts have the domain {domain}"
        if len(near) > 1:
            return None, "none", f"{len(near)} accounts have the name {name}"
        if same:
            return None, "none", f"accounts named {name} are in another country"
        return None, "none", "no account has its domain or name"


def _rows(table: pa.Table) -> Iterable[dict[str, str | None]]:
    text = pa.table({name: pc.cast(table[name], pa.string()) for name in table.column_names})
    return text.to_pylist()  # type: ignore[no-any-return]
