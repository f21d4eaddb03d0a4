"""Each word is defined once, and the words on screens are defined at all."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from onefunnel.agreement.completeness import five_ticks
from onefunnel.agreement.glossary import GlossaryError, read_glossary, term, terms
from onefunnel.agreement.stage import Kind
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS
from onefunnel.agreement.templates.templates import load, names
from onefunnel.measures.catalogue import MEASURES

ROOT = Path(__file__).parents[3]


def test_the_file_at_the_root_is_the_packaged_one() -> None:
    packaged = ROOT / "src" / "onefunnel" / "agreement" / "glossary.md"
    assert (ROOT / "GLOSSARY.md").resolve() == packaged.resolve()


def test_every_term_has_one_meaning_and_its_own_anchor() -> None:
    assert len(terms()) > 80
    slugs = [each.slug for each in terms()]
    assert len(set(slugs)) == len(slugs)
    assert all(each.meaning.endswith(".") and each.group for each in terms())


def test_terms_of_a_group_are_in_alphabetical_order() -> None:
    by_group: dict[str, list[str]] = {}
    for each in terms():
        by_group.setdefault(each.group, []).append(each.name.casefold())
    assert [group for group, found in by_group.items() if found != sorted(found)] == []


@pytest.mark.parametrize("name", sorted({measure.term for measure in MEASURES.values()}))
def test_every_measure_has_its_term(name: str) -> None:
    assert term(name) is not None


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_of_stage_has_its_term(kind: str) -> None:
    assert term(kind) is not None


@pytest.mark.parametrize("name", names())
def test_every_measure_and_every_tick_of_a_template_is_a_term(name: str) -> None:
    template = load(name)
    said = {*template.outcome.measures, *(stage.measure for stage in template.stages)}
    assert [each for each in said if term(each) is None] == []


def test_the_ticks_are_told_in_the_glossary() -> None:
    ticks = five_ticks(load("aida"), PREDICATE_COLUMNS)["Attention"]
    assert len(ticks) == 5
    assert term("five ticks") is not None


def test_a_term_is_found_by_its_other_names_and_in_any_case() -> None:
    assert term("Service level agreement") is term("promise")
    assert term("step  share") is term("step conversion")
    assert term("no such word") is None


def test_a_word_defined_twice_or_not_at_all_is_refused() -> None:
    with pytest.raises(GlossaryError, match="'b' is defined twice"):
        read_glossary("## G\n### a\nOne.\n*Also:* b\n\n### b\nTwo.\n")
    with pytest.raises(GlossaryError, match="'a' is defined twice"):
        read_glossary("## G\n### a\nOne.\n\n### a\nTwo.\n")
    with pytest.raises(GlossaryError, match="'a' has no meaning"):
        read_glossary("## G\n### a\n\n### b\nTwo.\n")
