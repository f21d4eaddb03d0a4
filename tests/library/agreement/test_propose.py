"""The first look needs no set-up: a funnel proposed from the stages as found."""

from __future__ import annotations

import random

import pytest

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.proposal.stage_words import kind_of
from onefunnel.agreement.propose import propose
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS
from onefunnel.facts.store import Facts, MissingFacts
from tests.library.agreement.made import Move, facts, journey


def shape(agreement: Agreement) -> list[tuple[str, str]]:
    return [(stage.name, stage.kind) for stage in agreement.stages]


def test_a_proposal_says_that_it_is_not_agreed() -> None:
    proposal = propose(facts(journey("a", "New", "Won")))
    assert (proposal.version, proposal.status, proposal.is_agreed) == (
        "proposed",
        "not agreed",
        False,
    )


def test_the_sources_own_list_gives_order_and_kinds() -> None:
    proposal = propose(
        facts(
            [*journey("a", "Beta", "Alpha", "Sealed"), *journey("b", "Alpha", "Beta", "Gone")],
            stages=[
                ("Beta", "p", 1, "open"), ("Alpha", "p", 0, "open"), ("Sealed", "p", 2, "won"),
                ("Gone", "p", 3, "lost"), ("Care", "p", 4, "open"),
            ],
        )
    )  # fmt: skip
    assert shape(proposal) == [
        ("Alpha", "open"), ("Beta", "open"), ("Sealed", "won"), ("Care", "open"), ("Gone", "lost"),
    ]  # fmt: skip
    assert "source's own stage list" in proposal.charter.notes[0]


def test_without_a_list_the_order_is_the_one_most_leads_went_through() -> None:
    moves: list[Move] = []
    for n in range(9):
        moves += journey(f"a{n}", "Zulu", "Mike", "Alpha", "Won")
    moves += journey("back", "Zulu", "Alpha", "Mike", "Won")
    moves += journey("skip", "Zulu", "Alpha", "Lost")
    assert shape(propose(facts(moves))) == [
        ("Zulu", "open"), ("Mike", "open"), ("Alpha", "open"), ("Won", "won"), ("Lost", "lost"),
    ]  # fmt: skip


def test_stages_after_the_sale_stay_on_the_path() -> None:
    moves = [*journey("a", "New", "Won", "Installed", "Renewed"), *journey("b", "New", "Won")]
    assert shape(propose(facts(moves))) == [
        ("New", "open"), ("Won", "won"), ("Installed", "open"), ("Renewed", "open"),
    ]  # fmt: skip


def test_stages_without_dates_are_placed_by_what_their_names_usually_mean() -> None:
    moves: list[Move] = [
        ("a", None, "Prospecting"), ("b", 1, "Engaging"), ("b", 9, "Won"),
        ("c", 2, "Engaging"), ("c", 5, "Lost"),
    ]  # fmt: skip
    proposal = propose(facts(moves))
    assert shape(proposal) == [
        ("Prospecting", "open"), ("Engaging", "open"), ("Won", "won"), ("Lost", "lost"),
    ]  # fmt: skip


def test_a_snapshot_with_one_move_a_lead_still_gives_a_funnel() -> None:
    moves: list[Move] = [("a", 1, "Negotiation"), ("b", 1, "New"), ("c", 1, "Contacted"),
                         ("d", 1, "Closed Won"), ("e", 1, "Closed Lost")]  # fmt: skip
    proposal = propose(facts(moves))
    assert shape(proposal) == [
        ("New", "open"), ("Contacted", "open"), ("Negotiation", "open"), ("Closed Won", "won"),
        ("Closed Lost", "lost"),
    ]  # fmt: skip
    assert "usually have" in proposal.charter.notes[0]


def test_an_event_log_that_loops_ends_in_its_closing_activity() -> None:
    moves: list[Move] = []
    for n in range(30):
        loop = ["Take in charge", "Wait"] * (1 + n % 3)
        moves += journey(f"t{n}", "Assign seriousness", *loop, "Resolve ticket", "Closed")
    proposal = propose(facts(moves))
    assert shape(proposal) == [
        ("Assign seriousness", "open"), ("Take in charge", "open"), ("Wait", "open"),
        ("Resolve ticket", "open"), ("Closed", "won"),
    ]  # fmt: skip
    assert any("No stage is called won" in note for note in proposal.charter.notes)


