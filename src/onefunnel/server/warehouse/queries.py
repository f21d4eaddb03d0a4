"""What is in the warehouse: the facts for the measures, and what the Data pages show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db.models import QuerySet
from django_tasks_db.models import DBTaskResult

from onefunnel.connectors.mapping import MappingError, read_mapping
from onefunnel.facts.findings import Finding
from onefunnel.facts.personal import personal_columns, scrubbed_finding
from onefunnel.facts.store import Facts
from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse.agreement_in_force import agreement_in_force
from onefunnel.server.warehouse.columns.changes import shapes
from onefunnel.server.warehouse.columns.manifest import About, Manifest
from onefunnel.server.warehouse.columns.place import folder
from onefunnel.server.warehouse.columns.reading import copy_in
from onefunnel.server.warehouse.inbox.database import last_number as last_number
from onefunnel.server.warehouse.inbox.lock import is_writing
from onefunnel.server.warehouse.inbox.other_stages import KIND as OTHER_STAGES
from onefunnel.server.warehouse.inbox.other_stages import still_true
from onefunnel.server.warehouse.living import REVISION as REVISION
from onefunnel.server.warehouse.living import deals_as_they_were as deals_as_they_were
from onefunnel.server.warehouse.living import deals_of_leads as deals_of_leads
from onefunnel.server.warehouse.living import is_made_here as is_made_here
from onefunnel.server.warehouse.living import leads_as_they_were as leads_as_they_were
from onefunnel.server.warehouse.living import leads_changed_after as leads_changed_after
from onefunnel.server.warehouse.living import leads_moved_after as leads_moved_after
from onefunnel.server.warehouse.living import leads_with_address as leads_with_address
from onefunnel.server.warehouse.living import living_lead as living_lead
from onefunnel.server.warehouse.living import living_leads as living_leads
from onefunnel.server.warehouse.living import moves_of as moves_of
from onefunnel.server.warehouse.living import moves_of_leads as moves_of_leads
from onefunnel.server.warehouse.living import rows_of_leads as rows_of_leads
from onefunnel.server.warehouse.living import said_of_all as said_of_all
from onefunnel.server.warehouse.living import simulated_leads as simulated_leads
from onefunnel.server.warehouse.living import touches_of_leads as touches_of_leads
from onefunnel.server.warehouse.models import Import, Source
from onefunnel.server.warehouse.read_once import read_once as read_once
from onefunnel.server.warehouse.unfinished import UNDER_WAY as UNDER_WAY
from onefunnel.server.warehouse.unfinished import Unfinished as Unfinished
from onefunnel.server.warehouse.unfinished import unfinished_import as unfinished_import

#: The task that brings what people enter into the copy, a moment after they did.
FOLLOWING = "onefunnel.server.warehouse.tasks.follow_deeds"
_SHOWN_FINDINGS = 200
#: An import that said nothing for so many seconds, while nobody writes, was interrupted.
_SILENT = 60


def current_facts() -> Facts:
    """The facts of the last published version of the columnar copy.

    The same object in one thread until a new version is published, so a page may keep what it
    computed by its identity or by `copy_version`. Empty (no tables) before the first import.
    """
    return copy_in(folder()).facts()


def current_data() -> tuple[Facts, int]:
    """The facts of the last published version and its number, both from one look."""
    manifest, facts = copy_in(folder()).published()
    return facts, manifest.version


def copy_version() -> int:
    """The number of the published version; 0 before the first import."""
    return copy_in(folder()).manifest().version


def copy_watermark() -> int:
    """The last change that the copy holds: rows with a higher `_revision` are not in it yet."""
    return copy_in(folder()).manifest().watermark


def lead_columns() -> tuple[tuple[str, str], ...]:
    """The columns of leads as the database has them now, free attributes too, with SQL types."""
    return shapes(only="leads")["leads"]


def columns_of(table: str) -> frozenset[str]:
    """The names of the columns of a standard table as the database has them now."""
    return frozenset(name for name, _ in shapes(only=table)[table])


def copy_is_behind() -> bool:
    """Whether rows were written that the copy lacks, while nothing is at work to bring them."""
    if copy_in(folder()).manifest().watermark >= last_number():
        return False
    at_work = (Import.Status.QUEUED, Import.Status.RUNNING, Import.Status.UNDOING)
    if Import.objects.filter(status__in=at_work).exists():
        return False
    follows = DBTaskResult.objects.filter(task_path=FOLLOWING, status__in=("READY", "RUNNING"))
    return not follows.exists()


def proposed_for_the_copy() -> str:
    """The text of the agreement proposed from the data that the copy follows; else empty."""
    return copy_in(folder()).manifest().proposed


def about_the_data(*, ending: Import | None = None) -> About:
    """Findings of the last import of each source, and where the data comes from.

    `ending` is an import that has written its rows and is done once the copy is published.
    """
    findings: list[dict[str, object]] = []
    names: list[str] = []
    notes: list[str] = []
    personal: dict[str, bool] = {}
    renamed: dict[str, str] = {}
    for source in Source.objects.order_by("pk"):
        over = list(_over(source).order_by("finished_at", "pk"))
        if ending is not None and ending.source_id == source.pk:
            over = [*(one for one in over if one.pk != ending.pk), ending]
        last = over[-1] if over else None
        if last is None:
            continue
        names.append(source.name)
        findings += still_true(last.findings)
        notes += last.notes
        renamed |= _renamed(source)
        for column, is_personal in _personal_of(over).items():
            personal[column] = is_personal or personal.get(column, False)
    agreement = agreement_in_force()
    if len(names) < 2 or (agreement is not None and agreement.is_agreed):
        findings = [found for found in findings if found["kind"] != OTHER_STAGES]
    return About(
        findings=tuple(findings[:_SHOWN_FINDINGS]),
        notes=tuple(notes),
        origin=", ".join(names),
        personal=personal,
        renamed=renamed,
    )


def _renamed(source: Source) -> dict[str, str]:
    """Names of columns in the source's files; it only helps with words, so that a mapping which
    cannot be read any more (or is none) stops nothing."""
    try:
        return read_mapping(source.mapping, source.name).renamed
    except MappingError:
        return {}


def _over(source: Source) -> QuerySet[Import]:
    over = (Import.Status.DONE, Import.Status.STOPPED, Import.Status.KEPT)
    return Import.objects.filter(source=source, status__in=over)


def _personal_of(over: Iterable[Import]) -> dict[str, bool]:
    """What was decided of a source's columns; the last delivery that had a column decides."""
    decided: dict[str, bool] = {}
    for one in over:
        decided |= one.personal
    return decided


