"""The list of leads: narrowed, newest first, fifty at a time without counting pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from onefunnel.facts.personal import MASK
from onefunnel.server.agree.basis import Basis
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.run.asking import NONE, Wanted
from onefunnel.server.run.board_rows import money_of_leads, money_of_list
from onefunnel.server.run.lead_rows import Cursor, count_of, rows_of
from onefunnel.server.warehouse.kept import Kept

_MOST_CHOICES = 200
_kept = Kept(128)


@dataclass(frozen=True)
class LeadLine:
    """One lead of the list, as its reader may see it; `key` is what its address holds.

    `since` is when it came into its stage; `value` what its deals amount to, where a currency is
    asked for.
    """

    key: str
    lead_id: str
    name: str
    company: str
    stage: str
    outcome: str
    source: str
    segment: str
    owner: str
    created_at: datetime | None
    last_at: datetime | None
    since: datetime | None
    value: Decimal | None = None

    @property
    def title(self) -> str:
        """What a card or a hit calls it: its name, else its key."""
        return self.name if self.name not in ("", MASK) else self.lead_id


@dataclass(frozen=True)
class LeadPage:
    """A page of the list. `after` and `before` are the cursors of its neighbours, if any.

    `total` is what the deals of all leads of the list amount to, where a currency is asked for.
    """

    lines: tuple[LeadLine, ...]
    count: int
    after: str
    before: str
    total: Decimal | None = None


def leads_page(
    basis: Basis,
    wanted: Wanted,
    *,
    after: str = "",
    before: str = "",
    hiding: Hiding,
) -> LeadPage:
    """The leads wanted, newest entry first; leads without an entry date come last.

    Pages go by the last line seen (its entry and key), not by number, so that a page far down
    costs as much as the first, and a lead that comes in meanwhile shifts nothing.
    """
    up, down = read_cursor(before, hiding), read_cursor(after, hiding)
    rows, more = rows_of(basis, wanted, hiding, after=None if up else down, before=up)
    is_all = not more and up is None and down is None
    count = _kept.get(
        ("count", basis.version, basis.agreement.digest, wanted.key, hiding),
        lambda: len(rows) if is_all else count_of(basis, wanted, hiding),
    )
    is_first = not more if up else down is None
    is_last = not up and not more
    values, total = _money(basis, wanted, hiding, [row["lead_id"] for row in rows])
    return LeadPage(
        lines=tuple(line_of(row, hiding, values.get(row["lead_id"])) for row in rows),
        count=count,
        after="" if is_last or not rows else cursor_of(rows[-1], hiding),
        before="" if is_first or not rows else cursor_of(rows[0], hiding),
        total=total,
    )


def _money(
    basis: Basis, wanted: Wanted, hiding: Hiding, lead_ids: list[object]
) -> tuple[dict[object, Decimal], Decimal | None]:
    """What each of the leads and all of the list amount to; nothing without a currency."""
    said = wanted.said("currency")
    if not said:
        return {}, None
    currency = "" if said == NONE else said
    key = ("money", basis.version, basis.agreement.digest, wanted.key, hiding)
    total = _kept.get(key, lambda: money_of_list(basis, wanted, hiding, currency))
    return money_of_leads(basis, currency, lead_ids), total


def choices(basis: Basis, column: str, hiding: Hiding) -> tuple[str, ...]:
    """What a filter offers: the values that occur, the most frequent two hundred of them."""
    if hiding.hides("leads", column):
        return ()

    def found() -> tuple[str, ...]:
        if "leads" not in basis.facts or column not in basis.facts["leads"].columns:
            return ()
        table = basis.facts["leads"]
        counted = table[column].value_counts(name="times").filter(lambda t: t[column].notnull())
        most = counted.order_by([counted["times"].desc(), counted[column]]).limit(_MOST_CHOICES)
        return tuple(sorted(str(row[column]) for row in most.to_pyarrow().to_pylist()))

    values = _kept.get(("choices", basis.version, column), found)
    return tuple(one for one in values if hiding.shown("leads", column, one) == one)


def stages(basis: Basis) -> tuple[str, ...]:
    """The stages a lead may be in, in the agreement's order."""
    return tuple(stage.name for stage in basis.agreement.stages)


def cursor_of(row: Mapping[str, object], hiding: Hiding) -> str:
    """Where the list goes on: the entry (empty where there is none) and the key of a line."""
    entry, key = row["created_at"], str(row["lead_id"])
    return f"{entry.isoformat() if isinstance(entry, datetime) else ''}~{hiding.place(key)}"


def read_cursor(text: str, hiding: Hiding) -> Cursor | None:
    moment, separator, lead = text.partition("~")
    key = hiding.read_place(lead)
    if not separator or not key:
        return None
    try:
        at = datetime.fromisoformat(moment) if moment else None
    except ValueError:
        return None
    return (at.replace(tzinfo=None) if at else None), key


def line_of(whole: Mapping[str, object], hiding: Hiding, value: Decimal | None = None) -> LeadLine:
    """A row of the list as its reader may see it."""
    row = hiding.row("leads", whole)

    def text(name: str) -> str:
        value = row.get(name)
        return "" if value is None else str(value)

    def moment(name: str) -> datetime | None:
        value = row.get(name)
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) else None

    return LeadLine(
        key=hiding.address("leads", "lead_id", str(whole["lead_id"])),
        lead_id=text("lead_id"),
        name=text("name"),
        company=text("company"),
        stage=text("current_stage"),
        outcome=text("outcome"),
        source=text("source"),
        segment=text("segment"),
        owner=text("owner"),
        created_at=moment("created_at"),
        last_at=moment("last_at"),
        since=moment("since"),
        value=value,
    )
