"""How findings call tables and columns: as people who sell say it, not as the tables are named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from onefunnel.facts.findings import Finding

_ONE = {
    "leads": "lead", "moves": "move", "touches": "touch", "handovers": "handover",
    "deals": "deal", "orders": "order", "spend": "row of spend", "uses": "use",
    "installed": "installed product", "accounts": "account", "stages": "stage",
    "awareness": "awareness reading",
}  # fmt: skip
_MANY = {"spend": "rows of spend", "installed": "installed products",
         "awareness": "awareness readings"}  # fmt: skip
_DATES = {
    ("leads", "created_at"): "date of entry",
    ("moves", "at"): "date",
    ("deals", "opened_at"): "opening date",
    ("deals", "closed_at"): "closing date",
    ("handovers", "offered_at"): "date of the offer",
    ("handovers", "answered_at"): "date of the answer",
    ("installed", "installed_at"): "date of installation",
    ("installed", "serviced_at"): "date of the last service",
}
_OTHERS = {
    "lead_id": "lead", "deal_id": "deal", "account_id": "account", "order_id": "order",
    "asset_id": "product", "handover_id": "handover",
}  # fmt: skip


def counted(n: int, table: str) -> str:
    """`1 lead`, `2,000 leads`."""
    return f"{n:,} {_ONE.get(table, table) if n == 1 else _MANY.get(table, table)}"


def date_name(table: str, column: str) -> str:
    """What a date of a table says, without an article."""
    return _DATES.get((table, column), "date" if column == "at" else column.replace("_", " "))


def key_name(column: str) -> str:
    """What a key names: `lead_id` is a lead."""
    return _OTHERS.get(column, column.replace("_", " "))


def have(n: int) -> str:
    return "has" if n == 1 else "have"


def as_sentences(findings: Iterable[Finding]) -> list[Finding]:
    """The same findings, what was found and the fix each ending as a sentence ends."""
    return [replace(f, what=_ended(f.what), fix=_ended(f.fix)) for f in findings]


def _ended(text: str) -> str:
    text = text.strip()
    if not text:
        return text
    first = text.split(" ", 1)[0]
    if first.isalpha() and first.islower() and first.isascii():
        text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?" else f"{text}."
