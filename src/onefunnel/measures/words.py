"""Numbers as people write them, in the sentences and notes of measures."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from onefunnel.measures.scope import Scope


def money(currency: str, amount: Decimal) -> str:
    """An amount in full: 10,005,534 or 1,234.50 EUR."""
    is_whole = amount == amount.to_integral_value()
    cents = amount.quantize(Decimal("0.01"))
    digits = f"{amount:,.0f}" if is_whole else f"{cents if cents == amount else amount:,f}"
    return f"{digits} {currency}".strip()


def percent(share: object, digits: int = 2) -> str:
    """A share of 0..1 as per cent: 63.15%."""
    return f"{share:.{digits}%}"


def count_of_leads(count: object) -> str:
    """How many leads: `1 lead`, `1,200 leads`."""
    return f"{count:,} lead{'' if count == 1 else 's'}"


def day(when: datetime) -> str:
    return when.strftime("%Y-%m-%d")


def period_of(scope: Scope) -> str:
    """The period of a scope as a clause, in days where it is asked; empty where there is none."""
    zone = ZoneInfo(scope.zone)
    since, until = (
        when and day(when.replace(tzinfo=UTC).astimezone(zone))
        for when in (scope.since, scope.until)
    )
    if since and until:
        return f" from {since} to before {until}"
    if since:
        return f" from {since} on"
    return f" before {until}" if until else ""


def per(amount: Decimal, count: int) -> Decimal | None:
    """An amount divided among `count`, to the hundredth; None among none."""
    return (amount / count).quantize(Decimal("0.01")) if count else None
