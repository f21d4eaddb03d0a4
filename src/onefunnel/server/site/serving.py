"""What the server's commands do, step by step."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from onefunnel.server.site.opening import choose_workspace, open_workspace
from onefunnel.server.site.processes import (
    check_port,
    run_together,
    web_command,
    worker_command,
)
from onefunnel.server.site.saying import Say, progress_to

if TYPE_CHECKING:
    from onefunnel.server.site.health import Check


def serve_demo(*, workspace: Path | None, port: int, seed: int, say: Say) -> int:
    """Make the simulated company if it is not there yet, and serve it to this machine."""
    os.environ["ONEFUNNEL_IS_DEMO"] = "1"
    folder = _prepare(workspace, "workspace-demo", "127.0.0.1", port, say)

    from django.utils import timezone

    from onefunnel.server.people.demo import add_demo_people
    from onefunnel.server.run.nurture.commands import begin_simulated_sequence
    from onefunnel.server.site.bringing_in import go_on_with_interrupted
    from onefunnel.server.site.demo import add_demo, has_demo

    if not has_demo():
        started = time.monotonic()
        say("Simulating a company: 18 months of marketing, sales and service ...")
        add_demo(by=None, at=timezone.now(), seed=seed, progress=progress_to(say))
        say(f"Simulated and stored in {time.monotonic() - started:.0f} s.")
    add_demo_people(at=timezone.now())
    begin_simulated_sequence(at=timezone.now())
    go_on_with_interrupted()
    say(f"The demo lives in {folder}; delete the folder to be rid of it.")
    return _serve("127.0.0.1", port, say)


def serve_workspace(
    *,
    workspace: Path | None,
    host: str,
    port: int,
    source: Path | None,
    mapping: Path | None,
    say: Say,
) -> int:
    """Bring a folder in if one is named, then serve the workspace."""
    _prepare(workspace, "workspace", host, port, say)

    from onefunnel.server.site.bringing_in import bring_in, go_on_with_interrupted

    if source is not None:
        bring_in(source, mapping=mapping, say=say, progress=progress_to(say))
    go_on_with_interrupted()
    return _serve(host, port, say)


def run_worker(*, workspace: Path | None, say: Say) -> None:
    """Run a background worker in this process until it is told to stop."""
    open_workspace(choose_workspace(workspace), say=say)
    command = worker_command()
    os.execv(command[0], command)  # noqa: S606 (our own interpreter, no outside input)


def examine(*, workspace: Path | None, rebuild: bool, say: Say) -> list[Check]:
    """Ask all questions of `health`, without changing anything but, if asked, the copy."""
    folder = choose_workspace(workspace)
    if not (folder / "secret_key").exists():
        raise ValueError(f"there is no workspace in {folder}. `onefunnel serve` makes one.")
    import django

    django.setup()

    from django.utils import timezone

    from onefunnel.server.site.health import checks

    if rebuild:
        from onefunnel.server.site.bringing_in import rebuild_copy

        rebuild_copy(say=say)
    return checks(environment=dict(os.environ), now=timezone.now())


def _prepare(workspace: Path | None, default: str, host: str, port: int, say: Say) -> Path:
    os.environ["ONEFUNNEL_HOST"] = host
    folder = choose_workspace(workspace, default)
    check_port(host, port)
    open_workspace(folder, say=say)
    return folder


def _serve(host: str, port: int, say: Say) -> int:
    from django.conf import settings
    from django.db import connections
    from django.utils import timezone

    from onefunnel.server.people.commands import WELCOME_HOURS, make_welcome_link

    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    base = settings.PUBLIC_URL or f"http://{shown}:{port}"
    os.environ["ONEFUNNEL_LISTENS_AT"] = base  # links in mails begin with it
    token = make_welcome_link(at=timezone.now())
    connections.close_all()

    def ready() -> None:
        say(f"onefunnel is running at {base}")
        if token:
            say(
                "Nobody is here yet. Make the owner's account with this link, which works once, "
                f"for {WELCOME_HOURS} hours:"
            )
            say(f"  {base}/welcome/{token}/")
        say("Stop it with Ctrl+C.")

    address = ("127.0.0.1" if host in {"0.0.0.0", "localhost"} else host.strip("[]"), port)  # noqa: S104
    code = run_together(
        web=web_command(host, port), worker=worker_command(), address=address, ready=ready
    )
    say("Stopped.")
    return code
