"""The channels page names every channel that the measure names, whatever a channel is kept by."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from onefunnel.facts.store import Facts
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.scope import Scope
from tests.server.measure.company import Company, company, put_in_place_of


class OnlyExports:
    """The company as a CRM exports it: leads with a source, neither touches nor spend."""

    def __init__(self, made: Company) -> None:
        self._made, self.agreement = made, made.agreement

    def facts(self) -> Facts:
        facts = self._made.facts()
        kept = {n: t for n, t in facts.tables.items() if n not in ("touches", "spend")}
        return replace(facts, tables=kept)


def named(facts: Facts, agreement: Any, measure: str, by: str | None) -> tuple[str, list[str]]:
    """The column and the values by which the measure names its rows: what the CLI prints."""
    found = compute_measure(measure, facts, agreement, Scope(by=by))
    column = found.columns[0]
    return column, list(dict.fromkeys(str(row[column]) for row in found.rows))


@pytest.mark.parametrize("by", [None, "segment"])
@pytest.mark.parametrize("only_exports", [True, False])
def test_the_page_names_every_channel(
    monkeypatch: pytest.MonkeyPatch,
    db: None,
    see: Any,
    signed_in: Any,
    marketer: Any,
    only_exports: bool,
    by: str | None,
) -> None:
    whole = company(3000)
    made = put_in_place_of(monkeypatch, OnlyExports(whole) if only_exports else whole)
    column, names = named(made.facts(), made.agreement, "channels", by)
    assert len(names) > 1
    asked = f"?by={by}" if by else ""
    text = unescape(see(f"/measure/channels/{asked}"))
    heads = [cell.strip() for cell in re.findall(r'<th scope="row"[^>]*>(.*?)</th>', text, re.S)]
    plain = [re.sub(r"<[^>]+>", "", head).strip() for head in heads]
    assert [name for name in names if name not in plain] == []  # the table
    drawn = set(re.findall(r'"name":\s*"([^"]*)"', text))
    assert [name for name in names[:20] if name not in drawn] == []  # the chart
    answer = signed_in(marketer).get(f"/measure/channels.csv{asked}").content.decode("utf-8-sig")
    assert list(dict.fromkeys(row[column] for row in csv.DictReader(io.StringIO(answer)))) == names
