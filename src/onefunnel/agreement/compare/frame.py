"""What two drafts say differently of the frame: outcome, credit, hours, currency and charter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from onefunnel.agreement.charter import Charter
from onefunnel.agreement.compare import said
from onefunnel.agreement.compare.discrepancy import DifferenceKind, Discrepancy, Thing, Value
from onefunnel.agreement.compare.pairing import folded, words
from onefunnel.agreement.document import Agreement

_Row = tuple[Thing, DifferenceKind, str, str, Value, Value]


def frame_differences(ours: Agreement, theirs: Agreement) -> Iterator[Discrepancy]:
    """Every part beside stages, duties and words, but for the authors' own notes."""
    for thing, kind, field, what, one, other in _rows(ours, theirs):
        if not _same(one, other):
            yield Discrepancy(
                kind=kind, thing=thing, field=field, what=what, our_name="", their_name="",
                ours=one, theirs=other, ours_says=said.plain(one), theirs_says=said.plain(other),
            )  # fmt: skip


def _rows(ours: Agreement, theirs: Agreement) -> Iterator[_Row]:
    both = (ours.outcome, theirs.outcome)
    for field in ("statement", "volume", "margin", "segment", "by", "measures"):
        one, other = (getattr(each, field) for each in both)
        yield "outcome", "other outcome", field, f"Success is another {_plain(field)}.", one, other
    policies = (ours.credit, theirs.credit)
    for field in ("model", "window_days", "purpose"):
        one, other = (getattr(each, field, None) for each in policies)
        what = f"Credit for a sale has another {_plain(field)}."
        yield "credit policy", "other credit policy", field, what, one, other
    times = (ours.working_time, theirs.working_time)
    for field in ("zone", "days", "opens", "closes", "holidays"):
        one, other = (_as_texts(getattr(each, field, None)) for each in times)
        what = f"Business hours have other {_plain(field)}."
        yield "working time", "other working time", field, what, one, other
    yield ("agreement", "other currency", "currency", "Money is counted in another currency.",
           ours.currency, theirs.currency)  # fmt: skip
    yield "charter", "other charter", "title", "The title differs.", ours.title, theirs.title
    charters = (ours.charter, theirs.charter)
    for field in ("what", "why", "process", "review_every"):
        one, other = (getattr(each, field) for each in charters)
        yield ("charter", "other charter", field, f"The charter says otherwise: {_plain(field)}.",
               one, other)  # fmt: skip
    yield ("charter", "other charter", "signatories", "Others sign.",
           _signing(ours.charter), _signing(theirs.charter))  # fmt: skip


def _signing(charter: Charter) -> tuple[str, ...]:
    return tuple(
        f"{each.team} ({each.person})" if each.person else each.team for each in charter.signatories
    )


def _as_texts(value: Value | tuple[date, ...]) -> Value:
    return tuple(str(one) for one in value) if isinstance(value, tuple) else value


_WORDS = {
    "zone": "time zone", "opens": "hour at which they begin", "closes": "hour at which they end",
    "by": "last day", "measures": "list of measures", "window_days": "number of days",
    "review_every": "how often it is reviewed",
}  # fmt: skip


def _plain(field: str) -> str:
    return _WORDS.get(field, field.replace("_", " "))


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return said.same_names(one, other)
    if isinstance(one, str) and isinstance(other, str):
        return words(one) == words(other) or (len(one) <= 40 and folded(one) == folded(other))
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return one == other
    return _or_none(one) == _or_none(other)


def _or_none(value: Value) -> Value:
    return None if value in ("", ()) else value
