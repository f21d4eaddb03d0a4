"""Untrusted files to all-text tables: the parent's side, which never opens one of them itself."""

from __future__ import annotations

import hashlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import onefunnel
from onefunnel.connectors.reading.refusal import size
from onefunnel.connectors.reading.tables import (
    LeftOut,
    Limits,
    Progress,
    ReadingStopped,
    RefusedRow,
    Stop,
    Tables,
    TextTable,
)
from onefunnel.connectors.reading.walk import Found, table_names, walk
from onefunnel.facts.findings import Finding

_POLL = 0.1
#: Seconds on the clock for each CPU second a file is allowed: the machine may be busy.
_PATIENCE = 6.0
_START = 30.0


def read_tables(
    path: Path,
    *,
    scratch: Path,
    limits: Limits = Limits(),  # noqa: B008 (a frozen value)
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Tables:
    """Reads every table in a folder (or one file) into Parquet files of text below `scratch`.

    Files are opened in a child process with limits of memory, CPU and time; a file that breaks
    them is left out with the reason and the reading goes on. Nothing in a file can raise here.
    The tables come in the order of the files' names; `scratch` must exist and is the caller's to
    remove. Raises FileNotFoundError where there is no `path`, ReadingStopped where `stop` said so.

    Example:
        >>> tables = read_tables(Path("exports"), scratch=Path("/tmp/scratch"))  # doctest: +SKIP
        >>> [(t.name, t.rows_in, t.refused_rows) for t in tables.tables]  # doctest: +SKIP
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {path}")
    found = list(walk(path))
    wanted = [item for item in found if not item.reason]
    left_out = [LeftOut(item.file, item.reason) for item in found if item.reason]
    for item in wanted[limits.files :]:
        left_out.append(
            LeftOut(
                item.file,
                f"is beyond the {limits.files:,} files read of one folder",
                "import the folder in parts",
                is_expected=False,
            )
        )
    wanted = wanted[: limits.files]
    run = _Run(wanted, table_names([item.file for item in wanted]), scratch, limits, progress, stop)
    try:
        run.read_all()
    except BaseException:
        for made in scratch.glob(f"{run.prefix}*"):
            made.unlink(missing_ok=True)
        raise
    left_out += run.left_out
    tables = _once(run.tables, left_out)
    return Tables(
        tuple(_with_own_names(tables)), tuple(sorted(left_out, key=lambda item: item.file))
    )


@dataclass
class _Run:
    """The files of one reading, given to one child after another."""

    files: list[Found]
    names: list[str]
    scratch: Path
    limits: Limits
    progress: Progress | None
    stop: Stop | None
    tables: list[TextTable] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    prefix: str = ""
    child: subprocess.Popen[bytes] | None = None

    def read_all(self) -> None:
        """Reads all files; a child that dies costs only the file it had open."""
        self.prefix = f"r{os.getpid()}_{time.monotonic_ns():x}_"
        first = 0
        while first < len(self.files):
            first = self._child(first)
        self._tell(len(self.files), 0)

    def _child(self, first: int) -> int:
        """Reads from file `first` on in one child; gives the first file not yet dealt with."""
        job = {
            "files": [
                [str(item.path.absolute()), item.file, name]
                for item, name in zip(self.files[first:], self.names[first:], strict=True)
            ],
            "scratch": str(self.scratch.absolute()),
            "prefix": f"{self.prefix}{first}_",
            "limits": asdict(self.limits),
        }
        with tempfile.TemporaryFile() as errors:
            child = self.child = subprocess.Popen(
                [sys.executable, "-P", "-m", "onefunnel.connectors.reading.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=_environment(),
                start_new_session=True,
            )
            try:
                at, why = self._listen(child, json.dumps(job).encode(), first)
            finally:
                child.kill()
                child.wait()
                for pipe in (child.stdin, child.stdout):
                    if pipe is not None:
                        pipe.close()
            if at >= len(self.files):
                return at
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip()
        file = self.files[at].file
        self.left_out.append(
            replace(self._blame(file, why or child.returncode, said), is_expected=False)
        )
        return at + 1

    def _listen(
        self, child: subprocess.Popen[bytes], job: bytes, first: int
    ) -> tuple[int, str | None]:
        """Follows one child; gives the file it stopped at and why (None: it ended by itself)."""
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(job)
            child.stdin.close()
        except BrokenPipeError:
            return first, None
        at, started, patience = first, time.monotonic(), _START
        buffer = b""
        answers = child.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(answers, selectors.EVENT_READ)
            while True:
                if self.stop is not None and self.stop():
                    raise ReadingStopped("the reading was stopped")
                if time.monotonic() - started > patience:
                    return at, "time"
                if not selector.select(_POLL):
                    continue
                data = os.read(answers, 1 << 20)
                if not data:
                    child.wait()
                    return at, None
                *lines, buffer = (buffer + data).split(b"\n")
                for line in lines:
                    answer = cast(dict[str, Any], json.loads(line))
                    if "begin" in answer:
                        at = first + int(answer["begin"])
                        started = time.monotonic()
                        patience = _PATIENCE * (
                            self.limits.seconds + self.files[at].size / self.limits.bytes_per_second
                        )
                        self._tell(at, 0)
                    elif "done" in answer:
                        self._tell(at, int(answer["done"]))
                    else:
                        self.tables += [_table(item) for item in answer["tables"]]
                        self.left_out += [LeftOut(**item) for item in answer["left_out"]]
                        at += 1
                        started = time.monotonic()

    def _tell(self, at: int, done: int) -> None:
        if self.progress is None:
            return
        before = sum(item.size for item in self.files[:at])
        name = self.files[at].file if at < len(self.files) else ""
        self.progress(before + done, sum(item.size for item in self.files), name)

    def _blame(self, file: str, why: str | int, said: str) -> LeftOut:
        """Why the child did not come back from this file, in words."""
        if why == "time" or why in (-signal.SIGXCPU, -signal.SIGALRM):
            return LeftOut(
                file,
                f"took longer than the {self.limits.seconds:.0f} s (and 1 s for each "
                f"{size(self.limits.bytes_per_second)}) a file may use",
                "split it, or export it as CSV",
            )
        if "memory" in said.lower() or "alloc" in said.lower() or why == -signal.SIGKILL:
            return LeftOut(
                file,
                f"needs more than the {size(self.limits.memory)} of memory a file may use",
                "split it, or export it as CSV",
            )
        return LeftOut(
            file,
            "is damaged in a way that stopped the reader",
            "export it again, as CSV if you can",
        )


def _environment() -> Mapping[str, str]:
    """What the child may know of ours: where Python and this package are, and nothing secret."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "ONEFUNNEL_DEBUG", "LD_LIBRARY_PATH")
        if name in os.environ
    }
    package = Path(onefunnel.__file__).parent.parent
    return kept | {
        "PYTHONPATH": str(package),
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }


