"""A version of the copy stays whole for whoever reads it, and is told with its own number."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from onefunnel.server.warehouse.columns import manifest as manifests
from onefunnel.server.warehouse.columns.manifest import (
    GRACE,
    KEPT_VERSIONS,
    NAME,
    Copied,
    Manifest,
    Segment,
    publish,
)
from onefunnel.server.warehouse.columns.reading import Copy


def version(folder: Path, number: int) -> None:
    """Publish version `number`, which reads one file of its own."""
    file = f"leads-{number}.parquet"
    (folder / file).touch()
    copied = Copied((), (Segment(file, 0, number, ()),))
    publish(folder, Manifest(version=number - 1, tables={"leads": copied}))


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.parquet")}


def test_files_stay_for_the_time_of_grace_however_many_versions_follow(tmp_path: Path) -> None:
    for number in range(1, 9):
        version(tmp_path, number)
    assert len(files(tmp_path)) == 8
    aged(tmp_path)
    version(tmp_path, 9)
    # 5 was superseded long ago; 6 to 8 are of the last four
    assert files(tmp_path) == {f"leads-{n}.parquet" for n in range(10 - KEPT_VERSIONS, 10)}


def aged(folder: Path) -> None:
    """As if all there is had been written before the time of grace."""
    long_ago = (folder / NAME).stat().st_mtime - GRACE.total_seconds() - 1
    for path in folder.iterdir():
        os.utime(path, (long_ago, long_ago))


def test_a_version_counts_from_when_the_next_took_its_place(tmp_path: Path) -> None:
    """Version 1 was published long ago and read until just now."""
    version(tmp_path, 1)
    aged(tmp_path)
    for number in range(2, 8):
        version(tmp_path, number)
    assert "leads-1.parquet" in files(tmp_path)


@pytest.fixture
def growing(tmp_path: Path, monkeypatch: Any) -> Copy:
    """A copy of which a new version is published at each look at the manifest."""
    publish(tmp_path, Manifest())
    copy = Copy(tmp_path)
    look = copy.manifest

    def looked() -> Manifest:
        found = look()
        publish(tmp_path, found)
        return found

    monkeypatch.setattr(copy, "manifest", looked)
    return copy


def test_facts_are_told_with_their_own_version(growing: Copy) -> None:
    opened: list[int] = []
    made = growing._open

    def opening(manifest: Manifest) -> Any:
        opened.append(manifest.version)
        return made(manifest)

    growing._open = opening  # type: ignore[method-assign]
    for _ in range(3):
        manifest, _facts = growing.published()
        assert manifest.version == opened[-1]
    assert opened == [1, 2, 3]
    assert manifests.read_manifest(growing.folder).version == 4
