"""The manifest of the columnar copy: which files make up which table, as one published version.

The copy is a folder of Parquet files that are never changed once written, and `manifest.json`,
which is replaced in one step (written beside, synced, renamed). A reader opens the manifest and
then reads only the files it names, so it sees one version whole or the next one whole. A version's
files stay while it is one of the last few, and for a time of grace after the next one took its
place, however many follow meanwhile: a reader in the middle of a query keeps its ground. No Django
here.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

FORMAT = 1
NAME = "manifest.json"
#: Versions whose files are kept however old they are.
KEPT_VERSIONS = 4
#: How long the files of any version are kept after the next one took its place.
GRACE = timedelta(minutes=10)


@dataclass(frozen=True)
class Segment:
    """One immutable file of rows.

    `serial` is the version that wrote it; a Drop with a higher serial applies to it. `columns`
    are the (name, DuckDB type) pairs it holds. `latest` is the newest of its times that was not
    in the future when it was written, `ahead` the newest of all.
    """

    file: str
    rows: int
    serial: int
    columns: tuple[tuple[str, str], ...]
    latest: datetime | None = None
    ahead: datetime | None = None


@dataclass(frozen=True)
class Drop:
    """One immutable file of `_id`s that segments with a lower serial no longer show."""

    file: str
    rows: int
    serial: int


@dataclass(frozen=True)
class Copied:
    """One table of the copy: its columns as they are now, its segments and its drops."""

    columns: tuple[tuple[str, str], ...]
    segments: tuple[Segment, ...] = ()
    drops: tuple[Drop, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(part.file for part in (*self.segments, *self.drops))

    def drops_of(self, segment: Segment) -> tuple[Drop, ...]:
        """The drops that came after the segment."""
        return tuple(drop for drop in self.drops if drop.serial > segment.serial)


@dataclass(frozen=True)
class JourneysMade:
    """Under which agreement the journeys were made, and as of when."""

    digest: str
    as_of: datetime | None
    title: str = ""


@dataclass(frozen=True)
class About:
    """What the readers of the copy are told beside the rows."""

    findings: tuple[Mapping[str, object], ...] = ()
    notes: tuple[str, ...] = ()
    origin: str = ""
    personal: Mapping[str, bool] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """One version of the copy. `watermark` is the last change number of the database in it.

    `merged` and `merged_leads` are there when leads were merged; see columns/merged.py.
    """

    version: int = 0
    watermark: int = 0
    data_at: datetime | None = None
    tables: Mapping[str, Copied] = field(default_factory=dict)
    journeys: Copied | None = None
    journeys_made: JourneysMade | None = None
    merged: Copied | None = None
    merged_leads: Copied | None = None
    proposed: str = ""
    findings: tuple[Mapping[str, object], ...] = ()
    notes: tuple[str, ...] = ()
    origin: str = ""
    personal: Mapping[str, bool] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def files(self) -> frozenset[str]:
        """Every file this version reads."""
        others = (self.journeys, self.merged, self.merged_leads)
        parts = (*self.tables.values(), *filter(None, others))
        return frozenset(file for part in parts for file in part.files)


def read_manifest(folder: Path) -> Manifest:
    """The version published last; an empty one where there is none, or of another format."""
    try:
        content = json.loads((folder / NAME).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return Manifest()
    if content.get("format") != FORMAT:
        return Manifest()
    journeys, made = content["journeys"], content["journeys_made"]
    merged, merged_leads = content.get("merged"), content.get("merged_leads")
    return Manifest(
        version=content["version"],
        watermark=content["watermark"],
        data_at=_time(content["data_at"]),
        tables={name: _copied(part) for name, part in content["tables"].items()},
        journeys=_copied(journeys) if journeys else None,
        journeys_made=(
            JourneysMade(made["digest"], _time(made["as_of"]), made["title"]) if made else None
        ),
        merged=_copied(merged) if merged else None,
        merged_leads=_copied(merged_leads) if merged_leads else None,
        proposed=content["proposed"],
        findings=tuple(content["findings"]),
        notes=tuple(content["notes"]),
        origin=content["origin"],
        personal=content.get("personal", {}),
        renamed=content.get("renamed", {}),
    )


def publish(folder: Path, manifest: Manifest) -> Manifest:
    """Make this the version that readers open from now on; the number goes up by one."""
    published = replace(manifest, version=manifest.version + 1)
    text = json.dumps({"format": FORMAT, **asdict(published)}, default=_as_json)
    _write_synced(folder / f"manifest-{published.version:09d}.json", text)
    _write_synced(folder / NAME, text)
    _sweep(folder, published)
    return published


def _write_synced(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with draft.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(0o600)
    draft.replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(folder: Path, published: Manifest) -> None:
    """Remove the files that nobody can be reading: of old versions, past their time of grace.

    The time is that of the disk the manifests lie on: a version was superseded when the manifest
    of the next one was written.
    """
    used = set(published.files)
    old = sorted(folder.glob("manifest-*.json"))
    kept = old[-KEPT_VERSIONS:]
    now = (folder / NAME).stat().st_mtime
    for path, following in pairwise(old[: -KEPT_VERSIONS + 1]):
        if now - following.stat().st_mtime < GRACE.total_seconds():
            kept.append(path)
        else:
            path.unlink(missing_ok=True)
    for path in kept:
        content = json.loads(path.read_text())
        others = [content.get(name) for name in ("journeys", "merged", "merged_leads")]
        parts = [*content["tables"].values(), *filter(None, others)]
        used |= {piece["file"] for p in parts for piece in (*p["segments"], *p["drops"])}
    for path in folder.glob("*.parquet"):
        if path.name not in used:
            path.unlink(missing_ok=True)


def _as_json(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _copied(part: Mapping[str, list]) -> Copied:  # type: ignore[type-arg]
    return Copied(
        columns=_columns(part["columns"]),
        segments=tuple(
            Segment(
                **{
                    **piece,
                    "columns": _columns(piece["columns"]),
                    "latest": _time(piece["latest"]),
                    "ahead": _time(piece["ahead"]),
                }
            )
            for piece in part["segments"]
        ),
        drops=tuple(Drop(**piece) for piece in part["drops"]),
    )


def _columns(pairs: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, kind) for name, kind in pairs)
