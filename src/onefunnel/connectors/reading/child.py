"""The child process that opens untrusted files: `python -m onefunnel.connectors.reading.child`.

It reads one job (JSON) from standard input and answers with one JSON object a line:
`{"begin": i}` before file i, `{"done": bytes}` now and then, `{"end": i, ...}` with the tables
and the files left out. It sets its own limits of memory and CPU before it opens anything.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from onefunnel.connectors.reading.one_file import read_file
from onefunnel.connectors.reading.source import Desk
from onefunnel.connectors.reading.tables import LeftOut, Limits

_EVERY = 0.2


def main() -> None:
    """Does the job on standard input."""
    # Whatever a library prints must not end up among the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    job = json.load(sys.stdin)
    limits = Limits(**job["limits"])
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(2_000)

    def say(**answer: object) -> None:
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()

    for place, (path, file, stem) in enumerate(job["files"]):
        say(begin=place)
        _allow_seconds(limits, Path(path).stat().st_size)
        desk = Desk(
            Path(job["scratch"]), limits, tell=_now_and_then(say), prefix=f"{job['prefix']}{place}_"
        )
        try:
            read_file(Path(path), file, stem, desk)
        except Exception as error:  # a fault of ours must not take the other files with it
            desk.tables.clear()
            desk.left_out.append(
                LeftOut(
                    file,
                    f"could not be read ({type(error).__name__}: {str(error)[:200]})",
                    "please report this file to the makers of onefunnel",
                    is_expected=False,
                )
            )
            if os.environ.get("ONEFUNNEL_DEBUG"):
                import traceback

                traceback.print_exc()
        say(
            end=place,
            tables=[asdict(table) for table in desk.tables],
            left_out=[asdict(item) for item in desk.left_out],
        )


def _allow_seconds(limits: Limits, size: int) -> None:
    """CPU seconds this file may use, on top of what was used before it."""
    used = time.process_time()
    most = int(used + limits.seconds + size / limits.bytes_per_second) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


def _now_and_then(say: Callable[..., None]) -> Callable[[int], None]:
    """Says how far the file was read, a few times a second."""
    last = 0.0

    def tell(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _EVERY:
            last = now
            say(done=done)

    return tell


if __name__ == "__main__":
    main()
