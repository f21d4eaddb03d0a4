"""How many answers come to a form in a minute, of one visitor and of all."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque

SPAN = 60.0


class Rates:
    """Counts of the last minute. Only what is older is ever forgotten.

    Args:
        most_visitors: So many visitors are told apart; more in one minute wait.
    """

    def __init__(self, *, most_visitors: int = 10_000) -> None:
        self._most_visitors = most_visitors
        self._lock = threading.Lock()
        # those who came last stand last, so that what is stale is always in front
        self._visitors: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()
        self._forms: dict[str, deque[float]] = {}

    def take(self, form: str, visitor: str, *, per_visitor: int, per_form: int, now: float) -> bool:
        """Count one answer; False where the visitor or the form had its many this minute.

        What is not taken is not counted: one visitor cannot use up the form for the others.
        """
        key = form, visitor
        with self._lock:
            while self._visitors and now - next(iter(self._visitors.values()))[-1] > SPAN:
                self._visitors.popitem(last=False)
            mine = _last_minute(self._visitors.get(key, deque()), now)
            all_of_it = _last_minute(self._forms.setdefault(form, deque()), now)
            is_new = key not in self._visitors
            if len(mine) >= per_visitor or len(all_of_it) >= per_form:
                return False
            if is_new and len(self._visitors) >= self._most_visitors:
                return False
            mine.append(now)
            all_of_it.append(now)
            self._visitors[key] = mine
            self._visitors.move_to_end(key)
            return True

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._visitors.clear()
            self._forms.clear()


def _last_minute(seen: deque[float], now: float) -> deque[float]:
    while seen and now - seen[0] > SPAN:
        seen.popleft()
    return seen
