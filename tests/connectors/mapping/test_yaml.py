"""The mapping in YAML: what is written is read back, and mistakes name their line."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onefunnel.connectors.mapping import (
    Case,
    FileMap,
    Join,
    Make,
    Mapping,
    MappingError,
    Source,
    StageMap,
    Step,
    read_mapping,
    write_mapping,
)

EXAMPLE = """\
title: Sales pipeline
currency: USD
stages:
  - {stage: Prospecting, kind: open}
  - {stage: Won, kind: won}
files:
  - file: sales_pipeline*.csv
    where: is_deleted is not yes
    look up:
      - file: products.csv
        on: {product: product}
        take: {series: series}
    makes:
      - table: leads
        columns:
          lead_id: opportunity_id          # sure 0.98: every value stands once
          created_at: {from: engage_date, date: month-first}
          source: {is: unknown}
        attributes:
          series: series
      - table: moves
        columns:
          lead_id: opportunity_id
        steps:
          - stage: {is: Engaging}
            at: engage_date
            where: engage_date is not empty
          - stage: deal_stage
            at: close_date
            where: deal_stage in (Won, Lost)
    left out:
      notes: free text
left out:
  data_dictionary.csv: it describes the others
"""


def test_a_mapping_is_read_into_parts() -> None:
    mapping = read_mapping(EXAMPLE, "pipeline.yaml")
    assert mapping.currency == "USD"
    assert mapping.stages[1] == StageMap("Won", "won")
    leads, moves = mapping.files[0].makes
    assert leads.column("lead_id") == Source(
        columns=("opportunity_id",), confidence=0.98, reason="every value stands once"
    )
    assert leads.column("created_at") == Source(columns=("engage_date",), date="month-first")
    assert moves.steps[0].where == "engage_date is not empty"
    assert mapping.left_out == (("data_dictionary.csv", "it describes the others"),)


def test_what_is_written_is_read_back() -> None:
    mapping = read_mapping(EXAMPLE, "pipeline.yaml")
    assert read_mapping(write_mapping(mapping), "again") == mapping


NAMES = (
    st.text(min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda text: text and text.isprintable() and not text.startswith("_"))
)
SOURCES = st.builds(
    Source,
    columns=st.lists(NAMES, min_size=1, max_size=3).map(tuple),
    value=st.none() | NAMES,
    cases=st.lists(st.builds(Case, when=st.just("a is empty"), value=NAMES), max_size=2).map(tuple),
    glue=st.none() | st.just(" "),
    values=st.dictionaries(NAMES, NAMES, max_size=2).map(lambda d: tuple(d.items())),
    otherwise=st.none() | NAMES,
    date=st.sampled_from(["", "day-first", "%d.%m.%Y", "epoch milliseconds"]),
    zone=st.sampled_from(["", "Europe/London"]),
    decimal=st.sampled_from(["", ",", "."]),
    times=st.sampled_from(["", "1000", "0.01"]),
    confidence=st.none() | st.integers(0, 100).map(lambda n: n / 100),
)
MAPPINGS = st.builds(
    Mapping,
    title=NAMES,
    files=st.builds(
        lambda names, source, free, kept: (
            FileMap(
                files=tuple(names),
                joins=(Join(("x.csv",), ((names[0], "id"),), ((free, "name"),), loose=kept),),
                makes=(
                    Make("leads", (("lead_id", source),), attributes=(("zz" + free, source),)),
                    Make(
                        "moves",
                        (("lead_id", source),),
                        steps=(Step((("stage", source), ("at", source)), where="a = 'b'"),),
                        only_missing=kept,
                    ),
                ),
                left_out=((free, "why"),),
            ),
        ),
        st.lists(NAMES, min_size=1, max_size=2),
        SOURCES,
        NAMES,
        st.booleans(),
    ),
    currency=st.sampled_from(["", "EUR"]),
    stages=st.lists(st.builds(StageMap, NAMES, st.sampled_from(["open", "lost"])), max_size=3).map(
        tuple
    ),
    notes=st.lists(NAMES, max_size=2).map(tuple),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(MAPPINGS)
def test_any_mapping_survives_the_round_trip(mapping: Mapping) -> None:
    assert read_mapping(write_mapping(mapping), "again") == mapping


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", None, "empty"),
        ("files: [", 1, "not YAML"),
        ("files:\n  - file: a.csv\n    makes:\n      - table: leeds\n", 4, "leeds"),
        ("files:\n  - file: a.csv\n    make: []\n", 3, "make"),
        ("files:\n  - file: a.csv\n    makes:\n      - table: leads\n", 4, "lead_id"),
        ("files:\n  - file: a.csv\n    where: a is\n", 3, "expected a test"),
        ("zone: Mars/Olympus\n", 1, "time zone"),
        ("currency: Euro\n", 1, "currency"),
        ("title: a\ntitle: b\n", 2, "twice"),
        ("title: &a b\nnotes: [*a]\n", 1, "references"),
        (
            "files:\n  - file: a.csv\n    makes:\n      - table: leads\n        columns:\n"
            "          lead_id: {from: id, date: sometimes}\n",
            6,
            "date style",
        ),
        (
            "files:\n  - file: a.csv\n    makes:\n      - table: leads\n        columns:\n"
            "          lead_id: id\n          colour: c\n",
            7,
            "colour",
        ),
        ("stages:\n  - {stage: A, kind: maybe}\n", 2, "maybe"),
    ],
)
def test_a_mistake_names_its_line(text: str, line: int | None, says: str) -> None:
    with pytest.raises(MappingError) as error:
        read_mapping(text, "m.yaml")
    assert error.value.line == line
    assert says in str(error.value)
    assert error.value.fix
