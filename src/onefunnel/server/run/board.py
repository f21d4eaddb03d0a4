"""The board of leads: a column for each stage, its count and money, and the newest fifty cards.

Counts and money are those of the list that each opens, under the same words of the address and
from the same version of the data. A lead that was moved since that version stands as a card where
it is now; the counts follow when the data does, and the page says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.duties import Promise
from onefunnel.agreement.stage import Stage
from onefunnel.business_time import NeverOpenError, due_at
from onefunnel.charts import written
from onefunnel.server.agree.basis import Basis
from onefunnel.server.agree.signatures import team_of
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.run.asking import NONE, Wanted
from onefunnel.server.run.board_rows import (
    Money,
    cards_of_all,
    cards_of_some,
    counts_by_stage,
    money_by_stage,
)
from onefunnel.server.run.handovers.calendars import calendar_of
from onefunnel.server.run.lead_rows import PAGE, Row, rows_of
from onefunnel.server.run.leads import LeadLine, cursor_of, line_of, read_cursor
from onefunnel.server.run.tracker.book import current_book
from onefunnel.server.run.tracker.history import own_columns
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.kept import Kept

#: Data that nothing was added to for so long is looked at as of its own time.
_STILL = timedelta(days=7)
#: So many moves that the data lacks are shown where they led to; with more, an import is at work.
_MOST_FRESH = 200
_kept = Kept(64)


@dataclass(frozen=True)
class Card:
    """One lead of the board: `stays` is how long it has been in its stage, in words."""

    lead: LeadLine
    stays: str
    is_late: bool
    is_fresh: bool = False  # moved since the counts were taken


@dataclass(frozen=True)
class Amount:
    """Money of a column; `currency` as the address says it, `words` as people read it."""

    currency: str
    amount: Decimal
    words: str


@dataclass(frozen=True)
class Column:
    """One stage of the board. `stands` is what a move from here says it saw; `promise` is what the
    agreement promises of it, in words; `after` is where its further cards begin."""

    name: str
    stands: str
    kind: str
    count: int
    money: tuple[Amount, ...]
    cards: tuple[Card, ...]
    after: str
    promise: str
    query: str


@dataclass(frozen=True)
class Board:
    """The board; `fresh` leads were moved since the counts were taken; times are up to `at`.

    `seen` is the last change of the data that the counts know: a move says that it saw so much.
    """

    columns: tuple[Column, ...]
    count: int
    fresh: int
    at: datetime
    is_read_only: bool
    seen: int


def board_of(basis: Basis, wanted: Wanted, hiding: Hiding, *, at: datetime) -> Board:
    """The board of the leads wanted, as its reader may see them."""
    seen = warehouse.copy_watermark()  # before anything is read
    key = (basis.version, basis.agreement.digest, wanted.key, hiding)
    counts = _kept.get(("counts", key), lambda: counts_by_stage(basis, wanted, hiding))
    money = _kept.get(("money", key), lambda: money_by_stage(basis, wanted, hiding))
    rows = cards_of_all(basis, wanted, hiding, most=PAGE + 1)
    by_stage: dict[object, list[Row]] = {}
    for row in rows:
        by_stage.setdefault(row["current_stage"], []).append(row)
    fresh = _fresh(basis, wanted, hiding, seen, at=at)
    looked = _looked_at(basis, at)
    columns = []
    for stage in (*_in_order(basis.agreement, wanted), None):
        name = stage.name if stage else None
        here = [one for one in fresh if fresh[one]["current_stage"] == name]
        if stage is None and not counts.get(None) and not here:
            continue
        columns.append(
            _column(basis, wanted, hiding, stage, counts.get(name, 0), money.get(name, {}),
                    by_stage.get(name, []), fresh, looked)
        )  # fmt: skip
    return Board(
        columns=tuple(columns),
        count=sum(column.count for column in columns),
        fresh=len(fresh),
        at=looked,
        is_read_only=basis.agreement.status == "not agreed",
        seen=seen,
    )


def more_cards(
    basis: Basis, wanted: Wanted, hiding: Hiding, after: str, *, at: datetime
) -> tuple[tuple[Card, ...], str]:
    """The next cards of one stage (that of `wanted`), and where those after them begin."""
    rows, more = rows_of(basis, wanted, hiding, after=read_cursor(after, hiding))
    stage = next((s for s in basis.agreement.stages if s.name == wanted.said("stage")), None)
    carded = _carder(basis, stage, hiding, _looked_at(basis, at))
    return tuple(map(carded, rows)), cursor_of(rows[-1], hiding) if more else ""


def _in_order(agreement: Agreement, wanted: Wanted) -> tuple[Stage, ...]:
    """The success path, then the detours; one stage alone where only it is asked for."""
    stages = (*agreement.success_path, *agreement.detours)
    said = wanted.said("stage")
    return tuple(one for one in stages if one.name == said) if said else stages


def _column(
    basis: Basis,
    wanted: Wanted,
    hiding: Hiding,
    stage: Stage | None,
    count: int,
    money: Money,
    rows: list[Row],
    fresh: Mapping[str, Row],
    at: datetime,
) -> Column:
    name = stage.name if stage else None
    carded = _carder(basis, stage, hiding, at)
    shown = rows[:PAGE]
    came = [row for row in fresh.values() if row["current_stage"] == name]
    cards = [replace(carded(row), is_fresh=True) for row in came]
    cards += [carded(row) for row in shown if str(row["lead_id"]) not in fresh]
    return Column(
        name=name or "In no stage",
        stands=name or "",
        kind=stage.kind if stage else "",
        count=count,
        money=tuple(
            Amount(code or NONE, amount, written.money(amount, code))
            for code, amount in money.items()
        ),
        cards=tuple(cards),
        after=cursor_of(shown[-1], hiding) if len(rows) > PAGE else "",
        promise=_promised(basis.agreement, stage),
        query=wanted.query(stage=name or NONE),
    )


def _carder(
    basis: Basis, stage: Stage | None, hiding: Hiding, at: datetime
) -> Callable[[Row], Card]:
    """What makes cards of one stage; a promise of the stage says when they are late."""
    promise = _promise(basis.agreement, stage)
    calendar = calendar_of(team_of(promise.by_team)) if promise else None

    def is_late(since: datetime) -> bool:
        if promise is None or calendar is None or promise.within_hours is None:
            return False
        try:
            return due_at(calendar, since, timedelta(hours=promise.within_hours)) < at
        except NeverOpenError:
            return False

    def carded(row: Row) -> Card:
        lead = line_of(row, hiding)
        if lead.since is None:
            return Card(lead, "", is_late=False)
        spent = max((at - lead.since) / timedelta(days=1), 0.0)
        stays = written.days(spent) if spent * 24 >= 1 else "under an hour"
        return Card(lead, stays, is_late=is_late(lead.since))

    return carded


def _promise(agreement: Agreement, stage: Stage | None) -> Promise | None:
    """The shortest time that the agreement promises from this stage on."""
    found = [
        one for one in agreement.promises
        if stage is not None and one.from_stage == stage.name and one.within_hours is not None
    ]  # fmt: skip
    return min(found, key=lambda one: one.within_hours or 0.0, default=None)


def _promised(agreement: Agreement, stage: Stage | None) -> str:
    """What the agreement promises of a stage, in words."""
    promise = _promise(agreement, stage)
    if promise is None:
        return ""
    to = f" to {promise.to_stage}" if promise.to_stage else ""
    return f"on{to} within {written.number(promise.within_hours)} working hours"


def _looked_at(basis: Basis, at: datetime) -> datetime:
    """Until when cards have been in their stage: now, or the data's time where it is old."""
    data_at = basis.data_at
    return data_at if data_at is not None and at - data_at > _STILL else at


def _fresh(
    basis: Basis, wanted: Wanted, hiding: Hiding, seen: int, *, at: datetime
) -> dict[str, Row]:
    """Leads of the board that moved since the data's version, each where it stands now."""
    moved = warehouse.leads_moved_after(seen, most=_MOST_FRESH)
    if not moved:  # nothing did, or an import is at work
        return {}
    rows = cards_of_some(basis, Wanted({**wanted.words, "stage": ""}), hiding, sorted(moved))
    ids = [str(row["lead_id"]) for row in rows]
    leads, moves, book = (
        warehouse.living_leads(ids), warehouse.moves_of_leads(ids), current_book(at=at)
    )  # fmt: skip
    found: dict[str, Row] = {}
    for row in rows:
        one = str(row["lead_id"])
        if one not in leads:
            continue
        stage, entered = book.rules.current(own_columns(leads[one]), moves.get(one, ()))
        name = stage.name if stage else None
        if name != row["current_stage"]:
            found[one] = {**row, "current_stage": name, "since": (entered or {}).get("at")}
    return found
