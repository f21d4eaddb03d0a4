"""Ends before beginnings."""

from __future__ import annotations

from onefunnel.facts.checks.context import Context, Tables, one_row
from onefunnel.facts.findings import Finding

_PAIRS = (
    ("deals", "deal_id", "opened_at", "closed_at"),
    ("handovers", "handover_id", "offered_at", "answered_at"),
    ("installed", "asset_id", "installed_at", "serviced_at"),
)


def negative_durations(tables: Tables, context: Context) -> list[Finding]:
    """Rows whose end lies before their beginning."""
    found = []
    for name, key, begin, end in _PAIRS:
        if name not in tables:
            continue
        table = tables[name]
        if begin not in table.columns or end not in table.columns:
            continue
        wrong = table[end] < table[begin]
        got = one_row(table.agg(n=table.count(where=wrong), example=table[key].min(where=wrong)))
        if got["n"]:
            found.append(
                Finding(
                    "negative-duration", name, end, int(got["n"]),
                    f"{int(got['n']):,} {name} end before they begin ({end} before {begin})",
                    f"{key} {got['example']}",
                    f"correct the dates at the source; if all of {begin} or {end} look wrong, day "
                    "and month may be swapped: see `date:` in the mapping",
                )
            )  # fmt: skip
    return found
