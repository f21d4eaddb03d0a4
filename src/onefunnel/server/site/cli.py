"""`onefunnel demo | serve | worker | doctor`: joins the command line by entry point.

Django is loaded inside the commands only, so that `onefunnel measure` starts without it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import typer

DEMO_FOLDER = "workspace-demo"

_WORKSPACE = typer.Option(
    None, "--workspace", help="Folder that holds everything. Default: ./workspace"
)
_DEMO_WORKSPACE = typer.Option(
    None, "--workspace", help=f"Folder of the demo. Default: ./{DEMO_FOLDER}"
)
_FROM = typer.Option(None, "--from", help="Folder of exports to bring in before serving.")
_MAP = typer.Option(
    None, "--map", help="Mapping file for --from (see `onefunnel facts --write-map`)."
)
_PORT = typer.Option(8000, "--port", help="Port to listen on.")
_HOST = typer.Option("127.0.0.1", "--host", help="Address to listen on; this machine only.")


def register(app: typer.Typer) -> None:
    """Add the server's commands to the command line."""
    app.command("demo", epilog="Example: onefunnel demo --port 8080")(demo)
    app.command("serve", epilog="Example: onefunnel serve --from exports/ --port 8080")(serve)
    app.command("worker", epilog="Example: onefunnel worker --workspace /srv/onefunnel")(worker)
    app.command("doctor", epilog="Example: onefunnel doctor --json")(doctor)


def demo(
    port: int = _PORT,
    workspace: Path | None = _DEMO_WORKSPACE,
    seed: int = typer.Option(1, "--seed", help="Another number gives another company."),
) -> None:
    """Look around the simulated company in a browser."""
    from onefunnel.server.site.serving import serve_demo

    raise typer.Exit(serve_demo(workspace=workspace, port=port, seed=seed, say=_say))


def serve(
    source: Path | None = _FROM,
    mapping: Path | None = _MAP,
    port: int = _PORT,
    host: str = _HOST,
    workspace: Path | None = _WORKSPACE,
) -> None:
    """Serve the workspace in a browser, with its background worker."""
    if mapping is not None and source is None:
        raise typer.BadParameter("--map describes the folder of --from; name that too.")
    for path, name in ((source, "--from"), (mapping, "--map")):
        if path is not None and not path.exists():
            raise typer.BadParameter(f"{name}: {path} does not exist.")
    from onefunnel.server.site.serving import serve_workspace

    raise typer.Exit(
        serve_workspace(
            workspace=workspace, host=host, port=port, source=source, mapping=mapping, say=_say
        )
    )


def worker(workspace: Path | None = _WORKSPACE) -> None:
    """Run one more background worker for a workspace that is being served."""
    from onefunnel.server.site.serving import run_worker

    run_worker(workspace=workspace, say=_say)


def doctor(
    workspace: Path | None = _WORKSPACE,
    rebuild: bool = typer.Option(
        False, "--rebuild", help="Make the columnar copy of the data again."
    ),
    as_json: bool = typer.Option(False, "--json", help="Answer as JSON."),
) -> None:
    """Ask whether this installation is well, and say what to do if not."""
    from onefunnel.server.site.serving import examine

    found = examine(workspace=workspace, rebuild=rebuild, say=_say)
    if as_json:
        rows = [
            {"question": c.name, "well": c.is_well, "answer": c.answer, "fix": c.fix} for c in found
        ]
        typer.echo(json.dumps(rows, indent=2))
    else:
        for check in found:
            mark = "well      " if check.is_well else "look here "
            typer.echo(f"{mark} {check.name}: {check.answer}")
            if check.fix:
                typer.echo(f"           {check.fix}")
    if not all(check.is_well for check in found):
        raise typer.Exit(1)


def _say(text: str, *, passing: bool = False) -> None:
    """Tell the person on standard error; a passing line is replaced by the next one."""
    if passing:
        if sys.stderr.isatty() and not os.environ.get("NO_COLOR"):
            sys.stderr.write(f"\r\033[K{text}")
            sys.stderr.flush()
        return
    start = "\r\033[K" if sys.stderr.isatty() and not os.environ.get("NO_COLOR") else ""
    sys.stderr.write(f"{start}{text}\n")
    sys.stderr.flush()
