"""The files beside the funnel: accounts, orders, spend, awareness, touches, installed base."""

from __future__ import annotations

from onefunnel.connectors.mapping_parts import FileMap, Make, Source
from onefunnel.connectors.propose.funnel import ROW
from onefunnel.connectors.propose.meanings import Choice, choose
from onefunnel.connectors.propose.naming import meaning_score, tokens
from onefunnel.connectors.propose.profile import TableProfile
from onefunnel.connectors.propose.roles import Role

_PROSE = 60.0


def accounts_file(role: Role, files: tuple[str, ...], key: str, why: str) -> FileMap:
    """Companies: one for each row."""
    taken = {key}
    chosen = choose(role.profile, ("name", "domain", "segment", "employees", "country"), taken)
    columns = [("account_id", Source((key,), confidence=0.95, reason=why))]
    if "name" not in chosen and role.profile.column(key).number_share < 0.5:
        columns.append(("name", Source((key,), confidence=0.8, reason="the key is a name")))
    columns += _sources(chosen)
    attributes, left_out = _rest(role.profile, taken)
    make = Make("accounts", tuple(columns), attributes=tuple(attributes))
    return FileMap(files, (make,), needs=(key,), left_out=tuple(left_out.items()))


def orders_file(role: Role, files: tuple[str, ...], account: str) -> FileMap | None:
    """Orders: a date, an amount, and whose they are."""
    taken = {account} | ({role.key} if role.key else set())
    chosen = choose(role.profile, ("at", "amount", "margin", "currency", "kind"), taken)
    if "at" not in chosen or "amount" not in chosen:
        return None
    key = role.key or ROW
    sure, why = (0.9, "") if role.key else (0.4, "no column names each row")
    columns = [("order_id", Source((key,), confidence=sure, reason=why))]
    columns.append(("account_id", Source((account,), confidence=0.8, reason="whose order it is")))
    columns += _sources(chosen)
    left = _unused(role.profile, taken, "orders take no further columns")
    return FileMap(files, (Make("orders", tuple(columns)),), left_out=tuple(left.items()))


def spend_file(role: Role, files: tuple[str, ...]) -> FileMap | None:
    """Spend: one column of amounts, or one for each channel (`tv_spend`, `search_spend`)."""
    profile = role.profile
    amounts = [
        name
        for name, column in profile.columns.items()
        if column.is_number and _says_spend(name) >= 0.5
    ]
    taken: set[str] = set()
    chosen = choose(profile, ("at",), taken)
    if not amounts or "at" not in chosen:
        return None
    taken |= set(amounts)
    shared = choose(profile, ("channel", "campaign", "tactic", "purpose", "currency"), taken)
    makes = []
    for name in amounts:
        columns = [("at", chosen["at"].source())]
        if len(amounts) > 1 or "channel" not in shared:
            channel = " ".join(w for w in tokens(name) if meaning_score("spend", w) < 0.9)
            columns.append(("channel", Source(value=channel or name)))
        columns += [
            (to, choice.source())
            for to, choice in shared.items()
            if not (to == "channel" and len(amounts) > 1)
        ]
        sure = round(min(0.99, _says_spend(name)), 2)
        columns.append(("amount", Source((name,), confidence=sure, reason="its name says spend")))
        makes.append(Make("spend", tuple(columns)))
    left = _unused(profile, taken, "spend takes no further columns")
    return FileMap(files, tuple(makes), left_out=tuple(left.items()))


def _says_spend(name: str) -> float:
    return meaning_score("spend", name)


def awareness_file(role: Role, files: tuple[str, ...]) -> FileMap | None:
    """Awareness: one reading a period; each number column is a kind of reading."""
    profile, taken = role.profile, set[str]()
    chosen = choose(profile, ("at", "segment", "kind"), taken)
    values = [n for n, c in profile.columns.items() if c.is_number and n not in taken]
    if "at" not in chosen or not values:
        return None
    makes = []
    for name in values:
        columns = [("at", chosen["at"].source())]
        columns += [(to, chosen[to].source()) for to in ("segment",) if to in chosen]
        if "kind" in chosen and len(values) == 1:
            columns.append(("kind", chosen["kind"].source()))
        else:
            columns.append(("kind", Source(value=" ".join(tokens(name)))))
        columns.append(("value", Source((name,), confidence=0.7, reason="a number per period")))
        makes.append(Make("awareness", tuple(columns)))
    left = _unused(profile, taken | set(values), "awareness takes no further columns")
    return FileMap(files, tuple(makes), left_out=tuple(left.items()))


def touches_file(
    role: Role, files: tuple[str, ...], lead: Source | None, account: str
) -> FileMap | None:
    """Touches: when what happened with which lead or account."""
    taken = {account} | ({role.key} if role.key else set()) | set(lead.columns if lead else ())
    taken.discard("")
    chosen = choose(role.profile, ("at", "channel", "campaign", "tactic", "kind"), taken)
    if "at" not in chosen:
        return None
    columns = []
    if role.key:
        columns.append(
            ("touch_id", Source((role.key,), confidence=0.95, reason="the row's own id"))
        )
    if lead is not None:
        columns.append(("lead_id", lead))
    if account:
        columns.append(("account_id", Source((account,), confidence=0.8)))
    columns += _sources(chosen)
    left = _unused(role.profile, taken, "touches take no further columns")
    return FileMap(files, (Make("touches", tuple(columns)),), left_out=tuple(left.items()))


def installed_file(role: Role, files: tuple[str, ...], account: str) -> FileMap | None:
    """Installed machines or products: what is where since when."""
    taken = {account, role.key} - {""}
    if not role.key:
        return None
    chosen = choose(role.profile, ("product", "installed_at", "serviced_at"), taken)
    columns = [("asset_id", Source((role.key,), confidence=0.9, reason="every value stands once"))]
    if account:
        columns.append(("account_id", Source((account,), confidence=0.8)))
    columns += _sources(chosen)
    attributes, left_out = _rest(role.profile, taken)
    make = Make("installed", tuple(columns), attributes=tuple(attributes))
    return FileMap(files, (make,), left_out=tuple(left_out.items()))


def _sources(chosen: dict[str, Choice]) -> list[tuple[str, Source]]:
    return [(name, choice.source()) for name, choice in chosen.items()]


def _rest(
    profile: TableProfile, taken: set[str]
) -> tuple[list[tuple[str, Source]], dict[str, str]]:
    attributes, left_out = [], {}
    standard = {"account_id", "name", "domain", "segment", "employees", "country", "product",
                "asset_id", "installed_at", "serviced_at", "interval_days"}  # fmt: skip
    for name, column in profile.columns.items():
        if name in taken or name.startswith("_"):
            continue
        if column.filled == 0:
            left_out[name] = "always empty"
        elif column.length > _PROSE and column.different > 20:
            left_out[name] = "long free text"
        else:
            called = f"{name}_in_source" if name.lower() in standard else name
            attributes.append((called, Source((name,))))
    return attributes, left_out


def _unused(profile: TableProfile, taken: set[str], why: str) -> dict[str, str]:
    return {
        name: "always empty" if column.filled == 0 else why
        for name, column in profile.columns.items()
        if name not in taken
    }
