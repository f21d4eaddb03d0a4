"""Random small facts with everything that makes funnels awkward, for tests that compare two ways.

Skipped and repeated stages, ties, undated moves, leads lost and reopened, blanks, two currencies,
deals without amount or lead, spend without leads.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import ibis
import numpy as np
import pyarrow as pa

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Promise
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts, Journeys
from onefunnel.measures.steps.journeys import journeys, made_by

START = datetime(2025, 1, 1)
DAYS = 120
AS_OF = START + timedelta(days=DAYS)
STAGES = (("Lead", "open"), ("MQL", "open"), ("SQL", "open"), ("Won", "won"), ("Renewed", "open"),
          ("Lost", "lost"), ("Bad fit", "disqualified"), ("Later", "recycled"))  # fmt: skip
PROMISES = (
    Promise("To MQL", "marketing", "sales", "Lead", "MQL", 40.0, 0.6),
    Promise("Enough", "marketing", "sales", kind="volume", leads=4, per="week", kept_share=0.5),
    Promise("Good", "marketing", "sales", kind="quality", kept_share=0.7),
    Promise("Answers", "sales", "marketing", within_hours=16.0, kind="answer"),
    Promise("Calls", "sales", "marketing", to_stage="SQL", kind="attempts", attempts=2,
            within_days=20, counts=("called", "fair"), kept_share=0.5),
    Promise("Replies", "marketing", "sales", within_hours=8.0, kind="reply"),
)  # fmt: skip
AGREEMENT = Agreement(
    "Random", stages=tuple(Stage(n, k, f"stage = '{n}'") for n, k in STAGES), promises=PROMISES
)
SOURCES = ("Web", "Fair", "web ", None)
#: How likely a lead's first move, and each later one, enters each stage.
FIRST_ODDS = (0.7, 0.1, 0.05, 0.02, 0, 0.1, 0.02, 0.01)
ODDS = (0.3, 0.2, 0.15, 0.1, 0.05, 0.1, 0.05, 0.05)
MONEY = pa.decimal128(18, 4)


def random_facts(seed: int, leads: int = 60) -> Facts:
    """Facts of all tables that measures read, drawn from a seed."""
    connection = ibis.duckdb.connect()
    tables = random_tables(seed, leads)
    made = {name: connection.create_table(name, table) for name, table in tables.items()}
    return Facts(made, data_at=AS_OF)


def random_tables(seed: int, leads: int = 60) -> dict[str, pa.Table]:
    """The rows of these facts, without an engine."""
    rng = np.random.default_rng(seed)
    return {
        "moves": _moves(rng, leads),
        "leads": _leads(rng, leads),
        "accounts": _accounts(),
        "touches": _touches(rng, leads),
        "deals": _deals(rng, leads),
        "orders": _orders(rng),
        "spend": _spend(rng),
        "awareness": _awareness(rng),
        "handovers": _handovers(rng, leads),
        "installed": _installed(rng, leads),
        "uses": _uses(rng, leads),
    }


def with_journeys(facts: Facts) -> Facts:
    """The same facts with ready-made journeys, as the server keeps them."""
    connection = facts["moves"].get_backend()
    table = connection.create_table("journeys", journeys(facts, AGREEMENT, None))
    return replace(facts, journeys=Journeys(table, made_by(AGREEMENT), None))


def _at(rng: np.random.Generator, low: float = 0, high: float = DAYS) -> datetime:
    """A time in the period; often on the hour, so that ties happen."""
    return START + timedelta(hours=int(rng.integers(int(low * 24), int(high * 24) + 1)))


def _moves(rng: np.random.Generator, leads: int) -> pa.Table:
    rows = []
    for lead in range(leads):
        at = _at(rng)
        names = [name for name, _ in STAGES]
        for seq in range(int(rng.integers(1, 7))):
            odds = ODDS if seq else FIRST_ODDS
            stage = str(rng.choice(names, p=odds)) if rng.random() > 0.03 else "Nowhere"
            undated = rng.random() < 0.05
            rows.append(
                (f"L{lead}", None if undated else at, stage, seq if rng.random() < 0.9 else 0)
            )
            if rng.random() > 0.15:
                at = at + timedelta(hours=int(rng.integers(0, 24 * 25)))
    lead_id, at_, stage_, seq_ = zip(*rows, strict=True)
    return pa.table(
        {
            "lead_id": pa.array(lead_id),
            "at": pa.array(at_, pa.timestamp("us")),
            "stage": pa.array(stage_),
            "team": pa.array([str(rng.choice(["marketing", "sales"])) for _ in rows]),
            "seq": pa.array(seq_, pa.int64()),
        }
    )


def _leads(rng: np.random.Generator, leads: int) -> pa.Table:
    created = [_at(rng, 0, DAYS / 2) if rng.random() < 0.8 else None for _ in range(leads)]
    return pa.table(
        {
            "lead_id": [f"L{lead}" for lead in range(leads)],
            "account_id": _keys(rng, "A", 12, leads),
            "created_at": pa.array(created, pa.timestamp("us")),
            "source": pa.array([SOURCES[rng.integers(0, 4)] for _ in range(leads)], pa.string()),
            "segment": pa.array([str(rng.choice(["S", "M", "L"])) for _ in range(leads)]),
            "owner": [("Ana", "Ben")[lead % 2] for lead in range(leads)],
            "score": pa.array(rng.integers(0, 100, leads)),
        }
    )


def _accounts() -> pa.Table:
    return pa.table(
        {
            "account_id": [f"A{number}" for number in range(10)],
            "name": [f"Account {number}" for number in range(10)],
            "region": ["North" if number % 3 else "South" for number in range(10)],
        }
    )


def _touches(rng: np.random.Generator, leads: int) -> pa.Table:
    n = leads * 2
    table = {
        "touch_id": [f"T{number}" for number in range(n)],
        "lead_id": _keys(rng, "L", leads, n),
        "account_id": _keys(rng, "A", 12, n, missing=0.7),
        "at": pa.array([_at(rng) for _ in range(n)], pa.timestamp("us")),
    }
    drawn = [str(rng.choice(["Web", "Call", "Fair"])) for _ in range(n)]
    is_mail = [channel == "Web" and place % 3 > 0 for place, channel in enumerate(drawn)]
    table["channel"] = ["E-mail" if mail else one for mail, one in zip(is_mail, drawn, strict=True)]
    table["kind"] = pa.array(["sent" if mail else None for mail in is_mail], pa.string())
    return pa.table(table)


def _keys(
    rng: np.random.Generator, letter: str, most: int, count: int, missing: float = 0.1
) -> pa.Array:
    keys = [f"{letter}{rng.integers(0, most)}" for _ in range(count)]
    return pa.array([None if rng.random() < missing else key for key in keys], pa.string())


def _handovers(rng: np.random.Generator, leads: int) -> pa.Table:
    n = leads * 2
    rows = []
    for _ in range(n):
        offered = _at(rng)
        due = offered + timedelta(hours=int(rng.integers(1, 60)))
        answered = offered + timedelta(hours=int(rng.integers(-2, 90)))
        outcome = (None, "accepted", "Accepted", "rejected", "returned", "expired", "recycled",
                   "lapsed")[int(rng.integers(0, 8))]  # fmt: skip
        is_back = outcome == "rejected"
        rows.append({
            "offered_at": offered if rng.random() > 0.05 else None,
            "due_at": due if rng.random() > 0.3 else None,
            "answered_at": answered if outcome and rng.random() > 0.05 else None,
            "outcome": outcome,
            "reason": str(rng.choice(["budget", "size"])) if is_back else None,
            "clause": "score >= 30" if is_back and rng.random() < 0.5 else None,
            "from_team": ("marketing", "Marketing", "service", None)[min(int(rng.integers(0, 9)), 3)
                                                                     if rng.random() < 0.4 else 0],
            "to_team": str(rng.choice(["sales", "Field sales"])),
            "reply_due_at": answered + timedelta(hours=20) if is_back else None,
            "replied_at": answered + timedelta(hours=int(rng.integers(1, 40)))
            if is_back and rng.random() < 0.7 else None,
        })  # fmt: skip
    times = ("offered_at", "due_at", "answered_at", "reply_due_at", "replied_at")
    columns: dict[str, pa.Array] = {
        "handover_id": pa.array([f"H{number}" for number in range(n)]),
        "lead_id": _keys(rng, "L", leads, n),
    }
    for name in rows[0]:
        kind = pa.timestamp("us") if name in times else pa.string()
        columns[name] = pa.array([row[name] for row in rows], kind)
    return pa.table(columns)


def _money(rng: np.random.Generator, missing: float) -> Decimal | None:
    return None if rng.random() < missing else Decimal(int(rng.integers(1, 10**7))) / 100


def _deals(rng: np.random.Generator, leads: int) -> pa.Table:
    n = leads
    outcome = [str(rng.choice(["won", "lost", "open"])) for _ in range(n)]
    opened = [_at(rng, 0, DAYS) if rng.random() < 0.9 else None for _ in range(n)]
    closed = [
        None if end == "open" else (start or _at(rng)) + timedelta(hours=int(rng.integers(1, 999)))
        for end, start in zip(outcome, opened, strict=True)
    ]
    return pa.table(
        {
            "deal_id": [f"D{number}" for number in range(n)],
            "lead_id": _keys(rng, "L", leads, n),
            "account_id": pa.array([f"A{rng.integers(0, 12)}" for _ in range(n)]),
            "owner": [str(rng.choice(["ana", "bo"])) for _ in range(n)],
            "competitor": pa.array([("Rival", "Other", None)[deal % 3] for deal in range(n)]),
            "reason": pa.array([("Price", " ", None, "Time")[deal % 4] for deal in range(n)]),
            "opened_at": pa.array(opened, pa.timestamp("us")),
            "closed_at": pa.array(closed, pa.timestamp("us")),
            "outcome": outcome,
            "amount": pa.array([_money(rng, 0.1) for _ in range(n)], MONEY),
            "margin": pa.array([_money(rng, 0.3) for _ in range(n)], MONEY),
            "currency": pa.array(
                [(None, "EUR", "EUR", "USD")[rng.integers(0, 4)] for _ in range(n)], pa.string()
            ),
        }
    )


def _installed(rng: np.random.Generator, leads: int) -> pa.Table:
    n = leads * 2 // 3
    times = pa.timestamp("us")
    served = [_at(rng) if rng.random() < 0.6 else None for _ in range(n)]
    return pa.table(
        {
            "asset_id": [f"S{number}" for number in range(n)],
            "account_id": _keys(rng, "A", 12, n),
            "product": [(" Filler", "Filler", "Labeller", None)[number % 4] for number in range(n)],
            "installed_at": pa.array([_at(rng) for _ in range(n)], times),
            "serviced_at": pa.array(served, times),
            "interval_days": [(30, 60, None, 0)[int(rng.integers(0, 4))] for _ in range(n)],
        }
    )


def _uses(rng: np.random.Generator, leads: int) -> pa.Table:
    n = leads * 2
    return pa.table(
        {
            "content_id": [str(rng.choice(["Guide", "Case"])) for _ in range(n)],
            "lead_id": _keys(rng, "L", leads, n),
            "at": pa.array([_at(rng) for _ in range(n)], pa.timestamp("us")),
        }
    )


def _orders(rng: np.random.Generator) -> pa.Table:
    n = 25
    return pa.table(
        {
            "order_id": [f"O{number}" for number in range(n)],
            "account_id": _keys(rng, "A", 12, n),
            "at": pa.array([_at(rng) for _ in range(n)], pa.timestamp("us")),
            "amount": pa.array([_money(rng, 0) for _ in range(n)], MONEY),
        }
    )


def _spend(rng: np.random.Generator) -> pa.Table:
    n = 30
    channel = [("Web", "WEB", "fair", "Radio", None)[rng.integers(0, 5)] for _ in range(n)]
    return pa.table(
        {
            "at": pa.array([_at(rng) for _ in range(n)], pa.timestamp("us")),
            "channel": pa.array(channel, pa.string()),
            "campaign": [str(rng.choice(["Spring", "Autumn"])) for _ in range(n)],
            "amount": pa.array([_money(rng, 0) for _ in range(n)], MONEY),
            "currency": [("EUR", "EUR", "USD")[rng.integers(0, 3)] for _ in range(n)],
        }
    )


def _awareness(rng: np.random.Generator) -> pa.Table:
    n = 24
    kind = [str(rng.choice(["branded search", "survey"])) for _ in range(n)]
    value = [
        float(rng.integers(1, 500)) if k == "branded search" else float(rng.random()) for k in kind
    ]
    return pa.table(
        {
            "at": pa.array([_at(rng) for _ in range(n)], pa.timestamp("us")),
            "segment": [str(rng.choice(["S", "M"])) for _ in range(n)],
            "kind": kind,
            "value": value,
        }
    )
