"""A draft as forms: what is shown and sent back unchanged changes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from onefunnel.agreement.charter import Charter
from onefunnel.agreement.compare.typed import BadValue
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.stage import CustomerPromise
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS
from onefunnel.agreement.templates.templates import load, names
from onefunnel.agreement.yaml_text import read_yaml, write_yaml
from onefunnel.server.agree.drafts import editing
from onefunnel.simulate.company.agreement import proposed_agreement

AGREEMENTS = [*(load(name) for name in names()), proposed_agreement()]


@pytest.mark.parametrize("agreement", AGREEMENTS, ids=lambda one: one.title)
@pytest.mark.parametrize("part", editing.PARTS.values(), ids=lambda part: part.slug)
def test_a_form_that_is_sent_back_as_it_came_changes_nothing(agreement, part) -> None:
    for place, thing in enumerate(editing.things(agreement, part)):
        typed = editing.shown(thing, part)
        crlf = {name: text.replace("\n", "\r\n") for name, text in typed.items()}
        assert editing.made(part, crlf, thing) == thing
        at = place if part.is_list else None
        assert editing.with_thing(agreement, part, at, thing).digest == agreement.digest


def test_commas_inside_a_list_survive_a_change_beside_them() -> None:
    stage = replace(load("aida").stages[0], initiatives=("Fairs, shows and visits", "Mail"))
    typed = editing.shown(stage, editing.STAGES) | {"meaning": "Else"}
    made = editing.made(editing.STAGES, typed, stage)
    assert (made.meaning, made.initiatives) == ("Else", stage.initiatives)


def test_a_customer_promise_is_made_of_its_fields() -> None:
    promise = {"words": "A call", "reply_within_hours": "4", "one_contact": "yes"}
    typed = {"name": "Hello", "kind": "open"}
    typed |= {f"customer_promise.{name}": text for name, text in promise.items()}
    made = editing.made(editing.STAGES, typed, None)
    assert made.customer_promise == CustomerPromise("A call", 4.0, True)
    gone = editing.made(editing.STAGES, {"name": "Hello", "kind": "open"}, made)
    assert gone.customer_promise is None


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(editing.Mistakes) as refused:
        editing.made(editing.STAGES, {"name": " ", "kind": "nice", "target": "x"}, None)
    assert set(refused.value.by_field) == {"name", "kind", "target"}


@pytest.mark.parametrize(
    ("text", "asked", "written"),
    [
        ("", ("country", "=", "UK"), "country = 'UK'"),
        ("", ("country", "=", "UK, Côte d'Ivoire"), "country IN ('UK', 'Côte d''Ivoire')"),
        ("a = 1", ("stage", "<>", "X,Y"), "a = 1 AND stage NOT IN ('X', 'Y')"),
        ("stage = 'A' OR stage = 'B'", ("country", "IS NOT NULL", ""),
         "(stage = 'A' OR stage = 'B') AND country IS NOT NULL"),
        ("", ("seq", ">=", "3"), "seq >= 3"),
        ("", ("Lead Source", "=", "NaN"), "\"Lead Source\" = 'NaN'"),
    ],
)  # fmt: skip
def test_conditions_are_written_as_definitions_are(
    text: str, asked: tuple[str, str, str], written: str
) -> None:
    made = editing.with_condition(text, *asked)
    assert made == written
    if "a = 1" not in made and "Lead Source" not in made:
        assert parse(made, PREDICATE_COLUMNS).sentence()


def test_a_condition_without_a_value_is_refused() -> None:
    with pytest.raises(BadValue, match="compared with"):
        editing.with_condition("", "country", "=", " , ")


def test_an_or_over_two_lines_stays_together() -> None:
    made = editing.with_condition("stage = 'A'\nOR stage = 'B'", "country", "=", "UK")
    assert made == "(stage = 'A'\nOR stage = 'B') AND country = 'UK'"


def test_what_a_text_column_is_compared_with_is_text() -> None:
    assert editing.with_condition("", "zip", "=", "0044", is_text=True) == "zip = '0044'"


def test_a_number_is_shown_whole() -> None:
    stage = replace(load("aida").stages[0], target=1234567.5)
    assert editing.shown(stage, editing.STAGES)["target"] == "1234567.5"
    assert editing.shown(replace(stage, target=4.0), editing.STAGES)["target"] == "4"


def test_items_of_a_list_stand_on_lines_of_their_own() -> None:
    stage = replace(load("aida").stages[0], initiatives=("Call, then mail", "Webinar"))
    typed = editing.shown(stage, editing.STAGES)
    made = editing.made(
        editing.STAGES, typed | {"initiatives": typed["initiatives"] + "\r\nFair"}, stage
    )
    assert made.initiatives == ("Call, then mail", "Webinar", "Fair")


def test_texts_of_several_lines_keep_them() -> None:
    """Each part that people write at length; a name stays one line whatever is sent."""
    typed = "First  line \r\n\r\n\r\n\r\n- one\n- two \n"
    kept = "First line\n\n- one\n- two"
    for part, field in (
        (editing.STAGES, "meaning"), (editing.STAGES, "customer_promise.words"),
        (editing.HANDOVERS, "fallback"), (editing.TERMS, "meaning"), (editing.CHARTER, "why"),
        (editing.CHARTER, "process"), (editing.OUTCOME, "statement"), (editing.CREDIT, "purpose"),
    ):  # fmt: skip
        sent = {one.name: "" for one in part.fields} | {field: typed}
        if part.is_list:
            sent["name"] = "A\nname"
        if part is editing.STAGES:
            sent |= {"kind": "open"}
        made = editing.made(part, sent, None)
        assert editing.shown(made, part)[field] == kept, (part.slug, field)
        assert not part.is_list or made.name == "A name"
        again = editing.made(part, editing.shown(made, part), made)
        assert again == made
    agreement = replace(load("demand_waterfall"), charter=Charter(why=kept))
    assert read_yaml(write_yaml(agreement)).charter.why == kept
