"""The rows of the list of leads, in SQL: only what a page shows is looked up whole.

The journeys alone decide the order; attributes of leads take part only where they are asked for,
and the rest is joined to the fifty rows that are shown. So a page costs about the same whatever
the number of leads. Values are always parameters; names come from the declaration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import ibis

from onefunnel.facts.utc import in_utc
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.deals import deals_of
from onefunnel.measures.steps.journeys import journeys
from onefunnel.server.agree.basis import Basis
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.run.asking import NONE, Wanted
from onefunnel.server.run.stretches import Span, Stretch, stretches
from onefunnel.server.warehouse.kept import Kept

if TYPE_CHECKING:
    import ibis.expr.types as ir

PAGE = 50
#: What a line shows of a lead beside its journey, where the facts have it.
SHOWN = ("source", "owner", "segment", "account_id", "company", "name", "email", "phone")
_STATE = ("lead_id", "created_at", "current_stage", "outcome", "last_at")
#: Which deals (d) are the money of a lead (s): lost ones only where the lead itself is out.
PRICED = (
    "d.lead_id = s.lead_id AND d.amount IS NOT NULL "
    "AND (NOT d.is_lost OR s.outcome IN ('lost', 'disqualified'))"
)
_kept = Kept(16)

Row = Mapping[str, object]


@dataclass(frozen=True)
class Source:
    """SQL of the tables (empty: there is none), and the lead columns that exist."""

    states: str
    leads: str
    columns: tuple[str, ...]
    deals: str


@dataclass
class Narrowing:
    """Conditions on the journeys (s) and on the leads (l), with their values in order."""

    on_states: list[str] = field(default_factory=list)
    on_leads: list[str] = field(default_factory=list)
    state_values: list[object] = field(default_factory=list)
    lead_values: list[object] = field(default_factory=list)

    @property
    def values(self) -> list[object]:
        return [*self.state_values, *self.lead_values]

    def within(self, stretch: Stretch) -> Narrowing:
        """The same of one stretch of the list; a lead stands in both tables with one entry."""
        on_states, values = stretch.conditions("s.created_at")
        near = replace(self)
        near.on_states = [*self.on_states, *on_states]
        near.state_values = [*self.state_values, *values]
        if self.on_leads:
            near.on_leads = [*self.on_leads, *stretch.conditions("l.created_at")[0]]
            near.lead_values = [*self.lead_values, *values]
        return near


def source_of(basis: Basis) -> Source:
    """The tables as SQL, worked out once for each version of the data and agreement."""

    def made() -> Source:
        whole = journeys(basis.facts, basis.agreement)
        states = whole.select(*_STATE, since=_since(whole, len(basis.agreement.success_path)))
        columns: tuple[str, ...] = ()
        leads = deals = ""
        if "leads" in basis.facts:
            table = basis.facts["leads"]
            columns = tuple(name for name in SHOWN if name in table.columns)
            leads = _sql(_shown(table, columns))
        if "deals" in basis.facts:
            known = deals_of(basis.facts, Scope())
            deals = _sql(
                known.select("lead_id", "amount", "currency", is_lost=known["outcome"] == "lost")
            )
        return Source(states=_sql(states), leads=leads, columns=columns, deals=deals)

    return _kept.get(("source", basis.version, basis.agreement.digest), made)


def _sql(table: ir.Table) -> str:
    return str(ibis.to_sql(table, dialect="duckdb"))


def _since(whole: ir.Table, stages: int) -> ir.Value:
    """Since when a lead is where it stands; NULL where that has no date."""
    undated = [(whole["current"] == k) & whole[f"at_{k}"].isnull() for k in range(stages)]
    return ibis.cases(
        *((one, ibis.null("timestamp")) for one in undated),
        (whole["current"].notnull(), whole["since"]),
        else_=whole["outcome_at"],
    )


def _shown(leads: ir.Table, columns: tuple[str, ...]) -> ir.Table:
    has_time = "created_at" in leads.columns
    created = leads["created_at"] if has_time else ibis.null("timestamp")
    return leads.select("lead_id", *columns, created_at=created)


def count_of(basis: Basis, wanted: Wanted, hiding: Hiding) -> int:
    """How many leads are wanted."""
    source = source_of(basis)
    narrowing = narrowing_of(basis, source, wanted, hiding)
    found = run_sql(
        basis, f"SELECT count(*) AS n FROM {found_leads(source, narrowing)}", narrowing.values
    )
    return int(str(found[0]["n"]))


def keys_of(basis: Basis, wanted: Wanted, hiding: Hiding, *, most: int) -> list[str]:
    """The keys of the leads wanted, so many of them at most."""
    source = source_of(basis)
    narrowing = narrowing_of(basis, source, wanted, hiding)
    sql = f"SELECT s.lead_id FROM {found_leads(source, narrowing)} ORDER BY 1 LIMIT {most:d}"
    return [str(row["lead_id"]) for row in run_sql(basis, sql, narrowing.values)]


def rows_of(
    basis: Basis,
    wanted: Wanted,
    hiding: Hiding,
    *,
    after: Cursor | None = None,
    before: Cursor | None = None,
) -> tuple[list[Row], bool]:
    """Up to a page of rows in the order of the list, and whether there is more that way.

    Dated leads come first, the newest at the top; undated ones follow. `before` goes up the list.
    """
    source = source_of(basis)
    narrowing = narrowing_of(basis, source, wanted, hiding)
    is_up, at = before is not None, before or after
    rows: list[Row] = []
    span = span_of(basis)
    for part in _parts(at, is_up, span.rows > span.dated):
        for stretch in stretches(span, part.start, is_up=is_up) if part.is_dated else [Stretch()]:
            near = narrowing.within(stretch)
            sql = (
                f"SELECT s.* FROM {found_leads(source, near)} WHERE {part.where} ORDER BY "
                f"s.created_at {part.way}, s.lead_id {part.way} LIMIT {PAGE + 1 - len(rows)}"
            )
            rows += run_sql(basis, sql, [*near.values, *part.values])
            if len(rows) > PAGE:
                break
        if len(rows) > PAGE:
            break
    more, rows = len(rows) > PAGE, rows[:PAGE]
    rows = with_leads(basis, source, rows)
    return (rows[::-1] if is_up else rows), more


#: Where a page of the list begins: an entry (None: without a date) and a key.
Cursor = tuple[datetime | None, str]


@dataclass(frozen=True)
class _Part:
    """A stretch of the list that is in one order: the dated leads, or the undated ones."""

    where: str
    values: tuple[object, ...]
    way: str
    is_dated: bool = True
    start: datetime | None = None


def span_of(basis: Basis) -> Span:
    """When leads came in; asked once for each version of the data."""

    def found() -> Span:
        sql = (
            "SELECT min(created_at) AS first, max(created_at) AS last, count(created_at) AS dated, "
            f"count(*) AS rows FROM ({source_of(basis).states})"
        )
        ready = basis.facts.journeys
        is_stored = ready is not None and journeys(basis.facts, basis.agreement) is ready.table
        return Span(**run_sql(basis, sql, [])[0], is_stored=is_stored)  # type: ignore[arg-type]

    return _kept.get(("span", basis.version, basis.agreement.digest), found)


def _parts(at: Cursor | None, is_up: bool, has_undated: bool) -> list[_Part]:
    """The stretches from a cursor on, in the direction asked; written so that files are pruned."""
    way, sign = ("ASC", ">") if is_up else ("DESC", "<")
    dated = _Part("s.created_at IS NOT NULL", (), way)
    undated = _Part("s.created_at IS NULL", (), way, is_dated=False)
    last = [undated] if has_undated else []
    if at is None:
        return [dated, *last]
    entry, key = at
    if entry is None:
        rest = _Part(f"s.created_at IS NULL AND s.lead_id {sign} ?", (key,), way, False)
        return [rest, dated] if is_up else [rest]
    where = f"s.created_at {sign}= ? AND (s.created_at {sign} ? OR s.lead_id {sign} ?)"
    rest = _Part(where, (entry, entry, key), way, start=entry)
    return [rest] if is_up else [rest, *last]


def with_leads(basis: Basis, source: Source, rows: list[Row]) -> list[Row]:
    """The rows with what is known of their leads; leads are stored by entry, so few are read."""
    if not source.leads or not rows:
        return rows
    known: dict[object, Row] = {}
    dated = [row["created_at"] for row in rows if row["created_at"] is not None]
    if dated:
        sql = f"SELECT * FROM ({source.leads}) WHERE created_at BETWEEN ? AND ? AND lead_id IN "
        ids = [row["lead_id"] for row in rows if row["created_at"] is not None]
        values = [min(dated), max(dated), *ids]  # type: ignore[type-var]
        known |= _by_id(run_sql(basis, f"{sql} ({', '.join('?' * len(ids))})", values))
    if ids := [row["lead_id"] for row in rows if row["created_at"] is None]:
        sql = f"SELECT * FROM ({source.leads}) WHERE created_at IS NULL AND lead_id IN "
        known |= _by_id(run_sql(basis, f"{sql} ({', '.join('?' * len(ids))})", ids))
    return [{**known.get(row["lead_id"], {}), **row} for row in rows]


def _by_id(rows: list[Row]) -> dict[object, Row]:
    return {row["lead_id"]: row for row in rows}


def found_leads(source: Source, narrowing: Narrowing) -> str:
    """The journeys wanted, as `s`."""
    states = f"({source.states}) s"
    if narrowing.on_states:
        states = f"(SELECT * FROM {states} WHERE {' AND '.join(narrowing.on_states)}) s"
    if not narrowing.on_leads:
        return states
    chosen = f"SELECT lead_id FROM ({source.leads}) l WHERE {' AND '.join(narrowing.on_leads)}"
    return f"(SELECT s.* FROM {states} SEMI JOIN ({chosen}) c USING (lead_id)) s"


def narrowing_of(basis: Basis, source: Source, wanted: Wanted, hiding: Hiding) -> Narrowing:
    made = Narrowing()
    if wanted.said("stage") == NONE:
        made.on_states.append("s.current_stage IS NULL")
    elif wanted.said("stage"):
        made.on_states.append("s.current_stage = ?")
        made.state_values.append(wanted.said("stage"))
    if since := _day(wanted.said("since")):
        made.on_states.append("s.created_at >= ?")
        made.state_values.append(_start(since, basis))
    if until := _day(wanted.said("until")):
        made.on_states.append("s.created_at < ?")
        made.state_values.append(_start(until + timedelta(days=1), basis))
    for word, column in (
        ("source", "source"),
        ("owner", "owner"),
        ("segment", "segment"),
        ("account", "account_id"),
    ):
        said = wanted.said(word)
        if said and column in source.columns and not hiding.hides("leads", column):
            if hiding.shown("leads", column, said) != said:  # no asking for an address
                made.on_states.append("false")
            made.on_leads.append(f'l."{column}" = ?')
            made.lead_values.append(said)
    if currency := wanted.said("currency"):
        of_lead = f"SELECT 1 FROM ({source.deals}) d WHERE {PRICED} AND d.currency = ?"
        made.on_states.append(f"EXISTS ({of_lead})" if source.deals else "false")
        made.state_values += ["" if currency == NONE else currency] if source.deals else []
    if wanted.said("q"):
        _mentions(made, source, wanted.said("q").lower(), hiding)
    return made


def _mentions(made: Narrowing, source: Source, text: str, hiding: Hiding) -> None:
    """The lead's key, company, name, mail or phone hold the text: those the reader may see."""
    searched = [
        name
        for name in ("lead_id", "company", "name", "email", "phone")
        if (name == "lead_id" or name in source.columns) and not hiding.hides("leads", name)
    ]
    if not searched or hiding.shown("leads", "", text) != text:  # no asking for an address
        made.on_states.append("false")
        return
    if not source.leads:
        made.on_states.append("contains(lower(s.lead_id), ?)")
        made.state_values.append(text)
        return
    made.on_leads.append(
        "(" + " OR ".join(f'contains(lower(l."{name}"), ?)' for name in searched) + ")"
    )
    made.lead_values += [text] * len(searched)


def run_sql(basis: Basis, sql: str, values: list[object]) -> list[Row]:
    table = basis.facts.tables["moves" if "moves" in basis.facts else "leads"]
    found = table.get_backend().con.execute(sql, values)
    return found.to_arrow_table().to_pylist()  # type: ignore[no-any-return]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _start(day: date, basis: Basis) -> datetime:
    local = datetime.combine(day, time(), tzinfo=basis.zone)
    return in_utc(local)
