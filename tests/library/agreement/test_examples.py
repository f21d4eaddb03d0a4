"""The examples run and are what they say."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from onefunnel.agreement.completeness import check
from onefunnel.agreement.predicates.functions import FUNCTIONS
from onefunnel.agreement.standard_columns import PREDICATE_COLUMNS
from onefunnel.agreement.yaml_text import read_yaml

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples" / "agreements"


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_each_example_is_complete(file: Path) -> None:
    assert check(read_yaml(file.read_text(encoding="utf-8"), file.name), PREDICATE_COLUMNS) == ()


def test_the_example_reads_an_agreement(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "read_an_agreement.py"))
    said = capsys.readouterr().out
    assert "Qualified: the stage is Qualified and the company is known" in said
    assert "False: the company is known" in said


def test_the_guide_names_every_function_a_definition_may_use() -> None:
    guide = (ROOT / "docs" / "guide" / "agree.md").read_text(encoding="utf-8")
    assert [name for name in FUNCTIONS if f"`{name}" not in guide] == []
