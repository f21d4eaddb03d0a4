"""Evidence of a dispute: a definition over the data, or the address of a list in this product."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.parse import parse
from onefunnel.facts.typed_text import one_line
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import as_of_data
from onefunnel.measures.steps.defined import Rule, meeting, problem_of
from onefunnel.server.agree.columns import definition_columns
from onefunnel.server.warehouse import queries as warehouse

#: Longer than any address or definition that people can judge.
LONGEST = 2_000
#: The pages that show records: a list, or one record of it.
LISTS = frozenset(
    {"measure:list", "run:leads", "run:lead", "run:accounts", "run:account", "run:handover",
     "run:given", "run:rejections", "agree:compare_list", "agree:replay_list",
     "agree:template_list", "agree:evidence", "agree:between", "agree:version"}
)  # fmt: skip


class BadEvidence(ValueError):
    """The evidence is neither a list of this product nor a definition. The text says why."""


def checked(text: str) -> str:
    """The evidence as it is kept: an address without a host, or a definition that can be read.

    Raises:
        BadEvidence: an address of elsewhere or of no list, or a definition that cannot be read.
    """
    plain = one_line(text)
    if not plain:
        return ""
    if len(plain) > LONGEST:
        raise BadEvidence(f"The evidence is too long: {LONGEST} characters at most.")
    ours = settings.PUBLIC_URL.rstrip("/")
    if ours and plain.startswith(ours + "/"):
        plain = plain[len(ours) :]
    if plain.startswith("/"):
        return _address(plain)
    if "://" in plain:
        raise BadEvidence("The evidence has to be a list of this site, not of another one.")
    try:
        parse(plain, definition_columns(warehouse.current_facts()))
    except PredicateError as error:
        raise BadEvidence(
            f"The evidence is neither the address of a list here nor a definition: {error}"
        ) from error
    return plain


def records(definition: str) -> Records:
    """The leads with a move that meets the definition.

    Raises:
        LookupError: there is no data, or the data cannot answer it any more.
    """
    facts = warehouse.current_facts()
    if "moves" not in facts:
        raise LookupError("there is no data yet")
    rule = Rule("moves", (definition,))
    if problem := problem_of(facts, rule):
        raise LookupError(problem)
    found = meeting(facts, {"meets": rule}, as_of_data(facts, Scope()))
    return Records(found.filter(found["meets"]).select("lead_id"))


def count_of(definition: str) -> int | None:
    """How many leads those are; None where the data cannot tell."""
    try:
        return int(records(definition).table.count().to_pyarrow().as_py())
    except LookupError:
        return None


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.netloc or text.startswith(("//", "/\\")) or "\\" in text:
        raise BadEvidence("The evidence has to be a list of this site, not of another one.")
    try:
        found = resolve(parts.path).view_name
    except Resolver404:
        raise BadEvidence(f"There is no page {parts.path} here.") from None
    if found not in LISTS:
        raise BadEvidence(
            "That page is no list: open the list behind a number, and take its address."
        )
    return parts.path + (f"?{parts.query}" if parts.query else "")
