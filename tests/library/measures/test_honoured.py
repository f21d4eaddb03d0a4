"""A part of a question either changes the figures or is named in a note: never neither."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from onefunnel.measures.catalogue import MEASURES, compute_measure
from onefunnel.measures.honoured import BY, PERIOD, READING, WHERE, WINDOW
from onefunnel.measures.result import Result
from onefunnel.measures.scope import Scope
from tests.library.measures.ideal_lead.planted import AGREED, planted
from tests.library.measures.random_facts import AGREEMENT, AS_OF, START, random_facts
from tests.library.measures.shown_content import AGREEMENT as SHOWN_BY
from tests.library.measures.shown_content import company

FACTS = random_facts(6)
LEARNT = planted(6)
SHOWN = company(6, leads=2000)
PLAIN = Scope(as_of=AS_OF)
ASKED = {
    BY: replace(PLAIN, by="segment"),  # friction tells by segment unasked: see `_asked`
    WHERE: replace(PLAIN, where="segment = 'S'"),
    PERIOD: replace(PLAIN, since=START + timedelta(days=30), until=START + timedelta(days=80)),
    READING: replace(PLAIN, reading="flow"),
    WINDOW: replace(PLAIN, within_days=9),
}


@cache
def answer(name: str, scope: Scope) -> Result:
    if name == "ideal_lead":  # too few are won of the random leads to learn anything
        return compute_measure(name, LEARNT.facts, AGREED, replace(scope, as_of=None))
    if name == "content_effect":  # too few of them are won late
        return compute_measure(name, SHOWN, SHOWN_BY, replace(scope, as_of=None))
    return compute_measure(name, FACTS, AGREEMENT, scope)


def _asked(name: str, part: str) -> Scope:
    return replace(PLAIN, by="source") if part == BY and "friction" in name else ASKED[part]


@pytest.mark.parametrize("part", ASKED)
@pytest.mark.parametrize("name", MEASURES)
def test_what_is_asked_counts_or_is_named(name: str, part: str) -> None:
    plain, asked = answer(name, PLAIN), answer(name, _asked(name, part))
    is_named = len(set(asked.notes) - set(plain.notes)) > 0
    if part in MEASURES[name].honours:
        assert asked.rows != plain.rows
    else:
        assert asked.rows == plain.rows
        assert is_named


def test_the_notes_say_it_plainly() -> None:
    assert (
        "Not split by segment: repeat cannot be split by it." in answer("repeat", ASKED[BY]).notes
    )
    assert (
        "Counted over all readings: score > 3 is about leads, not readings."
        in answer("awareness", replace(PLAIN, where="score > 3")).notes
    )


def test_a_reading_without_a_window_says_so() -> None:
    notes = answer("stages", replace(PLAIN, reading="snapshot", within_days=9)).notes
    assert (
        "Without the conversion window of 9 days: it cannot be applied to the snapshot reading of "
        "stages." in notes
    )


@pytest.mark.parametrize("name", MEASURES)
def test_a_plain_question_has_no_such_note(name: str) -> None:
    assert not [note for note in answer(name, PLAIN).notes if "cannot be" in note]
