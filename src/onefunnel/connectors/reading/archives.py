"""What is inside a .zip or .gz, never trusting the sizes it declares."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from onefunnel.connectors.reading.refusal import FileRefused, plural, size
from onefunnel.connectors.reading.source import Desk, Source
from onefunnel.connectors.reading.tables import MIB, Limits

#: Small files may be as regular as they like; the ratio is looked at from here on.
_RATIO_FROM = 8 * MIB
_TOO_MUCH = "unpack it and import what you need"


class Unpacked(io.RawIOBase):
    """A stream of unpacked bytes that refuses to go on where they grow out of proportion.

    `packed` is asked how many packed bytes were used so far.
    """

    def __init__(self, stream: BinaryIO, packed: Callable[[], int], limits: Limits) -> None:
        self._stream, self._packed, self._limits = stream, packed, limits
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self._read(len(view))
        view[: len(data)] = data
        return len(data)

    def _read(self, length: int) -> bytes:
        try:
            data = self._stream.read(length)
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, OSError) as error:
            raise FileRefused(
                f"is damaged: it cannot be unpacked ({_why(error)})", "send or download it again"
            ) from error
        except RuntimeError as error:  # an encrypted member
            raise FileRefused("is locked with a password", "save it without one") from error
        except NotImplementedError as error:
            raise FileRefused("is packed in a way that is not known", _TOO_MUCH) from error
        self._count += len(data)
        check_growth(self._packed(), self._count, self._limits.unpacked, self._limits)
        return data

    def close(self) -> None:
        self._stream.close()
        super().close()


def _why(error: Exception) -> str:
    """What the unpacker says, without its numbers: `invalid block type`."""
    return str(error).rpartition("data: ")[2] or "it ends too early"


def check_growth(packed: int, unpacked: int, most: int, limits: Limits) -> None:
    """Raises FileRefused where so many packed bytes must not become so many unpacked ones."""
    if unpacked > most:
        raise FileRefused(f"unpacks to more than {size(most)}, which is not allowed", _TOO_MUCH)
    if unpacked > _RATIO_FROM and unpacked > limits.ratio * max(packed, 1):
        raise FileRefused(
            f"unpacks to more than {limits.ratio} times its size: it may be made to fill the "
            "memory of whoever opens it",
            _TOO_MUCH,
        )


def gz_source(path: Path, file: str, desk: Desk) -> Source:
    """The one file inside a .gz."""
    inner = PurePosixPath(path.name).stem

    def opened() -> BinaryIO:
        raw = desk.open(path)
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw))
        return io.BufferedReader(Unpacked(stream, raw.tell, desk.limits), buffer_size=MIB)

    return Source(file, PurePosixPath(inner).stem, PurePosixPath(inner).suffix.lower(), opened)


def zip_sources(path: Path, file: str, desk: Desk) -> Iterator[Source]:
    """The files inside a .zip, checked by its directory first and byte by byte when read."""
    limits = desk.limits
    archive = open_zip(path, desk)
    members = [m for m in archive.infolist() if not m.is_dir()]
    if len(members) > limits.files:
        raise FileRefused(
            f"holds {plural(len(members), 'file')}; {limits.files:,} are allowed", _TOO_MUCH
        )
    check_growth(path.stat().st_size, sum(m.file_size for m in members), limits.unpacked, limits)
    for member in sorted(members, key=lambda m: m.filename):
        name = PurePosixPath(member.filename.replace("\\", "/"))
        shown = f"{file}/{name}"

        def opened(member: zipfile.ZipInfo = member) -> BinaryIO:
            try:
                stream = cast(BinaryIO, archive.open(member))
            except RuntimeError as error:
                raise FileRefused("is locked with a password", "save it without one") from error
            except (zipfile.BadZipFile, NotImplementedError, OSError) as error:
                raise FileRefused(
                    f"is damaged: it cannot be unpacked ({_why(error)})",
                    "send or download it again",
                ) from error
            packed = max(member.compress_size, 1)
            return io.BufferedReader(Unpacked(stream, lambda: packed, limits), buffer_size=MIB)

        yield Source(shown, name.stem, name.suffix.lower(), opened, member.file_size)


def open_zip(path: Path, desk: Desk) -> zipfile.ZipFile:
    """The archive; FileRefused where its directory cannot be read."""
    try:
        return zipfile.ZipFile(desk.open(path))
    except (zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
        raise FileRefused(
            f"is no archive that can be opened ({error})", "send or download it again"
        ) from error


def check_workbook(path: Path, desk: Desk) -> None:
    """Refuses a workbook whose sheets unpack to more than memory is meant for.

    The directory is asked first; then every member is unpacked and counted, as sizes may lie.
    """
    limits = desk.limits
    with open_zip(path, desk) as archive:
        members = archive.infolist()
        if len(members) > limits.files * 5:
            raise FileRefused(f"holds {plural(len(members), 'part')}", "save it again as .xlsx")
        packed = path.stat().st_size
        check_growth(packed, sum(m.file_size for m in members), limits.workbook, limits)
        count = 0
        for member in members:
            try:
                with archive.open(member) as stream:
                    while chunk := stream.read(MIB):
                        count += len(chunk)
                        check_growth(packed, count, limits.workbook, limits)
            except RuntimeError as error:
                raise FileRefused("is locked with a password", "save it without one") from error
            except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError) as e:
                raise FileRefused(
                    f"is damaged: it cannot be unpacked ({_why(e)})", "save it again as .xlsx"
                ) from e
