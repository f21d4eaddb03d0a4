from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

import pytest

from onefunnel.facts.findings import Finding
from onefunnel.measures.as_csv import as_csv
from onefunnel.measures.as_json import as_json, plain
from onefunnel.measures.result import AgreementRef, Result
from onefunnel.measures.scope import Scope


def result(**changed: object) -> Result:
    given: dict[str, object] = {
        "measure": "stages",
        "question": "Where?",
        "as_of": datetime(2026, 3, 31, 12, 0),
        "agreement": AgreementRef("2", "abc", True),
        "scope": Scope(),
        "columns": ("stage", "step_share", "amount"),
        "rows": ({"stage": "Won", "step_share": 1 / 3, "amount": Decimal("10005534.0000")},),
        "sentence": "One.",
        "totals": {"leads": 3},
        "findings": (Finding("k", "leads", "", 1, "what", "e", "fix"),),
        "notes": ("n",),
    }
    return Result(**{**given, **changed})  # type: ignore[arg-type]


def test_the_shape_of_every_surface() -> None:
    shown = json.loads(json.dumps(as_json(result())))
    assert shown["as_of"] == "2026-03-31T12:00:00Z"
    assert shown["agreement"] == {"version": "2", "digest": "abc"}
    assert shown["rows"] == [{"stage": "Won", "step_share": 0.333333, "amount": 10005534}]
    assert shown["findings"][0]["fix"] == "fix"
    assert (shown["totals"], shown["notes"], shown["sentence"]) == ({"leads": 3}, ["n"], "One.")


def test_without_agreement_and_time() -> None:
    shown = as_json(result(agreement=None, as_of=None))
    assert shown["agreement"] is None
    assert shown["as_of"] is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("0.1000"), 0.1),
        (Decimal("12345678901.23"), 12345678901.23),
        (Decimal("12345678901234.5678"), "12345678901234.5678"),
        (Decimal("-5"), -5),
        (float("nan"), None),
        (float("inf"), None),
    ],
)
def test_money_keeps_the_penny(value: object, shown: object) -> None:
    assert plain(value) == shown


def test_raw_csv_is_what_was_there_and_spreadsheet_csv_runs_nothing() -> None:
    rows = [{"name": "=1+1", "phone": "+44 20", "low": -5, "gap": None}]
    columns = ("name", "phone", "low", "gap")
    assert as_csv(rows, columns) == "name,phone,low,gap\n=1+1,+44 20,-5,\n"
    safe = as_csv(rows, columns, for_spreadsheets=True)
    assert safe == "\ufeffname,phone,low,gap\r\n'=1+1,+44 20,-5,\r\n"
