"""The agreement in force as the deeds read it: its definitions, and the columns leads may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.qualify import Rulebook, columns_asked
from onefunnel.agreement.stage import Stage
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS
from onefunnel.facts.declaration import SQL_TYPES, Type
from onefunnel.server.agree import queries as agree
from onefunnel.server.warehouse import queries as warehouse
from onefunnel.server.warehouse.kept import Kept

#: What a recycled lead says of the day on which it is to be looked at again.
WAKE_ON = "wake_on"
#: What a lead's first move says where no agreement names a stage.
UNNAMED = "New"
_TYPES: dict[str, Type] = {kind: name for name, kind in SQL_TYPES.items()}
_kept = Kept(8)


@dataclass(frozen=True)
class Book:
    """The definitions in force, and the types of what may be said of a lead.

    `fields` are the columns of leads as the database has them and those the agreement asks for.
    """

    rules: Rulebook
    fields: Mapping[str, Type]

    @property
    def agreement(self) -> Agreement:
        return self.rules.agreement

    @property
    def first(self) -> Stage | None:
        """Where a lead begins."""
        return next(iter(self.agreement.success_path), None)

    def stage(self, name: str) -> Stage | None:
        """The stage of that name, if the agreement has it."""
        return next((one for one in self.agreement.stages if one.name == name), None)


def current_book(*, at: datetime, columns: tuple[tuple[str, str], ...] = ()) -> Book:
    """The definitions in force at that moment; read once for each version and set of columns.

    `columns` are those of leads, where somebody has read them already.
    """
    found = agree.version_in_use(at=at)
    columns = columns or warehouse.lead_columns()
    if found is not None:
        agreement = agree.agreement_of_version(found)
        mark: object = found
    else:
        mark = warehouse.copy_version()
        agreement = _kept.get(
            ("proposed", str(settings.WORKSPACE), mark),
            lambda: agree.proposed_from_data(warehouse.current_facts()),
        )
    key = (str(settings.WORKSPACE), found is None, mark, agreement.digest, columns)
    return _kept.get(key, lambda: _made(agreement, dict(columns)))


def _made(agreement: Agreement, shapes: Mapping[str, str]) -> Book:
    own: dict[str, Type] = {WAKE_ON: "day"}
    fields = own | {name: _TYPES[kind] for name, kind in shapes.items()}
    known = {**fields, **{n: t for n, t in PREDICATE_COLUMNS.items() if n not in fields}}
    asked = columns_asked(agreement, known)
    # on a clash of names the move's column counts
    return Book(Rulebook(agreement, {**fields, **asked, **_OF_MOVES}), {**fields, **asked})


_OF_MOVES = {
    name: kind
    for name, kind in PREDICATE_COLUMNS.items()
    if name in {"at", "stage", "from_stage", "team", "by", "reason", "seq", "lead_id"}
}
