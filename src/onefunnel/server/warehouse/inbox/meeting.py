"""Where ids of two sources meet: are they the same things, and what is done about it.

The first import of a source decides. Where any table has ids that another source has brought and
they are not evidently the same things, all ids of the source get a prefix of their own, so that
nothing of the other one is lost. Whatever is decided is told, with how to say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from django.db import models
from django.db.models import QuerySet
from django.utils.text import slugify

from onefunnel.facts.findings import Finding
from onefunnel.facts.sql_text import identifier, literal
from onefunnel.facts.tables import TABLES
from onefunnel.server.warehouse.inbox import database
from onefunnel.server.warehouse.inbox.evidence import SAYINGS, STEPS, columns_of, comparison
from onefunnel.server.warehouse.inbox.files import BadUpload
from onefunnel.server.warehouse.inbox.other_stages import kinds_said_otherwise
from onefunnel.server.warehouse.inbox.staging import Staged
from onefunnel.server.warehouse.inbox.writing import Written
from onefunnel.server.warehouse.models import Import, Source

#: Shared ids that are enough to decide by, and ids that a later import asks after.
_ENOUGH = 20_000
_WINDOW = 20_000
_ENDING = "-of-another-source"
_ARROW = {"text": pa.string(), "number": pa.float64()}


@dataclass(frozen=True)
class Met:
    """Ids of one table that other sources have brought: how many, and what their rows tell."""

    table: str
    shared: int
    same: int
    other: int
    example: str
    sources: str

    @property
    def is_same(self) -> bool:
        """Evidently the same things: at least half are, and hardly any is another one."""
        return 2 * self.same >= self.shared and 4 * self.other <= self.same


def meet(
    imported: Import, source: Source, staged: Mapping[str, Staged]
) -> tuple[str, tuple[Finding, ...]]:
    """The prefix that the source needs from now on ("" for none), and what people are told.

    Raises:
        BadUpload: a later import of a source whose ids stand as they are brings other things
            under ids of another source; to write them would overwrite those.
    """
    others = _written().exclude(source=source)
    if not others.exists():
        return "", ()
    is_first = not _written().filter(source=source).exclude(pk=imported.pk).exists()
    found = [
        met for name in (*STEPS, *SAYINGS) if name in staged
        for met in _met(staged[name], source, is_first)
    ]  # fmt: skip
    otherwise = [*_said_otherwise(found)]
    if "stages" in staged:
        otherwise += kinds_said_otherwise(staged["stages"].path, source)
    things = [met for met in found if met.table in STEPS]
    apart = [met for met in things if not met.is_same]
    if apart and is_first:
        prefix = _free_prefix(source)
        return prefix, (_kept_apart(apart, prefix), *otherwise)
    for met in apart:
        if met.other > met.same and not _was_shared(met.table):
            raise BadUpload(_refusal(met, source))
    told = [*_referred(staged, source), *otherwise]
    return "", (*told, *(_taken_for_the_same(met) for met in things))


def told_before(imported: Import) -> tuple[Finding, ...]:
    """What an import that goes on has told of other sources' ids already."""
    return tuple(Finding(**found) for found in imported.findings if found["kind"].endswith(_ENDING))


def replaced_of_others(
    written: Mapping[str, Written], source: Source | None, told: tuple[Finding, ...]
) -> Iterator[Finding]:
    """A warning for each table of which rows of another source were updated, untold so far."""
    known = {finding.kind.removesuffix(_ENDING) for finding in told}
    others = Import.objects.exclude(source=source)
    names = dict(others.exclude(status=Import.Status.KEPT).values_list("pk", "source__name"))
    for table, outcome in written.items():
        by_others = {pk: rows for pk, rows in outcome.replaces.items() if pk in names}
        if table not in STEPS or table in known or not by_others:
            continue
        listed = ", ".join(sorted({names[pk] or "another source" for pk in by_others}))
        yield _taken_for_the_same(
            Met(table, sum(by_others.values()), 0, 0, "", listed), is_counted=True
        )


def _written() -> QuerySet[Import]:
    return Import.objects.filter(last_change__isnull=False).exclude(status=Import.Status.UNDONE)


def _met(one: Staged, source: Source, is_first: bool) -> Iterator[Met]:
    """What of this table meets rows of other sources; nothing where none does.

    A first import asks after every id until enough are shared, in no order of theirs. A later
    one asks after some: what it overwrites is counted when it is written.
    """
    if one.rows == 0 or database.is_empty(one.table):
        return
    own = _own(source, is_first)
    columns = columns_of(one.table)
    rows: list[tuple[object, ...]] = []
    con = duckdb.connect()
    con.execute("SET threads = 1")
    keys = con.execute(
        "SELECT DISTINCT _key FROM read_parquet(?) ORDER BY hash(_key)", [str(one.path)]
    )
    while some := [key for (key,) in keys.fetchmany(_WINDOW)]:
        found = database.living_rows(one.table, some, columns)
        rows += [row for row in found if row[2] not in own]
        if len(rows) >= _ENOUGH or not is_first:
            break
    if rows:
        known = _as_arrow(one.table, columns, rows)
        con.register("known", known)
        staged = f"read_parquet({literal(one.path)})"
        answer = con.execute(comparison(one.table, "known", staged)).fetchone()
        assert answer is not None
        shared, same, other, example = answer
        yield Met(one.table, shared, same, other, str(example), _names({row[2] for row in rows}))
    con.close()


