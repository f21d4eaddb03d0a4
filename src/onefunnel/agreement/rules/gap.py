"""What is missing in an agreement, named so that it can be closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from onefunnel.agreement.document import Agreement
from onefunnel.facts.declaration import Type


@dataclass(frozen=True)
class Spot:
    """Where in the document something is filled in: the part, the thing of it, the field.

    `name` is empty where the part is one thing, or where no single thing of it is meant.
    """

    part: str
    name: str = ""
    field: str = ""


@dataclass(frozen=True)
class Gap:
    """One thing that is missing or contradicts another.

    `rule` is a stable key, `where` the place in words ("stage MQL"), `what` is wrong, `fix` what
    to do about it, both in people's words; `spot` is where that is done.
    """

    rule: str
    where: str
    what: str
    fix: str
    spot: Spot


Columns = Mapping[str, Type]
#: A rule reads the agreement (and the columns definitions may use) and gives the gaps it finds.
Rule = Callable[[Agreement, Columns], Iterator[Gap]]
