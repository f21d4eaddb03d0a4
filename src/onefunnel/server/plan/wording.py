"""What people type of an objective, read strictly: each refusal says what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.predicates.table_columns import columns_of
from onefunnel.facts.store import Facts
from onefunnel.facts.typed_text import one_line
from onefunnel.facts.utc import in_utc
from onefunnel.planner import objective as asked_for
from onefunnel.server.agree.columns import definition_columns
from onefunnel.server.plan.models import MONEY, Outcome, Wording
from onefunnel.server.plan.numbers import NotANumber, typed_number

FIELDS = ("statement", "outcome", "amount", "currency", "segment", "where", "until")
LONGEST = 2_000
#: Nobody plans further; a year typed wrong is found.
FURTHEST_DAYS = 10 * 366


class ObjectiveRefused(ValueError):
    """The objective cannot be kept like that. The text says why and what to do."""


@dataclass(frozen=True)
class Words:
    """An objective as it is to be kept."""

    statement: str
    outcome: str
    amount: Decimal
    currency: str
    segment: str
    where: str
    until: date


def read_words(
    typed: Mapping[str, str], *, agreement: Agreement, facts: Facts, zone: ZoneInfo, now: datetime
) -> Words:
    """Read what was typed. `now` is the data's time, or the moment where there are no data.

    Raises:
        ObjectiveRefused: see there.
    """
    statement = one_line(typed.get("statement", ""))
    if len(statement) > LONGEST:
        raise ObjectiveRefused(f"The sentence is too long: {LONGEST} characters at most.")
    outcome = typed.get("outcome", "")
    if outcome not in Outcome.values:
        raise ObjectiveRefused(f"Say what is to come out: {', '.join(Outcome.labels)}.")
    return Words(
        statement=statement,
        outcome=outcome,
        amount=_amount(typed.get("amount", ""), outcome),
        currency=_currency(typed.get("currency", ""), outcome),
        segment=_segment(typed.get("segment", "").strip(), agreement),
        where=_where(typed.get("where", ""), facts),
        until=_until(typed.get("until", ""), zone, now),
    )


def words_of(wording: Wording) -> dict[str, str]:
    """A wording as its form shows it."""
    amount = wording.amount.normalize()
    return {
        "statement": wording.statement, "outcome": wording.outcome, "amount": f"{amount:f}",
        "currency": wording.currency, "segment": wording.segment, "where": wording.where,
        "until": wording.until.isoformat(),
    }  # fmt: skip


def moment_after(day: date, zone: ZoneInfo) -> datetime:
    """The first moment after a day of the zone, as UTC without a zone."""
    return in_utc(datetime.combine(day + timedelta(days=1), time(), tzinfo=zone))


def moment_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day of the zone, as UTC without a zone."""
    return moment_after(day - timedelta(days=1), zone)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The day of the zone in which a moment (UTC without a zone) lies."""
    return moment.replace(tzinfo=UTC).astimezone(zone).date()


def definition_of(wording: Wording, agreement: Agreement) -> str:
    """Which leads an objective is about: its segment and its own definition together.

    Raises:
        ObjectiveRefused: the agreement has that segment no more.
    """
    parts = [wording.where] if wording.where else []
    if wording.segment:
        found = next((one for one in agreement.segments if one.name == wording.segment), None)
        if found is None:
            raise ObjectiveRefused(
                f"The agreement in use has no segment {wording.segment} any more. "
                "Change the objective."
            )
        parts.insert(0, found.when)
    return " AND ".join(f"({part})" for part in parts) if len(parts) > 1 else "".join(parts)


def objective_of(wording: Wording, agreement: Agreement, zone: ZoneInfo) -> asked_for.Objective:
    """The objective as the planner reads it."""
    amount = wording.amount
    return asked_for.Objective(
        until=moment_after(wording.until, zone),
        won=int(amount) if wording.outcome == Outcome.WON else None,
        margin=amount if wording.outcome == Outcome.MARGIN else None,
        revenue=amount if wording.outcome == Outcome.REVENUE else None,
        share=float(amount) / 100 if wording.outcome == Outcome.SHARE else None,
        currency=wording.currency,
        where=definition_of(wording, agreement),
    )


def _amount(text: str, outcome: str) -> Decimal:
    try:
        amount = typed_number(text)
    except NotANumber as refusal:
        raise ObjectiveRefused(
            f"Say how much as a number, 120 or 250000.50: {refusal}."
        ) from refusal
    if amount <= 0 or amount >= Decimal("1e13"):
        raise ObjectiveRefused("How much has to be above zero, and below ten million millions.")
    if outcome == Outcome.WON and amount != amount.to_integral_value():
        raise ObjectiveRefused("Leads are whole ones: write 120, not 120.5.")
    if outcome == Outcome.SHARE and amount > 100:
        raise ObjectiveRefused("A share of the accounts is at most 100 per cent.")
    return amount.quantize(Decimal("0.0001"))


def _currency(text: str, outcome: str) -> str:
    code = text.strip().upper()
    if outcome not in MONEY:
        return ""
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise ObjectiveRefused("Say in which currency, by its three letters: EUR.")
    return code


def _segment(name: str, agreement: Agreement) -> str:
    known = [one.name for one in agreement.segments]
    if name and name not in known:
        raise ObjectiveRefused(
            f"The agreement has no segment {name}; it has {', '.join(known) or 'none yet'}."
        )
    return name


def _where(text: str, facts: Facts) -> str:
    plain = one_line(text)
    if len(plain) > LONGEST:
        raise ObjectiveRefused(f"The definition is too long: {LONGEST} characters at most.")
    if not plain:
        return ""
    tables = [facts[name] for name in ("leads", "accounts") if name in facts]
    columns = columns_of(*tables) if tables else definition_columns(facts)
    try:
        parse(plain, columns)
    except PredicateError as error:
        raise ObjectiveRefused(f"The definition cannot be read: {error}") from error
    return plain


def _until(text: str, zone: ZoneInfo, now: datetime) -> date:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise ObjectiveRefused("Say by which day, as 2027-06-30.") from None
    today = day_of(now, zone)
    if not today < day <= today + timedelta(days=FURTHEST_DAYS):
        raise ObjectiveRefused(
            f"{day} is no day to plan for: it has to come after {today}, within ten years."
        )
    return day
