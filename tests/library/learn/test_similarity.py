"""Likeness of texts and the weights of agreement (methods.md 10.1 to 10.3)."""

import ibis
import pytest

from onefunnel.learn import match_weights
from onefunnel.learn.similarity import (
    jaro,
    jaro_winkler,
    levenshtein,
    ratio,
    token_set_ratio,
    token_sort_ratio,
)


@pytest.mark.parametrize(
    ("one", "other", "plain", "winkler"),
    [  # methods.md 10.1 [R, L]
        ("MARTHA", "MARHTA", 0.9444, 0.9611),
        ("DWAYNE", "DUANE", 0.8222, 0.84),
        ("DIXON", "DICKSONX", 0.7667, 0.8133),
    ],
)
def test_jaro_and_winkler_give_the_published_values(one, other, plain, winkler):
    row = ibis.memtable({"one": [one], "other": [other]})
    found = row.select(
        plain=jaro(row.one, row.other), winkler=jaro_winkler(row.one, row.other)
    ).to_pyarrow()
    assert found["plain"][0].as_py() == pytest.approx(plain, abs=5e-5)
    assert found["winkler"][0].as_py() == pytest.approx(winkler, abs=5e-5)


def test_edit_distance_and_ratios_give_the_library_values():
    # methods.md 10.2 [L]
    row = ibis.memtable({"one": ["kitten"], "other": ["sitting"]})
    assert row.select(d=levenshtein(row.one, row.other)).to_pyarrow()["d"][0].as_py() == 3
    assert ratio("acme", "acne") == 75
    assert token_sort_ratio("Acme Holdings Ltd", "Holdings Acme Ltd") == 100
    found = token_set_ratio("Acme Holdings Ltd", "ACME HOLDINGS LIMITED")
    assert found == pytest.approx(89.474, abs=5e-4)


def test_the_pitfall_of_token_sets_is_still_one():
    # methods.md 10: never a sole criterion
    assert token_set_ratio("Bank", "Bank of England") == 100


def test_ratio_of_nothing():
    assert ratio("", "") == 100
    assert ratio("a", "") == 0


@pytest.mark.parametrize(
    ("m", "u", "agree", "disagree"),
    [  # methods.md 10.3 [C]
        (0.95, 0.0001, 13.21371, -4.32178),
        (0.9, 0.005, 7.49185, -3.31470),
        (0.8, 0.02, 5.32193, -2.29278),
    ],
)
def test_weights_of_agreement(m, u, agree, disagree):
    assert match_weights.agreement_weight(m, u) == pytest.approx(agree, abs=5e-6)
    assert match_weights.disagreement_weight(m, u) == pytest.approx(disagree, abs=5e-6)


def test_prior_and_probability():
    # methods.md 10.3 [C]
    assert match_weights.prior_weight(1e-4) == pytest.approx(-13.28757, abs=5e-6)
    whole = match_weights.prior_weight(1e-4) + 13.21371 + 7.49185
    assert match_weights.match_probability(whole) == pytest.approx(0.99416, abs=5e-5)
    assert match_weights.match_probability(0) == 0.5
