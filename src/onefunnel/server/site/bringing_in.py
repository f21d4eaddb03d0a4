"""A folder of exports from the command line into the workspace, told step by step."""

from __future__ import annotations

from pathlib import Path

from django.utils import timezone

from onefunnel.connectors.reading.refusal import plural
from onefunnel.server.site.saying import Say
from onefunnel.server.warehouse import commands as warehouse
from onefunnel.server.warehouse import tasks
from onefunnel.server.warehouse.inbox.failures import ImportFailed

SHOWN = 5
WEIGHTS = {"error": 0, "warning": 1, "note": 2}


def bring_in(source: Path, *, mapping: Path | None, say: Say, progress: warehouse.Progress) -> None:
    """Import the folder before serving, and say what became of its rows.

    The same folder again changes nothing: its rows are recognised.

    Raises:
        ValueError: nothing could be read; the text has the reason and the fix.
    """
    say(f"Bringing in {source} ...")
    try:
        imported = warehouse.import_folder(
            source, at=timezone.now(), mapping=mapping, progress=progress
        )
    except ImportFailed as failed:
        raise ValueError(str(failed)) from failed
    counts = imported.counts
    parts = [
        f"{counts[name]:,} {words}"
        for name, words in (
            ("created", "new"),
            ("updated", "updated"),
            ("skipped", "skipped"),
            ("refused", "refused"),
        )
        if isinstance(counts.get(name), int)
    ]
    if cells := counts.get("refused_cells", 0):
        parts.append(f"{plural(cells, 'cell')} could not be read")
    say(f"{counts.get('rows_in', 0):,} rows: {', '.join(parts)}.")
    weightiest = sorted(imported.findings, key=lambda f: WEIGHTS.get(f.get("weight", ""), 0))
    for finding in weightiest[:SHOWN]:
        weight, table, what = (finding.get(key, "") for key in ("weight", "table", "what"))
        say(f"  {weight}: {table}: {what}")
    if len(imported.findings) > SHOWN:
        say(f"  ... and {len(imported.findings) - SHOWN} more; the report under Data has them all.")


def rebuild_copy(*, say: Say) -> None:
    """Make the columnar copy again from the database."""
    say("Making the columnar copy again ...")
    made = warehouse.refresh_copy(at=timezone.now(), rebuild=True)
    say(f"Done: version {made.version}.")


def go_on_with_interrupted() -> int:
    """Start imports, undos and trial runs again that died with their worker; how many."""
    return tasks.go_on_with_interrupted(at=timezone.now())
