"""Whatever is recorded can be told by a webhook: each kind has its meaning, and stands in docs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from onefunnel.server.site.event_kinds import EVENT_KINDS

ROOT = Path(__file__).parents[3]
SERVER = ROOT / "src" / "onefunnel" / "server"
_KIND = re.compile(r"(people|warehouse|agree|plan|run|measure|notify|record)\.[a-z]+(-[a-z]+)+")
#: Names of receivers of signals, which look alike.
_NO_EVENTS = {
    "warehouse.copy-follows", "notify.tell-endpoints", "record.people-events",
    "run.handovers-offer-who-entered", "run.handovers-tell-people",
    "run.nurture-stop-for-handovers", "run.nurture-tell-people",
    "run.nurture-contact-taken-back", "run.deals-follow-their-leads", "agree.tell-whose-turn",
}  # fmt: skip


def said_in_the_code() -> set[str]:
    """Every text of the server that has the form of an event's kind."""
    return {
        node.value
        for path in SERVER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and _KIND.fullmatch(node.value)
    }


def test_each_kind_has_its_meaning() -> None:
    assert said_in_the_code() - _NO_EVENTS == set(EVENT_KINDS)


def test_each_kind_stands_in_the_docs() -> None:
    page = (ROOT / "docs" / "reference" / "webhooks.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([a-z.-]+)` \| (.+) \|$", page, re.MULTILINE))
    assert told == EVENT_KINDS
