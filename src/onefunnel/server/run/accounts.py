"""The list of accounts, by name, fifty at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from onefunnel.server.agree.basis import Basis
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.warehouse.kept import Kept

if TYPE_CHECKING:
    import ibis.expr.types as ir

PAGE = 50
_kept = Kept(64)


@dataclass(frozen=True)
class AccountLine:
    """One account of the list, as its reader may see it; `key` is what its address holds."""

    key: str
    account_id: str
    name: str
    domain: str
    segment: str
    country: str


@dataclass(frozen=True)
class AccountPage:
    """A page of accounts; `after` is the cursor of the next page, if there is one."""

    lines: tuple[AccountLine, ...]
    count: int
    after: str


def accounts_page(basis: Basis, text: str, *, hiding: Hiding, after: str = "") -> AccountPage:
    """Accounts whose name, domain or key holds the text, by name."""
    table = _found(basis, text, hiding)
    count = _kept.get(
        (basis.version, text.casefold(), hiding), lambda: int(table.count().to_pyarrow().as_py())
    )
    name, _, key = hiding.read_place(after).rpartition("~")
    if key:
        is_later = (table["_name"] > name) | (
            (table["_name"] == name) & (table["account_id"] > key)
        )
        table = table.filter(is_later)
    rows = table.order_by(["_name", "account_id"]).limit(PAGE + 1).to_pyarrow().to_pylist()
    more, rows = len(rows) > PAGE, rows[:PAGE]
    following = f"{rows[-1]['_name']}~{rows[-1]['account_id']}" if more else ""
    return AccountPage(
        lines=tuple(_line(row, hiding) for row in rows),
        count=count,
        after=hiding.place(following) if following else "",
    )


def first_accounts(basis: Basis, text: str, hiding: Hiding, *, most: int) -> list[AccountLine]:
    """The first accounts that hold the text, by name, without counting the rest."""
    table = _found(basis, text, hiding).order_by(["_name", "account_id"]).limit(most)
    return [_line(row, hiding) for row in table.to_pyarrow().to_pylist()]


def _line(row: Mapping[str, object], hiding: Hiding) -> AccountLine:
    shown = {
        part: str(hiding.shown("accounts", part, row.get(part)) or "")
        for part in ("account_id", "name", "domain", "segment", "country")
    }
    return AccountLine(hiding.address("accounts", "account_id", str(row["account_id"])), **shown)


def _found(basis: Basis, text: str, hiding: Hiding) -> ir.Table:
    table = basis.facts["accounts"]
    shown = [
        c for c in ("account_id", "name", "domain", "segment", "country") if c in table.columns
    ]
    table = table.select(*shown)
    name = table["name"] if "name" in shown else table["account_id"]
    table = table.mutate(_name=name.fill_null(table["account_id"]).lower())
    if not text:
        return table
    lowered, condition = text.lower(), ibis.literal(False)
    if hiding.shown("accounts", "", text) != text:  # no asking for an address
        return table.filter(condition)
    for own, column in (("name", "_name"), ("account_id", "account_id"), ("domain", "domain")):
        if (own == "name" or own in shown) and not hiding.hides("accounts", own):
            condition = condition | table[column].lower().contains(lowered).fill_null(False)
    return table.filter(condition)
