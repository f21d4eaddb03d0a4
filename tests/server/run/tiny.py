"""Facts of a handful of rows, for pages of Run."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import ibis
import pyarrow as pa

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts
from onefunnel.facts.tables import TABLES
from onefunnel.server.agree.basis import Basis

AGREEMENT = Agreement(
    title="Ours",
    stages=(
        Stage("Lead", when="stage = 'Lead'"),
        Stage("Qualified", when="stage = 'Qualified' AND country = 'UK'", meaning="Fits us."),
        Stage("Won", kind="won", when="stage = 'Won'"),
        Stage("Lost", kind="lost", when="stage = 'Lost'"),
    ),
)


def day(number: int) -> datetime:
    return datetime(2026, 3, number, 12)


LEADS = [
    {"lead_id": "a", "account_id": "A1", "created_at": day(1), "source": "Web", "country": "UK",
     "name": "Ann Ash", "email": "ann@x.example", "company": "Ash Ltd", "owner": "Sam"},
    {"lead_id": "b", "account_id": "A1", "created_at": day(3), "source": "Fair", "country": "DE",
     "name": "Ben Bo", "email": "ben@y.example", "company": "Ash Ltd", "owner": "Sam"},
    {"lead_id": "c", "account_id": None, "created_at": None, "source": None, "country": None,
     "name": None, "email": None, "company": None, "owner": None},
]  # fmt: skip
MOVES = [
    {"lead_id": "a", "at": day(1), "stage": "Lead", "from_stage": None, "team": "marketing",
     "by": "Mia", "reason": None, "seq": 0},
    {"lead_id": "a", "at": day(2), "stage": "Qualified", "from_stage": "Lead", "team": "sales",
     "by": "Sam", "reason": None, "seq": 1},
    {"lead_id": "b", "at": day(3), "stage": "Qualified", "from_stage": None, "team": "sales",
     "by": "Sam", "reason": None, "seq": 0},
    {"lead_id": "c", "at": None, "stage": "Lead", "from_stage": None, "team": None, "by": None,
     "reason": None, "seq": 0},
]  # fmt: skip
ORDERS = [
    {"order_id": "O1", "account_id": "A1", "at": day(9), "amount": Decimal("120.50"),
     "margin": None, "currency": "GBP", "kind": "first"},
]  # fmt: skip
TOUCHES = [
    {"touch_id": "t1", "lead_id": "a", "account_id": "A1", "at": day(4), "channel": "E-mail",
     "campaign": "Spring", "tactic": None, "content_id": None, "kind": "opened"},
]  # fmt: skip
HANDOVERS = [
    {"handover_id": "h", "lead_id": "a", "from_team": "marketing", "to_team": "sales",
     "offered_at": day(2), "due_at": day(4), "answered_at": day(3), "outcome": "rejected",
     "reason": "no budget", "clause": None},
]  # fmt: skip


_ARROW = {
    "text": pa.string(),
    "int": pa.int64(),
    "money": pa.decimal128(18, 4),
    "time": pa.timestamp("us"),
}


def _schema(table: str) -> pa.Schema:
    return pa.schema([(c.name, _ARROW[c.type]) for c in TABLES[table].columns])


def basis_of(**tables: list[dict[str, Any]]) -> Basis:
    """A basis over these rows, beside the usual leads and moves."""
    rows = {"leads": LEADS, "moves": MOVES, **tables}
    engine = ibis.duckdb.from_connection(duckdb.connect())
    made = {
        name: engine.create_table(name, pa.Table.from_pylist(given, schema=_schema(name)))
        for name, given in rows.items()
    }
    facts = Facts(tables=made, data_at=day(20))
    return Basis(facts, AGREEMENT, ("tiny", id(facts)), ZoneInfo("Europe/London"), 1)
