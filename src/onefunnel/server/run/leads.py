"""The list of leads: narrowed, newest first, fifty at a time without counting pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from onefunnel.facts.tables import TABLES
from onefunnel.measures.steps.journeys import journeys
from onefunnel.server.run.asking import Wanted
from onefunnel.server.run.basis import Basis
from onefunnel.server.run.kept import Kept

if TYPE_CHECKING:
    import ibis.expr.types as ir

PAGE = 50
MASK = "•••"
PERSONAL = frozenset(column.name for column in TABLES["leads"].columns if column.personal)
_WANTED = ("source", "owner", "segment", "account_id", "company", "name", "email", "phone")
_MOST_CHOICES = 200
_kept = Kept(128)


@dataclass(frozen=True)
class LeadLine:
    """One lead of the list. `name` is masked for who may not see personal data."""

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


@dataclass(frozen=True)
class LeadPage:
    """A page of the list. `after` and `before` are the cursors of its neighbours, if any."""

    lines: tuple[LeadLine, ...]
    count: int
    after: str
    before: str


def leads_page(
    basis: Basis,
    wanted: Wanted,
    *,
    after: str = "",
    before: str = "",
    may_see_personal: bool = False,
) -> LeadPage:
    """The leads wanted, newest entry first; leads without an entry date come last.

    Pages go by the last line seen (its entry and key), not by number, so that a page far down
    costs as much as the first, and a lead that comes in meanwhile shifts nothing.
    """
    table = _narrowed(basis, wanted, may_see_personal)
    count = _kept.get(
        ("count", basis.version, basis.agreement.digest, wanted.key, may_see_personal),
        lambda: int(table.count().to_pyarrow().as_py()),
    )
    rows, more = _rows(table, after=after, before=before)
    is_first = not after and (not before or not more)
    is_last = not more if not before else False
    return LeadPage(
        lines=tuple(_line(row, may_see_personal) for row in rows),
        count=count,
        after="" if is_last or not rows else _cursor(rows[-1]),
        before="" if is_first or not rows else _cursor(rows[0]),
    )


def choices(basis: Basis, column: str) -> tuple[str, ...]:
    """What a filter offers: the values that occur, the most frequent two hundred of them."""

    def found() -> tuple[str, ...]:
        table = _all(basis)
        if column not in table.columns:
            return ()
        counted = table[column].value_counts(name="times").filter(lambda t: t[column].notnull())
        most = counted.order_by([counted["times"].desc(), counted[column]]).limit(_MOST_CHOICES)
        return tuple(sorted(str(row[column]) for row in most.to_pyarrow().to_pylist()))

    return _kept.get(("choices", basis.version, basis.agreement.digest, column), found)


def stages(basis: Basis) -> tuple[str, ...]:
    """The stages a lead may be in, in the agreement's order."""
    return tuple(stage.name for stage in basis.agreement.stages)


def _all(basis: Basis) -> ir.Table:
    """One row per lead: its journey's state and what is known of it."""
    states = journeys(basis.facts, basis.agreement)
    states = states.select("lead_id", "created_at", "current_stage", "outcome", "last_at")
    if "leads" not in basis.facts:
        return states
    leads = basis.facts["leads"]
    known = [name for name in _WANTED if name in leads.columns]
    return states.left_join(leads.select("lead_id", *known), "lead_id").select(
        *states.columns, *known
    )


def _narrowed(basis: Basis, wanted: Wanted, may_see_personal: bool) -> ir.Table:
    table = _all(basis)
    equal = {
        "stage": "current_stage",
        "source": "source",
        "owner": "owner",
        "segment": "segment",
        "account": "account_id",
    }
    for word, column in equal.items():
        if wanted.said(word) and column in table.columns:
            table = table.filter(table[column] == wanted.said(word))
    if since := _day(wanted.said("since")):
        table = table.filter(table["created_at"] >= _start(since, basis))
    if until := _day(wanted.said("until")):
        table = table.filter(table["created_at"] < _start(until + timedelta(days=1), basis))
    if wanted.said("q"):
        table = table.filter(_mentions(table, wanted.said("q"), may_see_personal))
    return table


def _mentions(table: ir.Table, text: str, may_see_personal: bool) -> ir.BooleanValue:
    """Whether a lead's key, company or (to who may see them) name, mail, phone hold the text."""
    searched = ["lead_id", "company"]
    searched += ["name", "email", "phone"] if may_see_personal else []
    lowered = text.lower()
    found = [
        table[name].lower().contains(lowered).fill_null(False)
        for name in searched
        if name in table.columns
    ]
    either = found[0]
    for one in found[1:]:
        either = either | one
    return either


#: Stands for "no entry date" in the order; earlier than any real one.
_NEVER = datetime(1, 1, 1)  # noqa: DTZ001, as in the facts: UTC without a zone


def _rows(table: ir.Table, *, after: str, before: str) -> tuple[list[Mapping[str, object]], bool]:
    """Up to a page of rows in list order, and whether there is more in the asked direction."""
    import ibis

    table = table.mutate(_entry=table["created_at"].fill_null(ibis.literal(_NEVER)))
    entry, key = table["_entry"], table["lead_id"]
    if at := _read_cursor(before):
        moment, lead = ibis.literal(at[0]), at[1]
        table = table.filter((entry > moment) | ((entry == moment) & (key > lead)))
        ordered = table.order_by([ibis.asc("_entry"), ibis.asc("lead_id")])
    else:
        if at := _read_cursor(after):
            moment, lead = ibis.literal(at[0]), at[1]
            table = table.filter((entry < moment) | ((entry == moment) & (key < lead)))
        ordered = table.order_by([ibis.desc("_entry"), ibis.desc("lead_id")])
    rows = ordered.limit(PAGE + 1).to_pyarrow().to_pylist()
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    return (rows[::-1] if _read_cursor(before) else rows), more


def _cursor(row: Mapping[str, object]) -> str:
    entry = row["_entry"]
    assert isinstance(entry, datetime)
    return f"{entry.isoformat()}~{row['lead_id']}"


def _read_cursor(text: str) -> tuple[datetime, str] | None:
    moment, separator, lead = text.partition("~")
    if not separator:
        return None
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return at.replace(tzinfo=None), lead


def _line(row: Mapping[str, object], may_see_personal: bool) -> LeadLine:
    def text(name: str) -> str:
        value = row.get(name)
        return "" if value is None else str(value)

    def moment(name: str) -> datetime | None:
        value = row.get(name)
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) else None

    name = text("name")
    return LeadLine(
        lead_id=text("lead_id"),
        name=name if may_see_personal or not name else MASK,
        company=text("company"),
        stage=text("current_stage"),
        outcome=text("outcome"),
        source=text("source"),
        segment=text("segment"),
        owner=text("owner"),
        created_at=moment("created_at"),
        last_at=moment("last_at"),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _start(day: date, basis: Basis) -> datetime:
    local = datetime.combine(day, time(), tzinfo=basis.zone)
    return local.astimezone(UTC).replace(tzinfo=None)
