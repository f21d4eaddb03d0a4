"""Opening a workspace: safe to start, database up to date, chart script made."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from onefunnel.server.site.start import WillNotStart, check_start, setup_of
from onefunnel.server.site.workspace import prepare_workspace, secret_key

Say = Callable[[str], None]


def choose_workspace(folder: Path | None, default: str = "workspace") -> Path:
    """Decide on the folder (argument, `$ONEFUNNEL_WORKSPACE`, default) and tell all processes."""
    named = folder or Path(os.environ.get("ONEFUNNEL_WORKSPACE") or default)
    chosen = named.expanduser().resolve()
    os.environ["ONEFUNNEL_WORKSPACE"] = str(chosen)
    os.environ["DJANGO_SETTINGS_MODULE"] = "onefunnel.server.site.settings"
    return chosen


def open_workspace(folder: Path, *, say: Say) -> None:
    """Check that starting is safe, load Django, bring the database up to date.

    Several processes may open a workspace at once: one migrates, the others wait.

    Raises:
        WillNotStart: the settings or the folder are dangerous; nothing was changed.
    """
    os.umask(0o077)  # databases, uploads and caches are for this user only
    debug = os.environ.get("ONEFUNNEL_DEBUG", "").strip().lower() in {"1", "true", "yes", "on"}
    is_file = folder.exists() and not folder.is_dir()
    secret = "x" if is_file else secret_key(prepare_workspace(folder))
    check_start(setup_of(os.environ, workspace=folder, secret=secret, debug=debug))

    import django  # takes a second: not before it is needed

    django.setup()
    with _one_at_a_time(folder):
        _bring_up_to_date(say)
        _make_chart_script(folder, say)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / "opening.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _bring_up_to_date(say: Say) -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.db.utils import OperationalError

    try:
        executor = MigrationExecutor(connection)
    except OperationalError as refused:
        raise WillNotStart(f"cannot open the database: {refused}") from refused
    loader = executor.loader
    known = set(loader.graph.nodes) | set(loader.replacements)
    ours = {app for app, _ in loader.graph.leaf_nodes()}
    newer = [name for app, name in loader.applied_migrations if app in ours]
    strange = [
        f"{app}.{name}"
        for app, name in loader.applied_migrations
        if app in ours and (app, name) not in known
    ]
    if strange:
        raise WillNotStart(
            "the database was made by a newer onefunnel "
            f"({strange[0]}); this program would damage it. Install the newer version."
        )
    if executor.migration_plan(loader.graph.leaf_nodes()):
        say("Bringing the database up to date ..." if newer else "Making the database ...")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)


def _make_chart_script(folder: Path, say: Say) -> None:
    from onefunnel.server.site.assets import BUNDLE, chart_script

    if not (folder / "assets" / BUNDLE).exists():
        say("Making the chart script ...")
    chart_script(folder)
