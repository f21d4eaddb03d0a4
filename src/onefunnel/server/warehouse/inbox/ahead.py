"""Make the next ones in a thread of its own while the last one is worked on."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from typing import TypeVar

T = TypeVar("T")


def made_ahead(source: Iterator[T], *, most: int = 2) -> Generator[T, None, None]:
    """What `source` gives, in its order, `most` of it made before it is asked for.

    Pays where the making leaves Python (a query, a decompression). The thread has ended, and
    `source` is closed, when this is exhausted, closed or left by an error; what goes wrong in
    `source` is raised here.
    """
    made: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(most)
    is_left = threading.Event()

    def put(one: tuple[T] | BaseException | None) -> None:
        while not is_left.is_set():
            try:
                made.put(one, timeout=0.1)
            except queue.Full:
                continue
            return

    def make() -> None:
        end: BaseException | None = None
        try:
            for one in source:
                put((one,))
                if is_left.is_set():
                    break
        except BaseException as error:
            end = error
        finally:
            close = getattr(source, "close", None)
            if close is not None:
                close()
            put(end)

    thread = threading.Thread(target=make, name="ahead", daemon=True)
    thread.start()
    try:
        while (one := made.get()) is not None:
            if isinstance(one, BaseException):
                raise one
            yield one[0]
    finally:
        is_left.set()
        thread.join()
