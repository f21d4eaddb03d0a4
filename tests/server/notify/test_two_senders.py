"""Several workers at one outbox: each message goes out once."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from django.db import close_old_connections, connections
from django.db.models import Q

from onefunnel.server.notify.outbox.models import Attempt, Channel, Outgoing, State
from onefunnel.server.notify.outbox.outcome import SENT, Outcome, Way
from onefunnel.server.notify.outbox.sending import send_due
from onefunnel.server.notify.outbox.writing import put_mail

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS, MESSAGES = 4, 40


def test_four_workers_send_each_message_once(now: datetime) -> None:
    for number in range(MESSAGES):
        put_mail(channel=Channel.MAIL, key=str(number), about="News", content={}, at=now)
    arrived: Counter[str] = Counter()
    line = threading.Barrier(WORKERS, timeout=60)
    counted = threading.Lock()
    ended: list[Any] = []

    def deliver(outgoing: Outgoing, at: datetime) -> Outcome:
        with counted:
            arrived[outgoing.key] += 1
        return SENT

    def work() -> None:
        close_old_connections()
        try:
            line.wait()
            ended.append(
                send_due(
                    now=lambda: now, ways={Channel.MAIL: Way(deliver, lambda one: Q(pk=one.pk))}
                )
            )
        except Exception as failure:
            ended.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(isinstance(one, tuple) for one in ended), ended
    assert sum(sent for sent, _ in ended) == MESSAGES
    assert set(arrived.values()) == {1}
    assert len(arrived) == MESSAGES
    assert Outgoing.objects.filter(state=State.SENT).count() == Attempt.objects.count() == MESSAGES
