"""Watch a browser page for anything that a text made run."""

from __future__ import annotations

from typing import Any

_WATCH = """
window.__blocked = [];
document.addEventListener('securitypolicyviolation',
  (event) => window.__blocked.push(event.violatedDirective + ' ' + event.blockedURI));
"""
#: Elements and attributes that none of our own pages has.
_MADE = (
    "main :is(iframe, object, embed, base, marquee, math, video, audio, meta, style)",
    "body :is([onerror], [onload], [onfocus], [ontoggle], [onstart], [onmouseover])",
    "body a[href^='javascript' i], body [action^='javascript' i], body [src^='javascript' i]",
)


class Watch:
    """A page under watch: `open` goes somewhere and fails if anything ran or was blocked."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self._url = page, url
        self.dialogs: list[str] = []
        page.on("dialog", lambda one: (self.dialogs.append(one.message), one.dismiss()))
        page.add_init_script(_WATCH)

    def open(self, path: str) -> None:
        answer = self.page.goto(f"{self._url}{path}")
        assert answer.status in (200, 404, 422), f"{path}: {answer.status}"
        self.look(path)

    def look(self, where: str) -> None:
        """What is shown now has run nothing and holds no element that a text made."""
        page = self.page
        page.wait_for_load_state("networkidle")
        page.wait_for_selector("[data-chart]:not([data-drawn])", state="detached")
        assert page.evaluate("window.__ran") is None, where
        assert page.evaluate("window.__blocked") == [], where
        for made in _MADE:
            assert page.locator(made).count() == 0, (where, made)
        assert self.dialogs == [], where
