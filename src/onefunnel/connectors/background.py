"""Long work that tells how far it is and can be stopped, even while one query runs for a minute."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from onefunnel.connectors.reading.tables import ReadingStopped

T = TypeVar("T")
#: Called with (steps done, steps in all, what is being done).
Tell = Callable[[int, int, str], None]
_POLL = 0.1


def in_background(
    work: Callable[[Tell], T],
    *,
    interrupt: Callable[[], None],
    progress: Tell | None = None,
    stop: Callable[[], bool] | None = None,
) -> T:
    """Do `work` in a thread of its own; give its result, or raise what it raises.

    `progress` and `stop` are called here, in the caller's thread: `progress` with all that the
    work tells, and again ten times a second while nothing new is told; when `stop` says so, the
    query that runs is interrupted (`interrupt`, as DuckDB's connections have it), and
    ReadingStopped is raised. Without either, the work is simply done.
    """
    if progress is None and stop is None:
        return work(lambda done, total, what: None)
    told: queue.SimpleQueue[tuple[int, int, str]] = queue.SimpleQueue()
    outcome: list[T] = []
    problem: list[BaseException] = []
    is_stopped, is_over = threading.Event(), threading.Event()

    def tell(done: int, total: int, what: str) -> None:
        if is_stopped.is_set():
            raise ReadingStopped("it was stopped")
        told.put((done, total, what))

    def run() -> None:
        try:
            outcome.append(work(tell))
        except BaseException as error:
            problem.append(error)
        finally:
            is_over.set()

    thread = threading.Thread(target=run, name="reading")
    thread.start()
    try:
        _follow(told, is_over, progress, stop)
    except BaseException:
        is_stopped.set()
        while not is_over.wait(_POLL):  # an interrupt between two queries stops nothing
            interrupt()
        raise
    finally:
        thread.join()
    if problem:
        raise problem[0]
    return outcome[0]


def _follow(
    told: queue.SimpleQueue[tuple[int, int, str]],
    is_over: threading.Event,
    progress: Tell | None,
    stop: Callable[[], bool] | None,
) -> None:
    """Pass on what the work tells until it is over; ReadingStopped when `stop` says so."""
    last = (0, 0, "")
    while True:
        was_over = is_over.is_set()
        try:
            last = told.get(timeout=0 if was_over else _POLL)
        except queue.Empty:
            if was_over:
                return
        if progress is not None and last[1]:
            progress(*last)
        if stop is not None and stop():
            raise ReadingStopped("it was stopped")
