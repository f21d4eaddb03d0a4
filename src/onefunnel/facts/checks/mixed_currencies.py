"""Money in several currencies, which no sum may add up."""

from __future__ import annotations

from onefunnel.facts.checks.context import Context, Tables, rows
from onefunnel.facts.findings import Finding


def mixed_currencies(tables: Tables, context: Context) -> list[Finding]:
    """One finding per table with money in more than one currency, or partly without."""
    found = []
    for name in ("deals", "orders", "spend"):
        if name not in tables or not {"currency", "amount"} <= set(tables[name].columns):
            continue
        table = tables[name]
        priced = table.filter(table.amount.notnull())
        counted = priced.group_by("currency").agg(n=priced.count())
        counts = sorted(rows(counted), key=lambda row: -row["n"])
        if len(counts) < 2:
            continue
        listed = ", ".join(f"{row['currency'] or 'none given'} {row['n']:,}" for row in counts)
        others = sum(row["n"] for row in counts[1:])
        found.append(
            Finding(
                "mixed-currencies", name, "currency", others,
                f"{name} have money in {len(counts)} currencies ({listed}); sums are shown for "
                "each currency apart", str(counts[1]["currency"] or "none given"),
                "convert them at the source; `currency:` in the mapping is for rows without one",
            )
        )  # fmt: skip
    return found
