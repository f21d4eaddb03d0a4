"""What a list says of the number it was opened from: its definition and how it is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote

from onefunnel.agreement.document import Agreement
from onefunnel.charts import written
from onefunnel.measures.catalogue import MEASURES
from onefunnel.server.measure.asking import Asked
from onefunnel.server.measure.lists import Listing
from onefunnel.server.measure.pages import PAGES
from onefunnel.server.measure.tables import HEADS

#: What a list counts, where it is not the first unit of its measure.
UNITS: dict[str, str] = {}
MONEY = frozenset({"amount", "margin", "spend"})


@dataclass(frozen=True)
class About:
    """The head of a list."""

    title: str
    unit: str
    term: str
    definition: str
    formula: str
    page: str
    back: str


@dataclass(frozen=True)
class ListHead:
    """The head of a column, with where a click on it sorts to."""

    head: str
    sort_to: str
    aria_sort: str
    arrow: str


@dataclass(frozen=True)
class ListCell:
    words: str = ""
    url: str = ""
    moment: datetime | None = None


def about(
    measure: str, figure: str, row: Mapping[str, str], agreement: Agreement, question: Asked
) -> About:
    """Title, definition and formula of a figure, and the way back to its page."""
    of = MEASURES[measure]
    name = HEADS.get(figure, figure.replace("_", " "))
    where = " · ".join(value or "not stated" for value in row.values())
    page = next((page for page in PAGES.values() if measure in page.measures), None)
    stage = next((one for one in agreement.stages if one.name == row.get("stage")), None)
    query = question.query()
    return About(
        title=f"{name}: {where}" if where else name,
        unit=UNITS.get(figure, of.unit.split(",")[0]) if figure not in MONEY else "",
        term=stage.name if stage else of.term,
        definition=(stage.meaning or stage.when) if stage else of.question,
        formula=of.formula,
        page=page.tab if page else "Measure",
        back=f"/measure/{page.key if page else ''}/{'?' if query else ''}{query}",
    )


def total_text(listing: Listing, currency: str) -> str:
    """The list's count or sum in words."""
    if isinstance(listing.total, Decimal):
        return written.money(listing.total, currency)
    return written.count(listing.total)


def heads(listing: Listing, may_see_personal: bool) -> list[ListHead]:
    """The columns' heads; a click sorts, a second click the other way round."""
    made = []
    for column in listing.columns:
        is_sorted = listing.sort.removeprefix("-") == column.name
        is_down = listing.sort.startswith("-")
        can = may_see_personal or not column.is_personal
        made.append(
            ListHead(
                head=column.head,
                sort_to=""
                if not can
                else f"-{column.name}"
                if is_sorted and not is_down
                else column.name,
                aria_sort=("descending" if is_down else "ascending") if is_sorted else "",
                arrow=(" ↓" if is_down else " ↑") if is_sorted else "",
            )
        )
    return made


def cells(listing: Listing) -> list[list[ListCell]]:
    """The rows as cells; leads and accounts open their pages."""
    return [
        [_cell(column.name, row.get(column.name)) for column in listing.columns]
        for row in listing.rows
    ]


def _cell(name: str, value: object) -> ListCell:
    if value is None or value == "":
        return ListCell("–")
    if isinstance(value, datetime):
        return ListCell(moment=value.replace(tzinfo=UTC))
    if isinstance(value, Decimal):
        return ListCell(written.money(value))
    if name == "lead_id":
        return ListCell(str(value), _page("leads", value))
    if name == "account_id":
        return ListCell(str(value), _page("accounts", value))
    return ListCell(str(value))


def _page(kind: str, key: object) -> str:
    return f"/run/{kind}/{quote(str(key), safe='')}/"
