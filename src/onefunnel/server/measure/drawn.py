"""Charts as pictures, drawn in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Literal

SECONDS = 60


class CouldNotDraw(RuntimeError):
    """The picture was not made; the table and the CSV have every figure."""


def picture(spec: Mapping[str, object], kind: Literal["svg", "png"]) -> bytes:
    """The specification as a picture. Raises CouldNotDraw.

    Drawn in a child process: the engine takes 260 MB that a web process would never give back.
    """
    try:
        done = subprocess.run(  # noqa: S603, our own module, no shell
            [sys.executable, "-m", "onefunnel.charts.render", kind],
            input=json.dumps(spec).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise CouldNotDraw("The picture could not be drawn; take the CSV instead.") from error
    return done.stdout
