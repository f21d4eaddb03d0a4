"""What the files beside the funnel are: accounts, lookups, touches, spend, orders, and so on."""

from __future__ import annotations

from collections.abc import Sequence

from onefunnel.connectors.propose.links import Link
from onefunnel.connectors.propose.naming import meaning_score, tokens
from onefunnel.connectors.propose.roles import Role
from onefunnel.connectors.propose.seen import Seen


def name_others(seen: Seen, funnels: Sequence[Role]) -> None:
    """Give every file that is not the funnel its role; histories of other things lose theirs."""
    places = {role.place for role in funnels}
    for role in seen.of("history"):
        if funnels and not any(link.there in places for link in seen.links_of(role, role.case)):
            role.role = ""
    for role in seen.roles:
        if not role.role:
            role.role = _other_role(seen, role, places)


def account_column(seen: Seen, role: Role) -> str:
    """The column that names the company or customer: linked to accounts, else by its name."""
    for link in seen.links_of(role):
        if seen.roles[link.there].role == "accounts":
            return link.ours
    best, most = "", 0.6
    for name, column in role.profile.columns.items():
        said = meaning_score("account", name)
        if said >= most and not column.is_date and column.different > 1 and name != role.key:
            best, most = name, said + 0.001
    return best


def why_left_out(role: Role, *, has_funnel: bool = True) -> str:
    """Why a file that has no role is not used; without a funnel, what it lacks to be one."""
    if role.stage is not None and role.stage.score >= 0.5:
        return (
            f"looks like a funnel of its own (column {role.stage.name}); one is read at a time: "
            "import it from a folder of its own"
        )
    if role.stage is None and not role.has_date():
        return "has neither stages nor dates, and no other file names its rows"
    if not has_funnel:
        lacks = ["which column says the stage"]
        lacks += [] if role.key else ["which one identifies the lead"]
        lacks += [] if role.has_date() else ["which one says when"]
        listed = " and ".join(filter(None, (", ".join(lacks[:-1]), lacks[-1])))
        return f"{listed} could not be told: say it of the columns below or in the mapping"
    return "is not linked to leads or accounts by any column that the files share"


def _other_role(seen: Seen, role: Role, funnels: set[int]) -> str:
    columns = role.profile.columns
    said = {name: meaning_score("spend", name) for name in columns if columns[name].is_number}
    pointed = [link for link in seen.links if link.there == role.place]
    from_funnel = [link for link in pointed if link.here in funnels]
    to_funnel = [
        link
        for link in seen.links_of(role)
        if link.there in funnels and link.theirs == seen.roles[link.there].key
    ]
    if to_funnel and role.has_date():
        return "touches"
    if any(_is_account(seen, link) for link in pointed if link.here in funnels or not funnels):
        return "accounts"
    if from_funnel:
        return "lookup"
    if role.has_date() and max(said.values(), default=0) >= 0.5:
        return "spend"
    if role.has_date() and _speaks_of_awareness(role):
        return "awareness"
    if role.key and (
        role.says("asset") >= 0.5
        or any(meaning_score("installed", n) >= 0.7 for n in columns if columns[n].is_date)
    ):
        return "installed"
    if role.has_date() and role.has_amount and account_column(seen, role):
        return "orders"
    if role.says("account") >= 0.5 and role.key:
        return "accounts"
    if pointed:
        return "lookup"
    if role.has_date() and account_column(seen, role):
        return "touches"
    return ""


def _is_account(seen: Seen, link: Link) -> bool:
    there = seen.roles[link.there]
    named = max(
        meaning_score("account", link.ours),
        meaning_score("account", link.theirs),
        there.says("account"),
    )
    return named >= 0.5 and meaning_score("owner", link.ours) < 0.9


def _speaks_of_awareness(role: Role) -> bool:
    words = set(tokens(role.profile.table.name)) | {
        word for name in role.profile.columns for word in tokens(name)
    }
    return bool(
        words & {"awareness", "bekanntheit", "notoriete", "notoriedad", "recall", "brand", "survey",
                 "umfrage", "share", "bekendheid", "branded"}
    )  # fmt: skip