# --- pages ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class SourceLine:
    """One source on the Data page."""

    name: str
    is_simulated: bool
    last_at: datetime | None
    last_id: str
    imports: int
    is_kept_here: bool = False  # nothing is delivered: people enter it here


@dataclass(frozen=True)
class TableLine:
    """How much is known of one kind of thing, on the Data page."""

    name: str
    title: str
    grain: str
    rows: int


@dataclass(frozen=True)
class DataHome:
    """The Data page: where data comes from, how fresh it is, what was found in it."""

    sources: tuple[SourceLine, ...]
    imports: tuple[Import, ...]
    rows: tuple[TableLine, ...]
    data_at: datetime | None
    findings: tuple[Finding, ...]
    running: Import | None


def data_home(*, may_see_personal: bool) -> DataHome:
    """What the Data page shows; findings quote personal data only to who may see it."""
    copy = copy_in(folder())
    manifest = copy.manifest()
    facts = copy.facts()
    rows = tuple(
        TableLine(name, table.title, table.grain, _held(name, manifest, facts))
        for name, table in TABLES.items()
        if name in manifest.tables
    )
    imports = _delivered()
    findings = tuple(Finding(**found) for found in manifest.findings)  # type: ignore[arg-type]
    return DataHome(
        sources=tuple(_source_lines()),
        imports=tuple(imports[:10]),
        rows=rows,
        data_at=manifest.data_at.replace(tzinfo=UTC) if manifest.data_at else None,
        findings=findings if may_see_personal else _scrubbed(findings, manifest),
        running=imports.filter(status__in=UNDER_WAY).first(),
    )


def _delivered() -> QuerySet[Import]:
    """Imports that were at least read; what people enter here is none."""
    not_shown = (Import.Status.DRAFT, Import.Status.KEPT)
    return Import.objects.select_related("source", "by").exclude(status__in=not_shown)


def _held(name: str, manifest: Manifest, facts: Facts) -> int:
    """Rows of a table: counted where a page lists them, else as they were written."""
    if name in ("leads", "accounts") and name in facts:
        return int(facts[name].count().to_pyarrow().as_py())
    copied = manifest.tables[name]
    return sum(s.rows for s in copied.segments) - sum(d.rows for d in copied.drops)


