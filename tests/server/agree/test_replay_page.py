"""What a version would have done stands on a page, and each count opens its leads."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from html import unescape
from typing import Any

from django.urls import reverse

from onefunnel.agreement.duties import Handover
from onefunnel.agreement.propose import propose
from onefunnel.agreement.templates.templates import load
from onefunnel.agreement.yaml_text import write_yaml
from onefunnel.facts.store import Facts
from onefunnel.server.agree import commands

FIGURE = re.compile(r'<a class="figure" href="([^"]+)" data-value="(\d+)"')
BIG = re.compile(r'data-of-list="(\d+)"')


def brought_in(facts: Facts, head: Any, at: datetime, change: tuple[str, str]) -> str:
    text = write_yaml(propose(facts))
    assert change[0] in text
    version = commands.import_agreement(text=text.replace(*change), by=head, at=at)
    return str(version.public_id)


def test_a_moved_boundary_lets_leads_in_and_out_and_every_number_opens_its_list(
    data: Facts, signed_in: Any, head: Any, marketer: Any, now: datetime
) -> None:
    """Ten leads enter Qualified; a version whose Qualified nothing meets lets none of them in."""
    version = brought_in(data, head, now, ("stage = 'Qualified'", "stage = 'Nowhere'"))
    client = signed_in(marketer)
    page = client.get(reverse("agree:replay", args=[version])).content.decode()
    assert "the new version lets 0 more into Qualified and 10 no longer" in page
    figures = FIGURE.findall(page)
    assert len(figures) >= 12
    for address, value in figures:
        found = client.get(unescape(address)).content.decode()
        assert BIG.findall(found) == [value], address
    assert "too few to tell" in page


def test_the_same_version_moves_nobody(
    data: Facts, signed_in: Any, head: Any, now: datetime
) -> None:
    version = brought_in(data, head, now, ("title: ", "title: Another "))
    page = signed_in(head).get(reverse("agree:replay", args=[version])).content.decode()
    assert "both versions let the same ones into every stage" in page


def test_addresses_that_name_nothing_are_not_found(
    data: Facts, signed_in: Any, head: Any, now: datetime
) -> None:
    version = brought_in(data, head, now, ("title: ", "title: Another "))
    client = signed_in(head)
    address = reverse("agree:replay_list", args=[version])
    for query in ("", "?figure=both", "?figure=both&stage=99", "?figure=all&stage=0"):
        assert client.get(address + query).status_code == 404


def test_without_data_it_says_so(signed_in: Any, head: Any, now: datetime) -> None:
    version = commands.import_agreement(text=write_yaml(load("aida")), by=head, at=now)
    page = signed_in(head).get(reverse("agree:replay", args=[version.public_id]))
    assert "There is no data yet" in page.content.decode()


def test_a_changed_card_says_whom_it_would_pass_and_refuse(
    data: Facts, signed_in: Any, head: Any, now: datetime
) -> None:
    """Ten leads came to Qualified; a card of the new version lets none of them pass."""
    card = Handover("Ours", "marketing", "sales", "Qualified", ("lead_id",), 8, "stage = 'Won'")
    text = write_yaml(replace(propose(data), handovers=(card,)))
    version = commands.import_agreement(text=text, by=head, at=now)
    client = signed_in(head)
    page = client.get(reverse("agree:replay", args=[version.public_id])).content.decode()
    part = page[page.index("Who would pass the hand-over cards") :]
    figures = FIGURE.findall(part)
    assert [value for _, value in figures] == ["0", "0", "0", "10"]
    for address, value in figures:
        assert BIG.findall(client.get(unescape(address)).content.decode()) == [value], address
    address = reverse("agree:replay_list", args=[version.public_id])
    assert client.get(f"{address}?figure=refused_both&stage=9").status_code == 404
