"""Everything that a draft lacks on one form: which fields, what is proposed, what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.http import QueryDict

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap
from onefunnel.measures.first_targets import SoFar
from onefunnel.server.agree.drafts import editing, part_form
from onefunnel.server.agree.drafts.proposed import Proposals
from onefunnel.server.agree.gaps import gaps_of
from onefunnel.server.agree.signatures import team_of

#: The fields that are asked for here; what else is missing has its own form.
_ASKED = {
    "stages": ("meaning", "leads", "measure", "target"),
    "outcome": ("statement", "volume", "by", "measures"),
    "charter": ("what", "why", "process", "review_every", "signatories"),
}
KEPT = "keep"


@dataclass(frozen=True)
class Cell:
    """One field that is missing: its name in this form, its line, where a proposal comes from."""

    name: str
    line: part_form.Line
    source: str = ""


@dataclass(frozen=True)
class Row:
    """A thing of the draft with what it lacks. `came` is of a stage: what came of it so far."""

    part: editing.Part
    place: int
    cells: tuple[Cell, ...]
    title: str
    is_kept: bool = True
    came: SoFar | None = None

    @property
    def key(self) -> str:
        return f"{self.part.slug}-{self.place}"


def is_asked(gap: Gap) -> bool:
    """Whether the gap is filled on this form."""
    return gap.spot.field in _ASKED.get(gap.spot.part, ())


def rows_of(
    agreement: Agreement,
    columns: Columns,
    proposals: Proposals,
    sent: QueryDict | None = None,
    mistakes: Mapping[str, str] | None = None,
) -> list[Row]:
    """What the draft lacks, by thing, stages first; filled with what was sent, else proposed."""
    gaps = {(gap.spot.part, gap.spot.name, gap.spot.field) for gap in gaps_of(agreement, columns)}
    found = []
    for document_name, asked in _ASKED.items():
        part = next(p for p in editing.PARTS.values() if p.document_name == document_name)
        for place, thing in enumerate(editing.things(agreement, part)):
            name = thing.name if part.is_list else ""
            lacks = [field for field in asked if (document_name, name, field) in gaps]
            if lacks:
                found.append(_row(part, place, thing, lacks, agreement, columns, proposals, sent,
                                  mistakes or {}))  # fmt: skip
    return found


def filled(agreement: Agreement, rows: list[Row], sent: QueryDict) -> Agreement:
    """The draft with what was sent for the rows that are to be kept, and nothing else.

    Raises:
        editing.Mistakes: texts that cannot be read, by the name of their field in this form.
    """
    mistakes: dict[str, str] = {}
    for row in rows:
        if row.key not in sent.getlist(KEPT):
            continue
        before = editing.things(agreement, row.part)[row.place]
        typed = editing.shown(before, row.part)
        typed |= {cell.line.field.name: sent.get(cell.name, "").strip() for cell in row.cells}
        try:
            thing = editing.made(row.part, typed, before)
            agreement = editing.with_thing(agreement, row.part, row.place, thing)
        except editing.Mistakes as refusal:
            mistakes |= {f"{row.key}-{name}": why for name, why in refusal.by_field.items()}
    if mistakes:
        raise editing.Mistakes(mistakes)
    return agreement


def differing(before: Agreement, after: Agreement, rows: list[Row]) -> int:
    """How many of the things that were asked for say something else now."""
    return sum(
        editing.things(before, row.part)[row.place] != editing.things(after, row.part)[row.place]
        for row in rows
    )


def _row(
    part: editing.Part,
    place: int,
    thing: object,
    lacks: list[str],
    agreement: Agreement,
    columns: Columns,
    proposals: Proposals,
    sent: QueryDict | None,
    mistakes: Mapping[str, str],
) -> Row:
    name = str(getattr(thing, "name", ""))
    typed, key = editing.shown(thing, part), f"{part.slug}-{place}"
    sources: dict[str, str] = {}
    for each in lacks:
        offered = proposals.texts.get((part.document_name, name, each))
        if sent is not None:
            typed[each] = sent.get(f"{key}-{each}", "")
        elif offered:
            typed[each] = _as_written(each, offered.text, agreement)
        if offered:
            sources[each] = offered.source
    asked = replace(part, fields=tuple(field for field in part.fields if field.name in lacks))
    wrong = {each: mistakes[f"{key}-{each}"] for each in lacks if f"{key}-{each}" in mistakes}
    return Row(
        part=part,
        place=place,
        cells=tuple(
            Cell(f"{key}-{line.field.name}", line, sources.get(line.field.name, ""))
            for line in part_form.lines_of(asked, typed, wrong, agreement, columns)
        ),
        title=name or part.title,
        is_kept=sent is None or key in sent.getlist(KEPT),
        came=proposals.stages.get(name) if part is editing.STAGES else None,
    )


def _as_written(field: str, text: str, agreement: Agreement) -> str:
    """A team by the name that the draft gives it already, where it does."""
    if field != "leads":
        return text
    return next((team for team in agreement.teams if team_of(team) == text), text)
