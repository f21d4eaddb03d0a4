"""Who works on leads, as typed on a page and as the planner reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from onefunnel.agreement.document import Agreement
from onefunnel.planner.capacity import People
from onefunnel.planner.history import DAYS_A_MONTH
from onefunnel.planner.what_it_takes import Capacity
from onefunnel.server.plan.models import SalesCapacity
from onefunnel.server.plan.numbers import NotANumber, typed_number
from onefunnel.server.plan.wording import ObjectiveRefused

FIELDS = ("stage", "people", "joining", "joining_on", "ramp_months", "hours", "selling_share",
          "hours_a_lead")  # fmt: skip
MOST_RAMP = 36


@dataclass(frozen=True)
class Said:
    """What was typed, read."""

    stage: str
    people: Decimal
    joining: Decimal
    joining_on: date | None
    ramp_months: int
    hours: Decimal
    selling_share: Decimal
    hours_a_lead: Decimal


def read_capacity(typed: Mapping[str, str], agreement: Agreement) -> Said:
    """Read what was typed; `selling_share` in per cent. Raises ObjectiveRefused."""
    stages = [stage.name for stage in agreement.success_path]
    if typed.get("stage") not in stages:
        raise ObjectiveRefused("Say from which stage these people work on a lead.")
    joining = _number(typed, "joining", "how many people join", least=Decimal(0), empty="0")
    on = typed.get("joining_on", "").strip()
    if joining and not on:
        raise ObjectiveRefused("Say on which day the new people begin.")
    try:
        joining_on = date.fromisoformat(on) if joining else None
    except ValueError:
        raise ObjectiveRefused("Say when the new people begin, as 2027-01-15.") from None
    ramp = _number(typed, "ramp_months", "how many months they learn", least=Decimal(0), empty="0")
    if ramp > MOST_RAMP or ramp != ramp.to_integral_value():
        raise ObjectiveRefused(f"They learn for a whole number of months, {MOST_RAMP} at most.")
    share = _number(typed, "selling_share", "the share of their time for leads", least=None)
    if share > 100:
        raise ObjectiveRefused("The share of their time for leads is at most 100 per cent.")
    return Said(
        stage=typed["stage"],
        people=_number(typed, "people", "how many people work on leads", least=Decimal(0)),
        joining=joining,
        joining_on=joining_on,
        ramp_months=int(ramp),
        hours=_number(typed, "hours", "how many hours a month they work", least=None),
        selling_share=share / 100,
        hours_a_lead=_number(typed, "hours_a_lead", "how many hours a lead takes", least=None),
    )


def words_of(row: SalesCapacity | None) -> dict[str, str]:
    """What the form shows: what was said last."""
    if row is None:
        return dict.fromkeys(FIELDS, "")
    return {
        "stage": row.stage, "people": _plain(row.people), "joining": _plain(row.joining),
        "joining_on": row.joining_on.isoformat() if row.joining_on else "",
        "ramp_months": str(row.ramp_months), "hours": _plain(row.hours),
        "selling_share": _plain(row.selling_share * 100), "hours_a_lead": _plain(row.hours_a_lead),
    }  # fmt: skip


def capacity_of(
    row: SalesCapacity | None, stages: tuple[str, ...], as_of: datetime, people: float | None = None
) -> Capacity | None:
    """What was said as the planner reads it; None where nothing counts.

    New people do a growing part of a full day's work until they have learnt. A stage that the
    agreement has no more counts as the first. `people` replaces those who are there.
    """
    if row is None:
        return None
    there = float(row.people) if people is None else people
    groups = [People(there)] if there else []
    if row.joining and row.joining_on is not None:
        since = (row.joining_on - as_of.date()).days / DAYS_A_MONTH
        groups.append(People(float(row.joining), round(since), _ramp(row.ramp_months)))
    if not groups:
        return None
    return Capacity(
        tuple(groups),
        hours=float(row.hours),
        selling_share=float(row.selling_share),
        hours_a_lead=float(row.hours_a_lead),
        stage=row.stage if row.stage in stages else stages[0],
    )


def _ramp(months: int) -> tuple[float, ...]:
    return (*((n + 1) / (months + 1) for n in range(months)), 1.0)


def _number(
    typed: Mapping[str, str], field: str, what: str, *, least: Decimal | None, empty: str = ""
) -> Decimal:
    """A number at least `least`, or above zero where that is None."""
    try:
        found = typed_number(typed.get(field, "").strip() or empty)
    except NotANumber as refusal:
        raise ObjectiveRefused(f"Say {what} as a number: {refusal}.") from refusal
    if found >= 100_000:
        raise ObjectiveRefused(f"Say {what}: below 100,000.")
    if found < least if least is not None else found <= 0:
        raise ObjectiveRefused(f"Say {what}: {'not below' if least is not None else 'above'} zero.")
    return found.quantize(Decimal("0.0001"))


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
