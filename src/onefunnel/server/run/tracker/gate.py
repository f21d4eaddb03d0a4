"""Requests that come at the same time go to the disk together.

What is kept durably costs one wait for the disk a transaction, and a database has one writer at a
time. So whoever comes while another is writing waits in line, and the first of the line writes for
all of it: one transaction, one wait, each with its own answer. Nobody is answered before the disk
has it. Requests never wait for others to come: a line forms only while the writer is busy.

A group that fails before it was to be kept is nothing, and each of it is tried by itself. One
whose COMMIT got no answer may be on the disk: it is never tried again, everybody in it is told.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db import connection, transaction

Job = TypeVar("Job")
Answer = TypeVar("Answer")


class MaybeKept(RuntimeError):
    """It was to be kept, and no answer came: it may be on the disk, and it may not."""

    def __init__(self) -> None:
        super().__init__(
            "The database did not say whether this was kept. Send it again under the same key; "
            "without a key, look first whether it is there."
        )


@dataclass
class _Waiting(Generic[Job, Answer]):
    job: Job
    done: bool = False
    alone: bool = False
    answer: Answer | Exception | None = None
    turn: threading.Event = field(default_factory=threading.Event)


class Gate(Generic[Job, Answer]):
    """A line of jobs of one process, written in groups.

    Args:
        write: Does a group of jobs, in the transaction it is called in; an answer, or the refusal,
            for each.
        most: So many jobs at most are one group.
    """

    def __init__(
        self, write: Callable[[Sequence[Job]], Sequence[Answer | Exception]], *, most: int
    ) -> None:
        self._write, self._most = write, most
        self._lock = threading.Lock()
        self._line: list[_Waiting[Job, Answer]] = []
        self._is_busy = False

    def through(self, job: Job) -> Answer:
        """Do the job, with those that wait, and return its answer or raise its refusal.

        Raises:
            MaybeKept: no answer came to the COMMIT.
        """
        if connection.in_atomic_block:  # the caller's own transaction: nobody else's job is in it
            with transaction.atomic():
                answers = self._write([job])
            return _said(answers[0])
        mine: _Waiting[Job, Answer] = _Waiting(job)
        with self._lock:
            self._line.append(mine)
            if not self._is_busy:
                self._is_busy = True
                mine.turn.set()
        mine.turn.wait()
        if not mine.done and not mine.alone:
            self._lead()
        if mine.alone:
            return _said(self._kept([mine.job])[0])
        assert mine.answer is not None
        return _said(mine.answer)

    def _lead(self) -> None:
        """Write for the line as it stands, wake everybody in it, and hand the turn on."""
        with self._lock:
            group, self._line = self._line[: self._most], self._line[self._most :]
        try:
            answers = self._kept([one.job for one in group])
        except MaybeKept:
            for one in group:
                one.answer, one.done = MaybeKept(), True
        except Exception:
            # One of them spoils the group; each finds out by itself.
            for one in group:
                one.alone = True
        else:
            for one, answer in zip(group, answers, strict=True):
                one.answer, one.done = answer, True
        finally:
            with self._lock:
                if self._line:
                    self._line[0].turn.set()
                else:
                    self._is_busy = False
            for one in group:
                one.turn.set()

    def _kept(self, jobs: Sequence[Job]) -> Sequence[Answer | Exception]:
        """Write the jobs in a transaction of their own.

        Raises:
            MaybeKept: all was written, and what failed is the COMMIT. Any other error: nothing
                of it is kept.
        """
        answers: Sequence[Answer | Exception] | None = None
        try:
            with transaction.atomic():
                answers = self._write(jobs)
        except Exception as lost:
            if answers is not None:
                raise MaybeKept from lost
            raise
        return answers


def _said(answer: Answer | Exception) -> Answer:
    if isinstance(answer, Exception):
        raise answer
    return answer
