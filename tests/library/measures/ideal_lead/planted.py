"""A company whose ideal lead is known: three traits decide, others are noise, two have leaked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts

START = datetime(2024, 1, 1)
DAYS = 540
#: What decides; the rest is noise.
TRUE_COLUMNS = frozenset({"employees", "country", "source"})
AGREED = Agreement(
    "Planted",
    stages=(
        Stage("Lead", "open", "stage = 'Lead'"),
        Stage("Qualified", "open", "stage = 'Qualified'"),
        Stage("Won", "won", "stage = 'Won'"),
        Stage("Lost", "lost", "stage = 'Lost'"),
    ),
)


@dataclass(frozen=True)
class Planted:
    facts: Facts
    odds: dict[str, float]  # the true ln odds of each lead


def planted(seed: int, leads: int = 3000, *, strength: float = 1.0) -> Planted:
    """The company; with `strength` 0 nothing decides."""
    rng = np.random.default_rng(seed)
    entered = np.sort(rng.random(leads) * DAYS)
    employees = np.round(rng.lognormal(4.5, 1.2, leads)).astype(np.int64) + 1
    unknown = rng.random(leads) < 0.15
    country = np.array(["DE", "FR", "UK", "US", "NL"])[rng.integers(0, 5, leads)]
    source = np.array(["Web", "Fair", "Partner", "Bought list"])[rng.integers(0, 4, leads)]
    odds = -2.2 + strength * (
        1.8 * ((employees >= 200) & ~unknown) + 1.3 * (country == "DE")
        - 1.5 * (source == "Bought list")
    )  # fmt: skip
    wins = rng.random(leads) < 1 / (1 + np.exp(-odds))
    lag = rng.lognormal(np.log(30), 0.6, leads)
    qualified = entered + 0.3 * lag
    is_qualified = wins | (rng.random(leads) < 0.4)
    ends = entered + lag
    goes = ends <= DAYS
    names = np.array([f"L{n:06d}" for n in range(leads)])
    seats = np.where((is_qualified & (qualified <= DAYS)) | (rng.random(leads) < 0.1),
                     rng.integers(1, 200, leads), 0)  # fmt: skip
    table = pa.table({
        "lead_id": names, "created_at": _times(entered), "country": country, "source": source,
        "employees": pa.array(employees, mask=unknown), "visits": rng.poisson(4, leads),
        "segment": np.array(["S", "M"])[rng.integers(0, 2, leads)],
        "newsletter": rng.random(leads) < 0.3,
        "language": np.array(["en", "de", "fr"])[rng.integers(0, 3, leads)],
        "seats": pa.array(seats, mask=seats == 0),
        "budget_on": pa.array(
            [START + timedelta(days=float(d)) for d in qualified], mask=~is_qualified
        ),
        "call_duration": np.where(wins, 12.0, 3.0) + rng.random(leads),
    })  # fmt: skip
    moves = [
        (names, entered, "Lead", np.ones(leads, bool)),
        (names, qualified, "Qualified", is_qualified & (qualified <= DAYS)),
        (names, ends, "Won", wins & goes),
        (names, ends, "Lost", ~wins & goes),
    ]
    parts = [
        pa.table({"lead_id": who[keep], "at": _times(when[keep]), "stage": [stage] * keep.sum(),
                  "seq": [place] * int(keep.sum())})
        for place, (who, when, stage, keep) in enumerate(moves)
    ]  # fmt: skip
    engine = ibis.duckdb.connect()
    tables = {
        "leads": engine.create_table("leads", table),
        "moves": engine.create_table("moves", pa.concat_tables(parts)),
    }
    facts = Facts(tables, data_at=START + timedelta(days=DAYS))
    return Planted(facts, dict(zip(names.tolist(), odds.tolist(), strict=True)))


def _times(days: NDArray[np.float64]) -> pa.Array:
    micros = (days * 86_400_000_000).astype("timedelta64[us]")
    return pa.array(np.datetime64(START, "us") + micros)
