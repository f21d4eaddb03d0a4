"""Where a workspace lives on disk: one folder that holds everything and that only its owner reads.

No Django here: the settings, the command line and the tests all ask this file.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

SHORTEST_SECRET = 50


def workspace_path() -> Path:
    """Say which folder is the workspace: `$ONEFUNNEL_WORKSPACE`, else `./workspace`."""
    return Path(os.environ.get("ONEFUNNEL_WORKSPACE") or "workspace").expanduser().resolve()


def prepare_workspace(folder: Path) -> Path:
    """Make the folder if it is new, readable by its owner only (0700), and return it.

    In it is `incoming/`, where whoever runs the server puts exports that people may then name.

    An existing folder keeps its rights: `check_start` refuses one that others can read, rather
    than changing rights that somebody may have set on purpose.
    """
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        (folder / "incoming").mkdir(mode=0o700, exist_ok=True)
    return folder


def secret_key(folder: Path) -> str:
    """Return the workspace's secret key: `$ONEFUNNEL_SECRET_KEY`, else a 0600 file made once.

    Two processes starting together agree on one key: the file is created exclusively, and the
    one that loses the race reads what the winner wrote.
    """
    given = os.environ.get("ONEFUNNEL_SECRET_KEY")
    if given is not None:
        return given
    file = prepare_workspace(folder) / "secret_key"
    if not file.exists():
        draft = file.with_name(f"secret_key.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(secrets.token_urlsafe(64))
        try:
            os.link(draft, file)  # atomic and refuses to replace
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text().strip()
