"""Levers in an address: what was moved, and by how much. The address is the state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from onefunnel.planner.levers import Levers
from onefunnel.server.plan.models import SalesCapacity, Wording
from onefunnel.server.plan.wording import FURTHEST_DAYS, ObjectiveRefused

#: Levers in per cent of what is usual: (least, most, step).
INFLOW, STEP, PACE = (0, 400, 5), (25, 300, 5), (25, 300, 5)
_IN_INFLOW, _IN_STEP = "inflow.", "step."
LONGEST = 300
_FIRST = date(2000, 1, 1)


@dataclass(frozen=True)
class Moved:
    """What was moved: nothing by default.

    `words` are those of the address that say something else than usual; `amount` and `until` take
    the place of the objective's.
    """

    levers: Levers = field(default_factory=Levers)
    people: float | None = None
    amount: Decimal | None = None
    until: date | None = None
    capacity: SalesCapacity | None = None
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def changes_objective(self) -> bool:
        return self.amount is not None or self.until is not None


def moved_from(words: Mapping[str, str], wording: Wording, capacity: SalesCapacity | None) -> Moved:
    """Read the levers of an address; names it does not know are left alone.

    Raises:
        ObjectiveRefused: a value is no number, or beyond what the lever reaches.
    """
    inflow, steps, kept = {}, {}, {}
    pace, people, amount, until = 1.0, None, None, None
    for name, text in words.items():
        value = text.strip()[:LONGEST]
        if not value:
            continue
        if name.startswith(_IN_INFLOW):
            inflow[name.removeprefix(_IN_INFLOW)] = factor = _factor(name, value, INFLOW)
        elif name.startswith(_IN_STEP):
            steps[name.removeprefix(_IN_STEP)] = factor = _factor(name, value, STEP)
        elif name == "pace":
            pace = factor = _factor(name, value, PACE)
        elif name == "people" and capacity is not None:
            people = float(_number(name, value, Decimal(0), Decimal(10_000)))
            factor = 1.0 if people == float(capacity.people) else 2.0
        elif name == "amount":
            asked = _number(name, value, Decimal("0.0001"), Decimal("1e13"))
            amount = asked if asked != wording.amount else None
            factor = 1.0 if amount is None else 2.0
        elif name == "until":
            until = _day(value, wording)
            factor = 1.0 if until is None else 2.0
        else:
            continue
        if factor != 1.0:
            kept[name] = value
    levers = Levers(
        inflow={name: one for name, one in inflow.items() if one != 1.0},
        steps={name: one for name, one in steps.items() if one != 1.0},
        pace=pace,
    )
    return Moved(levers, people, amount, until, capacity, kept)


def _factor(name: str, text: str, ends: tuple[int, int, int]) -> float:
    least, most, _ = ends
    return float(_number(name, text, Decimal(least), Decimal(most))) / 100


def _number(name: str, text: str, least: Decimal, most: Decimal) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or not least <= found <= most:
        said = name.partition(".")[2] or name
        raise ObjectiveRefused(f"{said}: pick a number from {least:f} to {most:f}.")
    return found


def _day(text: str, wording: Wording) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ObjectiveRefused("The day is no day. Write it as 2027-06-30.") from None
    if not _FIRST <= day <= wording.written_at.date() + timedelta(days=FURTHEST_DAYS):
        raise ObjectiveRefused("The day is too far away: name one within ten years.")
    return day if day != wording.until else None
