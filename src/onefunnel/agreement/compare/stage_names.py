"""One name for each stage of two drafts, so that what refers to a stage can be compared."""

from __future__ import annotations

from collections.abc import Iterable

from onefunnel.agreement.compare.matching import Match
from onefunnel.agreement.compare.pairing import folded


class StageNames:
    """Tells whether a stage named in one draft is the one named in the other."""

    def __init__(self, matches: Iterable[Match]) -> None:
        self._ours: dict[str, tuple[str, str]] = {}
        self._theirs: dict[str, tuple[str, str]] = {}
        self.their_name: dict[str, str] = {}
        for match in matches:
            one_name = (folded(match.ours), folded(match.theirs))
            self._ours[folded(match.ours)] = self._theirs[folded(match.theirs)] = one_name
            self.their_name[match.ours] = match.theirs

    def ours(self, name: str) -> tuple[str, ...]:
        """What a stage of ours is known by; a name that no stage has is known by itself."""
        return self._ours.get(folded(name), (folded(name),))

    def theirs(self, name: str) -> tuple[str, ...]:
        return self._theirs.get(folded(name), (folded(name),))
