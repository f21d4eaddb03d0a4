"""Ends before beginnings."""

from __future__ import annotations

from onefunnel.facts.checks.before import before
from onefunnel.facts.checks.context import Context, Tables, one_row
from onefunnel.facts.checks.wording import counted, date_name, key_name
from onefunnel.facts.findings import Finding

_PAIRS = (
    ("deals", "deal_id", "opened_at", "closed_at"),
    ("handovers", "handover_id", "offered_at", "answered_at"),
    ("installed", "asset_id", "installed_at", "serviced_at"),
)


def negative_durations(tables: Tables, context: Context) -> list[Finding]:
    """Rows whose end lies before their beginning; an end without a time, on an earlier day."""
    found = []
    for name, key, begin, end in _PAIRS:
        if name not in tables:
            continue
        table = tables[name]
        if begin not in table.columns or end not in table.columns:
            continue
        wrong = before(table[end], table[begin], context.days)
        got = one_row(table.agg(n=table.count(where=wrong), example=table[key].min(where=wrong)))
        if got["n"]:
            found.append(
                Finding(
                    "negative-duration", name, end, int(got["n"]),
                    f"{counted(int(got['n']), name)} "
                    + ("ends before it begins" if got["n"] == 1 else "end before they begin")
                    + f" (the {date_name(name, end)} lies before the {date_name(name, begin)}).",
                    f"{key_name(key)} {got['example']}",
                    "Correct the dates at the source; if all of them look wrong, day and month may "
                    "be swapped: see `date:` in the mapping.",
                )
            )  # fmt: skip
    return found
