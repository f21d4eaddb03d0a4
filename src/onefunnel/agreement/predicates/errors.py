"""Why a text is not a predicate."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class PredicateError(ValueError):
    """Why a text is not a predicate: where, what is wrong, and what to write instead.

    `position` counts characters from 0 in `text`; None where the error has no one place.
    """

    def __init__(self, text: str, position: int | None, what: str, fix: str = "") -> None:
        self.text = text
        self.position = position
        self.what = what
        self.fix = fix
        place = "" if position is None else f" (character {position + 1})"
        super().__init__(f"{what}{place}{'; ' + fix if fix else ''}")


def nearest(name: str, known: Iterable[str], count: int = 1) -> tuple[str, ...]:
    """The known names most like this one, best first; case does not matter."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    close = get_close_matches(name.casefold(), by_folded, n=count, cutoff=0.6)
    return tuple(by_folded[match] for match in close)