def _own(source: Source, is_first: bool) -> frozenset[int]:
    """Imports whose rows say nothing about other sources.

    What people changed here were this source's own rows, so a later import does not meet them.
    """
    mine = models.Q(source=source)
    if not is_first:
        mine |= models.Q(status=Import.Status.KEPT)
    return frozenset(Import.objects.filter(mine).values_list("pk", flat=True))


def _as_arrow(table: str, columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> pa.Table:
    kinds = [pa.string(), pa.int64(), pa.int64()]
    kinds += [_ARROW.get(TABLES[table].column(name).type, pa.int64()) for name in columns]
    values = zip(*rows, strict=True)
    return pa.table(
        [pa.array(v, kind) for v, kind in zip(values, kinds, strict=True)],
        names=["key", "digest", "import_id", *columns],
    )


def _referred(staged: Mapping[str, Staged], source: Source) -> Iterator[Finding]:
    """Ids that these files only name, of things that another source has brought."""
    own = _own(source, is_first=False)
    for name, one in staged.items():
        for column in TABLES[name].columns:
            target = column.refers_to.partition(".")[0]
            if target not in STEPS or target in staged or database.is_empty(target):
                continue
            con = duckdb.connect()
            con.execute("SET threads = 1")
            named = con.execute(
                f"SELECT DISTINCT {identifier(column.name)} AS id FROM read_parquet(?) "
                "WHERE id IS NOT NULL ORDER BY hash(id) LIMIT ?",
                [str(one.path), _WINDOW],
            ).fetchall()
            con.close()
            rows = [
                row for row in database.living_rows(target, [i for (i,) in named], ())
                if row[2] not in own
            ]  # fmt: skip
            if not rows:
                continue
            others = _names({row[2] for row in rows})
            yield Finding(
                kind=f"named{_ENDING}",
                table=name,
                column=column.name,
                count=len(rows),
                what=f"{target} that these files name and only {others} has brought: they are "
                "taken for those",
                example=str(min(row[0] for row in rows)),
                fix=f"If they are other {target}, undo this import and put something of their "
                f"own before the ids in the files, or add the file of the {target}.",
                weight="warning",
            )


def _names(imports: set[object]) -> str:
    found = Import.objects.filter(pk__in=imports, source__isnull=False)
    names = sorted(set(found.values_list("source__name", flat=True)))
    return ", ".join(names) or "another source"


def _free_prefix(source: Source) -> str:
    stem = slugify(source.name)[:40] or str(source.pk)
    if Source.objects.filter(prefix=f"{stem}:").exclude(pk=source.pk).exists():
        stem = f"{stem}-{source.pk}"
    return f"{stem}:"


def _was_shared(table: str) -> bool:
    """Whether an earlier import found that sources share the ids of this table."""
    kind = f"{table}{_ENDING}"
    return any(
        found["kind"] == kind
        for findings in _written().values_list("findings", flat=True)
        for found in findings
    )


def _key_of(table: str) -> str:
    return TABLES[table].key[0]


def _kept_apart(apart: list[Met], prefix: str) -> Finding:
    worst = max(apart, key=lambda met: met.shared - met.same)
    tables = ", ".join(f"{met.table} ({met.shared:,}, {met.same:,} the same)" for met in apart)
    return Finding(
        kind=f"ids{_ENDING}",
        table=worst.table,
        column=_key_of(worst.table),
        count=worst.shared,
        what=f"ids that {worst.sources} uses too, and nothing shows that they are the same things: "
        f'{tables}. This source is kept apart, all its ids begin with "{prefix}"',
        example=worst.example,
        fix="If they are the same things, undo this import and give it the other source's name.",
        weight="warning",
    )


def _taken_for_the_same(met: Met, *, is_counted: bool = False) -> Finding:
    why = (
        "they were updated"
        if is_counted
        else f"{met.same:,} are evidently the same, so all are taken for the same and updated"
    )
    return Finding(
        kind=f"{met.table}{_ENDING}",
        table=met.table,
        column=_key_of(met.table),
        count=met.shared,
        what=f"{met.table} with ids that {met.sources} has brought already: {why}",
        example=met.example,
        fix="If both are one system, give both the same source name. If they are other things, "
        "undo this import and put something of their own before the ids in the files.",
        weight="warning",
    )


def _said_otherwise(found: list[Met]) -> Iterator[Finding]:
    """What two sources say of one thing and say differently: the last one stands."""
    for met in found:
        if met.table in SAYINGS and met.other:
            yield Finding(
                kind=f"{met.table}{_ENDING}",
                table=met.table,
                column=SAYINGS[met.table][0].columns[0],
                count=met.other,
                what=f"rows of {met.table} that {met.sources} has brought with another "
                f"{SAYINGS[met.table][0].columns[0]}: what these files say stands now",
                example=met.example.replace(chr(31), " · ").replace(chr(30), "–"),
                fix="If the other source is right, undo this import and leave the rows out.",
                weight="warning",
            )


def _refusal(met: Met, source: Source) -> str:
    return (
        f"{met.other:,} {met.table} of these files have ids that {met.sources} uses for other "
        f"things ({met.example} is one), and would overwrite them. Nothing was written. Undo the "
        f"earlier imports of {source.name} and import its files again: all its ids then get a "
        f"prefix of their own. If they are the same things, import under the name {met.sources}."
    )
