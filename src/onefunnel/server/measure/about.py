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
from onefunnel.server.measure.tables import HEADS, LONG, OWN_HEADS

#: One record and several of the list behind a measure's figures.
RECORDS = {
    "stages": ("lead", "leads"),
    "velocity": ("stay", "stays"),
    "sales_velocity": ("deal", "deals"),
    "channels": ("lead", "leads"),
    "cost_per_stage": ("lead", "leads"),
    "value": ("deal", "deals"),
    "awareness": ("reading", "readings"),
    "repeat": ("account", "accounts"),
    "penetration": ("account", "accounts"),
    "retention": ("account", "accounts"),
    "win_loss": ("deal", "deals"),
    "lost_reasons": ("deal", "deals"),
    "content_effect": ("lead", "leads"),
    "revenue_retention": ("account", "accounts"),
    "customer_value": ("account", "accounts"),
    "service_due": ("machine", "machines"),
    "drift": ("lead", "leads"),
    "promises": ("case", "cases"),
    "handovers": ("handover", "handovers"),
    "sent_back": ("handover", "handovers"),
    "attribution": ("opportunity", "opportunities"),
    "returns": ("opportunity", "opportunities"),
    "woken": ("lead", "leads"),
    "quality_volume": ("lead", "leads"),
    "friction": ("record", "records"),
    "misalignment": ("lead", "leads"),
    "friction_by_owner": ("record", "records"),
    "collisions": ("mail", "mails"),
    "ideal_lead": ("lead", "leads"),
}
#: The same for figures that count something else than their measure does.
RECORDS_OF_FIGURES = {
    "spend": ("row of spend", "rows of spend"), "delivered": ("lead", "leads"),
    "accepted": ("lead", "leads"), "leads": ("lead", "leads"),
    "purchases": ("purchase", "purchases"), "tested": ("purchase", "purchases"),
    "won_leads": ("lead", "leads"), "leads_without_deal": ("lead", "leads"),
    "leads_of_other_periods": ("lead", "leads"),
}  # fmt: skip
#: What a figure is called above its list, where the head of its column does not say it alone.
TITLES = {
    ("stages", "n"): "Could go on",
    ("stages", "lost"): "Lost here",
    ("velocity", "n"): "Stays with known times",
    ("value", "n"): "Closed deals",
    ("value", "won"): "Won deals",
    ("value", "lost"): "Lost deals",
    ("value", "open"): "Open deals",
    ("drift", "leads"): "Leads that differ",
    ("drift", "n"): "Leads looked at",
    ("drift", "amount"): "Deals of leads that differ",
    ("promises", "n"): "Decided cases",
    ("handovers", "n"): "Decided handovers",
    ("attribution", "n"): "Won with such a touch",
    ("attribution", "won_leads"): "Won leads",
    ("attribution", "further_deals"): "Further won deals of a lead",
    ("attribution", "deals_without_lead"): "Won deals without a lead",
    ("attribution", "deals_of_other_leads"): "Won deals of leads that are not won",
    ("attribution", "deals_of_other_periods"): "Won deals of leads won in another period",
    ("attribution", "leads_without_deal"): "Won leads without a won deal",
    ("attribution", "leads_of_other_periods"): "Won leads with their deal in another period",
    ("returns", "n"): "Won with such a touch",
    ("repeat", "n"): "Accounts with a lead",
    ("repeat", "with_lead"): "Accounts with a lead",
    ("friction", "n"): "Compared with others",
    ("friction_by_owner", "n"): "Compared with others",
    ("ideal_lead", "n"): "Leads with this trait",
    ("ideal_lead", "others"): "Leads without this trait",
    ("ideal_lead", "others_won"): "Won without this trait",
    ("ideal_lead", "leads"): "Leads that had their time",
    ("ideal_lead", "leads_won"): "Leads won in their time",
    ("ideal_lead", "ideal"): "Leads with the points",
    ("ideal_lead", "ideal_won"): "Won of those with the points",
    ("ideal_lead", "later"): "Later leads, of other companies",
    ("ideal_lead", "later_won"): "Won later leads",
    ("ideal_lead", "later_ideal"): "Later leads with the points",
    ("ideal_lead", "later_ideal_won"): "Won later leads with the points",
    ("ideal_lead", "later_let_in"): "Later leads that were let in",
    ("ideal_lead", "later_let_in_won"): "Won later leads that were let in",
    ("woken", "n"): "Leads that woke",
    ("win_loss", "n"): "Closed deals",
    ("win_loss", "closed"): "Closed deals",
    ("win_loss", "unnamed"): "Closed deals that name nobody",
    ("lost_reasons", "n"): "Lost deals",
    ("content_effect", "n"): "Leads that saw it early",
    ("content_effect", "others"): "Leads that did not see it early",
    ("content_effect", "won"): "Won of those that saw it early",
    ("content_effect", "others_won"): "Won of those that did not see it early",
    ("retention", "n"): "Followed for the whole age",
    ("customer_value", "purchases"): "Purchases after the first",
    ("customer_value", "tested"): "Purchases since the test began",
    ("service_due", "n"): "Machines whose day is known",
    ("collisions", "n"): "Marketing mails",
    ("awareness", "n"): "Readings",
    ("awareness", "value"): "Readings",
}


