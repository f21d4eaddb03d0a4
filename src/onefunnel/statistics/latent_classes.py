"""Kinds of customers that their answers tell apart, where nobody says who is of which kind.

Latent class analysis of yes-or-no features: within a kind features are independent. Features that
are not known are left out of the sum, not guessed. By EM from many starts: one start often ends in
a local best.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
_SMALLEST = 1e-10


@dataclass(frozen=True)
class Classes:
    """Kinds, the largest first.

    Attributes:
        sizes: The share of each kind.
        chances: (kinds, features): how probable yes is.
        log_likelihood: Of the rows.
        parameters: How many numbers were fitted.
        rows: How many rows were fitted.
    """

    sizes: Floats
    chances: Floats
    log_likelihood: float
    parameters: int
    rows: float

    @property
    def aic(self) -> float:
        return 2 * self.parameters - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Smaller is better: what a kind more must earn grows with the rows."""
        return float(self.parameters * np.log(self.rows)) - 2 * self.log_likelihood

    def belongs(self, answers: ArrayLike) -> Floats:
        """How probable each kind is for each row: (rows, kinds)."""
        score = _score(_known(answers), self.sizes, self.chances)
        score -= score.max(axis=1, keepdims=True)
        found = np.exp(score)
        return np.asarray(found / found.sum(axis=1, keepdims=True), dtype=np.float64)


def fit_classes(
    answers: ArrayLike, kinds: int, *, seed: int, counts: ArrayLike | None = None, starts: int = 20
) -> Classes:
    """Fit so many kinds.

    Args:
        answers: (rows, features) of 1, 0 and NaN for not known.
        counts: How many a row stands for.

    Raises:
        ValueError: a value is none of these, or there are no rows.
    """
    x, known = _known(answers)
    many = np.ones(len(x)) if counts is None else np.asarray(counts, dtype=np.float64)
    if kinds < 1 or not many.sum() > 0:
        raise ValueError("needs at least one kind and one row")
    random = np.random.default_rng(seed)
    fits = [_climb((x, known), many, kinds, random) for _ in range(1 if kinds == 1 else starts)]
    sizes, chances, score = max(fits, key=lambda fit: fit[2])
    order = np.argsort(-sizes, kind="stable")
    return Classes(
        sizes[order], chances[order], score, kinds - 1 + kinds * x.shape[1], float(many.sum())
    )


def _climb(
    data: tuple[Floats, Floats], many: Floats, kinds: int, random: np.random.Generator
) -> tuple[Floats, Floats, float]:
    x, known = data
    sizes = random.dirichlet(np.full(kinds, 5.0))
    chances = random.uniform(0.2, 0.8, size=(kinds, x.shape[1]))
    before = -np.inf
    for _ in range(5000):
        score = _score(data, sizes, chances)
        top = score.max(axis=1, keepdims=True)
        part = np.exp(score - top)
        whole = part.sum(axis=1, keepdims=True)
        now = float(many @ (np.log(whole) + top)[:, 0])
        weight = part / whole * many[:, None]
        sizes = weight.sum(axis=0) / many.sum()
        seen = weight.T @ known
        chances = np.clip((weight.T @ (x * known)) / np.maximum(seen, _SMALLEST),
                          _SMALLEST, 1 - _SMALLEST)  # fmt: skip
        if now - before < 1e-10:
            break
        before = now
    return sizes, chances, now


def _score(data: tuple[Floats, Floats], sizes: Floats, chances: Floats) -> Floats:
    x, known = data
    yes, no = np.log(chances), np.log1p(-chances)
    found = (x * known) @ yes.T + ((1 - x) * known) @ no.T
    return np.asarray(found + np.log(np.maximum(sizes, _SMALLEST)), dtype=np.float64)


def _known(answers: ArrayLike) -> tuple[Floats, Floats]:
    """The answers, and where there is one."""
    given = np.atleast_2d(np.asarray(answers, dtype=np.float64))
    known = ~np.isnan(given)
    if not np.isin(given[known], (0, 1)).all():
        raise ValueError("an answer is 1, 0 or not known (NaN)")
    return np.where(known, given, 0.0), known.astype(np.float64)


def rand_index(one: ArrayLike, other: ArrayLike) -> float:
    """How far two groupings of the same things agree, beyond chance (adjusted Rand index).

    1 is the same grouping, 0 what chance gives (Hubert and Arabie 1985).
    """
    _, a = np.unique(np.asarray(one), return_inverse=True)
    _, b = np.unique(np.asarray(other), return_inverse=True)
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1)

    def pairs(counts: Floats) -> float:
        return float((counts * (counts - 1) / 2).sum())

    both, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    everything = len(a) * (len(a) - 1) / 2
    chance = rows * columns / everything if everything else 0.0
    most = (rows + columns) / 2
    return 1.0 if most == chance else (both - chance) / (most - chance)
