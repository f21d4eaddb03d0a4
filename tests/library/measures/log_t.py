"""The event log T of methods.md 2.13, as facts: eight leads, as of day 60."""

from datetime import datetime, timedelta

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts

DAY_0 = datetime(2025, 1, 1)
AS_OF = DAY_0 + timedelta(days=60)

LOG = """
A 0:Lead 3:MQL 10:SQL 15:Opportunity 40:Won
B 0:Lead 5:SQL 12:Opportunity 30:Lost
C 2:Lead 6:MQL 9:SQL 14:MQL 25:SQL
D 4:Lead 8:MQL
E 5:Lead 7:MQL 20:Lost
F 10:Lead 11:MQL 12:SQL 50:Opportunity
G 20:Lead
H 30:Lead 33:MQL
"""

STAGES = (("Lead", "open"), ("MQL", "open"), ("SQL", "open"), ("Opportunity", "open"),
          ("Won", "won"), ("Lost", "lost"))  # fmt: skip


def agreement_of(stages: tuple[tuple[str, str], ...] = STAGES) -> Agreement:
    return Agreement(
        "Test", stages=tuple(Stage(name, kind, f"stage = '{name}'") for name, kind in stages)
    )


def facts_of(log: str = LOG, as_of: datetime = AS_OF, **columns: dict[str, str]) -> Facts:
    """Facts from lines of "lead day:stage ..."; a day of "?" is undated. `columns` are lead
    attributes by lead."""
    moves, leads = [], []
    for line in log.strip().splitlines():
        lead, *steps = line.split()
        for seq, step in enumerate(steps):
            day, stage = step.split(":")
            at = None if day == "?" else DAY_0 + timedelta(days=float(day))
            moves.append({"lead_id": lead, "at": at, "stage": stage, "seq": seq})
        leads.append(
            {"lead_id": lead, "created_at": moves[-len(steps)]["at"]}
            | {name: values.get(lead) for name, values in columns.items()}
        )
    connection = ibis.duckdb.connect()
    schemas = {
        "moves": {"lead_id": "string", "at": "timestamp", "stage": "string", "seq": "int64"},
        "leads": {"lead_id": "string", "created_at": "timestamp"}
        | dict.fromkeys(columns, "string"),
    }
    tables = {
        name: connection.create_table(
            name, ibis.memtable(rows, schema=ibis.schema(schemas[name])).to_pyarrow()
        )
        for name, rows in (("moves", moves), ("leads", leads))
    }
    return Facts(tables, data_at=as_of)
