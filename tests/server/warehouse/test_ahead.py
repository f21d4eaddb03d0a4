"""What is made ahead comes in order, ends where it is left, and hides no error."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from onefunnel.server.warehouse.inbox.ahead import made_ahead


def test_all_comes_in_order():
    assert list(made_ahead(iter(range(50)))) == list(range(50))
    assert list(made_ahead(iter([]))) == []


def test_an_error_comes_after_what_was_made_before_it():
    def source() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    made = made_ahead(source())
    assert next(made) == 1
    with pytest.raises(ValueError, match="no more"):
        next(made)


def test_who_leaves_early_leaves_no_thread_and_no_open_source():
    closed = []

    def source() -> Iterator[int]:
        try:
            yield from range(10**9)
        finally:
            closed.append(threading.current_thread().name)

    made = made_ahead(source())
    assert next(made) == 0
    made.close()
    assert closed == ["ahead"]
    assert "ahead" not in {thread.name for thread in threading.enumerate()}
