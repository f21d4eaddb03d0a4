"""A funnel whose truth is known: what tests and benchmarks hold the measures to.

Eighteen months of leads, 6 % more each month; 40 %, 60 % and 35 % of them go on from stage to stage
(8.40 % are won), after lags that are lognormal with means of 14, 21 and 45 days; those who do not
go on are lost after a lag of their own; one opportunity in five goes back a stage once and returns.
Looked at 90 days of the last of which are the usual report (methods.md, section 0.5).
A bad cell can be planted: leads of one segment (and owner) that go on less often from one stage.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.facts.store import Facts

if TYPE_CHECKING:
    import ibis

STAGES = ("Lead", "Qualified", "Opportunity", "Won")
LOST = "Lost"
RATES = (0.40, 0.60, 0.35)
MEAN_LAG_DAYS = (14.0, 21.0, 45.0)
SIGMA = 0.8
GROWTH_A_MONTH = 1.06
MONTHS = 18
BOUNCE_SHARE = 0.20
REPORT_DAYS = 90
START = datetime(2024, 1, 1)  # noqa: DTZ001
DAYS_A_MONTH = 30.4375
WON_SHARE = RATES[0] * RATES[1] * RATES[2]

SEGMENTS = ("Bakery", "Beverage", "Dairy", "Pharma")
OWNERS = ("Ewan", "Greta", "Marek", "Noor", "Wim")
MEAN_MARGIN = 8_000

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Planted:
    """Friction that is known: leads of `segment` (and `owner`, where one is named) go on from the
    stage of that number at `factor` of the rate of all others."""

    stage: int
    segment: str
    owner: str | None = None
    factor: float = 0.7


@dataclass(frozen=True)
class GroundTruth:
    """The facts, how they are to be read, and what is true of them."""

    facts: Facts
    agreement: Agreement
    as_of: datetime
    rates: tuple[float, ...] = RATES
    won_share: float = WON_SHARE


def ground_truth(
    *,
    seed: int,
    leads: int = 40_000,
    connection: ibis.backends.duckdb.Backend | None = None,
    planted: Planted | None = None,
) -> GroundTruth:
    """The funnel with known rates, as facts on one DuckDB connection. The same seed, the same rows.

    `leads` enter over the 18 months. Everything that would happen after the last day is not in the
    facts: those leads are open. `planted` makes one cell worse and changes nothing else.
    """
    import ibis

    rng = np.random.default_rng(seed)
    entered = _entries(rng, leads)
    of = np.random.default_rng((seed, 1))  # of its own, so that what leads are moves nothing else
    segment, owner = of.integers(0, len(SEGMENTS), leads), of.integers(0, len(OWNERS), leads)
    moves = _moves(rng, entered, _factors(planted, segment, owner))
    names = pa.array([f"L{number:07d}" for number in range(leads)])
    source = pa.array(np.array(["Web", "Fair", "Partner"])[rng.integers(0, 3, leads)])
    tables = {
        "leads": pa.table(
            {
                "lead_id": names,
                "created_at": _times(entered),
                "source": source,
                "segment": pa.array(SEGMENTS).take(pa.array(segment)),
                "owner": pa.array(OWNERS).take(pa.array(owner)),
            }
        ),
        "moves": pa.table(
            {
                "lead_id": names.take(pa.array(moves["lead"])),
                "at": _times(moves["day"]),
                "stage": pa.array((*STAGES, LOST)).take(pa.array(moves["stage"])),
                "seq": pa.array(moves["seq"]),
            }
        ),
    }
    engine = connection if connection is not None else ibis.duckdb.connect()
    as_of = START + timedelta(days=MONTHS * DAYS_A_MONTH)
    facts = Facts(
        {name: engine.create_table(name, table, overwrite=True) for name, table in tables.items()},
        data_at=as_of,
        origin=f"ground truth, seed {seed}",
    )
    return GroundTruth(facts, agreement(), as_of)


def agreement() -> Agreement:
    """The stages as the generator has them."""
    kinds = dict.fromkeys(STAGES, "open") | {"Won": "won", LOST: "lost"}
    return Agreement(
        "Ground truth",
        stages=tuple(
            Stage(name, kind, f"stage = '{name}'")  # type: ignore[arg-type]
            for name, kind in kinds.items()
        ),
    )


def _entries(rng: np.random.Generator, leads: int) -> Floats:
    """Days of entry: more leads each month, evenly within a month."""
    weight = GROWTH_A_MONTH ** np.arange(MONTHS)
    month = rng.choice(MONTHS, size=leads, p=weight / weight.sum())
    return np.sort((month + rng.random(leads)) * DAYS_A_MONTH)


def _lags(rng: np.random.Generator, mean_days: float, count: int) -> Floats:
    """Lognormal lags of that mean."""
    return rng.lognormal(np.log(mean_days) - SIGMA**2 / 2, SIGMA, count)


def won_deals(truth: GroundTruth, *, seed: int) -> Facts:
    """The same facts with a deal for every win, of a margin around MEAN_MARGIN EUR."""
    moves = truth.facts["moves"]
    won = moves.filter(moves["stage"] == "Won").order_by("lead_id").to_pyarrow()
    margin = np.random.default_rng((seed, 2)).gamma(4.0, MEAN_MARGIN / 4, len(won)).round(2)
    deals = pa.table(
        {
            "deal_id": pa.array([f"D{number}" for number in range(len(won))], pa.string()),
            "lead_id": won["lead_id"],
            "opened_at": won["at"],
            "closed_at": won["at"],
            "outcome": pa.array(["won"] * len(won), pa.string()),
            "margin": pa.array(margin).cast(pa.decimal128(18, 4)),
            "currency": pa.array(["EUR"] * len(won), pa.string()),
        }
    )
    made = moves.get_backend().create_table("deals", deals, overwrite=True)
    return replace(truth.facts, tables={**truth.facts.tables, "deals": made})


def _factors(planted: Planted | None, segment: Codes, owner: Codes) -> Floats:
    """By stage to go on from and lead, what its rate is multiplied with."""
    factors = np.ones((len(RATES), len(segment)))
    if planted is not None:
        hit = segment == SEGMENTS.index(planted.segment)
        if planted.owner is not None:
            hit &= owner == OWNERS.index(planted.owner)
        factors[planted.stage, hit] = planted.factor
    return factors


def _moves(
    rng: np.random.Generator, entered: Floats, factors: Floats
) -> dict[str, NDArray[np.generic]]:
    """Every move up to the last day: lead, day, stage (4: lost) and order within the lead."""
    lead, day = np.arange(len(entered)), entered
    parts = [(lead, day, np.zeros(len(lead), int))]
    for stage, (rate, mean) in enumerate(zip(RATES, MEAN_LAG_DAYS, strict=True), start=1):
        lag = _lags(rng, mean, len(lead))
        goes_on = rng.random(len(lead)) < rate * factors[stage - 1, lead]
        parts.append(
            (lead[~goes_on], (day + lag)[~goes_on], np.full((~goes_on).sum(), len(STAGES)))
        )
        lead, day = lead[goes_on], (day + lag)[goes_on]
        if stage == len(RATES):
            parts.append((lead, day, np.full(len(lead), stage)))
            break
        parts.append((lead, day, np.full(len(lead), stage)))
        if stage == 2:  # some opportunities go back a stage once, within their time to the win
            bounces = rng.random(len(lead)) < BOUNCE_SHARE
            back = day[bounces] + 0.05 + 0.1 * rng.random(bounces.sum())
            parts.append((lead[bounces], back, np.full(len(back), stage - 1)))
            parts.append((lead[bounces], back + 0.1, np.full(len(back), stage)))
    of_lead, when, stage_of = (np.concatenate(column) for column in zip(*parts, strict=True))
    seen = when <= MONTHS * DAYS_A_MONTH
    of_lead, when, stage_of = of_lead[seen], when[seen], stage_of[seen]
    order = np.lexsort((when, of_lead))
    of_lead, when, stage_of = of_lead[order], when[order], stage_of[order]
    first = np.r_[True, of_lead[1:] != of_lead[:-1]]
    place = np.arange(len(of_lead))
    seq = place - np.maximum.accumulate(np.where(first, place, 0))
    return {"lead": of_lead, "day": when, "stage": stage_of, "seq": seq}


def _times(days: NDArray[np.generic]) -> pa.Array:
    micros = (np.asarray(days, np.float64) * 86_400_000_000).astype("timedelta64[us]")
    return pa.array(np.datetime64(START, "us") + micros)
