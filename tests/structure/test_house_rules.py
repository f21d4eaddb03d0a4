"""The rules of the house that a linter does not know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "onefunnel"
PYTHON = sorted(
    path
    for folder in (SOURCE, ROOT / "tests", ROOT / "benchmarks", ROOT / "examples")
    for path in folder.rglob("*.py")
    if "migrations" not in path.parts
)
LIBRARY_ROOMS = {
    "agreement", "charts", "cli", "connectors", "facts", "learn", "measures", "planner",
    "reports", "server", "simulate", "statistics",
}  # fmt: skip
SERVER_ROOMS = {
    "agree", "listen", "measure", "notify", "people", "plan", "record", "run", "share", "site",
    "warehouse",
}  # fmt: skip


def folders_of(place: Path) -> set[str]:
    return {path.name for path in place.iterdir() if path.is_dir() and path.name != "__pycache__"}


def test_no_python_file_is_longer_than_500_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in PYTHON
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 500
    }
    assert long == {}


def test_every_package_has_a_known_name() -> None:
    assert folders_of(SOURCE) <= LIBRARY_ROOMS
    assert folders_of(SOURCE / "server") <= SERVER_ROOMS


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "core", "misc", "manager"])
def test_nothing_is_named_after_a_kind_of_code(word: str) -> None:
    names = [path for path in SOURCE.rglob("*") if path.stem.lower() == word]
    assert names == []


def test_room_inits_are_empty() -> None:
    full = [
        str(path.relative_to(ROOT))
        for path in SOURCE.rglob("__init__.py")
        if path != SOURCE / "__init__.py" and path.read_text(encoding="utf-8").strip()
    ]
    assert full == []


def test_the_library_never_asks_the_clock() -> None:
    edges = {"cli", "server"}
    asks = re.compile(r"datetime\.now|datetime\.utcnow|date\.today|time\.time\(")
    found = [
        str(path.relative_to(ROOT))
        for path in SOURCE.rglob("*.py")
        if path.relative_to(SOURCE).parts[0] not in edges | {"notebook.py"}
        and asks.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("home", ["facts/sql_text.py", "facts/csv_text.py"])
def test_what_must_be_safe_is_written_once(home: str) -> None:
    """Text in SQL, and cells that a spreadsheet could run: everybody asks the one place."""
    signs = {
        "facts/sql_text.py": r"replace\((\"'\", \"''\"|'\"', '\"\"'|chr\(3[49]\))",
        "facts/csv_text.py": r"[\"']=[\"'], ?[\"'][+@-][\"']",
    }
    places = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if re.search(signs[home], path.read_text(encoding="utf-8"))
    ]
    assert places == [home]


def test_every_server_room_has_a_readme() -> None:
    without = [
        room for room in folders_of(SOURCE / "server")
        if not (SOURCE / "server" / room / "README.md").exists()
    ]  # fmt: skip
    assert without == []


#: Numbers that pages send back: a comma among their digits, as people read it, is no number.
SENT_BACK = re.compile(r'value="\{\{ ?[\w.]*(?:revision|last_move) ?\}\}"')


def test_numbers_that_pages_send_back_have_no_commas() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {tag}"
        for path in sorted(SOURCE.rglob("*.html"))
        for tag in SENT_BACK.findall(path.read_text(encoding="utf-8"))
    ]
    assert found == []
