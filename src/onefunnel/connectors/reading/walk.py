"""Which files of a folder are worth opening, and what are the others?"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_PAPERS = re.compile(
    r"(?:licen[cs]e|copying|notice|readme|read_me|changelog|contributing|authors|citation)\b|"
    r"(?:licen[cs]e|readme)[_-]",
    re.IGNORECASE,
)
_PICTURES = {
    ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".ico", ".bmp", ".tif", ".tiff", ".heic",
    ".mp3", ".mp4", ".wav", ".mov", ".avi", ".webm",
}  # fmt: skip
_DOCUMENTS = {
    ".pdf", ".doc", ".docx", ".ppt", ".pptx", ".md", ".rst", ".rtf", ".odt", ".htm", ".html",
    ".eml", ".msg",
}  # fmt: skip
_SETTINGS = {
    ".yaml", ".yml", ".toml", ".ini", ".cfg", ".py", ".js", ".sql", ".sh", ".ipynb", ".css",
    ".r", ".ts", ".lock", ".log", ".db", ".sqlite", ".sqlite3", ".duckdb", ".pkl", ".exe", ".dll",
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """One file below the folder; `reason` is set where it is not worth opening."""

    path: Path
    file: str
    size: int
    reason: str = ""


def walk(path: Path) -> Iterator[Found]:
    """The files below `path` (or `path` itself), by name. Links that lead outside are left out."""
    if not path.is_dir():
        yield Found(path, path.name, path.stat().st_size)
        return
    root = path.resolve()
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "__MACOSX")))
        for name in sorted(files):
            found = Path(folder) / name
            shown = found.relative_to(root).as_posix()
            if found.is_symlink() and not found.resolve().is_relative_to(root):
                yield Found(found, shown, 0, "is a link that leads out of the folder")
                continue
            if not found.is_file():
                yield Found(found, shown, 0, "is no ordinary file")
                continue
            yield Found(found, shown, found.stat().st_size, expected_reason(shown))


def expected_reason(file: str) -> str:
    """Why nobody wants this file read, by its name; empty where it is worth opening."""
    name = PurePosixPath(file).name
    suffix = PurePosixPath(file).suffix.lower()
    if "__MACOSX/" in file or name.startswith((".", "~$", "._")) or name == "Thumbs.db":
        return "is a hidden file of the system"
    if _PAPERS.match(name) and suffix in {"", ".txt", ".md", ".rst", ".html", ".htm", ".pdf"}:
        return "is a paper that goes with the data"
    if suffix in _PICTURES:
        return "is a picture or a recording"
    if suffix in _DOCUMENTS:
        return "is a document to read"
    if suffix in _SETTINGS:
        return "is a program, a setting or a database, not an export"
    return ""


def table_names(files: list[str]) -> list[str]:
    """A name for the table of each file: without endings; with its folder where two clash."""
    short = [_stem(PurePosixPath(file).name) for file in files]
    counts = Counter(name.lower() for name in short)
    names: list[str] = []
    taken: set[str] = set()
    for file, name in zip(files, short, strict=True):
        chosen = name
        if counts[name.lower()] > 1:
            parent = PurePosixPath(file).parent
            chosen = f"{parent}/{name}" if str(parent) != "." else name
        base, number = chosen, 1
        while chosen.lower() in taken:
            number += 1
            chosen = f"{base}_{number}"
        taken.add(chosen.lower())
        names.append(chosen)
    return names


def _stem(name: str) -> str:
    path = PurePosixPath(name)
    if path.suffix.lower() in {".gz", ".zip"}:
        inner = PurePosixPath(path.stem)
        if inner.suffix.lower() in {
            ".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".xes", ".xlsx", ".parquet",
        }:  # fmt: skip
            return inner.stem
    return path.stem or name
