"""A person in front of a browser of their own: opens pages, fills in, presses, reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from tests.conftest import PASSWORD

#: Longer than any page takes on a machine that others use too, in milliseconds.
PATIENCE = 30_000


class AtTheScreen:
    """One person's browser. What is pressed is found by the words on it, as people find it."""

    def __init__(self, browser: Any, url: str) -> None:
        self.page = browser.new_context(base_url=url).new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("dialog", lambda dialog: dialog.accept())

    def comes_in(self, email: str, password: str = PASSWORD, then: str = "text=Today") -> Self:
        """Sign in with the form that every address leads to."""
        self.opens("/").writes("Email", email).writes("Password", password)
        return self.presses("Sign in", then)

    def opens(self, path: str) -> Self:
        """Go to an address."""
        self.page.goto(path)
        return self

    def follows(self, words: str, then: str) -> Self:
        """Follow a link of the page, and wait for what it leads to."""
        self.page.locator("main").get_by_role("link", name=words).first.click()
        self.page.wait_for_selector(then)
        return self

    def writes(self, label: str, text: str) -> Self:
        """Fill in the field of that label."""
        self.page.get_by_label(label, exact=True).fill(text)
        return self

    def chooses(self, label: str, words: str) -> Self:
        """Choose an answer from the list of that label."""
        self.page.get_by_label(label).select_option(label=words)
        return self

    def presses(self, words: str, then: str) -> Self:
        """Press a button, and wait for what follows."""
        self.page.get_by_role("button", name=words, exact=True).first.click()
        self.page.wait_for_selector(then)
        return self

    def reads(self) -> str:
        """The page's content in one line."""
        return " ".join(self.page.locator("main").inner_text().split())

    def counts(self, expected: Mapping[str, int]) -> list[str]:
        """What is wrong with the page's numbers, found where the keys say.

        Each number (the sum, where weeks have one each) is the one expected, and its list opens
        and is as long.
        """
        found = {
            where: [(one.text_content(), one.get_attribute("href")) for one in figures.all()]
            for where in expected
            if (figures := self.page.locator(f"main {where}"))
        }
        wrong = []
        for where, figures in found.items():
            if not figures or sum(int(text) for text, _ in figures) != expected[where]:
                wrong.append(f"{where}: {figures} and not {expected[where]}")
            for text, href in figures:
                self.opens(href).page.wait_for_selector("main table")
                listed = self.page.locator("main tbody tr:has(a[href^='/run/'])").count()
                if listed != int(text):
                    wrong.append(f"{where}: {text}, and a list of {listed}")
        return wrong


class Website:
    """A visitor of another site, on whose page stands the HTML copied from the product."""

    SITE = "http://www.maker.example"

    def __init__(self, browser: Any, snippet: str) -> None:
        context = browser.new_context()
        self.page, self._snippet = context.new_page(), snippet
        self.page.set_default_timeout(PATIENCE)
        context.route("http://www.*.example/**", self._answers)

    def _answers(self, route: Any) -> None:
        """The site's pages, which no server has."""
        is_after = route.request.url.endswith("/thanks")
        body = "<h1>Thank you</h1>" if is_after else f"<h1>Write to us</h1>{self._snippet}"
        route.fulfill(content_type="text/html; charset=utf-8", body=body)

    def sends(
        self, name: str, company: str, country: str, *, site: str = SITE,
        then: str = "h1:has-text('Thank you')",
    ) -> None:  # fmt: skip
        """Fill in the form and send it."""
        self.page.goto(f"{site}/contact")
        email = f"{name.split()[0].lower()}@{company.lower()}.example"
        for label, text in (
            ("Your name", name), ("Your e-mail address", email), ("Your company", company),
            ("Your country", country),
        ):  # fmt: skip
            self.page.get_by_label(label).fill(text)
        self.page.get_by_role("button", name="Send").click()
        self.page.wait_for_selector(then)
