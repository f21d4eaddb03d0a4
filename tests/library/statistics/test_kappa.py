"""Cohen's kappa against tables others have published."""

import pytest

from onefunnel.statistics.kappa import cohens_kappa


def test_the_table_of_fleiss_cohen_and_everitt() -> None:
    # Fleiss, Cohen and Everitt (1969): 200 persons, two judges, three diagnoses.
    found = cohens_kappa([[106, 10, 4], [22, 28, 10], [2, 12, 6]])
    assert found is not None
    assert found.agreement_share == pytest.approx(0.70)
    assert found.value == pytest.approx(0.429, abs=5e-4)
    # the paper's formula in exact fractions, in its other form: variance .0028849
    assert found.standard_error**2 == pytest.approx(0.0028849, abs=5e-8)


def test_two_classes_with_interval() -> None:
    # Documentation of the R package statpsych, ci.kappa(.05, 31, 12, 4, 58), after Fleiss and
    # Paik (2003).
    found = cohens_kappa([[31, 12], [4, 58]])
    assert found is not None
    assert found.value == pytest.approx(0.6756757, abs=1e-7)
    assert found.standard_error == pytest.approx(0.07344761, abs=1e-8)
    assert (found.low, found.high) == (
        pytest.approx(0.5317210, abs=1e-7), pytest.approx(0.8196303, abs=1e-7),
    )  # fmt: skip


def test_the_other_way_round_it_is_the_same() -> None:
    table = [[50, 7, 1], [3, 20, 9], [0, 4, 30]]
    turned = [list(column) for column in zip(*table, strict=True)]
    one, other = cohens_kappa(table), cohens_kappa(turned)
    assert one is not None
    assert other is not None
    assert one.value == pytest.approx(other.value)
    assert one.standard_error == pytest.approx(other.standard_error)


def test_the_ends() -> None:
    full = cohens_kappa([[30, 0], [0, 70]])
    assert full is not None
    assert (full.value, full.low, full.high) == (1.0, 1.0, 1.0)
    chance = cohens_kappa([[25, 25], [25, 25]])
    assert chance is not None
    assert chance.value == pytest.approx(0)
    assert cohens_kappa([[0, 0], [0, 100]]) is None
    assert cohens_kappa([[0, 0], [0, 0]]) is None
