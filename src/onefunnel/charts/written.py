"""How a figure is written for people: the one way, in charts, pages and reports."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from onefunnel.measures.as_json import is_credit, is_share

Kind = Literal["count", "share", "money", "days", "number", "credit"]

NOTHING = "–"


def count(value: int | None) -> str:
    """A number of things: 12,400."""
    return NOTHING if value is None else f"{value:,}"


def share(value: float | None) -> str:
    """A share of 0..1 as per cent: 21.3%; below one per cent with two digits: 0.42%."""
    if value is None:
        return NOTHING
    percent = value * 100
    if 0 < abs(percent) < 1:
        return f"{percent:.2f}%"
    return "100%" if value == 1 else "0%" if value == 0 else f"{percent:.1f}%"


def target(value: float) -> str:
    """An agreed share, as people agreed it: 55%, 12.5%."""
    return f"{value * 100:.1f}".removesuffix(".0") + "%"


def days(value: float | None) -> str:
    """A time in days: 3.2 days; from ten on without a fraction; under a day in hours."""
    if value is None:
        return NOTHING
    if abs(value) < 1:
        hours = round(value * 24, 1)
        return f"{hours:g} hour{'' if hours == 1 else 's'}"
    if abs(value) < 10:
        shown = f"{value:.1f}".removesuffix(".0")
        return f"{shown} day{'' if shown == '1' else 's'}"
    return f"{value:,.0f} days"


def money(value: Decimal | None, currency: str = "") -> str:
    """An amount with its currency code: GBP 10,005,534; pennies only where there are some."""
    if value is None:
        return NOTHING
    exact = value.quantize(Decimal("0.01"))
    shown = f"{exact:,.0f}" if exact == exact.to_integral_value() else f"{exact:,.2f}"
    return f"{currency} {shown}".strip()


def number(value: float | None) -> str:
    """A plain measured value: whole from a hundred on, else with at most two decimals."""
    if value is None:
        return NOTHING
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".")


def credit(value: Decimal | None) -> str:
    """Credit for what was won, to the tenth of it: 12.4; whole ones without a fraction."""
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.1f}"


def moment(value: datetime | None) -> str:
    """A day as people say it: 4 March 2026."""
    return NOTHING if value is None else f"{value.day} {value:%B %Y}"


def kind_of(column: str, value: object) -> Kind | None:
    """What a result's column holds, from its name and value; None for text, times and flags."""
    if is_share(column):
        return "share"
    if is_credit(column):
        return "credit"
    if "days" in column.split("_"):
        return "days"
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        return "money"
    if isinstance(value, int):
        return "count"
    return "number" if isinstance(value, float) else None


def figure(value: object, kind: Kind, currency: str = "") -> str:
    """Any figure by its kind."""
    if value is None:
        return NOTHING
    if kind == "money":
        return money(Decimal(str(value)), currency)
    if kind == "credit":
        return credit(Decimal(str(value)))
    if kind == "count":
        return count(int(str(value)))
    amount = float(str(value))
    return {"share": share, "days": days, "number": number}[kind](amount)
