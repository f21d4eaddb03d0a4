"""Two drafts compared, as the command line prints it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from textwrap import shorten

from onefunnel.agreement.compare.compare import compare
from onefunnel.agreement.compare.definitions import unread
from onefunnel.agreement.compare.matching import Match, match_stages
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS
from onefunnel.cli.table import render
from onefunnel.facts.store import Facts
from onefunnel.measures.as_json import plain
from onefunnel.measures.differences import SIDES, Difference, Touched, differences
from onefunnel.measures.words import money

_SAID = ("number", "kind", "where", "field", "ours", "theirs")
_COUNTED = ("leads", "ours_only", "theirs_only", "money")
#: A text longer than this is cut in the table; JSON and CSV have it whole.
_WIDTH = 48


@dataclass(frozen=True)
class Comparison:
    """The discrepancies with what they touch, where there are facts to count in."""

    matches: tuple[Match, ...]
    differences: tuple[Difference, ...]
    is_counted: bool
    notes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def columns(self) -> tuple[str, ...]:
        return (*_SAID, *_COUNTED, "note") if self.is_counted else _SAID

    def rows(self) -> list[dict[str, object]]:
        """One row a discrepancy; `ours` and `theirs` in plain words, money as one text."""
        return [self._row(each) for each in self.differences]

    def as_json(self, ours: Agreement, theirs: Agreement) -> dict[str, object]:
        """Both drafts by digest, the matches of stages, and every discrepancy whole."""
        return {
            "ours": _draft(ours),
            "theirs": _draft(theirs),
            "matches": [
                {"ours": each.ours, "theirs": each.theirs, "by": each.by, "reason": each.reason,
                 "confidence": each.confidence, "shared_share": plain(each.shared, "shared_share")}
                for each in self.matches
            ],
            "discrepancies": [self._whole(each) for each in self.differences],
            "notes": list(self.notes),
        }  # fmt: skip

    def as_text(self, ours: Agreement, theirs: Agreement) -> str:
        """A table, and how stages were matched where that was not plainly by name."""
        lines = [f"Ours: {_named(ours)}. Theirs: {_named(theirs)}."]
        lines += [
            f"Taken for one stage: our {each.ours} and their {each.theirs} ({each.reason}; "
            f"{each.confidence:.0%} sure)."
            for each in self.matches
            if each.by != "name" or each.confidence < 1
        ]
        if self.differences:
            rows = [
                {name: _cut(value) for name, value in row.items() if name != "note"}
                for row in self.rows()
            ]
            lines += ["", render(rows, [name for name in self.columns if name != "note"]), ""]
        many = "" if len(self.differences) == 1 else "s"
        lines.append(f"{len(self.differences)} discrepanc{'ies' if many else 'y'}.")
        lines += [f"- {each.discrepancy.number}: {each.note}" for each in self.differences
                  if each.note]  # fmt: skip
        return "\n".join([*lines, *(f"- {note}" for note in self.notes)])

    def _row(self, each: Difference) -> dict[str, object]:
        found = each.discrepancy
        row: dict[str, object] = {
            "number": found.number, "kind": found.kind, "where": found.where,
            "field": found.field, "ours": found.ours_says, "theirs": found.theirs_says,
        }  # fmt: skip
        if self.is_counted:
            row |= {
                "leads": each.touched and each.touched.leads,
                "ours_only": each.ours_only and each.ours_only.leads,
                "theirs_only": each.theirs_only and each.theirs_only.leads,
                "money": each.touched and _money(each.touched.amounts),
                "note": each.note,
            }
        return row

    def _whole(self, each: Difference) -> dict[str, object]:
        found = each.discrepancy
        whole: dict[str, object] = {
            "number": found.number, "key": found.key, "kind": found.kind, "where": found.where,
            "what": found.what, "field": found.field, "our_name": found.our_name,
            "their_name": found.their_name, "our_stage": found.our_stage,
            "their_stage": found.their_stage, "ours": plain(found.ours),
            "theirs": plain(found.theirs), "ours_says": found.ours_says,
            "theirs_says": found.theirs_says,
        }  # fmt: skip
        if self.is_counted:
            whole |= {side: _touched(getattr(each, side)) for side in SIDES}
            whole["note"] = each.note
        return whole


def of(ours: Agreement, theirs: Agreement, facts: Facts | None) -> Comparison:
    """Compare two drafts; count in the facts where there are some."""
    if facts is not None:
        found = differences(facts, ours, theirs)
        return Comparison(found.matches, found.differences, True, found.notes)
    matches = match_stages(ours, theirs)
    bare = tuple(Difference(each, None, None, None) for each in
                 compare(ours, theirs, matches=matches))  # fmt: skip
    texts = {
        f"{side} stage {stage.name}": stage.when
        for side, draft in (("our", ours), ("their", theirs))
        for stage in draft.stages
    }
    problems = unread(texts, PREDICATE_COLUMNS).items()
    notes = ["Name the exports with --from DIR to count leads and money."]
    notes += [f"{where} is compared as text: {problem}" for where, problem in problems]
    return Comparison(matches, bare, False, tuple(notes))


def _draft(agreement: Agreement) -> dict[str, object]:
    return {"title": agreement.title, "version": agreement.version, "digest": agreement.digest}


def _named(agreement: Agreement) -> str:
    return f"{agreement.title}, version {agreement.version} ({agreement.digest[:12]})"


def _touched(counted: Touched | None) -> dict[str, object] | None:
    if counted is None:
        return None
    return {
        "leads": counted.leads,
        "deals": counted.deals,
        "unpriced": counted.unpriced,
        "amounts": {code: plain(amount) for code, amount in counted.amounts.items()},
    }


def _money(amounts: Mapping[str, Decimal]) -> str:
    return "; ".join(money(code, amount) for code, amount in amounts.items())


def _cut(value: object) -> object:
    return shorten(value, _WIDTH, placeholder=" …") if isinstance(value, str) else value
