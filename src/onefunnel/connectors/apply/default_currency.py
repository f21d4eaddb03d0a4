"""The currency of amounts that name none: their column's name says it, else the other cells."""

from __future__ import annotations

from collections.abc import Mapping as Map
from typing import Any

from onefunnel.connectors.apply.decisions import Decisions
from onefunnel.connectors.apply.expressions import currency_from_amount, typed_cell
from onefunnel.connectors.apply.rows import Rows
from onefunnel.connectors.mapping_parts import Mapping, Source
from onefunnel.connectors.values.currencies import currency_of_header
from onefunnel.facts.findings import Finding

#: Of the amounts so many must name the one currency for the others to be taken as of it too.
_LEAST_SHARE = 0.02


def default_currency(
    con: Any,
    rows: Rows,
    table: str,
    given: Map[str, Source],
    mapping: Mapping,
    decisions: Decisions,
) -> str:
    """The ISO code of amounts without one; '' where nothing says it.

    First what the column is called (`Betrag (€)`), then the mapping's `currency`, then the one
    currency that cells of the column name, where 2 % of them do and none names another. The last
    is a guess, so there is a finding. Where the file has a column of currencies its cells decide.
    """
    amount = given["amount"]
    named = {currency_of_header(name) for name in amount.columns} - {""}
    if len(named) == 1:
        return named.pop()
    if mapping.currency or "currency" in given or not decisions.names_currencies(amount):
        return mapping.currency
    cell = typed_cell(rows, amount)
    counts = con.execute(
        f"SELECT code, count(*) FROM (SELECT {currency_from_amount('c')} AS code FROM "
        f"(SELECT {cell} AS c FROM {rows.relation}) WHERE c IS NOT NULL) GROUP BY code "
        "ORDER BY code NULLS LAST"
    ).fetchall()
    codes = [(code, n) for code, n in counts if code]
    silent = sum(n for code, n in counts if not code)
    if len(codes) != 1 or not silent or codes[0][1] < _LEAST_SHARE * (silent + codes[0][1]):
        return ""
    code, n = codes[0]
    called = " / ".join(amount.columns)
    decisions.findings.append(
        Finding(
            "assumed-currency", table, "currency", silent,
            f"{called}: {n:,} of {n + silent:,} amounts name a currency, all of them {code}; the "
            f"other {silent:,} are taken as {code} too", called,
            "if they are not, set `currency:` in the mapping to what they are, or export a column "
            "that says the currency of each",
        )
    )  # fmt: skip
    return str(code)
