"""One funnel from two drafts to a won lead, played by people at their screens, and by nobody else.

Mia of marketing and Sam of sales agree; Sue of sales answers what is handed over; a visitor of a
website writes; a viewer and somebody without an account try what they may not. Everything is done
by what stands on the screens; only the accounts are there before.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.journeys.at_the_screens import AtTheScreen, Website

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULE = "A lead enters it when"
ONLY_NEAR = "company IS NOT NULL AND country IN ('UK', 'Ireland')"
KNOWN, NEAR = "the country is known", "the country is one of UK, Ireland"
REASON = "Not a company we can serve"


def test_two_drafts_become_one_funnel_that_leads_obey(
    live_server: Any, browser: Any, make_person: Any, workspace: Path, chart_script: None
) -> None:
    def sits_down(name: str, **who: str) -> AtTheScreen:
        return AtTheScreen(browser, live_server.url).comes_in(make_person(name, **who).email)

    mia = sits_down("Mia Marsh", team="marketing", role="lead")
    sam = sits_down("Sam Sole", team="sales", role="lead")
    sue = sits_down("Sue Sand", team="sales")
    they_draft_blind(mia, sam)
    they_settle(sam, {1: "Marketing", 2: "Marketing", 3: "Sales"})
    sam.presses("Make the one text", then="h1:has-text('Version 1')")
    they_sign_and_use("Version 1", mia, sam)

    website = Website(browser, a_form_is_made(mia))
    website.sends("Odile Orme", "Orme", "France")
    what_the_seller_rejects(sue, "Odile Orme")
    marketing_replies(mia)

    the_rule_is_changed(sam, mia)
    what_it_would_have_done(mia)
    they_sign_and_use("Version 2", mia, sam)
    mia.opens("/run/leads/").follows("Odile Orme", then="#stands:has-text('Inquiry')")
    assert "Under agreement 2. Why it is in this stage: Inquiry" in mia.reads()
    assert f"✕ no {NEAR}" in mia.reads()

    website.sends("Una Unwin", "Unwin", "UK")
    what_the_seller_wins(sue, "Una Unwin")
    funnel, promises = the_numbers_are_what_was_played(mia)
    assert sam.opens("/measure/funnel/").reads() == funnel
    assert sam.opens("/measure/promises/").reads() == promises
    the_viewer_sees_no_names(sits_down("Vic Vale", team="leadership", role="viewer"))
    an_outsider_gets_nowhere(AtTheScreen(browser, live_server.url), sue, website)


def they_draft_blind(mia: AtTheScreen, sam: AtTheScreen) -> None:
    """Marketing takes any company whose country is known; sales only those near, and is faster."""
    mia.opens("/agree/drafts/").chooses("Both drafts start from", "the template Demand waterfall")
    mia.presses("Begin a round", then="text=Write our draft")
    mia.follows("Write our draft", then="h1:has-text('as Marketing sees it')")
    mia.follows("Inquiry", then="h1:has-text('Inquiry')")
    mia.writes(RULE, "source IS NOT NULL").presses("Keep it", then="text=Kept: stage Inquiry")
    mia.follows("MQL", then="h1:has-text('MQL')").writes(RULE, "company IS NOT NULL")
    mia.chooses("Column", "country").chooses("how", "is known")
    mia.presses("Add this condition", then=f"text=In words: the company is known and {KNOWN}.")
    mia.presses("Keep it", then="text=Kept: stage MQL")
    mia.presses("Hand it in", then="text=✓ handed in")

    sam.opens("/agree/drafts/marketing/")
    assert "A draft is shown to others once both are handed in. Nothing was changed." in sam.reads()
    sam.opens("/agree/drafts/").follows("Write our draft", then="h1:has-text('as Sales sees it')")
    assert KNOWN not in sam.reads()
    sales_wants(sam)
    sam.follows("MQL to sales", then="h1:has-text('MQL to sales')")
    sam.writes("Answered within", "4").presses("Keep it", then="text=Kept: hand-over MQL to sales")
    sam.presses("Hand it in", then="text=Compare the drafts")
    sam.follows("Compare the drafts", then="text=In 3 places; 3 are still to be settled.")
    assert f"Marketing the company is known and {KNOWN}" in sam.reads()
    assert f"Sales the company is known and {NEAR}" in sam.reads()


def sales_wants(sam: AtTheScreen) -> None:
    sam.follows("MQL", then="h1:has-text('MQL')")
    sam.writes(RULE, ONLY_NEAR).presses("Keep it", then="text=Kept: stage MQL")


def they_settle(who: AtTheScreen, decisions: dict[int, str]) -> None:
    """Each card by its number: which team's text stands."""
    for number, team in decisions.items():
        card = who.page.locator(f"#card-{number}")
        if not card.get_by_label("Why?").is_visible():
            card.locator("summary").click()
        card.get_by_label(f"As {team} says").check()
        card.get_by_label("Why?").fill(f"{team} sees these leads")
        who.presses(f"Settle card {number}", then=f"#card-{number}:has-text('✓ settled')")