@dataclass(frozen=True)
class About:
    """The head of a list."""

    title: str
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

    @property
    def is_long(self) -> bool:
        """Whether the words need more room than a cell has."""
        return len(self.words) > LONG


def about(
    measure: str, figure: str, row: Mapping[str, str], agreement: Agreement, question: Asked
) -> About:
    """Title, definition and formula of a figure, and the way back to its page."""
    of = MEASURES[measure]
    name = figure_name(measure, figure)
    where = " · ".join(value or "not stated" for value in row.values())
    page = next((page for page in PAGES.values() if measure in page.measures), None)
    stage = next((one for one in agreement.stages if one.name == row.get("stage")), None)
    query = question.query()
    return About(
        title=f"{name}: {where}" if where else name,
        term=stage.name if stage else "The question",
        definition=(stage.meaning or stage.when) if stage else of.question,
        formula=of.formula,
        page=page.tab if page else "Measure",
        back=f"/measure/{page.key if page else ''}/{'?' if query else ''}{query}",
    )


def figure_name(measure: str, figure: str) -> str:
    """What the figure is called, in the words of the page it stands on."""
    words = TITLES.get((measure, figure)) or OWN_HEADS.get((measure, figure)) or HEADS.get(figure)
    return words or figure.replace("_", " ").capitalize()


def total_text(listing: Listing, currency: str) -> str:
    """The list's count or sum in words; a sum carries the currency of its own rows."""
    if isinstance(listing.total, Decimal) and listing.sum_column == "credit":
        return written.credit(listing.total)
    if isinstance(listing.total, Decimal):
        return written.money(listing.total, currency)
    if isinstance(listing.total, float):
        return written.number(listing.total)
    return written.count(listing.total)


def counted_text(measure: str, figure: str, listing: Listing) -> str:
    """What the list holds: "leads"; beside a sum, of how many: "of 705 deals"."""
    one, several = RECORDS_OF_FIGURES.get(figure) or RECORDS[measure]
    noun = one if listing.count == 1 else several
    return noun if listing.sum_column is None else f"of {listing.count:,} {noun}"


def currency_of_list(
    row: Mapping[str, str], shown: Mapping[str, object] | None, otherwise: str
) -> str:
    """The currency of the listed rows: that of the row they stand behind, "" where it has none."""
    if "currency" in row:
        return row["currency"]
    if shown is not None and "currency" in shown:
        return str(shown["currency"] or "")
    return otherwise


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
        [_cell(column.name, row.get(column.name), row) for column in listing.columns]
        for row in listing.rows
    ]


def _cell(name: str, value: object, row: Mapping[str, object]) -> ListCell:
    if value is None or value == "":
        return ListCell("–")
    if isinstance(value, datetime):
        return ListCell(moment=value.replace(tzinfo=UTC))
    if name == "credit":
        return ListCell(f"{value:.3f}")
    if isinstance(value, Decimal):
        return ListCell(written.money(value, str(row.get("currency") or "")))
    if name == "lead_id":
        return ListCell(str(value), _page("leads", row.get("_lead_id", value)))
    if name == "account_id":
        return ListCell(str(value), _page("accounts", row.get("_account_id", value)))
    return ListCell(str(value))


def _page(kind: str, key: object) -> str:
    return f"/run/{kind}/{quote(str(key), safe='')}/"
