"""The top bar: segment, split, period, reading, as of. What is chosen stands in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onefunnel.server.agree.basis import Basis
from onefunnel.server.measure.asking import READINGS
from onefunnel.server.measure.naming_nobody import NAMING_NOBODY, names_people
from onefunnel.server.measure.periods import PERIODS


@dataclass(frozen=True)
class Choice:
    value: str
    text: str
    is_chosen: bool


@dataclass(frozen=True)
class TopBar:
    """What the bar offers, with what is chosen."""

    periods: tuple[Choice, ...]
    segments: tuple[Choice, ...]
    splits: tuple[Choice, ...]
    readings: tuple[Choice, ...]
    words: Mapping[str, str]
    is_more_open: bool


def topbar(words: Mapping[str, str], basis: Basis, measures: Sequence[str]) -> TopBar:
    """The bar for a question's words about measures; unknown words simply choose nothing."""
    dated = bool(words.get("since") or words.get("until"))
    periods = {"": "Own dates"} | PERIODS if dated else PERIODS
    segments = {"": "All leads"} | {one.name: one.name for one in basis.agreement.segments}
    return TopBar(
        periods=_choices(periods, "" if dated else words.get("period") or "all"),
        segments=_choices(segments, words.get("segment", "")),
        splits=_choices({"": "Nothing"} | splits(basis, measures), words.get("by", "")),
        readings=_choices(READINGS, words.get("reading") or "cohort"),
        words={key: words.get(key, "") for key in ("since", "until", "where", "within", "as_of")},
        is_more_open=any(
            words.get(key) for key in ("since", "until", "where", "within", "as_of", "reading")
        ),
    )


def splits(basis: Basis, measures: Sequence[str]) -> dict[str, str]:
    """The lead columns that may split measures: words that are neither keys nor about a person."""
    if "leads" not in basis.facts:
        return {}
    schema = basis.facts["leads"].schema()
    names = [
        name
        for name, kind in schema.items()
        if kind.is_string() or kind.is_boolean()
        if not name.startswith("_") and not name.endswith("_id")
        if f"leads.{name}" not in basis.personal
        if not (names_people(name) and NAMING_NOBODY & set(measures))
    ]
    return {name: name.replace("_", " ").capitalize() for name in names}


def _choices(offered: Mapping[str, str], chosen: str) -> tuple[Choice, ...]:
    return tuple(Choice(value, text, value == chosen) for value, text in offered.items())
