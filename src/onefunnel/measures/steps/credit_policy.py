"""Under which rule is credit given, and how far back: what the agreement says of it."""

from __future__ import annotations

from dataclasses import dataclass

from onefunnel.agreement.credit_models import MODELS, model_of
from onefunnel.agreement.credit_models import title as title
from onefunnel.agreement.document import Agreement

#: The rule and the window where the agreement names none.
USUAL_RULE = "w_shaped"
USUAL_WINDOW_DAYS = 180


@dataclass(frozen=True)
class Policy:
    """The rule in use and its window; `refusal` says why no money is shown, where none is."""

    rule: str
    window_days: int
    refusal: str
    notes: tuple[str, ...]


def policy_of(agreement: Agreement) -> Policy:
    """The agreement's credit policy, with the usual rule and window where it says none.

    Money is shown only under a policy that both sides signed and that names model and window.
    """
    credit = agreement.credit
    named = credit.model.strip() if credit else ""
    rule = model_of(named)
    days = credit.window_days if credit and credit.window_days else None
    notes = []
    if not rule:
        said = f"The agreed model {named!r} is not known here" if named else "No model is agreed"
        notes.append(f"{said}: where one rule is named, it is {title(USUAL_RULE)}.")
    else:
        notes.append(f"The agreed rule is {title(rule)}.")
    if days is None:
        notes.append(f"No window is agreed: touches of {USUAL_WINDOW_DAYS} days count.")
    else:
        notes.append(f"Touches of {days} days before the decision count, as agreed.")
    return Policy(
        rule=rule or USUAL_RULE,
        window_days=days or USUAL_WINDOW_DAYS,
        refusal=_refusal(agreement, rule, days),
        notes=tuple(notes),
    )


def _refusal(agreement: Agreement, rule: str, days: int | None) -> str:
    if not agreement.is_agreed or agreement.credit is None:
        return (
            "Money is not credited to anything yet: no credit policy is signed by both sides. "
            "Agree on its model, window and purpose, and sign it"
        )
    if not rule or days is None:
        known = ", ".join(title(one) for one in MODELS)
        return (
            "Money is not credited to anything yet: the signed credit policy names no known model "
            f"or no window. Agree on one of {known}, and on a window in days"
        )
    return ""