def they_sign_and_use(version: str, mia: AtTheScreen, sam: AtTheScreen) -> None:
    """Both sign what each reads on the page of the version; Sam puts it into use."""
    for who, team in ((mia, "Marketing"), (sam, "Sales")):
        who.opens("/agree/versions/").follows(version, then=f"h1:has-text('{version}')")
        who.presses(f"Sign for {team}", then=f"tr:has-text('{team.lower()}'):has-text('✓ signed')")
    sam.presses("Use this version", then="h1:has-text('What have we agreed?')")
    assert f"✓ agreed {version.lower()}" in sam.reads()


def a_form_is_made(mia: AtTheScreen) -> str:
    """The HTML that Mia copies into the website."""
    mia.opens("/run/capture/").follows("Make a form", then="h1:has-text('Make a form')")
    mia.writes("Name", "Contact us").writes("Address, such as contact", "write-to-us")
    field = mia.page.get_by_role("group", name="Field 4")
    field.get_by_label("Question").fill("Your country")
    field.get_by_label("Fills the field").fill("country")
    mia.writes("Sites that may send it, one a line", Website.SITE)
    mia.writes("Page that visitors see afterwards", f"{Website.SITE}/thanks")
    return str(mia.presses("Keep it", then="#snippet").page.locator("#snippet").inner_text())


def what_the_seller_rejects(sue: AtTheScreen, name: str) -> None:
    """The signed text qualified the lead and handed it over; Sue names the clause."""
    sue.opens("/run/handovers/")
    assert "1 lead waits for an answer" in sue.reads()
    assert f"{name} due in" in sue.reads()
    sue.follows("The lead", then="#stands:has-text('MQL')")
    assert "Under agreement 1. Why it is in this stage: MQL" in sue.reads()
    assert f"✓ yes {KNOWN}" in sue.reads()
    sue.follows("Reject or send back", then="#reject")
    sue.page.get_by_label("The country is known").check()
    sue.writes("What would have made it good? (if you like)", "The UK or Ireland.")
    sue.presses(REASON, then="text=you are owed a reply")


def marketing_replies(mia: AtTheScreen) -> None:
    mia.opens("/run/handovers/rejections/")
    assert f"By the clause: {KNOWN}. What would have made it good: The UK" in mia.reads()
    mia.writes("Your reply", "You are right: let us change the rule.")
    mia.presses("Send the reply", then="text=Every rejection has its reply")


def the_rule_is_changed(sam: AtTheScreen, mia: AtTheScreen) -> None:
    """A second round, from what is in use; the difference touches the lead that was rejected."""
    sam.opens("/agree/drafts/").presses("Begin a round", then="text=Write our draft")
    sam.follows("Write our draft", then="h1:has-text('as Sales sees it')")
    sales_wants(sam)
    sam.presses("Hand it in", then="text=✓ handed in")
    mia.opens("/agree/drafts/").presses("Hand it in", then="text=Compare the drafts")
    mia.follows("Compare the drafts", then="text=In 1 place; 1 is still to be settled.")
    assert "Marketing alone counts 1 lead Sales alone counts 0 leads" in mia.reads()
    they_settle(mia, {1: "Sales"})
    mia.presses("Make the one text", then="h1:has-text('Version 2')")


def what_it_would_have_done(mia: AtTheScreen) -> None:
    """Replayed: the rejected lead would not have been let in."""
    mia.follows("What would it have done?", then="h1:has-text('What would version 2 have done?')")
    row = "tr:has(th:text-is('{}')) a[href*='figure={}']"
    assert mia.counts({
        row.format("MQL", "moved_out"): 1, row.format("MQL", "both"): 0,
        row.format("Inquiry", "moved_in"): 1,
    }) == []  # fmt: skip


