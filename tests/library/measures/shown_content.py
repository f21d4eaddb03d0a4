"""Leads that content is used with, with a planted effect, for the tests of what content does."""

from __future__ import annotations

from datetime import datetime, timedelta

import ibis
import numpy as np
import pyarrow as pa

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts

START = datetime(2025, 1, 1)
DAYS = 700
AS_OF = START + timedelta(days=DAYS)
STAGES = (("Lead", "open"), ("Talk", "open"), ("Won", "won"), ("Lost", "lost"))
AGREEMENT = Agreement("Ours", stages=tuple(Stage(n, k, f"stage = '{n}'") for n, k in STAGES))


#: Days that leads live which are lost, and which are won.
LIVES = (45, 90)


def open_at_the_landmark(chance: float) -> float:
    """The chance to be won of those who live longer than 30 days."""
    won, lost = chance * np.exp(-28 / LIVES[True]), (1 - chance) * np.exp(-28 / LIVES[False])
    return float(won / (won + lost))


def company(seed: int, effect: float = 1.0, leads: int = 4000) -> Facts:
    """Won leads live longer than lost ones; content is used at random while they live.

    `Case` multiplies the chance to be won, `Sheet` does nothing.
    """
    rng = np.random.default_rng(seed)
    moves, uses = [], []
    for place in range(leads):
        lead, entered = f"l{place}", START + timedelta(days=float(rng.uniform(0, DAYS - 60)))
        moves.append((lead, entered, "Lead"))
        seen = rng.exponential(40, 2)
        chance = 0.3 * (effect if seen[0] < 30 else 1.0)
        is_won = bool(rng.random() < chance)
        life = float(rng.exponential(LIVES[is_won])) + 2
        end = entered + timedelta(days=life)
        if end <= AS_OF:
            moves.append((lead, end, "Won" if is_won else "Lost"))
        for name, after in zip(("Case", "Sheet"), seen, strict=True):
            at = entered + timedelta(days=float(after))
            if after < life and at <= AS_OF:
                uses.append((name, lead, at))
    times = pa.timestamp("us")
    tables = {
        "moves": {"lead_id": [m[0] for m in moves], "at": pa.array([m[1] for m in moves], times),
                  "stage": [m[2] for m in moves], "seq": [0] * len(moves)},
        "leads": {"lead_id": [f"l{place}" for place in range(leads)],
                  "segment": [("S", "L")[place % 2] for place in range(leads)]},
        "uses": {"content_id": [u[0] for u in uses], "lead_id": [u[1] for u in uses],
                 "at": pa.array([u[2] for u in uses], times)},
    }  # fmt: skip
    engine = ibis.duckdb.connect()
    made = {name: engine.create_table(name, pa.table(rows)) for name, rows in tables.items()}
    return Facts(made, data_at=AS_OF)
