"""Each request once: the same key and content get the same answer, however often they come."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from django.db import connection

from onefunnel.server.run.tracker.models import Arrival

LONGEST_KEY = 200
#: So long a request is known by its key; nobody sends one again after that.
KEPT_FOR = timedelta(days=30)
#: So many are forgotten in one turn at most.
_A_TURN = 500
#: Rows of one INSERT: one statement is one way to the database, and SQLite takes 999 values.
_ROWS_AT_ONCE = 150
Before = tuple[str, Mapping[str, object]]


@dataclass(frozen=True)
class Entered:
    """What became of one lead that was sent: created, updated, skipped (it is there) or refused.

    `stage` is where it stands then, empty where it meets no definition.
    """

    outcome: str
    lead_id: str = ""
    stage: str = ""
    field: str = ""
    reason: str = ""
    fix: str = ""


class KeyUsed(ValueError):
    """The key came before with other content."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            "This key was used before for something else. Send a new key for new content, the "
            "same key only to send the same once more."
        )


#: Why a key or an identifier is refused.
UNFIT = "it holds a character that cannot be kept"
_UNFIT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def is_unfit(text: str) -> bool:
    """Whether a key or an identifier holds a control character, or half of one."""
    return _UNFIT.search(text) is not None


def legible(text: str) -> str:
    """What somebody sent, as it can be told and kept: what is unfit is a question mark."""
    return _UNFIT.sub("?", text)


def digest_of(content: object) -> str:
    """The digest of what was sent, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def answers_to(marks: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Before]:
    """What came before under these (caller, key): its digest and its answer; new ones left out.

    In a transaction that holds the door: nobody else can use the keys until it ends.
    """
    wanted = set(marks)
    if not wanted:
        return {}
    named = sorted({key for _, key in wanted})
    found: dict[tuple[str, str], Before] = {}
    with connection.cursor() as cursor:
        for start in range(0, len(named), 500):
            some = named[start : start + 500]
            marks_of = ", ".join(["%s"] * len(some))
            cursor.execute(
                f"SELECT caller, key, digest, answer FROM run_arrival WHERE key IN ({marks_of})",
                some,
            )
            for caller, key, digest, answer in cursor.fetchall():
                if (caller, key) in wanted:
                    said = json.loads(answer) if isinstance(answer, str) else answer
                    found[caller, key] = (digest, said)
    return found


def keep_answers(made: Iterable[tuple[str, str, str, Entered, datetime]]) -> None:
    """Remember (caller, key, digest, answer, when) of what was just done; without a key nothing."""
    kept = [
        (caller, key, digest, json.dumps(vars(entered)), _moment(at))
        for caller, key, digest, entered, at in made
        if key
    ]
    if kept:
        _insert(kept)


def keep_whole(
    caller: str, key: str, digest: str, rows: list[dict[str, object]], at: datetime
) -> None:
    """Remember the answer to a whole batch."""
    _insert([(caller, key, digest, json.dumps({"rows": rows}), _moment(at))])


def forget_old_requests(*, at: datetime) -> int:
    """Forget the requests of long ago, some at a time; how many.

    They come in the order of their time, so the oldest have the smallest numbers.
    """
    oldest = Arrival.objects.order_by("pk").values_list("pk", "at")[:_A_TURN]
    old = [number for number, when in oldest if when < at - KEPT_FOR]
    Arrival.objects.filter(pk__in=old).delete()
    return len(old)


def _moment(at: datetime) -> object:
    return connection.ops.adapt_datetimefield_value(at)


def _insert(rows: list[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            some = rows[start : start + _ROWS_AT_ONCE]
            marks = ", ".join(["(%s, %s, %s, %s, %s)"] * len(some))
            cursor.execute(
                f"INSERT INTO run_arrival (caller, key, digest, answer, at) VALUES {marks}",
                list(chain.from_iterable(some)),
            )
