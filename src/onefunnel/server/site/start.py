"""What must never be started with (trust.md T46): each refusal says what, why and what to do."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from onefunnel.server.site.workspace import SHORTEST_SECRET

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
_KNOWN_SECRETS = ("django-insecure", "changeme", "change-me", "secret", "password", "example")


class WillNotStart(ValueError):
    """The settings are dangerous; the text has every reason."""


@dataclass(frozen=True)
class Setup:
    """What decides whether starting is safe."""

    workspace: Path
    host: str
    debug: bool
    secret: str
    public_url: str = ""
    hosts: tuple[str, ...] = ()
    is_demo: bool = False
    allow_http: bool = False


def setup_of(environment: Mapping[str, str], *, workspace: Path, secret: str, debug: bool) -> Setup:
    """Read a Setup from environment variables."""
    return Setup(
        workspace=workspace,
        host=environment.get("ONEFUNNEL_HOST", "127.0.0.1"),
        debug=debug,
        secret=secret,
        public_url=environment.get("ONEFUNNEL_URL", ""),
        hosts=tuple(h for h in environment.get("ONEFUNNEL_HOSTS", "").split(",") if h),
        is_demo=environment.get("ONEFUNNEL_IS_DEMO", "") == "1",
        allow_http=environment.get("ONEFUNNEL_ALLOW_HTTP", "") == "1",
    )


def check_start(setup: Setup) -> None:
    """Refuse a dangerous start.

    Raises:
        WillNotStart: with one sentence for each reason, so that one look mends all.
    """
    reasons = [*_of_secret(setup), *_of_folder(setup.workspace), *_of_network(setup)]
    if reasons:
        raise WillNotStart("will not start. " + " ".join(reasons))


def _of_secret(setup: Setup) -> list[str]:
    cure = "Unset ONEFUNNEL_SECRET_KEY: a good one is then made and kept in the workspace."
    secret = setup.secret
    if not secret:
        return [f"The secret key is empty, so anybody could forge a sign-in. {cure}"]
    if secret.lower().startswith(_KNOWN_SECRETS):
        return [f"The secret key is a well-known example, so anybody could forge a sign-in. {cure}"]
    if len(secret) < SHORTEST_SECRET or len(set(secret)) < 12:
        return [
            f"The secret key can be guessed ({len(secret)} characters, {len(set(secret))} "
            f"different; it needs {SHORTEST_SECRET} and 12). {cure}"
        ]
    return []


def _of_folder(folder: Path) -> list[str]:
    if not folder.exists():
        return []
    if not folder.is_dir():
        return [f"The workspace {folder} is a file. Name a folder with --workspace."]
    reasons = []
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        reasons.append(
            f"The workspace {folder} cannot be written by this user. "
            "Start as its owner, or name another folder."
        )
    for path, what in ((folder, "workspace"), (folder / "secret_key", "secret key file")):
        if path.exists() and (others := _open_to_others(path)):
            right = "700" if path is folder else "600"
            reasons.append(
                f"The {what} {path} can be {others} by other users of this machine; it holds "
                f"personal data and keys. Run: chmod {right} {path}."
            )
    return reasons


def _open_to_others(path: Path) -> str:
    mode = path.stat().st_mode
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "changed"
    return "read" if mode & (stat.S_IRGRP | stat.S_IROTH | stat.S_IXGRP | stat.S_IXOTH) else ""


def _of_network(setup: Setup) -> list[str]:
    reasons = []
    if "*" in setup.hosts:
        reasons.append(
            "ONEFUNNEL_HOSTS is *, so a forged Host header could steer password links elsewhere. "
            "Name the hosts."
        )
    url = urlsplit(setup.public_url)
    if setup.public_url and (url.scheme not in {"http", "https"} or not url.hostname):
        reasons.append(
            f"ONEFUNNEL_URL {setup.public_url!r} is not an address such as "
            "https://funnel.example.com."
        )
    elif url.scheme == "http" and url.hostname not in LOOPBACK and not setup.allow_http:
        reasons.append(
            "ONEFUNNEL_URL is http, so passwords would cross the network in the clear. Put a "
            "proxy with https in front, or set ONEFUNNEL_ALLOW_HTTP=1 on a network you trust."
        )
    if setup.host in LOOPBACK:
        return reasons
    if setup.debug:
        reasons.append(
            f"ONEFUNNEL_DEBUG is on while listening on {setup.host}: error pages would show "
            "settings and data to the network. Turn one of the two off."
        )
    if setup.is_demo:
        reasons.append(
            f"The simulated company lets anybody in without a password, so it does not listen on "
            f"{setup.host}. Leave --host out."
        )
    if not setup.public_url:
        reasons.append(
            f"Listening on {setup.host} needs ONEFUNNEL_URL, the address people will type; "
            "without it every page would be refused."
        )
    return reasons