def what_the_seller_wins(sue: AtTheScreen, name: str) -> None:
    """Accepted in one click, then taken by Sue from stage to stage."""
    sue.opens("/run/handovers/").presses(f"Accept {name}", then="text=The lead is yours.")
    sue.opens("/run/leads/").follows(name, then=f"h1:has-text('{name}')")
    assert "Owner Sue Sand" in sue.reads()
    sue.chooses("Move to", "SAL").presses("Move it", then="#stands:has-text('SAL')")
    sue.chooses("Move to", "Won").presses("Move it", then="h1:has-text('What was won')")
    sue.writes("Amount, before cost", "1200").writes("Currency", "EUR")
    sue.presses("Keep it", then="#stands:has-text('Won')")
    assert "Stage: SAL · sales · Sue Sand from MQL" in sue.reads()


def the_numbers_are_what_was_played(who: AtTheScreen) -> tuple[str, str]:
    """Two leads, one rejected, one accepted in time and won; each number opens its list."""
    stage = "[aria-label='Stages as a table'] tr:has(th:text-is('{}')) a[href*='figure={}']"
    funnel = who.opens("/measure/funnel/").reads()
    assert "Of 2 leads 1 won, 0 lost, 0 disqualified, 0 recycled and 1 open." in funnel
    assert who.counts({
        stage.format("Inquiry", "reached"): 2, stage.format("Inquiry", "open"): 1,
        stage.format("MQL", "reached"): 1, stage.format("SAL", "reached"): 1,
        stage.format("Won", "reached"): 1, stage.format("Won", "open"): 0,
    }) == []  # fmt: skip

    kept = ".kept:has(strong:text-is('{}')) dt:text-is('{}') + dd a"
    given = "[aria-label='How handovers are answered as a table'] a[href*='from_team=marketing']"
    who.opens("/run/handovers/").follows("Do both sides keep", then="text=Do both sides keep what")
    promises = who.reads()
    assert who.counts({
        kept.format("Leads that are accepted", "kept"): 1,
        kept.format("Leads that are accepted", "broken"): 1,
        kept.format("Rejections are answered", "kept"): 1,
        kept.format("First call", "kept"): 1,
        kept.format("Every lead is answered in time", "kept"): 2,
        kept.format("Every lead is answered in time", "broken"): 0,
        f"{given}[href*='figure=offered']": 2, f"{given}[href*='figure=in_time&']": 1,
        f"{given}[href*='figure=sent_back']": 1,
        f"tr:has-text('{REASON}'):has-text('{KNOWN}') a[href*='figure=sent_back']": 1,
    }) == []  # fmt: skip
    return funnel, promises


def the_viewer_sees_no_names(vic: AtTheScreen) -> None:
    """Numbers, but nobody's name; and no button that changes anything."""
    vic.opens("/measure/funnel/")
    assert "Of 2 leads 1 won" in vic.reads()
    for path in ("/run/leads/", "/run/handovers/", "/agree/drafts/"):
        shown = vic.opens(path).reads()
        assert "Una" not in shown
        assert "Odile" not in shown
        assert vic.page.locator("main form[method=post]").count() == 0, path
    for path in ("/run/capture/", "/run/leads/new/", "/agree/bring-in/"):
        assert "Your role does not include" in vic.opens(path).reads()


def an_outsider_gets_nowhere(nobody: AtTheScreen, sue: AtTheScreen, website: Website) -> None:
    """No page, no deed and no number without an account, and no form from another site."""
    lead = sue.opens("/run/leads/").page.get_by_role("link", name="Una Unwin").get_attribute("href")
    for path in ("/", "/agree/", lead, "/run/handovers/", "/measure/promises/", "/agree/drafts/"):
        nobody.opens(path)
        assert nobody.page.url.partition("?")[0].endswith("/sign-in/login/"), path
        assert "Una" not in nobody.reads()
    nobody.comes_in("mia@example.com", "a-guessed-password", then="text=not correct")
    website.sends("Eve Evil", "Evil", "UK", site="http://www.evil.example", then="text=may not")
    assert "Eve" not in sue.opens("/run/leads/").reads()
