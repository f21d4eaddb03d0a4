"""The rows of one deed: a lead's row and its moves, as the warehouse takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from onefunnel.agreement.qualify import NotYet, next_seq
from onefunnel.agreement.stage import Stage
from onefunnel.facts.utc import in_utc
from onefunnel.server.people.models import Person
from onefunnel.server.run.tracker.book import UNNAMED, Book
from onefunnel.server.warehouse.queries import REVISION

Row = Mapping[str, object]
#: Who makes the moves that follow from the agreement alone.
BY_AGREEMENT = "the agreement"


class NoSuchLead(LookupError):
    """There is no lead with that key, or it was merged into another."""


class MoveRefused(ValueError):
    """The agreement does not let the lead into the stage; `not_yet` says which clauses fail."""

    def __init__(self, sentence: str, not_yet: NotYet | None = None) -> None:
        self.not_yet = not_yet
        super().__init__(sentence)


class MovedMeanwhile(MoveRefused):
    """Somebody moved the lead since it was seen; `stands` is where it is now."""

    def __init__(self, stands: str, by: str) -> None:
        self.stands = stands
        where = f"stands in “{stands}” now" if stands else "stands in no stage now"
        whom = f", moved by {by}" if by else ""
        super().__init__(f"The lead {where}{whom}, so nothing was changed. Look at it again.")


@dataclass
class Change:
    """What a deed does to one lead: the rows that change, its moves, where it stands then.

    More than one row changes of a lead that others were merged into (`said_of_all`).
    """

    lead_id: str
    stage: str = ""
    rows: list[Row] = field(default_factory=list)
    moves: list[Row] = field(default_factory=list)


def name_of(by: Person | None, otherwise: str) -> str:
    """Who is named as having made a move."""
    return (by.name or by.email) if by is not None else otherwise


def own_columns(lead: Row) -> dict[str, object]:
    """A lead as the warehouse gave it, as it takes it back."""
    return {name: value for name, value in lead.items() if name != REVISION and value is not None}


def number_of_last(moves: Sequence[Row]) -> int:
    """The number of the last move written: another one after every move. 0 where there is none."""
    return max((int(str(move[REVISION])) for move in moves), default=0)


def entry_of(book: Book, lead: Row, *, at: datetime, by: str, stage: str = "") -> Change:
    """The first moves of a lead that comes in: into the first stage, and on as far as it meets.

    A lead that does not meet the first stage's definition comes in all the same, and stands in no
    stage until it does: nothing that arrives is lost.

    Raises:
        MoveRefused: a stage was asked for that the agreement lacks, or that it does not let into.
    """
    change = Change(str(lead["lead_id"]), rows=[lead])
    wanted = book.stage(stage) if stage else book.first
    if stage and wanted is None and book.agreement.stages:
        raise MoveRefused(_no_stage(book, stage))
    said = {"at": in_utc(at), "by": by}
    literal = stage or UNNAMED
    if wanted is not None:
        found = book.rules.entering(wanted, {**lead, **said, "team": _team(wanted)})
        if isinstance(found, NotYet):
            if stage:
                raise MoveRefused(found.sentence, found)
            literal = book.rules.said_of(wanted, {**lead, **said})
        else:
            literal = str(found.columns["stage"])
    first = _move(lead, said, literal, wanted)
    change.moves.append(first)
    standing = book.rules.stage_of({**lead, **first})
    if standing is not None and wanted is not None and standing != wanted:
        change.moves.append(_by_agreement(book, lead, change.moves, standing, at))
    change.stage = standing.name if standing else ""
    return change


def move_of(
    book: Book, lead: Row, moves: Sequence[Row], stage: str, *, at: datetime, by: str, reason: str
) -> Change:
    """The move of a lead into a stage.

    Raises:
        MoveRefused: the agreement has no such stage, the lead is there already, a reason lacks,
            a clause of the stage's definition fails, or a move dated later stands in the way.
    """
    wanted = book.stage(stage)
    if wanted is None:
        raise MoveRefused(_no_stage(book, stage))
    current, entered = book.rules.current(lead, moves)
    if current == wanted:
        raise MoveRefused(f"The lead is in “{stage}” already.")
    reason = reason.strip()
    if wanted.kind in ("lost", "disqualified") and not reason:
        raise MoveRefused(f"“{stage}” needs a reason: say why.")
    left = book.rules.named(current, entered)
    said = {"at": in_utc(at), "by": by, "reason": reason or None, "from_stage": left}
    found = book.rules.entering(wanted, {**lead, **said, "team": _team(wanted)})
    if isinstance(found, NotYet):
        raise MoveRefused(found.sentence, found)
    made = _move(lead, said, str(found.columns["stage"]), wanted, moves)
    stands, _ = book.rules.current(lead, [*moves, made])
    if stands != wanted:
        raise MoveRefused(_overtaken(stage, stands, moves, in_utc(at)))
    return Change(str(lead["lead_id"]), wanted.name, moves=[made])


def requalified(
    book: Book, before: Row, after: Row, moves: Sequence[Row], *, at: datetime
) -> Change:
    """A lead whose details changed: the move that the agreement makes of it, where it does.

    Forward and back alike: where the lead stands by its attributes is recorded when it changes.
    Both are the lead with all that was merged into it; which rows change, the caller says.
    """
    change = Change(str(after["lead_id"]))
    stood, entered = book.rules.current(before, moves)
    stands, _ = book.rules.current(after, moves)
    by_attributes = book.rules.by_attributes({**after, "at": in_utc(at)})
    if by_attributes is not None and _is_onward(book, stands, by_attributes):
        stands = by_attributes
    if stands is not None and stands != stood:
        left = book.rules.named(stood, entered)
        change.moves.append(_by_agreement(book, after, moves, stands, at, left))
        real, _ = book.rules.current(after, [*moves, *change.moves])
        stands = real
    change.stage = stands.name if stands else ""
    return change


def _is_onward(book: Book, stands: Stage | None, other: Stage) -> bool:
    """Whether the other stage is one that attributes put a lead into from where it stands."""
    path = book.agreement.success_path
    if stands is None or other not in path:
        return stands != other
    return stands in path and path.index(other) > path.index(stands)


def _by_agreement(
    book: Book, lead: Row, moves: Sequence[Row], stage: Stage, at: datetime, left: str | None = None
) -> Row:
    said = {"at": in_utc(at), "by": BY_AGREEMENT, "from_stage": left}
    found = book.rules.entering(stage, {**lead, **said, "team": _team(stage)})
    if isinstance(found, NotYet):
        return _move(lead, said, book.rules.said_of(stage, {**lead, **said}), stage, moves)
    literal = str(found.columns["stage"])
    return _move(lead, said, literal, stage, moves)


def _move(
    lead: Row, said: Row, literal: str, stage: Stage | None, before: Sequence[Row] = ()
) -> Row:
    at = said["at"]
    assert isinstance(at, datetime)
    return {
        **said,
        "lead_id": lead["lead_id"],
        "stage": literal,
        "team": _team(stage) if stage else None,
        "seq": next_seq(before, at),
    }


def _team(stage: Stage) -> str | None:
    return stage.leads[0] if stage.leads else None


def _overtaken(stage: str, stands: Stage | None, moves: Sequence[Row], now: datetime) -> str:
    """Why a lead would not stand in the stage it is moved into now."""
    later = [at for one in moves if isinstance(at := one["at"], datetime) and at > now]
    there = f"in “{stands.name}”" if stands else "in no stage"
    if not later:
        return f"After this move the lead would still stand {there}, not in “{stage}”."
    return (
        f"The lead has a move dated {max(later):%Y-%m-%d}, which is still to come, and by its "
        f"moves it would stand {there}, not in “{stage}”. Correct that date where it comes from."
    )


def _no_stage(book: Book, stage: str) -> str:
    names = ", ".join(one.name for one in book.agreement.stages) or "none yet"
    return f"The agreement has no stage “{stage}”; it has: {names}."
