from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db import transaction


class Failed(Exception):
    """Something in a deed goes wrong."""


@pytest.fixture
def rolled_back() -> Callable[[Callable[[], object]], None]:
    """Do something in a transaction that fails at its end: `rolled_back(lambda: ...)`."""

    def do(deed: Callable[[], object]) -> None:
        with suppress(Failed), transaction.atomic():
            deed()
            raise Failed

    return do
