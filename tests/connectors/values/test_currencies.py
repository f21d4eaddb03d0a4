"""What the name of a column of amounts says about their currency."""

from __future__ import annotations

import pytest

from onefunnel.connectors.values.currencies import currency_of_header


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Auftragswert (€)", "EUR"), ("Amount (USD)", "USD"), ("Betrag EUR", "EUR"),
        ("value_gbp", "GBP"), ("amountUsd", "USD"), ("Umsatz in Euro", "EUR"),
        ("AMOUNT US$", "USD"), ("Price A$", "AUD"), ("Importe [MXN]", "MXN"),
        ("Wartość (zł)", "PLN"), ("EUR amount", "EUR"), ("Lek (ALL)", "ALL"),
        ("amount", ""), ("All amounts", ""), ("Top deal value", ""), ("EUR/USD", ""),
        ("europe_value", ""), ("Contract value", ""), ("usda_value", ""),
    ],
)  # fmt: skip
def test_the_currency_of_a_header(name: str, code: str) -> None:
    assert currency_of_header(name) == code
