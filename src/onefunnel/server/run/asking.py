"""What the list of leads is asked for: the address is the state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

KEYS = ("q", "stage", "source", "owner", "segment", "account", "since", "until", "currency")
#: What `stage` or `currency` says for leads in no stage, and for amounts without a currency.
NONE = "(none)"


@dataclass(frozen=True)
class Wanted:
    """Which leads: each word narrows; an empty one does not."""

    words: Mapping[str, str]

    def said(self, key: str) -> str:
        """What was asked under a word; empty where nothing was."""
        return self.words.get(key, "")

    def query(self, **changes: str) -> str:
        """The address's query with some words changed."""
        words = {**self.words, **changes}
        return urlencode({key: value for key, value in words.items() if value})

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """The same for the same leads, whatever the order of the address."""
        return tuple(sorted(self.words.items()))


def wanted(words: Mapping[str, str]) -> Wanted:
    """Read the words of an address; unknown ones are left alone."""
    given = {key: words.get(key, "").strip()[:200] for key in KEYS}
    return Wanted({key: value for key, value in given.items() if value})
