"""Work that calls deeply does not ask the system for memory at every other call."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from onefunnel.server.site.frames import with_room

_CROSSINGS = """
import resource, sys
from onefunnel.server.site.frames import with_room

def leaf(): pass
def deep(levels):
    if levels: return deep(levels - 1)
    for _ in range(2_000): leaf()
def all_depths():
    for levels in range(400): deep(levels)

call = with_room(all_depths) if sys.argv[1] == "room" else all_depths
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
call()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> int:
    """Pages of memory the system had to give while calls were made at every depth up to 400."""
    run = subprocess.run(
        [sys.executable, "-c", _CROSSINGS, how], capture_output=True, text=True, check=True
    )
    return int(run.stdout)


def test_calls_at_any_depth_take_no_new_memory() -> None:
    assert faults("room") < 500
    assert faults("plain") > 2_000


def test_the_call_is_the_same_call() -> None:
    assert with_room(lambda *args, **named: (args, named))(1, 2, three=3) == ((1, 2), {"three": 3})
    with pytest.raises(ZeroDivisionError):
        with_room(lambda: 1 / 0)()


def test_the_room_costs_no_memory_until_it_is_used() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(100):
        with_room(int)()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2_000
