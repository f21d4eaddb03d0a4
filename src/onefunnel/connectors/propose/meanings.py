"""Which column of a file gives which standard column: by name, type and values, with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from onefunnel.connectors.mapping_parts import Source
from onefunnel.connectors.propose.naming import meaning_score
from onefunnel.connectors.propose.profile import ColumnProfile, TableProfile
from onefunnel.connectors.values.currencies import CODES

#: Below this a name is a coincidence.
ENOUGH = 0.5


@dataclass(frozen=True)
class Choice:
    """A column chosen for a standard column, how sure, and why."""

    column: str
    confidence: float
    why: str

    def source(self) -> Source:
        return Source(columns=(self.column,), confidence=self.confidence, reason=self.why)


#: Standard column -> (meanings to look for, kind of values it must have).
WANTED: dict[str, tuple[tuple[str, ...], str]] = {
    "email": (("email",), "email"),
    "phone": (("phone",), "phone"),
    "amount": (("amount",), "number"),
    "margin": (("margin",), "number"),
    "currency": (("currency",), "currency"),
    "source": (("source",), "text"),
    "campaign": (("campaign",), "text"),
    "segment": (("segment",), "text"),
    "country": (("country",), "text"),
    "owner": (("owner",), "text"),
    "company": (("company",), "text"),
    "name": (("name",), "text"),
    "reason": (("reason",), "text"),
    "competitor": (("competitor",), "text"),
    "domain": (("domain",), "text"),
    "employees": (("employees",), "number"),
    "channel": (("channel",), "text"),
    "tactic": (("tactic",), "text"),
    "purpose": (("purpose",), "text"),
    "kind": (("kind",), "text"),
    "team": (("team",), "text"),
    "at": (("at", "created", "updated"), "date"),
    "spend": (("spend",), "number"),
    "product": (("product",), "text"),
    "installed_at": (("installed", "created"), "date"),
    "serviced_at": (("serviced",), "date"),
    "position": (("position",), "number"),
    "from_stage": (("from stage",), "text"),
}


def choose(profile: TableProfile, wanted: Iterable[str], taken: set[str]) -> dict[str, Choice]:
    """The best free column for each wanted standard column; a column serves once."""
    scored = []
    for name in wanted:
        meanings, kind = WANTED[name]
        for column in profile.columns.values():
            if column.name in taken or column.filled == 0:
                continue
            score, why = _score(column, meanings, kind)
            if score >= ENOUGH:
                scored.append((score, name, column.name, why))
    scored.sort(key=lambda item: (-item[0], list(profile.columns).index(item[2])))
    found: dict[str, Choice] = {}
    for score, name, column_name, why in scored:
        if name not in found and column_name not in taken:
            found[name] = Choice(column_name, round(min(score, 0.99), 2), why)
            taken.add(column_name)
    return found


def says_digits(column: ColumnProfile, named: float) -> bool:
    """Whether a column that is surely named for a number may hold numbers in odd writing."""
    if named < 0.9 or column.is_date or column.email_share or column.length > 20:
        return False
    return all(any(map(str.isdigit, value)) for value, _ in column.values)


def _score(column: ColumnProfile, meanings: tuple[str, ...], kind: str) -> tuple[float, str]:
    named = max(
        meaning_score(meaning, column.name) - 0.05 * i for i, meaning in enumerate(meanings)
    )
    why = f"its name says {meanings[0]}" if named >= ENOUGH else ""
    if kind == "email":
        if column.email_share > 0.8:
            return max(named, 0.9), "its values are e-mail addresses"
        return 0.0, ""
    if kind == "phone":
        if named >= ENOUGH and (column.phone_share > 0.3 or column.number_share > 0.5):
            return named, why
        return 0.0, ""
    if kind == "currency":
        codes = {value.upper() for value, _ in column.values}
        if codes and codes <= CODES:
            return max(named, 0.85), "its values are currency codes"
        return (named, why) if named >= 0.8 and column.is_category else (0.0, "")
    if kind == "date":
        return (named, why) if column.is_date else (0.0, "")
    if kind == "number":
        if column.is_number:
            return named, why
        # What its name says without doubt is taken as that, so that cells nobody can read are
        # refused and named, instead of standing by as a text that counts for nothing.
        return (
            (ENOUGH, f"{why}, but its values are hard to read")
            if says_digits(column, named)
            else (0.0, "")
        )
    if column.is_date or column.email_share > 0.8:
        return 0.0, ""
    if column.number_share > 0.9 and column.decimal_share > 0.1:
        return 0.0, ""
    id_like = column.name.lower().endswith(("id", "_id", "_key"))
    return (named - (0.25 if id_like else 0.0), why)