def _scrubbed(findings: tuple[Finding, ...], manifest: Manifest) -> tuple[Finding, ...]:
    columns = {name: [column for column, _ in t.columns] for name, t in manifest.tables.items()}
    personal = personal_columns(columns, manifest.personal)
    return tuple(scrubbed_finding(found, personal) for found in findings)


def _source_lines() -> Iterator[SourceLine]:
    done = Import.objects.filter(first_change__isnull=False).exclude(status=Import.Status.UNDONE)
    for source in Source.objects.order_by("name"):
        mine = done.filter(source=source)
        last = mine.order_by("-started_at").first()
        if last is not None:
            yield SourceLine(
                source.name,
                source.is_simulated,
                last.finished_at,
                str(last.public_id),
                mine.count(),
                is_kept_here=last.status == Import.Status.KEPT,
            )


@dataclass(frozen=True)
class HowFar:
    """How far an import is: what it does, a share where one is known, and how long it may take."""

    phase: str
    done: int
    total: int
    text: str
    is_under_way: bool
    is_interrupted: bool


def how_far(imported: Import, *, now: datetime) -> HowFar:
    """The progress of an import, from its own columns."""
    under_way = imported.status in UNDER_WAY
    total, done = imported.rows_total, min(imported.rows_done, imported.rows_total)
    text = f"{done:,} of {total:,}" if total else ""
    if under_way and total and done and imported.phase_at and imported.phase == "writing":
        spent = (now - imported.phase_at).total_seconds()
        left = spent / done * (total - done)
        text += f" · about {_span(left)} left" if spent > 2 else ""
    signs = [at for at in (imported.beat_at, imported.phase_at) if at is not None]
    quiet = bool(signs) and (now - max(signs)).total_seconds() > _SILENT
    interrupted = imported.status in (Import.Status.RUNNING, Import.Status.UNDOING) and quiet
    return HowFar(
        phase=imported.phase or imported.get_status_display(),
        done=done,
        total=total,
        text=text,
        is_under_way=under_way,
        is_interrupted=interrupted and not is_writing(),
    )


@dataclass(frozen=True)
class FactsWritten:
    """The facts that an import wrote: how many, and how many of each kind, in words."""

    total: int
    words: str


def facts_written(imported: Import) -> FactsWritten:
    """What the rows of an import became in the standard tables: one row may be several facts."""
    counted = imported.counts.get("facts", {})
    wrote = {
        name: counted[name].get("created", 0) + counted[name].get("updated", 0)
        for name in TABLES
        if name in counted
    }
    parts = [f"{n:,} {name}" for name, n in wrote.items() if n]
    return FactsWritten(sum(wrote.values()), ", ".join(parts))


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min"


def delivered_again(imported: Import) -> list[datetime]:
    """When later imports brought rows of this one again as they were, the first first."""
    if imported.first_change is None:
        return []
    later = Import.objects.filter(
        first_change__gt=imported.first_change,
        status__in=(Import.Status.DONE, Import.Status.STOPPED),
    ).order_by("first_change")
    mine = str(imported.pk)
    return [
        at
        for counts, at in later.values_list("counts", "created_at")
        if mine in counts.get("confirms", {})
    ]


def import_of(public_id: object) -> Import | None:
    """The import of that public id."""
    found = Import.objects.select_related("source", "by").exclude(status=Import.Status.KEPT)
    return found.filter(public_id=public_id).first()


def source_names() -> list[str]:
    """Names of sources that have brought something, for the upload form."""
    lines = _source_lines()
    return [line.name for line in lines if not (line.is_simulated or line.is_kept_here)]


def name_for(imported: Import) -> str:
    """A name for a system nobody named: that of its folder or first file, and new to everybody."""
    first = imported.files.first()
    given = Path(imported.folder).name if imported.folder else first.name if first else ""
    stem = given if imported.folder else given.split(".")[0]
    name = " ".join(stem.split())[:100] or "Exports"
    taken = {known.casefold() for known in Source.objects.values_list("name", flat=True)}
    number = 1
    free = name
    while free.casefold() in taken:
        number += 1
        free = f"{name} {number}"
    return free


def jobs() -> list[Import]:
    """Every import that was at least read, the newest first; slice it for a page."""
    return list(_delivered()[:200])
