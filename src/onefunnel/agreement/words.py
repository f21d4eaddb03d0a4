"""The words both teams use: terms, segments and personas."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One word and the meaning both teams give it. `owner` is the team that answers for it."""

    name: str
    meaning: str = ""
    owner: str = ""


@dataclass(frozen=True)
class Segment:
    """A group of customers, as a predicate over lead columns."""

    name: str
    when: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Persona:
    """A typical buyer: properties (a predicate over lead columns) and behaviours in words."""

    name: str
    when: str = ""
    meaning: str = ""
    behaviours: tuple[str, ...] = ()
