"""The menu: the same for everybody, because the funnel is one."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Entry:
    """One place of the menu. `prefix` decides which entry is marked as the current one."""

    title: str
    url_name: str
    prefix: str
    deed: str = "see numbers"


MENU = (
    Entry("Today", "today", "/today/"),
    Entry("Agree", "agree:home", "/agree/"),
    Entry("Plan", "plan:home", "/plan/"),
    Entry("Run", "run:home", "/run/"),
    Entry("Measure", "measure:home", "/measure/"),
    Entry("Data", "data:home", "/data/"),
)
AVATAR_MENU = (
    Entry("Settings", "settings", "/settings/workspace/", "manage workspace"),
    Entry("People", "people", "/settings/people/", "see changes"),
    Entry("Keys", "keys", "/settings/keys/", "make keys"),
    Entry("Webhooks", "webhooks", "/settings/webhooks/", "manage webhooks"),
    Entry("What goes out", "outgoing", "/settings/outgoing/", "manage outgoing"),
    Entry("Mail to leads", "mail_to_leads", "/settings/mail-to-leads/", "arrange mail to leads"),
    Entry("Jobs", "data:jobs", "/data/jobs/", "import data"),
    Entry("Recent changes", "changes", "/settings/changes/", "see changes"),
    Entry("Health", "health", "/settings/health/", "see health"),
)
# places one level down that Ctrl K finds by name
PLACES = (
    Entry("Funnel", "measure:funnel", ""),
    Entry("Speed", "measure:speed", ""),
    Entry("Channels", "measure:channels", ""),
    Entry("Value", "measure:value", ""),
    Entry("Versions and signatures", "agree:versions", ""),
    Entry("Write an objective", "plan:new", "", "draft objective"),
    Entry("Plan against actual", "measure:pacing", ""),
    Entry("Forecast", "measure:forecast", ""),
    Entry("Leads", "run:leads", ""),
    Entry("Board", "run:board", ""),
    Entry("Saved views", "run:saved", ""),
    Entry("Add a lead", "run:new_lead", "", "work leads"),
    Entry("Forms of websites", "run:capture", "", "arrange forms"),
    Entry("Accounts", "run:accounts", ""),
    Entry("Waiting for your team", "run:waiting", ""),
    Entry("Handovers to complete", "run:given", ""),
    Entry("Rejections to answer", "run:rejections", ""),
    Entry("Sequences", "run:nurture", ""),
    Entry("Keep warm", "run:asleep", ""),
    Entry("To do with leads", "run:todo", "", "work leads"),
    Entry("Opening hours", "run:hours", ""),
    Entry("Turns", "run:turns", ""),
    Entry("Import data", "data:new", "", "import data"),
    Entry("Duplicates", "data:duplicates", "", "merge duplicates"),
    Entry("Inbox", "inbox", ""),
    Entry("Your account", "profile", ""),
    Entry("What is mailed to you", "mail_choices", ""),
    Entry("API documentation", "api:openapi-view", ""),
)


@dataclass(frozen=True)
class Link:
    title: str
    url: str
    is_current: bool


def links(entries: tuple[Entry, ...], path: str, may: frozenset[str]) -> list[Link]:
    """The entries a person may open; one whose room is not installed is left out."""
    found = []
    for entry in entries:
        if entry.deed not in may:
            continue
        try:
            url = reverse(entry.url_name)
        except NoReverseMatch:
            continue
        here = path == "/" if entry.url_name == "today" else path.startswith(entry.prefix)
        found.append(Link(title=entry.title, url=url, is_current=here))
    return found
