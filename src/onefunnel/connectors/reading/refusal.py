"""A file that is not read, in words for the person who brought it."""

from __future__ import annotations

from collections.abc import Sequence


class FileRefused(Exception):
    """Reading this file would cost more than allowed, or it is not what its name says."""

    def __init__(self, reason: str, fix: str = "", *, is_expected: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fix = fix
        self.is_expected = is_expected


def plural(count: int, one: str, many: str = "") -> str:
    """`1 row`, `1,200 rows`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def size(count: int) -> str:
    """A number of bytes as people say it: `3.1 MiB`."""
    value = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024 or unit == "TiB":
            break
        value /= 1024
    return f"{value:,.0f} {unit}" if value >= 10 or unit == "bytes" else f"{value:,.1f} {unit}"


def clip(text: str, length: int = 300) -> str:
    """The text on one line, shortened to `length` characters."""
    flat = text[: length * 2].replace("\r\n", "⏎").replace("\n", "⏎").replace("\r", "⏎")
    return flat if len(text) <= length and len(flat) <= length else flat[: length - 1] + "…"


def quoted_lines(lines: Sequence[str], most: int = 3) -> str:
    """The first of these lines in quotes, each shortened, and how many more there are."""
    said = ", ".join(f'"{clip(line, 60)}"' for line in lines[:most])
    return said if len(lines) <= most else f"{said} and {len(lines) - most:,} more"
