"""What the stages say of a period: its age, and what changed against the one before."""

from datetime import timedelta

from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope
from tests.library.measures.log_t import DAY_0, agreement_of, facts_of

#: Won and all leads of two segments in two periods of 100 days: each segment does better in the
#: second, yet far more of its leads are of the segment that is seldom won.
BEFORE = {"Big": (30, 50), "Small": (5, 50)}
NOW = {"Big": (8, 10), "Small": (18, 90)}


def facts_with_a_paradox():
    lines, segment = [], {}
    for start, period in ((0, BEFORE), (100, NOW)):
        for name, (won, leads) in period.items():
            for number in range(leads):
                lead = f"{name}{start}-{number}"
                segment[lead] = name
                end = "Won" if number < won else "Lost"
                lines.append(f"{lead} {start + number % 20}:Lead {start + number % 20 + 5}:{end}")
    return facts_of("\n".join(lines), as_of=DAY_0 + timedelta(days=400), segment=segment)


def notes(**asked) -> list[str]:
    result = compute_measure("stages", facts_with_a_paradox(), agreement_of(), Scope(**asked))
    return [note for note in result.notes if note.startswith("Against the equal period")]


def test_a_reversal_is_said_to_be_one() -> None:
    """35 % fell to 26 % although both segments rose: 60 to 80 %, and 10 to 20 %."""
    since = DAY_0 + timedelta(days=100)
    [note] = notes(since=since, until=since + timedelta(days=100), by="segment")
    assert "fell by 9.00 points" in note
    assert "+13.00 points from the shares inside each segment" in note
    assert "-22.00 points from another mix of segment" in note
    assert "Simpson's paradox" in note


def test_the_segment_is_looked_at_without_being_asked() -> None:
    since = DAY_0 + timedelta(days=100)
    assert "Simpson's paradox" in notes(since=since, until=since + timedelta(days=100))[0]


def test_without_a_period_there_is_nothing_to_compare() -> None:
    assert notes() == []
