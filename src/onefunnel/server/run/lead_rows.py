"""The rows of the list of leads, in SQL: only what a page shows is looked up whole.

The journeys alone decide the order; attributes of leads take part only where they are asked for,
and the rest is joined to the fifty rows that are shown. So a page costs about the same whatever
the number of leads. Values are always parameters; names come from the declaration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import ibis

from onefunnel.measures.steps.journeys import journeys
from onefunnel.server.run.asking import Wanted
from onefunnel.server.run.basis import Basis
from onefunnel.server.run.kept import Kept

PAGE = 50
#: What a line shows of a lead beside its journey, where the facts have it.
SHOWN = ("source", "owner", "segment", "account_id", "company", "name", "email", "phone")
_STATE = ("lead_id", "created_at", "current_stage", "outcome", "last_at")
#: Stands for "no entry date" in the order; earlier than any real one.
_NEVER = datetime(1, 1, 1)  # noqa: DTZ001, as in the facts: UTC without a zone
_kept = Kept(16)

Row = Mapping[str, object]


@dataclass(frozen=True)
class Source:
    """SQL of the two tables, and the lead columns that exist."""

    states: str
    leads: str
    columns: tuple[str, ...]


@dataclass
class Narrowing:
    """Conditions on the journeys (s) and on the leads (l), with their values in order."""

    on_states: list[str] = field(default_factory=list)
    on_leads: list[str] = field(default_factory=list)
    state_values: list[object] = field(default_factory=list)
    lead_values: list[object] = field(default_factory=list)


def source_of(basis: Basis) -> Source:
    """The tables as SQL, worked out once for each version of the data and agreement."""

    def made() -> Source:
        states = journeys(basis.facts, basis.agreement).select(*_STATE)
        if "leads" not in basis.facts:
            return Source(str(ibis.to_sql(states, dialect="duckdb")), "", ())
        leads = basis.facts["leads"]
        columns = tuple(name for name in SHOWN if name in leads.columns)
        return Source(
            states=str(ibis.to_sql(states, dialect="duckdb")),
            leads=str(ibis.to_sql(leads.select("lead_id", *columns), dialect="duckdb")),
            columns=columns,
        )

    return _kept.get((basis.version, basis.agreement.digest), made)


def count_of(basis: Basis, wanted: Wanted, may_see_personal: bool) -> int:
    """How many leads are wanted."""
    source = source_of(basis)
    narrowing = _narrowing(basis, source, wanted, may_see_personal)
    found = _run(basis, f"SELECT count(*) AS n FROM {_found(source, narrowing)}", narrowing, [])
    return int(str(found[0]["n"]))


def rows_of(
    basis: Basis,
    wanted: Wanted,
    may_see_personal: bool,
    *,
    after: tuple[datetime, str] | None = None,
    before: tuple[datetime, str] | None = None,
) -> tuple[list[Row], bool]:
    """Up to a page of rows in the order of the list, and whether there is more that way."""
    source = source_of(basis)
    narrowing = _narrowing(basis, source, wanted, may_see_personal)
    entry = "coalesce(s.created_at, TIMESTAMP '0001-01-01')"
    where, values, order = "", [], "DESC"
    if before or after:
        at, sign = (before, ">") if before else (after, "<")
        assert at is not None
        where = f" WHERE {entry} {sign} ? OR ({entry} = ? AND s.lead_id {sign} ?)"
        values = [at[0], at[0], at[1]]
        order = "ASC" if before else "DESC"
    page = (
        f"SELECT s.*, {entry} AS _entry FROM {_found(source, narrowing)}{where} "
        f"ORDER BY _entry {order}, s.lead_id {order} LIMIT {PAGE + 1}"
    )
    rows = _run(basis, _whole(source, page, order), narrowing, values)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return (rows[::-1] if before else rows), more


def _found(source: Source, narrowing: Narrowing) -> str:
    """The journeys wanted, as `s`."""
    states = f"({source.states}) s"
    if narrowing.on_states:
        states = f"(SELECT * FROM {states} WHERE {' AND '.join(narrowing.on_states)}) s"
    if not narrowing.on_leads:
        return states
    chosen = f"SELECT lead_id FROM ({source.leads}) l WHERE {' AND '.join(narrowing.on_leads)}"
    return f"(SELECT s.* FROM {states} SEMI JOIN ({chosen}) c USING (lead_id)) s"


def _whole(source: Source, page: str, order: str) -> str:
    """The page's rows with what is known of their leads."""
    if not source.leads:
        return page
    shown = "".join(f', l."{name}"' for name in source.columns)
    return (
        f"WITH page AS MATERIALIZED ({page}) SELECT p.*{shown} FROM page p LEFT JOIN "
        f"(SELECT * FROM ({source.leads}) WHERE lead_id IN (SELECT lead_id FROM page)) l "
        f"USING (lead_id) ORDER BY p._entry {order}, p.lead_id {order}"
    )


def _narrowing(basis: Basis, source: Source, wanted: Wanted, may_see_personal: bool) -> Narrowing:
    made = Narrowing()
    if wanted.said("stage"):
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
        if wanted.said(word) and column in source.columns:
            made.on_leads.append(f'l."{column}" = ?')
            made.lead_values.append(wanted.said(word))
    if wanted.said("q"):
        _mentions(made, source, wanted.said("q").lower(), may_see_personal)
    return made


def _mentions(made: Narrowing, source: Source, text: str, may_see_personal: bool) -> None:
    """The lead's key, company or (to who may see them) name, mail, phone hold the text."""
    if not source.leads:
        made.on_states.append("contains(lower(s.lead_id), ?)")
        made.state_values.append(text)
        return
    names = ("company", "name", "email", "phone") if may_see_personal else ("company",)
    searched = ["lead_id", *(name for name in names if name in source.columns)]
    made.on_leads.append(
        "(" + " OR ".join(f'contains(lower(l."{name}"), ?)' for name in searched) + ")"
    )
    made.lead_values += [text] * len(searched)


def _run(basis: Basis, sql: str, narrowing: Narrowing, values: list[object]) -> list[Row]:
    table = basis.facts.tables["moves" if "moves" in basis.facts else "leads"]
    given = [*narrowing.state_values, *narrowing.lead_values, *values]
    found = table.get_backend().con.execute(sql, given)
    return found.to_arrow_table().to_pylist()  # type: ignore[no-any-return]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _start(day: date, basis: Basis) -> datetime:
    local = datetime.combine(day, time(), tzinfo=basis.zone)
    return local.astimezone(UTC).replace(tzinfo=None)
