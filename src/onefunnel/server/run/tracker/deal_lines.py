"""The deals of a lead in words, as its page and the form name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from onefunnel.charts import written
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.run.tracker.deals import WHY_NONE, closed_on, is_won
from onefunnel.server.run.tracker.reading import LeadNow
from onefunnel.server.warehouse.queries import REVISION, deals_of_leads


@dataclass(frozen=True)
class DealLine:
    """A deal of the lead as a page names it: `key` is what the form sends."""

    key: str
    words: str
    outcome: str
    revision: int


def won_of(now: LeadNow, lead_id: str, hiding: Hiding) -> dict[str, object] | None:
    """What the page of a lead says was won with it; None where it is not won."""
    if not is_won(now.book.agreement, now.stage):
        return None
    lines = lines_of(deals_of_leads([lead_id]).get(lead_id, ()), hiding)
    return {"deals": [one for one in lines if one.outcome == "won"]}


def lines_of(deals: Sequence[Mapping[str, object]], hiding: Hiding) -> list[DealLine]:
    """The deals as their reader may see them."""
    return [
        DealLine(
            key=hiding.address("deals", "deal_id", str(deal["deal_id"])),
            words=_words(hiding.row("deals", deal)),
            outcome=str(deal["outcome"] or "open"),
            revision=int(str(deal[REVISION])),
        )
        for deal in deals
    ]  # fmt: skip


def _words(deal: Mapping[str, object]) -> str:
    """A deal in a line: its money, or why there is none, and what it is about."""
    amount, closed = deal.get("amount"), closed_on(deal)
    code = str(deal.get("currency") or "")
    why = deal.get(WHY_NONE)
    parts = [
        written.money(amount, code) if isinstance(amount, Decimal)
        else f"no amount, {why}" if why else "no amount known",
        str(deal.get("product") or ""),
        f"closed {closed:%-d %B %Y}" if closed else "",
        f"margin {written.money(margin, code)}"
        if isinstance(margin := deal.get("margin"), Decimal) else "",
    ]  # fmt: skip
    return ", ".join(part for part in parts if part)
