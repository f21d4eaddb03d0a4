"""What kind of file is this, by its bytes rather than its name, and who reads it?"""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from onefunnel.connectors.reading.archives import gz_source, open_zip, zip_sources
from onefunnel.connectors.reading.refusal import FileRefused, size
from onefunnel.connectors.reading.source import Desk, Source
from onefunnel.connectors.reading.tables import MIB, LeftOut

_WORKBOOKS = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
_KNOWN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF"), (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"), (b"SQLite format 3", "an SQLite database"),
    (b"7z\xbc\xaf", "a 7-zip archive"), (b"Rar!", "a RAR archive"), (b"BZh", "a bzip2 archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"), (b"\xfd7zXZ", "an xz archive"),
    (b"\x7fELF", "a program"), (b"MZ", "a program"),
)  # fmt: skip
_ARCHIVE_FIX = "unpack it, or pack it as .zip or .gz"


def read_file(path: Path, file: str, stem: str, desk: Desk) -> None:
    """Reads one file of the folder and puts its tables, or why there are none, on the desk.

    `file` is the name to show, `stem` the name its table gets. Nothing is raised for bad input.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise FileRefused("is no ordinary file", is_expected=True)
        if status.st_size > desk.limits.file:
            raise FileRefused(
                f"has {size(status.st_size)}; {size(desk.limits.file)} are allowed",
                "split it, or export fewer columns",
            )
        if status.st_size > 64 * MIB and status.st_blocks * 512 * 50 < status.st_size:
            raise FileRefused(
                f"says it has {size(status.st_size)} but is almost all holes",
                "upload it again; it was cut short or made to be huge",
            )
        suffix = PurePosixPath(path.name).suffix.lower()
        source = Source(file, stem, suffix, lambda: desk.open(path), status.st_size, path)
        _dispatch(source, desk, is_inside=False)
    except FileRefused as refusal:
        _leave_out(file, refusal, desk)
    except MemoryError:
        _leave_out(file, out_of_memory(desk), desk)
    except OSError as error:
        _leave_out(file, FileRefused(f"cannot be read ({error.strerror or error})"), desk)


def out_of_memory(desk: Desk) -> FileRefused:
    """The refusal of a file that wants more memory than the child may have."""
    return FileRefused(
        f"needs more than the {size(desk.limits.memory)} of memory a file may use",
        "split it, or export it as CSV",
    )


def _leave_out(file: str, refusal: FileRefused, desk: Desk) -> None:
    desk.left_out.append(
        LeftOut(file, refusal.reason, refusal.fix, is_expected=refusal.is_expected)
    )


def _dispatch(source: Source, desk: Desk, *, is_inside: bool) -> None:
    with source.open() as stream:
        head = stream.read(65_536)
    if not head:
        raise FileRefused("is empty", "export it again if rows were expected")
    for magic, what in _KNOWN:
        if head.startswith(magic) and not (magic == b"MZ" and head[:256].isascii()):
            fix = _ARCHIVE_FIX if "archive" in what else ""
            raise FileRefused(f"is {what}, not a table", fix, is_expected=not fix)
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        _zipped(source, desk, is_inside=is_inside)
    elif head.startswith(b"\x1f\x8b"):
        if is_inside or source.path is None:
            raise FileRefused("is an archive inside an archive", _ARCHIVE_FIX)
        if source.file.lower().endswith((".tar.gz", ".tgz")):
            raise FileRefused("is a tar archive", _ARCHIVE_FIX)
        inner = gz_source(source.path, source.file, desk)
        stem = source.stem if source.suffix == ".gz" else inner.stem
        _dispatch(replace(inner, stem=stem), desk, is_inside=True)
    elif head.startswith(b"\xd0\xcf\x11\xe0"):
        from onefunnel.connectors.reading.workbooks import read_workbook

        if source.suffix not in _WORKBOOKS:
            raise FileRefused("is an Office document, not a table", is_expected=True)
        read_workbook(source, _on_disk(source, desk), desk)
    elif head.startswith(b"PAR1"):
        from onefunnel.connectors.reading.parquet_files import read_parquet

        read_parquet(source, _on_disk(source, desk), desk)
    else:
        _text(source, head, desk)


def _text(source: Source, head: bytes, desk: Desk) -> None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:2_000]
    plain = start.replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    is_json = source.suffix.startswith(".json") or source.suffix in {".ndjson", ".ldjson"}
    if source.suffix == ".xes" or plain.startswith(b"<?xml") or plain.startswith(b"<log"):
        from onefunnel.connectors.reading.xes_files import read_xes

        read_xes(source, desk)
    elif plain[:300].lower().startswith((b"<!doctype html", b"<html", b"<table", b"<style")):
        raise FileRefused(
            "is a web page, whatever its name says",
            "open it in a spreadsheet program and save it as .xlsx or CSV",
        )
    elif is_json or (
        plain[:1] in (b"{", b"[") and source.suffix not in {".csv", ".tsv", ".tab", ".psv"}
    ):
        from onefunnel.connectors.reading.json_files import read_json

        read_json(source, desk)
    else:
        from onefunnel.connectors.reading.delimited import read_delimited

        read_delimited(source, desk)


def _zipped(source: Source, desk: Desk, *, is_inside: bool) -> None:
    path = _on_disk(source, desk)
    with open_zip(path, desk) as archive:
        names = set(archive.namelist())
    if "[Content_Types].xml" in names or "mimetype" in names:
        is_book = any(name.startswith("xl/") for name in names) or "content.xml" in names
        if not is_book:
            raise FileRefused("is an Office document, not a table", is_expected=True)
        from onefunnel.connectors.reading.workbooks import read_workbook

        read_workbook(source, path, desk)
        return
    if is_inside:
        raise FileRefused("is an archive inside an archive", _ARCHIVE_FIX)
    for member in _members(path, source.file, desk):
        try:
            _dispatch(member, desk, is_inside=True)
        except FileRefused as refusal:
            _leave_out(member.file, refusal, desk)
        except MemoryError:
            _leave_out(member.file, out_of_memory(desk), desk)


def _members(path: Path, file: str, desk: Desk) -> Iterator[Source]:
    from onefunnel.connectors.reading.walk import expected_reason

    for member in zip_sources(path, file, desk):
        reason = expected_reason(member.file.removeprefix(f"{file}/"))
        if reason:
            desk.left_out.append(LeftOut(member.file, reason))
        else:
            yield member


def _on_disk(source: Source, desk: Desk) -> Path:
    """The bytes as a file of their own: unpacked into the scratch folder where need be."""
    if source.path is not None:
        return source.path
    path = desk.new_parquet().with_suffix(source.suffix or ".bin")
    count = 0
    with source.open() as stream, path.open("wb") as out:
        reader = io.BufferedReader(stream) if isinstance(stream, io.RawIOBase) else stream
        while block := reader.read(MIB):
            count += len(block)
            if count > desk.limits.workbook:
                raise FileRefused(
                    f"unpacks to more than {size(desk.limits.workbook)}",
                    "unpack it and import it by itself",
                )
            out.write(block)
    return path
