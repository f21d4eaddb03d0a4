"""Facts whose every text tries to run a script: names, stages, reasons, keys, column names."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import ibis
import pyarrow as pa

from onefunnel.agreement.propose import propose
from onefunnel.facts.store import Facts, Journeys
from onefunnel.facts.tables import TABLES
from onefunnel.measures.steps.journeys import journeys

_RUN = "window.__ran=1"
PAYLOADS = (
    f"<script>{_RUN}</script>",
    f"<SCRIPT SRC=data:text/javascript,{_RUN}></SCRIPT>",
    f"<img src=x onerror={_RUN}>",
    f'"><img src=x onerror={_RUN}>',
    f"'><svg/onload={_RUN}>",
    f"<svg><script>{_RUN}</script></svg>",
    f"<svg onload={_RUN}>",
    f"<body onload={_RUN}>",
    f"<iframe srcdoc='<script>parent.{_RUN}</script>'>",
    f"<iframe src=javascript:parent.{_RUN}>",
    f"<a href=javascript:{_RUN}>x</a>",
    f"javascript:{_RUN}",
    f"JaVaScRiPt:{_RUN}",
    f"data:text/html,<script>{_RUN}</script>",
    f"<details open ontoggle={_RUN}>",
    f"<input autofocus onfocus={_RUN}>",
    f"<select autofocus onfocus={_RUN}>",
    f"<textarea autofocus onfocus={_RUN}>",
    f"<video><source onerror={_RUN}></video>",
    f"<audio src=x onerror={_RUN}>",
    f"<marquee onstart={_RUN}>",
    f"<object data=javascript:{_RUN}>",
    f"<embed src=javascript:{_RUN}>",
    f"<math><mi xlink:href=javascript:{_RUN}>x</mi></math>",
    f"<form action=javascript:{_RUN}><button autofocus>x</button></form>",
    f"<meta http-equiv=refresh content='0;url=javascript:{_RUN}'>",
    f"<link rel=stylesheet href=javascript:{_RUN}>",
    f"<style>@import 'javascript:{_RUN}'</style>",
    f"<div style=background:url(javascript:{_RUN})>",
    f"</script><script>{_RUN}</script>",
    f"</title><script>{_RUN}</script>",
    f"</textarea><script>{_RUN}</script>",
    f"</option></select><script>{_RUN}</script>",
    f"--><script>{_RUN}</script>",
    f"]]><script>{_RUN}</script>",
    f"<!--<img src='--><img src=x onerror={_RUN}>'",
    f"{{{{constructor.constructor('{_RUN}')()}}}}",
    f"${{{_RUN}}}",
    f"#{{{_RUN}}}",
    f"<%= {_RUN} %>",
    "{% load static %}{{ settings.SECRET_KEY }}",
    f"';{_RUN};//",
    f'";{_RUN};//',
    f"\\';{_RUN};//",
    f"`;{_RUN};//",
    f"\u2028{_RUN}\u2029",
    f"<scr<script>ipt>{_RUN}</scr</script>ipt>",
    f"<img src=x one\u0000rror={_RUN}>".replace("\u0000", "\u0001"),
    f"\uff1cscript\uff1e{_RUN}\uff1c/script\uff1e",
    f"+ADw-script+AD4-{_RUN}+ADw-/script+AD4-",
    f"&lt;script&gt;{_RUN}&lt;/script&gt;",
    f"&#60;script&#62;{_RUN}&#60;/script&#62;",
    f"%3Cscript%3E{_RUN}%3C/script%3E",
    f'" onmouseover="{_RUN}" x="',
    f"' onfocus='{_RUN}' autofocus='",
    f"x onpointerenter={_RUN}",
    "../../../etc/passwd",
    "//evil.example/x.js",
    f"<base href=//evil.example/><script>{_RUN}</script>",
    f"<template><script>{_RUN}</script></template><img src=x onerror={_RUN}>",
)
#: A column that came from a CSV header.
HEADER = f"<img src=x onerror={_RUN}>"
_START = datetime(2026, 1, 5, 9)


def _value(column: Any, payload: str, number: int) -> object:
    if column.name in ("lead_id", "account_id"):
        return f"{payload} {number}"
    if column.type == "text":
        return payload
    at = _START + timedelta(days=number)
    return {"time": at, "day": at.date(), "int": number, "number": 0.5, "money": Decimal(100),
            "flag": True}[column.type]  # fmt: skip


def _rows(name: str, texts: Sequence[str], stages: int) -> list[dict[str, object]]:
    rows = [
        {column.name: _value(column, text, number) for column in TABLES[name].columns}
        for number, text in enumerate(texts)
    ]
    for number, row in enumerate(rows):
        if name == "moves":
            row |= {"stage": texts[number % stages], "seq": 0}
        if name == "leads":
            row[HEADER] = texts[number % 3]
        if name == "deals":
            row["outcome"] = ("won", "lost", "open")[number % 3]
        if name == "stages":
            kind = "won" if number == stages - 1 else "open"
            row |= {"stage": texts[number], "pipeline": texts[0], "kind": kind, "position": number}
    return rows[:stages] if name == "stages" else rows


class EvilCompany:
    """The same for every thread that asks, as the pages read it; a funnel of so many stages."""

    def __init__(self, *, texts: Sequence[str] = PAYLOADS, stages: int = 5) -> None:
        self._con = duckdb.connect()
        self._local = threading.local()
        engine = ibis.duckdb.from_connection(self._con)
        names = [name for name in TABLES if name != "awareness"]
        for name in names:
            engine.create_table(f"fact_{name}", pa.Table.from_pylist(_rows(name, texts, stages)))
        self._names = names
        facts = self._facts(engine)
        self.agreement = propose(facts)
        engine.create_table("journeys_made", journeys(facts, self.agreement))

    def _facts(self, engine: Any) -> Facts:
        tables = {name: engine.table(f"fact_{name}") for name in self._names}
        return Facts(tables=tables, data_at=_START + timedelta(days=90), origin=PAYLOADS[0])

    def facts(self) -> Facts:
        if not hasattr(self._local, "facts"):
            engine = ibis.duckdb.from_connection(self._con.cursor())
            facts = self._facts(engine)
            made = Journeys(engine.table("journeys_made"), self.agreement.digest, facts.data_at)
            self._local.facts = replace(facts, journeys=made)
        return self._local.facts
