"""The parent and its child: folders, limits, progress, stopping, and files that kill the child."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from onefunnel.connectors.reading import read
from onefunnel.connectors.reading.read import read_tables
from onefunnel.connectors.reading.tables import Limits, ReadingStopped

from .at_the_desk import rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as people keep exports."""
    root = tmp_path / "exports"
    (root / "old").mkdir(parents=True)
    (root / ".hidden").mkdir()
    (root / "leads.csv").write_text("id,name\n1,Ann\n2,Bob\n")
    (root / "leads (1).csv").write_text("id,name\n1,Ann\n2,Bob\n")
    (root / "old" / "deals.csv").write_text("id;lead\n1;1\n")
    (root / "deals.csv").write_text("id;lead\n7;2\n")
    (root / "empty.csv").write_text("")
    (root / "LICENSE").write_text("do as you please")
    (root / "logo.png").write_bytes(b"\x89PNG")
    (root / ".hidden" / "x.csv").write_text("a,b\n1,2\n")
    (root / "~$book.xlsx").write_text("lock")
    os.mkfifo(root / "pipe.csv")
    (root / "secret.csv").symlink_to("/etc/hostname")
    return root


def test_a_folder_is_read_and_every_other_file_is_accounted_for(
    folder: Path, tmp_path: Path
) -> None:
    seen: list[tuple[int, int, str]] = []
    found = read_tables(
        folder,
        scratch=tmp_path,
        progress=lambda done, total, name: seen.append((done, total, name)),
    )
    assert [table.name for table in found.tables] == ["deals", "leads", "old/deals"]
    assert rows(found.table("leads")) == [("1", "Ann", 1), ("2", "Bob", 2)]
    assert {left.file: left.is_expected for left in found.left_out} == {
        "LICENSE": True,
        "empty.csv": False,
        "leads (1).csv": True,
        "logo.png": True,
        "pipe.csv": True,
        "secret.csv": True,
        "~$book.xlsx": True,
    }
    reasons = {left.file: left.reason for left in found.left_out}
    assert reasons["leads (1).csv"] == "holds the same 2 rows as leads.csv"
    assert reasons["secret.csv"] == "is a link that leads out of the folder"
    done, total, _ = seen[-1]
    assert done == total > 0
    assert [step[0] for step in seen] == sorted(step[0] for step in seen)


def test_stopping_leaves_nothing_behind(folder: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(ReadingStopped):
        read_tables(folder, scratch=scratch, stop=lambda: True)
    assert list(scratch.iterdir()) == []


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_tables(tmp_path / "nowhere", scratch=tmp_path)
    (tmp_path / "none").mkdir()
    assert read_tables(tmp_path / "none", scratch=tmp_path).tables == ()


def test_a_file_that_takes_too_long_is_left_out_and_the_next_one_read(tmp_path: Path) -> None:
    root = tmp_path / "exports"
    root.mkdir()
    # One bad row a block sends everything the careful way, which takes its seconds.
    bad = "id,name\n" + '1,"a" b\n2,"c"\n' * 1_000_000
    (root / "a_slow.csv").write_text(bad)
    (root / "b_good.csv").write_text("id,name\n1,Ann\n")
    limits = Limits(seconds=1, bytes_per_second=1 << 40)
    found = read_tables(root, scratch=tmp_path, limits=limits)
    assert [table.name for table in found.tables] == ["b_good"]
    assert found.left_out[0].file == "a_slow.csv"
    assert found.left_out[0].reason.startswith("took longer than the 1 s")
    assert not found.left_out[0].is_expected


def test_a_file_that_wants_too_much_memory_is_left_out(tmp_path: Path) -> None:
    root = tmp_path / "exports"
    root.mkdir()
    (root / "a_big.csv").write_text("id,name\n" + "1,Ann\n" * 3_000_000)
    (root / "b_good.csv").write_text("id,name\n1,Ann\n")
    found = read_tables(root, scratch=tmp_path, limits=Limits(memory=340 << 20))
    assert [table.name for table in found.tables] == ["b_good"]
    (left,) = found.left_out
    assert left.reason == "needs more than the 340 MiB of memory a file may use"


def test_a_child_that_dies_costs_only_the_file_it_had_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "exports"
    root.mkdir()
    for name in ("a", "b", "c"):
        (root / f"{name}.csv").write_text(f"id,name\n1,{name}\n")
    tables = read._Run._tell

    def killing(self: read._Run, at: int, done: int) -> None:
        if at == 1 and not self.left_out:
            raise_in_child(self)
        tables(self, at, done)

    def raise_in_child(run: read._Run) -> None:
        assert run.child is not None
        os.kill(run.child.pid, signal.SIGSEGV)

    monkeypatch.setattr(read._Run, "_tell", killing)
    (root / "b.csv").write_text("id,name\n" + "1,b\n" * 2_000_000)
    found = read_tables(root, scratch=tmp_path)
    assert [table.name for table in found.tables] == ["a", "c"]
    assert [left.file for left in found.left_out] == ["b.csv"]
    assert "damaged" in found.left_out[0].reason


def test_the_child_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    assert "DATABASE_URL" not in read._environment()
