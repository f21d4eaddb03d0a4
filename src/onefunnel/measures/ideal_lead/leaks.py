"""What may not be learnt from: columns that are filled in only once the outcome shows."""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from onefunnel.measures.ideal_lead.sample import Bools, Known, Sample
from onefunnel.statistics.calibration import auc

#: Words of headers that tell how it went, or what was done with the lead, in the languages that
#: exports come in: known only afterwards, however well they part winners from losers.
_AFTERWARDS = frozenset(
    """
    duration outcome result won lost win loss closed close closing converted conversion reason
    probability likelihood forecast stage status invoice invoiced contract signed signature quote
    quoted quotation proposal offer order ordered amount revenue margin discount calls meetings
    activities visits touches attempts contacted responded replied last latest next churn cancelled
    y target label
    dauer ergebnis gewonnen verloren abschluss abgeschlossen grund wahrscheinlichkeit rechnung
    vertrag angebot auftrag umsatz marge rabatt anrufe letzte letzter letztes
    duree resultat gagne perdu raison probabilite facture contrat devis commande appels dernier
    duracion resultado ganado perdido razon motivo probabilidad factura contrato oferta pedido
    llamadas ultimo ultima
    """.split()  # noqa: SIM905  (read as prose, not as a list)
)
#: A column is filled in on the way if it is known of so much more of those that went on.
_FILLED_LATER, _RATIO = 0.3, 2.0
#: One column that parts winners from losers this well has seen the outcome.
_KNOWS_IT = 0.97
_AFTER_SHARE = 0.05
#: A column tells the time if neighbours in time are alike this often, and others are not.
_NEIGHBOURS_ALIKE, _OTHERS_ALIKE = 0.95, 0.8
_FEWEST = 20


def leaks(sample: Sample, allowed: Collection[str] = ()) -> dict[str, str]:
    """Why each column that may not be learnt from may not; those `allowed` are not asked.

    Refused are dates that lie after the lead came in (and other dates, which fit no lead to come),
    columns named for what is known afterwards, columns that are filled in as leads go on,
    columns that by themselves part winners from losers almost without exception, and columns that
    are the same for all leads of a time: they tell when a lead came, not who it is. What a table
    says now is all there is: when each value was written is in no export. Source: methods.md 4.
    """
    found: dict[str, str] = {}
    for name, column in sample.columns.items():
        if name in allowed:
            continue
        why = _is_date(sample, column) or _by_name(name) or _filled_later(sample, column)
        why = why or _knows_it(sample, column) or _tells_when(column)
        if why:
            found[name] = why
    return found


def _is_date(sample: Sample, column: Known) -> str:
    if column.type not in ("time", "day"):
        return ""
    known = column.known
    after = int((column.values[known] > sample.at[known]).sum())
    if after > _AFTER_SHARE * max(int(known.sum()), 1):
        share = after / int(known.sum())
        return f"{share:.0%} of its dates lie after the lead came in"
    return "a date fits no lead to come"


def _by_name(name: str) -> str:
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).casefold())
    told = [word for word in words if word in _AFTERWARDS]
    if not told:
        return ""
    return f"its name says that it is known afterwards, or how much was done (“{told[0]}”)"


def _filled_later(sample: Sample, column: Known) -> str:
    filled = column.known.copy()
    if column.type in ("int", "number", "money"):
        filled &= column.values != 0
    for rest, on, who in (
        (~sample.went_on, sample.went_on, f"that went on from {sample.stage or 'there'}"),
        (~sample.won, sample.won, "that were won"),
    ):
        if min(int(rest.sum()), int(on.sum())) < _FEWEST:
            continue
        before, after = float(filled[rest].mean()), float(filled[on].mean())
        if after - before > _FILLED_LATER and after > _RATIO * before:
            return (
                f"it is filled in on the way: of leads {who} {after:.0%} have it, of the others "
                f"{before:.0%}"
            )
    return ""


def _knows_it(sample: Sample, column: Known) -> str:
    won, known = sample.won, column.known
    if min(int(won.sum()), int((~won).sum())) < _FEWEST:
        return ""
    area = auc(_single_score(column, won, known), won.astype(float))
    if area is None or max(area, 1 - area) < _KNOWS_IT:
        return ""
    return (
        f"alone it tells {max(area, 1 - area):.1%} of winners from losers: it has seen how it went"
    )


def _tells_when(column: Known) -> str:
    if column.type == "flag" or int(column.known.sum()) < _FEWEST:
        return ""
    _, place, counts = np.unique(
        column.values[column.known].astype(str), return_inverse=True, return_counts=True
    )
    near = float((place[1:] == place[:-1]).mean())
    any_two = float(((counts / counts.sum()) ** 2).sum())
    if near < _NEIGHBOURS_ALIKE or any_two > _OTHERS_ALIKE:
        return ""
    return (
        f"it tells when a lead came, not who it is: {near:.0%} of leads have it as the one before"
    )


def _single_score(column: Known, won: Bools, known: Bools) -> NDArray[np.float64]:
    """Of a text the won share of its value, each lead left out of its own; of a number itself."""
    if column.type != "text":
        return np.where(known, column.values.astype(float), -1e300)
    texts = np.where(known, column.values, "").astype(str)
    _, place = np.unique(texts, return_inverse=True)
    wins, n = np.bincount(place, weights=won), np.bincount(place)
    own = won.astype(float)
    left_out: NDArray[np.float64] = (wins[place] - own + won.mean()) / n[place]
    return left_out
