"""A credit policy, where there is one, is whole: model, window and purpose."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    credit = agreement.credit
    if credit is None:  # money by attribution is then not shown at all
        return
    if not credit.model.strip():
        yield _gap("no model", "write model: first touch, last touch, linear, ...")
    if credit.window_days is None or credit.window_days <= 0:
        yield _gap("no window", "write window_days: how long before the sale a touch counts")
    if not credit.purpose.strip():
        yield _gap("no purpose", "write purpose: what the figures may be used for")


def _gap(what: str, fix: str) -> Gap:
    return Gap("credit-policy", "credit", what, fix)