def test_two_stages_that_say_nothing_of_an_end_win_nothing() -> None:
    proposal = propose(facts(journey("a", "X", "Y")))
    assert shape(proposal) == [("X", "open"), ("Y", "open"), ("Won", "won")]
    assert any("No stage of the data is won" in note for note in proposal.charter.notes)


def test_only_open_stages_are_not_turned_into_a_win() -> None:
    proposal = propose(
        facts([*journey("a", "New", "Contacted"), *journey("b", "New", "Contacted")])
    )
    assert shape(proposal)[-1] == ("Won", "won")
    assert shape(proposal)[:-1] == [("New", "open"), ("Contacted", "open")]
    assert any("No stage of the data is won" in note for note in proposal.charter.notes)


def test_sixty_stages_keep_their_order() -> None:
    rng = random.Random(60)
    names = [f"step {chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(60)]
    order = rng.sample(names, 60)
    moves: list[Move] = []
    for n in range(80):
        passed = sorted(rng.sample(range(60), 25))
        moves += journey(f"l{n}", *(order[i] for i in passed))
    assert [stage.name for stage in propose(facts(moves)).stages] == order


def test_a_second_pipeline_stands_beside_the_first_at_the_same_depth() -> None:
    stages = [
        ("New", "sales", 0, "open"), ("Offer", "sales", 1, "open"), ("Won", "sales", 2, "won"),
        ("Lost", "sales", 3, "lost"), ("Renewal due", "renewals", 0, "open"),
        ("Renewal offer", "renewals", 1, "open"), ("Renewed", "renewals", 2, "won"),
        ("Unused", "empty", 0, "open"),
    ]  # fmt: skip
    moves = [*journey("a", "New", "Offer", "Won"), *journey("c", "New", "Offer", "Won"),
             *journey("b", "Renewal due", "Renewal offer", "Renewed")]  # fmt: skip
    proposal = propose(facts(moves, stages))
    assert shape(proposal) == [
        ("New / Renewal due", "open"), ("Offer / Renewal offer", "open"), ("Won", "won"),
        ("Lost", "lost"),
    ]  # fmt: skip
    assert proposal.stages[2].when == "stage IN ('Won', 'Renewed')"
    assert any("pipeline renewals" in note for note in proposal.charter.notes)


def test_a_second_pipeline_with_mostly_the_same_stages_adds_its_own_in_its_order() -> None:
    stages = [
        ("New", "a", 0, "open"), ("Offer", "a", 1, "open"), ("Won", "a", 2, "won"),
        ("New", "b", 0, "open"), ("Test", "b", 1, "open"), ("Offer", "b", 2, "open"),
        ("Won", "b", 3, "won"),
    ]  # fmt: skip
    proposal = propose(facts(journey("x", "New", "Test", "Offer", "Won"), stages))
    assert [stage.name for stage in proposal.stages] == ["New", "Test", "Offer", "Won"]


def test_a_stage_the_list_does_not_name_is_placed_by_the_flow_and_said() -> None:
    stages = [("New", "", 0, "open"), ("Won", "", 1, "won")]
    proposal = propose(facts(journey("a", "New", "Demo", "Won"), stages))
    assert [stage.name for stage in proposal.stages] == ["New", "Demo", "Won"]
    assert any("Demo" in note for note in proposal.charter.notes)


def test_spellings_of_one_stage_are_one_stage() -> None:
    moves = [*journey("a", "New", "Won"), *journey("b", "new ", "WON"), *journey("c", "New", "Won")]
    proposal = propose(facts(moves))
    assert [(s.name, s.when) for s in proposal.stages] == [
        ("New", "stage IN ('New', 'new ')"), ("Won", "stage IN ('WON', 'Won')"),
    ]  # fmt: skip


def test_blank_stage_names_are_no_stage() -> None:
    moves = [*journey("a", "New", " ", "Won"), *journey("b", "", "Won", "\u2028", "\u00a0")]
    assert [stage.name for stage in propose(facts(moves)).stages] == ["New", "Won"]


def test_a_list_whose_won_stage_nobody_reached_yet_keeps_it() -> None:
    stages = [("New", "life", 0, "open"), ("Deal", "deals", 0, "open"), ("Sold", "deals", 1, "won")]
    proposal = propose(facts(journey("a", "New"), stages))
    assert shape(proposal) == [("New", "open"), ("Sold", "won")]


def test_deals_tell_won_and_lost_in_a_language_no_list_knows() -> None:
    moves: list[Move] = []
    for n in range(20):
        moves += journey(f"w{n}", "aaa", "bbb", "xxx") + journey(f"l{n}", "aaa", "bbb", "yyy")
    deals = [(f"w{n}", "won") for n in range(20)] + [(f"l{n}", "lost") for n in range(20)]
    assert shape(propose(facts(moves, deals=deals))) == [
        ("aaa", "open"), ("bbb", "open"), ("xxx", "won"), ("yyy", "lost"),
    ]  # fmt: skip


def test_an_end_that_never_wins_is_taken_as_lost() -> None:
    moves: list[Move] = []
    for n in range(40):
        moves += journey(f"w{n}", "New", "Demo", "Won") + journey(f"l{n}", "New", "Demo", "Archiv")
    assert ("Archiv", "lost") in shape(propose(facts(moves)))


def test_where_only_the_stage_of_today_is_known_an_odd_one_is_open() -> None:
    moves: list[Move] = []
    for n in range(90):
        moves += journey(f"l{n}", "Blue", ("Green", "Won", "Amber")[n % 3])
    kinds = dict(shape(propose(facts(moves))))
    assert (kinds["Green"], kinds["Amber"], kinds["Won"]) == ("open", "open", "won")


def test_any_stage_name_gives_a_definition_that_can_be_run() -> None:
    names = [
        "O'Brien's",
        'say "hi"',
        "50% off_",
        "a\tb",
        "tab\x01",
        "UK, Ireland",
        "é",
        "-- x",
        "; x",
    ]
    moves = [move for n, name in enumerate(names) for move in journey(f"l{n}", name)]
    given = facts(moves)
    table = given["moves"]
    for stage in propose(given).stages[:-1]:  # the last is the win that nobody recorded
        predicate = parse(stage.when, PREDICATE_COLUMNS)
        found = table.filter(predicate.filter(table)).stage.to_pyarrow().to_pylist()
        assert [" ".join(name.split()) for name in found] == [stage.name]


def test_the_same_stages_give_the_same_digest_whatever_the_number_of_leads() -> None:
    few = [move for n in range(5) for move in journey(f"l{n}", "New", "Demo", "Won")]
    many = [move for n in range(500) for move in journey(f"l{n}", "New", "Demo", "Won")]
    assert propose(facts(few)).digest == propose(facts(many)).digest


def test_no_moves_at_all_is_an_empty_funnel_and_no_table_is_said() -> None:
    assert propose(facts([])).stages == ()
    with pytest.raises(MissingFacts, match="moves"):
        propose(Facts({}))


def test_the_currency_is_the_one_most_money_is_in() -> None:
    assert propose(facts(journey("a", "New", "Won"), deals=[("a", "won")])).currency == "GBP"


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("won", "Won|Closed Won|closedwon|ClosedWon|CLOSED_WON|Gewonnen|Gagné|Ganado|Ganho|Vinto|"
         "Vundet|Vunnet|Wygrana|Kazanıldı|Выиграна|赢单|受注|수주|Win"),
        ("lost", "Lost|Closed Lost|closedlost|Verloren|Perdu|Perdida|Perso|Tabt|Förlorad|Przegrana|"
         "Kaybedildi|Проиграна|丢单|失注|실주|Not interested|Cancelled|Not won|Dead"),
        ("disqualified", "Disqualified|Unqualified|Not qualified|Nicht qualifiziert|Spam|Junk|"
         "Non qualifié|Descalificado|Duplicate"),
        ("recycled", "Recycled|On hold|Returned to marketing|Wiedervorlage|Dormant"),
        (None, "New|Qualified|Wondering|Window shopping|Negotiation|Contacted|Proposal|"
         "Lostwithiel"),
    ],
)  # fmt: skip
def test_names_in_many_languages_tell_their_kind(kind: str | None, names: str) -> None:
    assert {name: kind_of(name) for name in names.split("|")} == dict.fromkeys(
        names.split("|"), kind
    )


def test_a_stage_that_leads_enter_before_they_are_won_stands_before_the_sale() -> None:
    """Two ways of selling without a stage list: no open lead of the longer counts as won."""
    moves: list[Move] = []
    for n in range(40):
        moves += journey(f"a{n}", "Enquiry", "Closed won", "Invoiced")
        moves += journey(f"b{n}", "Talk", "Scope", "Paper", "Won")
    path = propose(facts(moves)).success_path
    won = next(i for i, stage in enumerate(path) if stage.kind == "won")
    before = {name for stage in path[:won] for name in stage.name.split(" / ")}
    assert before == {"Talk", "Scope", "Paper", "Enquiry"}
