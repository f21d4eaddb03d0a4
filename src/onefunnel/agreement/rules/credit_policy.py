"""A credit policy, where there is one, is whole: a known model, a window and a purpose."""

from __future__ import annotations

from collections.abc import Iterator

from onefunnel.agreement.credit_models import MODELS, model_of, title
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.rules.gap import Columns, Gap, Spot

_WHERE = "credit for a sale"


def gaps(agreement: Agreement, columns: Columns) -> Iterator[Gap]:
    credit = agreement.credit
    if credit is None:  # money by attribution is then not shown at all
        return
    known = ", ".join(title(model) for model in MODELS)
    if not credit.model.strip():
        yield _gap("no model", f"choose one: {known}", "model")
    elif not model_of(credit.model):
        yield _gap(
            f"the model “{credit.model.strip()}” is not known", f"choose one: {known}", "model"
        )
    if credit.window_days is None or credit.window_days <= 0:
        yield _gap("no window", "say how many days before the sale a touch counts", "window_days")
    if not credit.purpose.strip():
        yield _gap("no purpose", "say what the figures may be used for", "purpose")


def _gap(what: str, fix: str, field: str) -> Gap:
    return Gap("credit-policy", _WHERE, what, fix, Spot("credit", field=field))
