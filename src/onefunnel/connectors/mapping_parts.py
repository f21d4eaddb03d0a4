"""The mapping as data: how the files of one source become standard tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from onefunnel.facts.tables import TABLES

_ID_MADE_HERE = ("touches", "touch_id")
Kind = Literal["open", "won", "lost", "disqualified", "recycled"]
KINDS: tuple[str, ...] = ("open", "won", "lost", "disqualified", "recycled")
#: How dates may be declared to be written; anything else is a strptime format with a %.
DATE_STYLES: tuple[str, ...] = (
    "day-first",
    "month-first",
    "year-first",
    "epoch seconds",
    "epoch milliseconds",
    "excel",
)


class MappingError(ValueError):
    """A mapping that cannot be read or applied: where, what, and what to do."""

    def __init__(self, *, name: str, line: int | None, what: str, fix: str) -> None:
        self.name, self.line, self.what, self.fix = name, line, what, fix
        where = f"{name}, line {line}" if line else name
        super().__init__(f"{where}: {what}; {fix}")


@dataclass(frozen=True)
class Case:
    """`when` a condition holds, the value is the text `value`, or what column `column` says."""

    when: str
    value: str | None = None
    column: str | None = None


@dataclass(frozen=True)
class Source:
    """Where the values of one standard column come from.

    Tried in this order: the `cases` (first whose condition holds), then the `columns` (first that
    is not empty, or all of them joined by `glue`), else the constant `value`. Text is trimmed;
    then `values` translates it (case does not matter), and `otherwise` replaces what `values` does
    not name. `date`, `zone`, `decimal` and `times` say how dates and numbers are written; left
    empty they are decided from the whole column. `personal` says whether the column is data about
    a person; None: decided from its name and all its values. `confidence` 0..1 and `reason` say
    why a proposal chose it; they live in the comment at the end of the YAML line.
    """

    columns: tuple[str, ...] = ()
    value: str | None = None
    cases: tuple[Case, ...] = ()
    glue: str | None = None
    values: tuple[tuple[str, str], ...] = ()
    otherwise: str | None = None
    date: str = ""
    zone: str = ""
    decimal: str = ""
    times: str = ""
    personal: bool | None = None
    confidence: float | None = None
    reason: str = ""


Columns = tuple[tuple[str, Source], ...]


@dataclass(frozen=True)
class Step:
    """One move that every row makes where `where` holds; `columns` name at least `stage`."""

    columns: Columns
    where: str = ""


@dataclass(frozen=True)
class Make:
    """One standard table made from the rows of a file.

    `columns` are standard columns, `attributes` are free ones (open tables only); with
    `keep_others`, every column of the file that nothing else names becomes a free attribute.
    Moves have `steps` when they are rebuilt from date columns: each step is one move per row, in
    this order, and `columns` hold what all steps share (lead_id, by, ...). Moves without steps are
    a history: one row, one move. With `only_missing`, rows whose key (for moves: whose lead) an
    earlier make has are passed over.
    """

    table: str
    columns: Columns
    attributes: Columns = ()
    steps: tuple[Step, ...] = ()
    where: str = ""
    only_missing: bool = False
    keep_others: bool = False

    @property
    def lacks(self) -> tuple[str, ...]:
        """The columns that the table cannot do without and that nothing here gives."""
        have = {name for name, _ in self.columns}
        have |= {name for step in self.steps for name, _ in step.columns}
        needed = TABLES[self.table].required
        # A touch without an id of its own is told apart by what it says.
        return tuple(n for n in needed if n not in have and (self.table, n) != _ID_MADE_HERE)

    def column(self, name: str) -> Source | None:
        """The source of that standard column or attribute, if the mapping gives one."""
        return next((s for n, s in (*self.columns, *self.attributes) if n == name), None)


@dataclass(frozen=True)
class Join:
    """A lookup: columns `take`n (new name, their name) from another file where all `on` pairs
    (our column, their column) are equal. Several matches: the row that is latest by their column
    `latest_by`, or earliest by `earliest_by`, else the first row of the other file.

    With `loose`, keys are compared without case, spaces and punctuation (`GTXPro` = `GTX Pro`),
    numbers without leading zeros.
    With `partial`, not every row is expected to have a match, and none is no finding.
    """

    files: tuple[str, ...]
    on: tuple[tuple[str, str], ...]
    take: tuple[tuple[str, str], ...]
    where: str = ""
    loose: bool = False
    partial: bool = False
    latest_by: str = ""
    earliest_by: str = ""


@dataclass(frozen=True)
class FileMap:
    """What the files that match one of `files` (names or globs) and have the columns `needs` make.

    `where` keeps rows; `joins` add columns from other files first; of rows with equal keys the one
    latest by the column `latest_by` stands; `left_out` says per column why it is not used.
    `optional` files may be absent without a word.
    """

    files: tuple[str, ...]
    makes: tuple[Make, ...] = ()
    needs: tuple[str, ...] = ()
    where: str = ""
    joins: tuple[Join, ...] = ()
    latest_by: str = ""
    left_out: tuple[tuple[str, str], ...] = ()
    optional: bool = False


@dataclass(frozen=True)
class StageMap:
    """One stage the mapping itself declares (a source's own picklist is a `stages` make)."""

    stage: str
    kind: Kind = "open"
    pipeline: str = ""
    team: str = ""


@dataclass(frozen=True)
class Mapping:
    """How the files of one source become standard tables; see docs/develop/add-a-connector.md.

    `zone` is the time zone of times written without one, `days` that in which a day begins that is
    written without a time; `currency` the ISO code of money without one; `stages` in their order;
    `order` says whether that order is only "guessed" or "checked"; `first_stage` the stage of a
    lead of which no move is known; `left_out` names files that are not used and why. `name` and
    `lines` are those of the document it was read from, if it was: errors point there.
    """

    title: str
    files: tuple[FileMap, ...]
    connector: str = "proposed"
    zone: str = "UTC"
    days: str = "UTC"
    currency: str = ""
    order: Literal["", "guessed", "checked"] = ""
    stages: tuple[StageMap, ...] = ()
    first_stage: str = "Lead"
    left_out: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    name: str = field(default="the mapping", compare=False, repr=False)
    lines: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def renamed(self) -> dict[str, str]:
        """Columns of the files ("Fonte") that are standard ones of leads or accounts ("source")."""
        return {
            column: name
            for table in ("accounts", "leads")  # what leads say goes before what accounts say
            for file in self.files
            for make in file.makes
            if make.table == table
            for name, source in reversed(make.columns)
            for column in source.columns
            if column != name
        }

    @property
    def said_personal(self) -> dict[str, bool]:
        """What the mapping itself says of columns ("leads.mobile"): personal or not."""
        said: dict[str, bool] = {}
        for make in (make for file in self.files for make in file.makes):
            steps = (column for step in make.steps for column in step.columns)
            for name, source in (*make.columns, *make.attributes, *steps):
                if source.personal is not None:
                    key = f"{make.table}.{name}"
                    said[key] = source.personal or said.get(key, False)
        return said
