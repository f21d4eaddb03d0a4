"""The cast everybody's tests share, and the browser of the browser tests."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import pytest_runtest_protocol as run_item
from hypothesis import settings

from onefunnel.server.site.frames import with_room

# The same examples in each run, so that main never turns red by chance; HYPOTHESIS=search looks
# for new ones (`make nightly`). What it finds becomes an @example.
settings.register_profile("repeat", derandomize=True, database=None, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS", "repeat"))

NOW = datetime(2026, 11, 21, 9, 40, tzinfo=UTC)
CHROMIUM = "/usr/bin/chromium"
PASSWORD = "a-long-enough-password"


@pytest.fixture
def now() -> datetime:
    """The moment tests happen at: a Saturday morning in November 2026, UTC."""
    return NOW


@pytest.fixture(scope="session")
def exports() -> Path:
    """The shared real exports; the test is skipped, saying so, where they are absent."""
    folder = Path(os.environ.get("ONEFUNNEL_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the shared exports are not at {folder}: set ONEFUNNEL_DATA")
    return folder


# --- the cast ---------------------------------------------------------------------------------
@pytest.fixture
def make_person(db: None) -> Any:
    """Make somebody: `make_person("Mia", team="marketing", role="member")`."""
    from onefunnel.server.people.models import Person

    def make(name: str, *, team: str, role: str = "member", **fields: Any) -> Person:
        email = fields.pop("email", f"{name.split()[0].lower()}@example.com")
        return Person.objects.create_user(
            email, PASSWORD, name=name, team=team, role=role, **fields
        )

    return make


@pytest.fixture
def marketer(make_person: Any) -> Any:
    """Mia, member of marketing."""
    return make_person("Mia Marsh", team="marketing")


@pytest.fixture
def seller(make_person: Any) -> Any:
    """Sam, member of sales."""
    return make_person("Sam Sole", team="sales")


@pytest.fixture
def service(make_person: Any) -> Any:
    """Ana, member of accounts & service."""
    return make_person("Ana Adler", team="accounts_and_service")


@pytest.fixture
def operations(make_person: Any) -> Any:
    """Olu, member of operations: imports data, cleans duplicates."""
    return make_person("Olu Okoro", team="operations")


@pytest.fixture
def owner(make_person: Any) -> Any:
    """Uma, owner of the workspace."""
    return make_person("Uma Unger", team="leadership", role="owner")


@pytest.fixture
def outsider(make_person: Any) -> Any:
    """Vic, a viewer: the one who must be refused."""
    return make_person("Vic Vale", team="leadership", role="viewer")


@pytest.fixture
def signed_in(client: Any) -> Any:
    """Sign somebody in and return the client: `signed_in(marketer).get("/")`."""

    def sign_in(person: Any) -> Any:
        client.force_login(person)
        return client

    return sign_in


# --- speed ------------------------------------------------------------------------------------
_run_item = with_room(run_item)
gc.set_threshold(50_000, 20, 20)  # expressions are many small objects, and short-lived


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Run tests as requests are run: with room for the deep calls of Ibis, a third cheaper."""
    return bool(_run_item(item, nextitem))


# --- database ---------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Take the record's triggers off: emptying tables after a browser test deletes its rows.

    tests/server/record/test_append.py puts them back on for itself.
    """
    from django.db import connection

    from onefunnel.server.record.guards import guards_off

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        guards_off(connection.vendor, cursor.execute)


# --- browser ----------------------------------------------------------------------------------
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # the others fill what is left of each worker's time
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    if Path(CHROMIUM).exists():
        return
    absent = pytest.mark.skip(reason=f"no {CHROMIUM}: apt-get install chromium")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(absent)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's chromium, told to stay at home."""
    return {
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture
def signed_in_page(live_server: Any, page: Any, client: Any) -> Any:
    """A browser page with somebody signed in: `signed_in_page(marketer, "/")`."""
    from django.conf import settings

    def open_as(person: Any, path: str = "/") -> Any:
        client.force_login(person)
        page.context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                    "url": live_server.url,
                }
            ]
        )
        page.goto(f"{live_server.url}{path}")
        return page

    return open_as


@pytest.fixture
def empty_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that is gone afterwards."""
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)
