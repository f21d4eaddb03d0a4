"""What changed from one version of the agreement to a later one, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from onefunnel.agreement.compare import said
from onefunnel.agreement.compare.compare import compare
from onefunnel.agreement.compare.definitions import Columns
from onefunnel.agreement.compare.discrepancy import Discrepancy
from onefunnel.agreement.compare.matching import match_stages
from onefunnel.agreement.compare.pairing import folded
from onefunnel.agreement.compare.words import Piece, word_diff
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.standard_columns import LEAD_COLUMNS, PREDICATE_COLUMNS

#: Changes named in a sentence; the rest are counted.
_NAMED = 3
#: Of these the texts as written are compared; of all others what they say in words.
_AS_WRITTEN = frozenset({"meaning", "what", "why", "process", "statement", "purpose", "fallback"})


@dataclass(frozen=True)
class Change:
    """One clause that reads otherwise in the later version: where, what, and word by word."""

    discrepancy: Discrepancy
    where: str
    sentence: str
    pieces: tuple[Piece, ...]

    @property
    def before(self) -> str:
        return self.discrepancy.ours_says

    @property
    def after(self) -> str:
        return self.discrepancy.theirs_says


@dataclass(frozen=True)
class Line:
    """Where one team's lead ends on the success path and another's begins."""

    giver: str
    taker: str
    last: str
    first: str

    @property
    def sentence(self) -> str:
        return f"between {self.last} ({self.giver}) and {self.first} ({self.taker})"


@dataclass(frozen=True)
class Changes:
    """Every change, and the lines between the teams that moved, in words."""

    changes: tuple[Change, ...]
    lines: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The change in a sentence."""
        if not self.changes:
            return "Nothing changed in what it says."
        named = [change.sentence for change in self.changes[:_NAMED]]
        rest = len(self.changes) - len(named)
        more = f" And {rest} more." if rest else ""
        return " ".join([*self.lines, *named]) + more


def changes(
    old: Agreement,
    new: Agreement,
    *,
    columns: Columns = PREDICATE_COLUMNS,
    lead_columns: Columns = LEAD_COLUMNS,
) -> Changes:
    """What the later version says otherwise: stage by stage, then cards, promises, words, frame.

    The comparison is that of two drafts (`compare`), read as before and after. Version, status and
    the authors' notes are no change.
    """
    matches = match_stages(old, new, columns=columns)
    found = compare(old, new, columns=columns, lead_columns=lead_columns, matches=matches)
    names = {match.ours: match.theirs for match in matches}
    return Changes(tuple(_change(each) for each in found), _moved(old, new, names))


def lines_of(agreement: Agreement) -> tuple[Line, ...]:
    """Every place on the success path where other teams lead from one stage to the next.

    Stages that nobody leads draw no line; whoever leads before them is said to lead up to there.
    """
    led = [stage for stage in agreement.success_path if stage.leads]
    return tuple(
        Line(said.listed(one.leads), said.listed(other.leads), one.name, other.name)
        for one, other in pairwise(led)
        if not said.same_names(one.leads, other.leads)
    )


def _moved(old: Agreement, new: Agreement, names: dict[str, str]) -> tuple[str, ...]:
    """A sentence for each line that stands elsewhere, is new or is gone.

    A line is the same where it divides the same teams; it stands at the same place where the stage
    after it is the same one (a stage put in before it moves no line).
    """
    before, after = list(lines_of(old)), list(lines_of(new))
    told = []
    for line in list(before):
        same = next((one for one in after if _teams(one) == _teams(line)), None)
        if same is None:
            told.append(f"There is no line between {line.giver} and {line.taker} any more.")
            continue
        after.remove(same)
        if not _is_where(line, same, names):
            told.append(
                f"The line between {line.giver} and {line.taker} moved: it was "
                f"{line.last} to {line.first}, it is {same.last} to {same.first}."
            )
    told += [f"A line between {one.giver} and {one.taker} is new: {one.last} to {one.first}."
             for one in after]  # fmt: skip
    return tuple(told)


def _is_where(line: Line, other: Line, names: dict[str, str]) -> bool:
    return names.get(line.first) == other.first or names.get(line.last) == other.last


def _teams(line: Line) -> Sequence[str]:
    return folded(line.giver), folded(line.taker)


def _change(each: Discrepancy) -> Change:
    sentence, where = each.what, each.where
    name = each.their_name or each.our_name or ""
    of_thing = f"The {each.thing} {name}".strip()
    if each.our_name is None:
        sentence = f"{of_thing} is new."
    elif each.their_name is None:
        sentence = f"{of_thing} is gone."
    elif each.field == "name":
        sentence = f"The {each.thing} {each.our_name} is called {each.their_name} now."
    elif each.field == "target":
        sentence = f"{of_thing} has another target: {each.ours_says} became {each.theirs_says}."
    elif each.field == "leads":
        sentence = f"{of_thing}: {each.ours_says}; now {each.theirs_says}."
    return Change(each, where[:1].upper() + where[1:], sentence, _words(each))


def _words(each: Discrepancy) -> tuple[Piece, ...]:
    if each.our_name is None and each.their_name is not None:
        return (Piece(each.theirs_says, "added"),)
    if each.their_name is None and each.our_name is not None:
        return (Piece(each.ours_says, "removed"),)
    if each.field in _AS_WRITTEN and isinstance(each.ours, str) and isinstance(each.theirs, str):
        return word_diff(each.ours, each.theirs)
    return word_diff(each.ours_says, each.theirs_says)
