"""Rows that name no account although there are accounts."""

from __future__ import annotations

from onefunnel.facts.checks.context import Context, Tables, one_row
from onefunnel.facts.checks.wording import key_name
from onefunnel.facts.findings import Finding


def blank_keys(tables: Tables, context: Context) -> list[Finding]:
    """How many leads, deals, orders and installed products belong to no account."""
    if "accounts" not in tables:
        return []
    found = []
    for name, key in (("leads", "lead_id"), ("deals", "deal_id"), ("orders", "order_id"),
                      ("installed", "asset_id")):  # fmt: skip
        if name not in tables or "account_id" not in tables[name].columns:
            continue
        table = tables[name]
        blank = table.account_id.isnull() | (table.account_id == "")
        got = one_row(
            table.agg(n=table.count(where=blank), all=table.count(),
                      example=table[key].min(where=blank))
        )  # fmt: skip
        if not got["n"] or got["n"] == got["all"]:
            continue
        found.append(
            Finding(
                "blank-key", name, "account_id", int(got["n"]),
                f"{int(got['n']):,} of {int(got['all']):,} {name} name no account; they are "
                "missing from every figure by account", f"{key_name(key)} {got['example']}",
                "fill in the account at the source",
            )
        )  # fmt: skip
    return found
