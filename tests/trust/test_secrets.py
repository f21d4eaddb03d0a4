"""T46: what must not be started with is refused, and the refusal says why and what to do."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from onefunnel.server.site.start import Setup, WillNotStart, check_start
from onefunnel.server.site.workspace import prepare_workspace, secret_key

GOOD_SECRET = "Zk3v0bq8Tg1xW5mR7yLpN2sD4hJ6cF9aVeUiOoXtQwErYuIpAsDf"


@pytest.fixture
def good(tmp_path: Path) -> Setup:
    folder = prepare_workspace(tmp_path / "workspace")
    secret_key(folder)
    return Setup(workspace=folder, host="127.0.0.1", debug=False, secret=GOOD_SECRET)


def test_a_fresh_workspace_starts(good: Setup) -> None:
    check_start(good)


def test_it_listens_to_the_network_behind_https(good: Setup) -> None:
    check_start(dataclasses.replace(good, host="0.0.0.0", public_url="https://funnel.example.com"))


NETWORK: dict[str, Any] = {"host": "0.0.0.0", "public_url": "https://funnel.example.com"}


@pytest.mark.parametrize(
    ("change", "why", "cure"),
    [
        ({"secret": ""}, "empty", "Unset ONEFUNNEL_SECRET_KEY"),
        ({"secret": "django-insecure-" + GOOD_SECRET}, "well-known", "Unset"),
        ({"secret": "changeme" * 10}, "well-known", "Unset"),
        ({"secret": GOOD_SECRET[:20]}, "guessed", "Unset"),
        ({"secret": "ab" * 40}, "guessed", "Unset"),
        ({**NETWORK, "debug": True}, "ONEFUNNEL_DEBUG", "Turn one"),
        ({"host": "0.0.0.0"}, "ONEFUNNEL_URL", "address people will type"),
        ({**NETWORK, "public_url": "http://funnel.example.com"}, "in the clear", "https"),
        ({"public_url": "funnel.example.com"}, "not an address", "https://"),
        ({"hosts": ("*",)}, "Host header", "Name the hosts"),
        ({**NETWORK, "is_demo": True}, "without a password", "Leave --host out"),
    ],
)
def test_it_refuses_settings(good: Setup, change: dict[str, Any], why: str, cure: str) -> None:
    with pytest.raises(WillNotStart) as refusal:
        check_start(dataclasses.replace(good, **change))
    assert why in str(refusal.value)
    assert cure in str(refusal.value)


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o777])
def test_it_refuses_a_workspace_open_to_others(good: Setup, mode: int) -> None:
    good.workspace.chmod(mode)
    with pytest.raises(WillNotStart, match=r"chmod 700"):
        check_start(good)


def test_it_refuses_a_secret_file_open_to_others(good: Setup) -> None:
    (good.workspace / "secret_key").chmod(0o644)
    with pytest.raises(WillNotStart, match=r"chmod 600"):
        check_start(good)


def test_it_refuses_a_file_as_workspace(tmp_path: Path, good: Setup) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WillNotStart, match=r"Name a folder"):
        check_start(dataclasses.replace(good, workspace=tmp_path / "file"))


def test_it_names_every_reason_at_once(good: Setup) -> None:
    good.workspace.chmod(0o755)
    with pytest.raises(WillNotStart) as refusal:
        check_start(dataclasses.replace(good, secret="", hosts=("*",)))
    assert {"secret", "chmod", "Host"} <= set(str(refusal.value).replace(":", "").split())


def test_workspace_and_secret_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = prepare_workspace(tmp_path / "deep" / "workspace")
    first = secret_key(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600
    assert len(first) >= 50
    assert secret_key(folder) == first
    assert secret_key(prepare_workspace(tmp_path / "other")) != first


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({"ONEFUNNEL_SECRET_KEY": "secret"}, "secret key"),
        ({"ONEFUNNEL_DEBUG": "1", "ONEFUNNEL_HOST": "0.0.0.0"}, "ONEFUNNEL_DEBUG"),
        ({"ONEFUNNEL_HOSTS": "*"}, "ONEFUNNEL_HOSTS"),
    ],
)
def test_serve_itself_refuses(tmp_path: Path, environment: dict[str, str], why: str) -> None:
    """The whole program, in its own process: nothing listens, one line says why, no traceback."""
    host = environment.get("ONEFUNNEL_HOST", "127.0.0.1")
    folder = tmp_path / "workspace"
    code = (
        "from onefunnel.server.site.serving import serve_workspace\n"
        "from onefunnel.server.site.start import WillNotStart\n"
        "import pathlib, sys\n"
        "try:\n"
        f"    serve_workspace(workspace=pathlib.Path({str(folder)!r}), host={host!r}, \n"
        "        port=32031, source=None, mapping=None, say=print)\n"
        "except WillNotStart as no:\n"
        "    print(no); sys.exit(7)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 7, done.stderr
    assert why in done.stdout
    assert not list(folder.glob("*.sqlite3"))