def _table(item: Mapping[str, Any]) -> TextTable:
    values = dict(item)
    values["parquet"] = Path(values["parquet"])
    if values["refused_parquet"] is not None:
        values["refused_parquet"] = Path(values["refused_parquet"])
    values["columns"] = tuple(values["columns"])
    values["refused"] = tuple(RefusedRow(**row) for row in values["refused"])
    values["findings"] = tuple(Finding(**found) for found in values["findings"])
    return TextTable(**values)


def _once(tables: list[TextTable], left_out: list[LeftOut]) -> list[TextTable]:
    """The same tables without those that another file repeats row by row.

    Exports lie about twice: downloaded again, or unpacked beside their archive. The file itself
    is kept rather than the archive, and the first name rather than a later one.
    """
    order = sorted(tables, key=lambda t: (_is_packed(t), len(t.file), t.file))
    seen: dict[tuple[object, ...], TextTable] = {}
    twice: set[Path] = set()
    shapes = Counter((table.columns, table.rows_in, table.rows_read) for table in tables)
    for table in order:
        if not table.rows_in:
            continue
        shape = (table.columns, table.rows_in, table.rows_read)
        key = (*shape, _digest(table.parquet) if shapes[shape] > 1 else "")
        kept = seen.setdefault(key, table)
        if kept is not table:
            twice.add(table.parquet)
            left_out.append(
                LeftOut(table.file, f"holds the same {table.rows_in:,} rows as {kept.file}")
            )
            continue
        # Unpacked and saved again (other line ends, other dates): the same table all the same.
        copies = (table.name.lower(), table.columns, table.rows_in)
        plain = seen.setdefault(copies, table)
        if plain is not table and _is_packed(table) and not _is_packed(plain):
            twice.add(table.parquet)
            left_out.append(
                LeftOut(
                    table.file,
                    f"has the name, columns and number of rows of {plain.file}, which was read",
                    f"if they differ and this is the one you want, take {plain.file} away",
                )
            )
    return [table for table in tables if table.parquet not in twice]


def _is_packed(table: TextTable) -> bool:
    return ".zip/" in table.file.lower()


def _digest(parquet: Path) -> str:
    with parquet.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


def _with_own_names(tables: list[TextTable]) -> list[TextTable]:
    """The same tables, no two of one name: a member of an archive gives way to a file."""
    taken: set[str] = set()
    names: dict[Path, str] = {}
    for table in sorted(tables, key=_is_packed):
        name, number = table.name, 1
        while name.lower() in taken:
            number += 1
            name = f"{table.name}_{number}"
        taken.add(name.lower())
        names[table.parquet] = name
    return [
        table
        if names[table.parquet] == table.name
        else replace(
            table,
            name=names[table.parquet],
            findings=tuple(replace(f, table=names[table.parquet]) for f in table.findings),
        )
        for table in tables
    ]
