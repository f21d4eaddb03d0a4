"""Which thing of one draft is which thing of the other? One to one, or not at all."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class Named(Protocol):
    """Whatever has a name."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Pair(Generic[T]):
    """A thing in both drafts, or in one alone. `place` is where it stands, 0 (first) to 1."""

    ours: T | None
    theirs: T | None
    place: float


#: How a thing is known: a key of ours and one of theirs that are equal for the same thing. None is
#: equal to nothing.
Keys = tuple[Callable[[T], Hashable], Callable[[T], Hashable]]


def folded(name: str) -> str:
    """A name without regard to capitals, accents, blanks, hyphens and other punctuation."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    return " ".join(re.findall(r"\w+", letters.replace("_", " "))) or " ".join(name.split())


def words(text: str) -> str:
    """A text without regard to line breaks and runs of blanks."""
    return " ".join(text.split())


def matched(
    ours: Sequence[T], theirs: Sequence[T], our_key: Callable[[T], Hashable],
    their_key: Callable[[T], Hashable],
) -> list[tuple[T, T]]:  # fmt: skip
    """The pairs whose keys are equal and stand only once on each side."""
    our_keys, their_keys = [our_key(one) for one in ours], [their_key(one) for one in theirs]
    our_counts, their_counts = Counter(our_keys), Counter(their_keys)
    by_key = dict(zip(their_keys, theirs, strict=True))
    return [
        (one, by_key[key])
        for key, one in zip(our_keys, ours, strict=True)
        if key is not None and our_counts[key] == 1 and their_counts[key] == 1
    ]


def paired(ours: Sequence[T], theirs: Sequence[T], keys: Iterable[Keys[T]]) -> list[Pair[T]]:
    """Both sides put together by the first of the keys that tells, the rest alone; in order."""
    left, right = list(enumerate(ours)), list(enumerate(theirs))
    found: list[Pair[T]] = []
    for our_key, their_key in keys:
        pairs = matched(left, right, _of_numbered(our_key), _of_numbered(their_key))
        for (i, one), (j, other) in pairs:
            place = (_place(i, ours) + _place(j, theirs)) / 2
            found.append(Pair(one, other, place))
        taken, others = {i for (i, _), _ in pairs}, {j for _, (j, _) in pairs}
        left = [one for one in left if one[0] not in taken]
        right = [one for one in right if one[0] not in others]
    found += [Pair(one, None, _place(i, ours)) for i, one in left]
    found += [Pair(None, one, _place(j, theirs)) for j, one in right]
    return sorted(found, key=lambda pair: pair.place)


def name_of(thing: Named | None) -> str | None:
    """Its name; None where there is nothing."""
    return None if thing is None else thing.name


def _of_numbered(key: Callable[[T], Hashable]) -> Callable[[tuple[int, T]], Hashable]:
    return lambda numbered: key(numbered[1])


def _place(i: int, among: Sequence[T]) -> float:
    return i / max(1, len(among) - 1)
