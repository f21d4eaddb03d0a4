"""What part of the funnel a page is asked about: the address is the state, in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import get_args
from urllib.parse import urlencode

from onefunnel.agreement.document import Agreement
from onefunnel.measures.scope import Reading, Scope
from onefunnel.server.measure.periods import PERIODS, Calendar, bounds

#: The keys of an address that say what is asked, in the order they are written.
KEYS = ("period", "since", "until", "segment", "where", "by", "reading", "within", "as_of", "quiet")

#: Years a question may look at; nothing anyone measures lies outside them.
FIRST_YEAR, LAST_YEAR = 1900, 2200
#: Characters of one key. What is longer is refused: cut, it would ask for something else.
LONGEST = 20_000

READINGS: dict[str, str] = {
    "cohort": "Cohort: those who entered in the period",
    "flow": "Flow: what moved in the period",
    "snapshot": "Snapshot: who is where now",
}


class BadQuestion(ValueError):
    """The address asks for something that does not exist. The text says what and the fix."""


@dataclass(frozen=True)
class Asked:
    """The question of one page: the library's scope, and the words of the address it came from."""

    scope: Scope
    words: Mapping[str, str] = field(default_factory=dict)

    def query(self, **changes: str | None) -> str:
        """The address's query with some words changed; defaults are left out."""
        words = {**self.words, **{key: value or "" for key, value in changes.items()}}
        return urlencode({key: words[key] for key in KEYS if words.get(key)})

    @cached_property
    def as_query(self) -> str:
        """The address's query as it is."""
        return self.query()

    @property
    def period(self) -> str:
        """The period in words, as the page says it."""
        if self.words.get("since") or self.words.get("until"):
            since, until = self.words.get("since"), self.words.get("until")
            if since and until:
                return f"{since} to {until}"
            return f"since {since}" if since else f"until {until}"
        return PERIODS[self.words.get("period") or "all"]


def asked(
    words: Mapping[str, str], *, agreement: Agreement, calendar: Calendar, data_at: datetime | None
) -> Asked:
    """Read the question out of an address.

    `until` and `as_of` are days and include the whole of that day. Periods of the menu are seen
    from `as_of`, else from the data's own time. Raises BadQuestion.
    """
    given = {key: words.get(key, "").strip() for key in KEYS}
    given["within"] = given["within"] or words.get("within_days", "").strip()
    given = {key: value for key, value in given.items() if value}
    for key, value in given.items():
        if len(value) > LONGEST:
            raise BadQuestion(
                f"{key} has {len(value):,} characters, and {LONGEST:,} are the most. Make it "
                "shorter, or write it as a segment of the agreement."
            )
    just_after = _end(given, "as_of", calendar)
    as_of = just_after - timedelta(microseconds=1) if just_after else None
    since, until = _period(given, calendar, as_of or data_at)
    if since is not None and as_of is not None and as_of < since:
        raise BadQuestion(
            f"since {given.get('since', since.date())} comes after as of {given['as_of']}, when "
            "nothing of the period was known. Look from a later day, or begin earlier."
        )
    scope = Scope(
        by=given.get("by"),
        where=_where(given, agreement),
        since=since,
        until=until,
        as_of=as_of,
        reading=_reading(given),
        within_days=_within(given),
        quiet_hours=_quiet(given),
        zone=calendar.zone.key,
        fiscal_year_starts=calendar.fiscal_year_starts,
    )
    return Asked(scope, given)


def narrowed(question: Asked, *, by: str | None) -> Asked:
    """The same question with another split."""
    words = {**question.words, "by": by or ""}
    return Asked(replace(question.scope, by=by), {k: v for k, v in words.items() if v})


def _period(
    given: dict[str, str], calendar: Calendar, looking_at: datetime | None
) -> tuple[datetime | None, datetime | None]:
    if "since" in given or "until" in given:
        given.pop("period", None)
        first, until = _day(given, "since"), _end(given, "until", calendar)
        since = calendar.start_of(first) if first else None
        if since is not None and until is not None and since >= until:
            raise BadQuestion(
                f"since {given['since']} comes after until {given['until']}. Swap the two days."
            )
        return since, until
    period = given.get("period", "all")
    if period not in PERIODS:
        raise BadQuestion(
            f"there is no period {period!r}. Pick one of the menu: {', '.join(PERIODS)}; "
            "or give since and until as 2026-03-31."
        )
    if looking_at is None:
        return None, None
    return bounds(period, calendar, looking_at)


def _day(given: Mapping[str, str], key: str) -> date | None:
    if key not in given:
        return None
    try:
        day = date.fromisoformat(given[key])
    except ValueError:
        raise BadQuestion(f"{key} {given[key]!r} is not a date. Write it as 2026-03-31.") from None
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        raise BadQuestion(
            f"{key} {given[key]!r} is too far away. Pick a day between "
            f"{FIRST_YEAR} and {LAST_YEAR - 1}."
        )
    return day


def _end(given: Mapping[str, str], key: str, calendar: Calendar) -> datetime | None:
    """The moment just after a day."""
    day = _day(given, key)
    return calendar.start_of(day + timedelta(days=1)) if day else None


def _where(given: Mapping[str, str], agreement: Agreement) -> str | None:
    parts = []
    if name := given.get("segment"):
        found = next((one for one in agreement.segments if one.name == name), None)
        if found is None:
            known = ", ".join(one.name for one in agreement.segments) or "none yet"
            raise BadQuestion(f"the agreement has no segment {name!r}; it has: {known}.")
        parts.append(found.when)
    if "where" in given:
        parts.append(given["where"])
    if len(parts) == 2:
        return f"({parts[0]}) AND ({parts[1]})"
    return parts[0] if parts else None


def _reading(given: Mapping[str, str]) -> Reading:
    for reading in get_args(Reading):
        if given.get("reading", "cohort") == reading:
            return reading  # type: ignore[no-any-return]
    raise BadQuestion(
        f"there is no reading {given['reading']!r}. There are: {', '.join(get_args(Reading))}."
    )


def _quiet(given: Mapping[str, str]) -> float:
    if "quiet" not in given:
        return Scope().quiet_hours
    text = given["quiet"]
    if not text.isascii() or not text.isdigit() or int(text) > 400:
        raise BadQuestion(f"quiet {text!r} is not a number of working hours from 0 to 400.")
    return float(text)


def _within(given: Mapping[str, str]) -> int | None:
    if "within" not in given:
        return None
    text = given["within"]
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 3660:
        raise BadQuestion(f"within {text!r} is not a number of days from 1 to 3660.")
    return int(text)
