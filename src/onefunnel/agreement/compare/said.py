"""What a draft says in one place, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from onefunnel.agreement.compare.discrepancy import Value
from onefunnel.agreement.compare.pairing import folded, words
from onefunnel.agreement.measured import is_share
from onefunnel.agreement.stage import CustomerPromise, Stage


def plain(value: Value) -> str:
    """A value as people write it; "nothing" where there is none."""
    if value is None or value in ("", ()):
        return "nothing"
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.10g}"
    if isinstance(value, int | Decimal):
        return f"{value:,}"
    return value.isoformat() if isinstance(value, date) else words(value)


def listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them: A, B and C."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def led(stage: Stage) -> str:
    if not stage.leads:
        return "nobody leads it"
    if len(stage.leads) == 1:
        return f"{stage.leads[0]} leads it"
    how = "together" if stage.is_joint else "each alone"
    return f"{listed(stage.leads)} lead it {how}"


def supported(stage: Stage) -> str:
    if not stage.supports:
        return "nobody supports it"
    verb = "supports" if len(stage.supports) == 1 else "support"
    return f"{listed(stage.supports)} {verb} it"


def target(stage: Stage) -> str:
    if stage.target is None:
        return "no target"
    of = f" ({stage.measure})" if stage.measure else ""
    if is_share(stage.measure) and 0 <= stage.target <= 1:
        return f"a target of {plain(round(100 * stage.target, 6))}%{of}"
    return f"a target of {plain(stage.target)}{of}"


def promised(promise: CustomerPromise | None) -> str:
    """A promise to the customer."""
    if promise is None or promise == CustomerPromise():
        return "no promise to the customer"
    parts = [words(promise.words)] if promise.words else []
    if promise.reply_within_hours is not None:
        parts.append(f"a reply within {hours(promise.reply_within_hours)}")
    if promise.one_contact:
        parts.append("one contact at a time")
    return "; ".join(parts)


def hours(count: float | None) -> str:
    if count is None:
        return "no time limit"
    return f"{plain(float(count))} business hour{'' if count == 1 else 's'}"


def same_text(one: str, other: str) -> bool:
    return words(one) == words(other)


def same_names(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the same names are listed, in any order and spelling of capitals."""
    return {folded(name) for name in one} == {folded(name) for name in other}
