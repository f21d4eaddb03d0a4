"""A company whose teams do not work as one, with what that cost known.

Marketing offers leads to sales. Some are answered late, some never, some are sent back without a
reason; worse segments are answered late more often, so that late leads are worse leads anyway. Each
thing that goes wrong multiplies the chance to be won; what was lost is known lead by lead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Handover
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts

START = datetime(2025, 1, 1)  # noqa: DTZ001
DAYS, LOOKED_AT = 300, 500
SEGMENTS = ("Small", "Middle", "Large")
#: Chance to be won when nothing goes wrong, and to be answered late, by segment.
CHANCE, LATE = (0.08, 0.16, 0.28), (0.45, 0.25, 0.10)
UNWORKED, SENT_BACK, OFF = 0.08, 0.05, 0.15
#: What each thing that goes wrong leaves of the chance.
LEFT = {"late": 0.55, "off": 0.5, "unworked": 0.05, "back": 0.05}
MARGIN = 8_000
SOURCES = ("Web", "Fair", "Partner")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Misaligned:
    """The facts, how they are to be read, and how many wins were lost: all, and by late alone."""

    facts: Facts
    agreement: Agreement
    lost_wins: float
    leads_late: int


def misaligned(*, seed: int, leads: int = 4_000, harm: bool = True) -> Misaligned:
    """The company. The same seed, the same rows. Without `harm` what goes wrong costs nothing."""
    rng = np.random.default_rng(seed)
    segment = rng.integers(0, len(SEGMENTS), leads)
    unworked = rng.random(leads) < UNWORKED
    back = ~unworked & (rng.random(leads) < SENT_BACK)
    late = ~unworked & ~back & (rng.random(leads) < np.array(LATE)[segment])
    off = ~unworked & ~back & (rng.random(leads) < OFF)
    whole = np.array(CHANCE)[segment]
    chance = whole.copy()
    flags = {"late": late, "off": off, "unworked": unworked, "back": back}
    if harm:
        for name, flag in flags.items():
            chance = np.where(flag, chance * LEFT[name], chance)
    won = rng.random(leads) < chance
    begun = np.sort(rng.random(leads)) * DAYS
    lag = rng.lognormal(np.log(20), 0.6, leads)
    answered = begun + np.where(late, 3.0, 0.5)
    names = pa.array([f"L{number:06d}" for number in range(leads)])
    account = pa.array([f"A{number:06d}" for number in rng.integers(0, leads // 2, leads)])
    tables = {
        "leads": pa.table(
            {
                "lead_id": names,
                "account_id": account,
                "created_at": _times(begun - 1),
                "segment": pa.array(SEGMENTS).take(pa.array(segment)),
                "source": pa.array(SOURCES).take(pa.array(rng.integers(0, 3, leads))),
                "fits": pa.array(~off),
            }
        ),
        "moves": _moves(names, begun, lag, won),
        "handovers": pa.table(
            {
                "handover_id": names,
                "lead_id": names,
                "from_team": pa.array(["marketing"] * leads),
                "to_team": pa.array(["sales"] * leads),
                "offered_at": _times(begun),
                "due_at": _times(begun + 1),
                "answered_at": _times(answered, ~unworked),
                "outcome": pa.array(np.where(unworked, "expired", np.where(back, "rejected",
                                                                          "accepted"))),
                "reason": pa.array([None] * leads, pa.string()),
            }
        ),
        "deals": _deals(names, begun, lag, won, rng),
    }  # fmt: skip
    engine = ibis.duckdb.connect()
    as_of = START + timedelta(days=LOOKED_AT)
    facts = Facts(
        {name: engine.create_table(name, table) for name, table in tables.items()},
        data_at=as_of,
        origin=f"misaligned company, seed {seed}",
    )
    return Misaligned(facts, agreement(), float((whole - chance).sum()), int(late.sum()))


def agreement() -> Agreement:
    """The stages, and a hand-over card whose test a lead that fits meets."""
    kinds = (("Inquiry", "open"), ("Qualified", "open"), ("Won", "won"), ("Lost", "lost"))
    card = Handover("Qualified leads", "marketing", "sales", "Qualified", accepted_when="fits")
    return Agreement(
        "Misaligned",
        stages=tuple(
            Stage(name, kind, f"stage = '{name}'")  # type: ignore[arg-type]
            for name, kind in kinds
        ),
        handovers=(card,),
    )


def _moves(names: pa.Array, begun: Floats, lag: Floats, won: NDArray[np.bool_]) -> pa.Table:
    count = len(names)
    last = pa.array(["Lost", "Won"]).take(pa.array(won.astype(int)))
    return pa.table(
        {
            "lead_id": pa.concat_arrays([names, names, names]),
            "at": pa.concat_arrays([_times(begun - 1), _times(begun), _times(begun + lag)]),
            "stage": pa.concat_arrays(
                [pa.array(["Inquiry"] * count), pa.array(["Qualified"] * count), last]
            ),
        }
    )


def _deals(
    names: pa.Array,
    begun: Floats,
    lag: Floats,
    won: NDArray[np.bool_],
    rng: np.random.Generator,
) -> pa.Table:
    chosen = np.flatnonzero(won)
    ended = _times((begun + lag)[chosen])
    margin = rng.gamma(4.0, MARGIN / 4, len(chosen)).round(2)
    return pa.table(
        {
            "deal_id": names.take(pa.array(chosen)),
            "lead_id": names.take(pa.array(chosen)),
            "opened_at": ended,
            "closed_at": ended,
            "outcome": pa.array(["won"] * len(chosen), pa.string()),
            "margin": pa.array(margin).cast(pa.decimal128(18, 4)),
            "currency": pa.array(["EUR"] * len(chosen), pa.string()),
        }
    )


def _times(days: Floats, is_known: NDArray[np.bool_] | None = None) -> pa.Array:
    micros = np.datetime64(START, "us") + (days * 86_400_000_000).astype("timedelta64[us]")
    return pa.array(micros, mask=None if is_known is None else ~is_known)
