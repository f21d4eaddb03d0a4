"""Views and routes ask and show; what changes something is a command.

A command checks the right, does one thing and records it: a view that writes to a model itself
does none of these.
"""

import ast
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2] / "src" / "onefunnel" / "server"
ASKERS = sorted(
    path
    for name in ("views.py", "api.py", "pages.py", "downloads.py", "queries.py")
    for path in SERVER.rglob(name)
)
WRITES = {"create", "bulk_create", "get_or_create", "update_or_create", "bulk_update", "save"}
#: These write rows only where a query set or a record is what they are called on.
ON_ROWS = {"update", "delete"}


@pytest.mark.parametrize("path", ASKERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_is_written_here(path: Path) -> None:
    assert not (found := list(written(path.read_text()))), f"{path.name}: {found}"


def written(source: str) -> list[str]:
    """`line: what` of each call that writes to a model."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        of, name = ast.unparse(node.func.value), node.func.attr
        is_rows = "objects" in of or of in ("imported", "merge", "suggestion", "person")
        if (name in WRITES and is_rows) or (name in ON_ROWS and is_rows):
            found.append(f"{node.lineno}: {of}.{name}")
    return found


def test_a_write_would_be_found() -> None:
    assert written("Import.objects.filter(pk=1).update(mapping='')") == [
        "1: Import.objects.filter(pk=1).update"
    ]
    assert written("imported.delete()") == ["1: imported.delete"]
    assert not written("context.update(a=1)")
